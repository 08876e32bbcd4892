"""Refusals: the kinds of anticipated error, each with the code and the HTTP status that a client sees.

A room subclasses a kind in its `contract.py` where a client should be able to tell the case apart.
Anything that is not a `Refusal` is a bug: it becomes a 500 and is logged with its stack.
"""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

FIRST_SERVER_ERROR = 500  # RFC 9110 §15.6


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with an input: where (`students[3].phone`), what to do, and a code for programs."""

    field: str
    message: str
    code: str


class Refusal(Exception):
    """An anticipated "no". `message` says what to do; `details` never holds another tenant's data or SQL."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "REFUSED"

    def __init__(
        self, message: str, *, details: Sequence[Fault] = (), retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.retry_after_seconds = retry_after_seconds


class ValidationFailed(Refusal):
    """The input breaks its schema; `details` names every fault, not the first."""

    status = 400
    code = "VALIDATION_ERROR"


class Unauthorized(Refusal):
    status = 401
    code = "UNAUTHORIZED"


class Forbidden(Refusal):
    status = 403
    code = "FORBIDDEN"


class InsufficientPermissions(Forbidden):
    code = "INSUFFICIENT_PERMISSIONS"


class TenantSuspended(Forbidden):
    code = "TENANT_SUSPENDED"


class NotFound(Refusal):
    """No such thing for this caller; another tenant's object gives the same answer."""

    status = 404
    code = "RESOURCE_NOT_FOUND"


class Conflict(Refusal):
    status = 409
    code = "CONFLICT"


class DuplicateEntry(Conflict):
    code = "DUPLICATE_ENTRY"


class VersionConflict(Conflict):
    """Somebody changed the object since it was read."""

    code = "VERSION_CONFLICT"


class BodyTooLarge(Refusal):
    status = 413
    code = "BODY_TOO_LARGE"


class UnsupportedMediaType(Refusal):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class LimitExceeded(Refusal):
    """The tenant's plan does not allow one more of these."""

    code = "LIMIT_EXCEEDED"


class TooManyRequests(Refusal):
    status = 429
    code = "RATE_LIMIT_EXCEEDED"


class Unavailable(Refusal):
    """Somebody else's fault, or too much at once; trying again later may help."""

    status = 503
    code = "SERVICE_UNAVAILABLE"


class DeadlineExceeded(Refusal):
    status = 504
    code = "DEADLINE_EXCEEDED"


def is_our_fault(problem: BaseException) -> bool:
    """Whether it counts as an error of ours: a bug, or a refusal that is not about what was asked."""
    return not isinstance(problem, Refusal) or problem.status >= FIRST_SERVER_ERROR
