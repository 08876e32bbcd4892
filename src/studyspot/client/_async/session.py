"""Carries requests out: sends, tries again where that is safe, and renews the tokens when they expire."""

import asyncio
import contextlib
from asyncio import to_thread
from collections.abc import Awaitable, Callable
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
Reading: TypeAlias = Callable[[httpx2.Response], Awaitable[R]]
OnTokens: TypeAlias = Callable[[Tokens | None], None]


class AsyncSession:
    """One set of tokens and one pool of connections, shared by all groups of a client."""

    def __init__(
        self, http: httpx2.AsyncClient, tokens: Tokens | None, on_tokens: OnTokens, wait_seconds_max: float
    ) -> None:
        self._http = http
        self.tokens = tokens
        self._on_tokens = on_tokens
        self._wait_seconds_max = wait_seconds_max
        self._refreshing = asyncio.Lock()
        self._refreshes = 0
        self._refresh_problem: StudySpotError | None = None

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, request: Request[T]) -> T:
        async def read(response: httpx2.Response) -> T:
            return request.read(await response.aread())

        return await self._signed_in(request, read)

    async def download(self, request: Request[None], to: Path) -> int:
        """Bytes written. `to` is there when it is complete, not before."""
        part = to.with_name(f"{to.name}.part")

        async def save(response: httpx2.Response) -> int:
            with part.open("wb") as file:
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    await to_thread(file.write, chunk)
                return file.tell()

        try:
            size = await self._signed_in(request, save)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
        return size

    def keep(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        self._refresh_problem = None
        self._on_tokens(tokens)

    async def refresh(self) -> SignedIn:
        """:raises NotSignedIn: :raises Unauthorized: when the session has ended."""
        if self.tokens is None:
            raise NotSignedIn("Sign in first.")
        body = RefreshBody(refresh_token=self.tokens.refresh_token)
        # Repeatable: the platform gives the same answer again within ten seconds.
        request = Request("POST", "/auth/refresh", SignedIn, body=body, public=True, repeatable=True)
        try:
            signed_in = await self.send(request)
        except Unauthorized:
            self.keep(None)
            raise
        self.keep(signed_in.tokens)
        return signed_in

    async def _signed_in(self, request: Request[T], reading: Reading[R]) -> R:
        """With fresh tokens a second time, if those that it went with had expired."""
        tokens = self.tokens
        try:
            return await self._patiently(request, tokens, reading)
        except Unauthorized as problem:
            if problem.code != "TOKEN_EXPIRED" or tokens is None or request.public:
                raise
            if self.tokens is tokens:
                await self._refresh_once(tokens)
            if self.tokens is None:
                raise
        return await self._patiently(request, self.tokens, reading)

    async def _refresh_once(self, expired: Tokens) -> None:
        """Those who come while one refresh runs share it, also when it fails."""
        refreshes = self._refreshes
        async with self._refreshing:
            if self._refreshes == refreshes and self.tokens is expired:
                self._refresh_problem = None
                try:
                    await self.refresh()
                except StudySpotError as problem:
                    self._refresh_problem = problem
                self._refreshes += 1
            if self._refresh_problem is not None:
                raise self._refresh_problem

    async def _patiently(self, request: Request[T], tokens: Tokens | None, reading: Reading[R]) -> R:
        def again(problem: Exception) -> bool | float:
            return wait_before_again(request, problem, self._wait_seconds_max)

        async for attempt in stamina.retry_context(on=again, attempts=ATTEMPTS_MAX, timeout=None):
            with attempt:
                return await self._once(request, tokens, reading)
        raise AssertionError("stamina ends with an answer or an error")

    async def _once(self, request: Request[T], tokens: Tokens | None, reading: Reading[R]) -> R:
        with request.form() as form:
            try:
                async with self._http.stream(
                    request.method,
                    request.base_path + request.path,
                    params=request.query(),
                    headers=request.headers(tokens.access_token if tokens else None),
                    content=request.content(),
                    files=form,
                ) as response:
                    if response.is_success:
                        return await reading(response)
                    if response.status_code in request.answered_with:
                        with contextlib.suppress(UnreadableAnswer):  # from something in front of the platform
                            return await reading(response)
                    raise read_failure(response.status_code, response.headers, await response.aread())
            except httpx2.RequestError as problem:
                raise no_answer(problem) from problem
