"""Codes that let in and out, and temporary leaves, as they cross the door."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.errors import Conflict, Refusal
from studyspot.services.bookings.contract.seats import Reason

STRIKES_COUNT_DAYS = 30
"""For so long a late return is held against a student."""
CodeText = Annotated[str, Meta(min_length=1, max_length=100)]
ScanAction = Literal["in", "out", "leave", "back"]


class InvalidDoorCode(Refusal):
    """Not a code of this business, or one for somebody else to read."""

    code = "INVALID_DOOR_CODE"


class DoorCodeExpired(Refusal):
    """A code that was shown too long ago."""

    code = "DOOR_CODE_EXPIRED"


class DoorCodeUsed(Conflict):
    """This student was let in or out with this code already."""

    code = "DOOR_CODE_USED"


class NothingHere(Conflict):
    """The student has neither a membership nor a booking in this library now: the desk may let them in."""

    code = "NOTHING_HERE"


class TooManyStrikes(Conflict):
    """The student came back late too often: the desk may let them in."""

    code = "TOO_MANY_STRIKES"


class NoLeave(Conflict):
    """The library keeps no seats of those who go out, or the student is out already."""

    code = "NO_LEAVE"


class NotAway(Conflict):
    """The student is not out on leave, or was for too long."""

    code = "NOT_AWAY"


class DoorCode(msgspec.Struct, frozen=True):
    """What to show as a QR code, until it is not valid any more."""

    code: str
    valid_until: datetime


class WallScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A student has read the code on the wall. Unless it is said what for, they come in, or back from leave,
    or go.
    """

    code: CodeText
    action: ScanAction | None = None


class PassScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The desk, or a screen that stands there, has read a student's own code."""

    library_id: UUID
    code: CodeText
    action: ScanAction | None = None


class Leave(msgspec.Struct, frozen=True):
    """A student has gone out for a while. `is_strike` says that they were not back by `back_by`, and that it
    was not forgiven.
    """

    id: UUID
    visit_id: UUID
    library_id: UUID
    student_id: UUID
    student_name: str
    since: datetime
    back_by: datetime
    back_at: datetime | None
    is_strike: bool
    forgiven_at: datetime | None
    forgive_reason: Reason | None


class LeavePage(msgspec.Struct, frozen=True):
    items: list[Leave]
    total: int


class LeaveFilter(msgspec.Struct, frozen=True, kw_only=True):
    library_id: UUID | None = None
    student_id: UUID | None = None
    is_strike: bool | None = None
