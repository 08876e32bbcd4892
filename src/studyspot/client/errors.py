"""What a call can raise. Everything is a `StudySpotError`; an answer that says no is an `ApiError`."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with an input: where (`students[3].phone`), what to do, and a code for programs."""

    field: str
    message: str
    code: str


class StudySpotError(Exception):
    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes, which by itself forgets what was given by name."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[StudySpotError], args: tuple[Any, ...], state: dict[str, Any]) -> StudySpotError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConnectionFailed(StudySpotError):
    """No answer came. `may_be_done` is false when the request did not even leave."""

    def __init__(self, message: str, *, may_be_done: bool) -> None:
        super().__init__(message)
        self.may_be_done = may_be_done


class UnreadableAnswer(StudySpotError):
    """Success, but not in the words of the API: something else answers there, or a newer version."""


class NotSignedIn(StudySpotError):
    """There are no tokens that could be renewed."""


class ApiError(StudySpotError):
    """`code` is for programs, `message` for people; `request_id` names the request in the platform's logs.

    `retry_after_seconds` is how long the platform asks to wait, if it does.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str,
        request_id: str = "",
        details: Sequence[Fault] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.request_id = request_id
        self.details = tuple(details)
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        faults = "".join(f"\n  {fault.field}: {fault.message}" for fault in self.details)
        return f"{self.message} ({self.code}, request {self.request_id or 'unknown'}){faults}"


class ValidationFailed(ApiError):
    """400: `details` names every fault."""


class Unauthorized(ApiError):
    """401: not signed in, or not any more."""


class Forbidden(ApiError):
    """403: signed in, but not allowed to."""


class NotFound(ApiError):
    """404: no such thing for this caller."""


class Conflict(ApiError):
    """409: it is there already, was changed meanwhile, or is in another state."""


class Refused(ApiError):
    """413, 415, 422: understood, and not accepted: too large, another format, beyond the plan."""


class RateLimited(ApiError):
    """429: too often."""


class Unavailable(ApiError):
    """502, 503, 504: trying again later may help."""


BY_STATUS: Mapping[int, type[ApiError]] = {
    400: ValidationFailed,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Refused,
    415: Refused,
    422: Refused,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


class _Error(msgspec.Struct, frozen=True):
    code: str
    message: str
    request_id: str
    details: tuple[Fault, ...] = ()


class _Failure(msgspec.Struct, frozen=True):
    error: _Error


def read_failure(status: int, headers: Mapping[str, str], content: bytes) -> ApiError:
    """Also of an answer that did not come from the platform but from something in front of it."""
    try:
        error = msgspec.json.decode(content, type=_Failure).error
    except msgspec.DecodeError:
        message = f"The answer was {status}, without an explanation."
        error = _Error(f"HTTP_{status}", message, headers.get("x-request-id", ""))
    seconds = headers.get("retry-after", "")
    return BY_STATUS.get(status, ApiError)(
        error.message,
        status=status,
        code=error.code,
        request_id=error.request_id,
        details=error.details,
        retry_after_seconds=int(seconds) if seconds.isdecimal() else None,
    )
