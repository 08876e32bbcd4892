# Made from _async/session.py by studyspot.client._generate.
"""Carries requests out: sends, tries again where that is safe, and renews the tokens when they expire."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

import httpx2
import stamina

from studyspot.client.errors import NotSignedIn, StudySpotError, Unauthorized, UnreadableAnswer, read_failure
from studyspot.client.models.auth import RefreshBody, SignedIn, Tokens
from studyspot.client.request import (
    ATTEMPTS_MAX,
    CHUNK_BYTES,
    Request,
    no_answer,
    wait_before_again,
)

T = TypeVar("T")
R = TypeVar("R")
Reading: TypeAlias = Callable[[httpx2.Response], R]
OnTokens: TypeAlias = Callable[[Tokens | None], None]


class Session:
    """One set of tokens and one pool of connections, shared by all groups of a client."""

    def __init__(
        self, http: httpx2.Client, tokens: Tokens | None, on_tokens: OnTokens, wait_seconds_max: float
    ) -> None:
        self._http = http
        self.tokens = tokens
        self._on_tokens = on_tokens
        self._wait_seconds_max = wait_seconds_max
        self._refreshing = threading.Lock()
        self._refreshes = 0
        self._refresh_problem: StudySpotError | None = None

    def close(self) -> None:
        self._http.close()

    def send(self, request: Request[T]) -> T:
        def read(response: httpx2.Response) -> T:
            return request.read(response.read())

        return self._signed_in(request, read)

    def download(self, request: Request[None], to: Path) -> int:
        """Bytes written. `to` is there when it is complete, not before."""
        part = to.with_name(f"{to.name}.part")

        def save(response: httpx2.Response) -> int:
            with part.open("wb") as file:
                for chunk in response.iter_bytes(CHUNK_BYTES):
                    file.write(chunk)
                return file.tell()

        try:
            size = self._signed_in(request, save)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
        return size

    def keep(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        self._refresh_problem = None
        self._on_tokens(tokens)

    def refresh(self) -> SignedIn:
        """:raises NotSignedIn: :raises Unauthorized: when the session has ended."""
        if self.tokens is None:
            raise NotSignedIn("Sign in first.")
        body = RefreshBody(refresh_token=self.tokens.refresh_token)
        # Repeatable: the platform gives the same answer again within ten seconds.
        request = Request("POST", "/auth/refresh", SignedIn, body=body, public=True, repeatable=True)
        try:
            signed_in = self.send(request)
        except Unauthorized:
            self.keep(None)
            raise
        self.keep(signed_in.tokens)
        return signed_in

    def _signed_in(self, request: Request[T], reading: Reading[R]) -> R:
        """With fresh tokens a second time, if those that it went with had expired."""
        tokens = self.tokens
        try:
            return self._patiently(request, tokens, reading)
        except Unauthorized as problem:
            if problem.code != "TOKEN_EXPIRED" or tokens is None or request.public:
                raise
            if self.tokens is tokens:
                self._refresh_once(tokens)
            if self.tokens is None:
                raise
        return self._patiently(request, self.tokens, reading)

    def _refresh_once(self, expired: Tokens) -> None:
        """Those who come while one refresh runs share it, also when it fails."""
        refreshes = self._refreshes
        with self._refreshing:
            if self._refreshes == refreshes and self.tokens is expired:
                self._refresh_problem = None
                try:
                    self.refresh()
                except StudySpotError as problem:
                    self._refresh_problem = problem
                self._refreshes += 1
            if self._refresh_problem is not None:
                raise self._refresh_problem

    def _patiently(self, request: Request[T], tokens: Tokens | None, reading: Reading[R]) -> R:
        def again(problem: Exception) -> bool | float:
            return wait_before_again(request, problem, self._wait_seconds_max)

        for attempt in stamina.retry_context(on=again, attempts=ATTEMPTS_MAX, timeout=None):
            with attempt:
                return self._once(request, tokens, reading)
        raise AssertionError("stamina ends with an answer or an error")

    def _once(self, request: Request[T], tokens: Tokens | None, reading: Reading[R]) -> R:
        with request.form() as form:
            try:
                with self._http.stream(
                    request.method,
                    request.base_path + request.path,
                    params=request.query(),
                    headers=request.headers(tokens.access_token if tokens else None),
                    content=request.content(),
                    files=form,
                ) as response:
                    if response.is_success:
                        return reading(response)
                    if response.status_code in request.answered_with:
                        with contextlib.suppress(UnreadableAnswer):  # from something in front of the platform
                            return reading(response)
                    raise read_failure(response.status_code, response.headers, response.read())
            except httpx2.RequestError as problem:
                raise no_answer(problem) from problem
