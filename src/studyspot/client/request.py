"""One call of the API as a value, the same for both clients: what is asked, and how the answer is read."""

import contextlib
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import NoneType
from typing import Any, BinaryIO, Generic, Literal, TypeAlias, TypeVar, cast
from uuid import UUID

import httpx2
import msgspec

from studyspot.client.errors import (
    ApiError,
    ConnectionFailed,
    RateLimited,
    StudySpotError,
    Unavailable,
    UnreadableAnswer,
)
from studyspot.client.uploads import File, Progress, name_of, opened, watched

T = TypeVar("T")
Param: TypeAlias = str | int | bool | UUID | date | None
BASE_PATH = "/api/v1"
USER_AGENT = "studyspot-python"
ATTEMPTS_MAX = 3
CHUNK_BYTES = 64 * 1024
_PATH = re.compile(r"(/\.?[A-Za-z0-9-]+(\.[a-z]+)?)+")


class Envelope(msgspec.Struct, Generic[T], frozen=True):
    data: T


@dataclass(frozen=True)
class Request(Generic[T]):
    """`path` is below `base_path`; `answer` is the type of the `data` in the envelope, unless it is `bare`.
    It comes with success, or with a status that the request may be `answered_with` besides.

    A `public` request goes without the access token. A `repeatable` one does no harm when it is done twice,
    as one with a `key`, which the platform does once.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    answer: type[T]
    params: Mapping[str, Param] = field(default_factory=dict)
    body: msgspec.Struct | None = None
    file: File | None = None
    progress: Progress | None = None
    tenant_id: UUID | None = None
    bare: bool = False
    public: bool = False
    repeatable: bool | None = None
    key: str | None = None
    base_path: str = BASE_PATH
    answered_with: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """:raises ValueError: for an id that is none, and would lead to another address."""
        if not _PATH.fullmatch(self.path):
            raise ValueError(f"There is something else than an id in {self.path!r}.")

    @property
    def may_be_repeated(self) -> bool:
        if self.repeatable is None:
            return self.method == "GET" or self.key is not None
        return self.repeatable

    def headers(self, access_token: str | None) -> dict[str, str]:
        headers = {"user-agent": USER_AGENT}
        if self.body is not None:
            headers["content-type"] = "application/json"
        if access_token is not None and not self.public:
            headers["authorization"] = f"Bearer {access_token}"
        if self.tenant_id is not None:
            headers["x-tenant-id"] = str(self.tenant_id)
        if self.key is not None:
            headers["idempotency-key"] = self.key
        return headers

    def query(self) -> dict[str, str | int | bool]:
        return {
            name: str(value) if isinstance(value, UUID | date) else value
            for name, value in self.params.items()
            if value is not None
        }

    def content(self) -> bytes | None:
        return None if self.body is None else msgspec.json.encode(self.body)

    @contextlib.contextmanager
    def form(self) -> Iterator[dict[str, tuple[str, BinaryIO]] | None]:
        """What a file is sent in. The file is open as long as the context."""
        if self.file is None:
            yield None
            return
        with opened(self.file) as file:
            sent = file if self.progress is None else watched(file, self.progress)
            yield {"file": (name_of(self.file) or "upload", sent)}

    def read(self, content: bytes) -> T:
        """:raises UnreadableAnswer:"""
        if self.answer is NoneType:
            return cast("T", None)
        shape: Any = self.answer
        try:
            answer = _decoder(shape, self.bare).decode(content)
        except msgspec.DecodeError as problem:
            raise UnreadableAnswer(f"{self.method} {self.path}: {problem}") from problem
        return cast("T", answer if self.bare else answer.data)


@functools.cache
def _decoder(answer: Any, bare: bool) -> msgspec.json.Decoder[Any]:
    shape: Any = Envelope
    return msgspec.json.Decoder(answer if bare else shape[answer])


def no_answer(problem: httpx2.RequestError) -> StudySpotError:
    """What an error of the connection means for the caller."""
    said = str(problem) or type(problem).__name__
    if not isinstance(problem, httpx2.TransportError):
        return UnreadableAnswer(said)
    unsent = httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.UnsupportedProtocol
    return ConnectionFailed(f"StudySpot did not answer: {said}", may_be_done=not isinstance(problem, unsent))


def wait_before_again(request: Request[Any], problem: Exception, wait_seconds_max: float) -> bool | float:
    """Seconds until the request may be sent once more; true leaves them to the caller, false says never."""
    if isinstance(problem, ConnectionFailed):
        return request.may_be_repeated or not problem.may_be_done
    if isinstance(problem, RateLimited):
        return _wait_as_told(problem, wait_seconds_max)
    if isinstance(problem, Unavailable) and problem.status == 503 and request.may_be_repeated:  # noqa: PLR2004
        return problem.retry_after_seconds is None or _wait_as_told(problem, wait_seconds_max)
    return False


def _wait_as_told(problem: ApiError, wait_seconds_max: float) -> bool | float:
    seconds = problem.retry_after_seconds
    return False if seconds is None or seconds > wait_seconds_max else float(seconds)
