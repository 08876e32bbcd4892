"""Who is in a library and who was, as it crosses the door."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from studyspot.kernel.errors import Conflict


class AlreadyIn(Conflict):
    """The student is in already, here or in another library."""

    code = "ALREADY_IN"


class NotIn(Conflict):
    """The student is in none of the libraries."""

    code = "NOT_IN"


class HoursUsed(Conflict):
    """The student has been in for as long as their plan allows in a day."""

    code = "HOURS_USED"


class Overdue(Conflict):
    """The student has owed for longer than the library allows."""

    code = "OVERDUE"


class Visit(msgspec.Struct, frozen=True):
    """From coming to leaving; who is in still has not left. The seat is that of the booking or membership for
    which they came, and theirs until `seat_until`. Who came for neither, so that `booking_id` and
    `membership_id` are both null, is a walk-in whom the desk let in.
    `overdue` is what the student owes that was due, in paise. Who goes out for a while is `away_until` then.
    Who does not say that they leave has left at `out_by`.
    """

    id: UUID
    library_id: UUID
    student_id: UUID
    student_name: str
    booking_id: UUID | None
    membership_id: UUID | None
    seat_code: str | None
    seat_until: datetime | None
    overdue: int
    came_at: datetime
    away_until: datetime | None
    out_by: datetime
    left_at: datetime | None


class VisitPage(msgspec.Struct, frozen=True):
    items: list[Visit]
    total: int


class NewVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    library_id: UUID
    student_id: UUID


class VisitFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`day` finds what overlaps it, as the library counts days; `is_in` those who are in, or have left."""

    library_id: UUID | None = None
    student_id: UUID | None = None
    day: date | None = None
    is_in: bool | None = None


class DayHours(msgspec.Struct, frozen=True):
    """How many whole minutes a student was in on a day. A night counts to both of its days."""

    day: date
    minutes: int
