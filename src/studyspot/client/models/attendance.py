"""Who is in and who was, and the codes that let them in and out."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment

ScanAction = Literal["in", "out", "leave", "back"]


class Visit(msgspec.Struct, frozen=True):
    """Who is in still has not left. The seat is that of the booking or membership for which they came, if
    there was one. Who does not say that they leave has left at `out_by`.
    """

    id: UUID
    library_id: UUID
    student_id: UUID
    student_name: str
    booking_id: UUID | None
    membership_id: UUID | None
    seat_code: str | None
    seat_until: Moment | None
    overdue: int
    came_at: Moment
    away_until: Moment | None
    out_by: Moment
    left_at: Moment | None


class NewVisit(msgspec.Struct, frozen=True, kw_only=True):
    library_id: UUID
    student_id: UUID


class StudentBody(msgspec.Struct, frozen=True):
    student_id: UUID


class DayHours(msgspec.Struct, frozen=True):
    """A night counts to both of its days."""

    day: date
    minutes: int


class DoorCode(msgspec.Struct, frozen=True):
    """What to show as a QR code."""

    code: str
    valid_until: Moment


class WallScan(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    action: ScanAction | None = None


class PassScan(msgspec.Struct, frozen=True, kw_only=True):
    library_id: UUID
    code: str
    action: ScanAction | None = None


class Leave(msgspec.Struct, frozen=True):
    """Out for a while; `is_strike` says that they came back late, or not, and that it was not forgiven."""

    id: UUID
    visit_id: UUID
    library_id: UUID
    student_id: UUID
    student_name: str
    since: Moment
    back_by: Moment
    back_at: Moment | None
    is_strike: bool
    forgiven_at: Moment | None
    forgive_reason: str | None


class ForgiveBody(msgspec.Struct, frozen=True):
    reason: str
