"""Bookings, as they cross the door."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Conflict, Refusal
from studyspot.services.bookings.contract.seats import Moment

BookingStatus = Literal["held", "confirmed", "cancelled", "expired"]


class UnknownStudent(Refusal):
    """The business has no such student."""

    code = "UNKNOWN_STUDENT"


class StudentNotActive(Conflict):
    code = "STUDENT_NOT_ACTIVE"


class SeatForWomen(Refusal):
    """The seat's zone is for women, and the student's record does not say that she is one."""

    code = "SEAT_FOR_WOMEN"


class LibraryClosed(Refusal):
    """The library is not open for the whole time, or not active at all."""

    code = "LIBRARY_CLOSED"


class LibraryFull(Conflict):
    """No seat is free for the whole time, or there is none at all."""

    code = "LIBRARY_FULL"


class StudentElsewhere(Conflict):
    """The student has another seat at that time."""

    code = "STUDENT_ELSEWHERE"


class NotByTheHour(Refusal):
    """The plan is not sold by the hour, or not in this library."""

    code = "NOT_BY_THE_HOUR"


class HoldExpired(Conflict):
    code = "HOLD_EXPIRED"


class WrongState(Conflict):
    """What is cancelled, expired or over is not changed any more."""

    code = "WRONG_STATE"


class Booking(msgspec.Struct, frozen=True):
    """A seat or locker that a student has from one moment to another. A hold is `expired` from `held_until`
    on, unless it was confirmed. `price` is what it was sold for in its plan, in paise with `tax` in it;
    without a plan it costs nothing.
    """

    id: UUID
    library_id: UUID
    seat_id: UUID
    seat_code: str
    student_id: UUID
    student_name: str
    starts_at: datetime
    ends_at: datetime
    status: BookingStatus
    held_until: datetime | None
    cancel_reason: str | None
    plan_id: UUID | None
    price: int
    tax: int
    version: int
    created_at: datetime
    updated_at: datetime


class BookingPage(msgspec.Struct, frozen=True):
    items: list[Booking]
    total: int


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without a `seat_id` any free seat is taken, of the zone if one is named. With `hold` it waits ten
    minutes to be confirmed, and then is free again. In an hourly plan of the library it is charged: the
    server says what the hours that it begins cost, without what a member pays once. Without a plan it costs
    nothing.
    """

    library_id: UUID
    student_id: UUID
    seat_id: UUID | None = None
    zone_id: UUID | None = None
    starts_at: Moment
    ends_at: Moment
    hold: bool = False
    plan_id: UUID | None = None


class BookingChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What is given is changed; `version` is the one that was read. What was sold keeps its price: for as
    many hours, on a seat that costs the same, and from when it began, once it has.
    """

    version: Version
    seat_id: UUID | UnsetType = UNSET
    starts_at: Moment | UnsetType = UNSET
    ends_at: Moment | UnsetType = UNSET


class BookingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` find what overlaps the days between them, as the library counts them."""

    library_id: UUID | None = None
    student_id: UUID | None = None
    status: BookingStatus | None = None
    since: date | None = None
    until: date | None = None
