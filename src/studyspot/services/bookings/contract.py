"""The door of the bookings room."""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Caller, Version, repeatable
from studyspot.kernel.errors import Conflict, Refusal
from studyspot.kernel.values import ShortText

SeatKind = Literal["seat", "locker"]
BookingStatus = Literal["held", "confirmed", "cancelled", "expired"]
SeatState = Literal["free", "taken", "held", "out_of_service"]
Moment = Annotated[datetime, Meta(tz=True, description="With an offset from UTC")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\n]*$")]


class UnknownSeat(Refusal):
    """The library has no such seat or locker."""

    code = "UNKNOWN_SEAT"


class UnknownStudent(Refusal):
    """The business has no such student."""

    code = "UNKNOWN_STUDENT"


class StudentNotActive(Conflict):
    code = "STUDENT_NOT_ACTIVE"


class SeatForWomen(Refusal):
    """The seat's zone is for women, and the student's record does not say that she is one."""

    code = "SEAT_FOR_WOMEN"


class LibraryClosed(Refusal):
    """The library is not open for the whole time."""

    code = "LIBRARY_CLOSED"


class SeatTaken(Conflict):
    """Somebody has the seat then, or it is out of service. `details` name seats that are free: the field is
    `alternatives[0]` and so on, the code the seat's id.
    """

    code = "SEAT_TAKEN"


class LibraryFull(Conflict):
    """No seat is free for the whole time."""

    code = "LIBRARY_FULL"


class StudentElsewhere(Conflict):
    """The student has another seat at that time."""

    code = "STUDENT_ELSEWHERE"


class HoldExpired(Conflict):
    code = "HOLD_EXPIRED"


class WrongState(Conflict):
    """What is cancelled, expired or over is not changed any more."""

    code = "WRONG_STATE"


class Booking(msgspec.Struct, frozen=True):
    """A seat or locker that a student has from one moment to another. A hold is `expired` from `held_until`
    on, unless it was confirmed.
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
    version: int
    created_at: datetime
    updated_at: datetime


class BookingPage(msgspec.Struct, frozen=True):
    items: list[Booking]
    total: int


class NewBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without a `seat_id` any free seat is taken, of the zone if one is named. With `hold` it waits ten
    minutes to be confirmed, and then is free again.
    """

    library_id: UUID
    student_id: UUID
    seat_id: UUID | None = None
    zone_id: UUID | None = None
    starts_at: Moment
    ends_at: Moment
    hold: bool = False


class BookingChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What is given is changed; `version` is the one that was read."""

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


class Outage(msgspec.Struct, frozen=True):
    """A seat or locker that nobody can have. Without an end it lasts until somebody ends it."""

    id: UUID
    library_id: UUID
    seat_id: UUID
    seat_code: str
    reason: str
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime


class OutagePage(msgspec.Struct, frozen=True):
    items: list[Outage]
    total: int


class NewOutage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without a start it begins now."""

    seat_id: UUID
    reason: Reason
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class MapSeat(msgspec.Struct, frozen=True):
    """A seat or locker, and what is first in its way. `row` and `column` are its place on the map; `until`
    is when that is over.
    """

    id: UUID
    zone_id: UUID
    kind: SeatKind
    code: str
    features: tuple[str, ...]
    row: int | None
    column: int | None
    state: SeatState
    student_id: UUID | None
    student_name: str | None
    until: datetime | None


class SeatMap(msgspec.Struct, frozen=True):
    """All that stands in a library, as it is between two moments, in the order of the codes."""

    library_id: UUID
    starts_at: datetime
    ends_at: datetime
    seats: list[MapSeat]


class Bookings(Protocol):
    """Who has which seat or locker of the caller's tenant when. One has one person at a time, and a student
    one seat, by a constraint of the database.
    """

    @repeatable
    async def list_bookings(
        self, caller: Caller, *, filter: BookingFilter, page: int, limit: int
    ) -> BookingPage:
        """Those that start last come first."""
        ...

    @repeatable
    async def get_booking(self, caller: Caller, *, booking_id: UUID) -> Booking:
        """:raises NotFound:"""
        ...

    async def create_booking(self, caller: Caller, *, booking: NewBooking) -> Booking:
        """:raises NotFound: when the tenant has no such library. :raises UnknownSeat: :raises UnknownStudent:

        :raises ValidationFailed: for times that are over, too long or too far ahead. :raises LibraryClosed:
        :raises SeatTaken: :raises LibraryFull: :raises StudentElsewhere: :raises StudentNotActive:
        :raises SeatForWomen:
        """
        ...

    async def change_booking(self, caller: Caller, *, booking_id: UUID, change: BookingChange) -> Booking:
        """To another seat of the library, or another time. :raises NotFound: :raises VersionConflict:

        :raises WrongState: once it is over. Besides, what `create_booking` raises.
        """
        ...

    async def confirm_booking(self, caller: Caller, *, booking_id: UUID) -> Booking:
        """Makes a hold a booking. Safe to repeat.

        :raises NotFound: :raises HoldExpired: :raises WrongState: once it is cancelled or over.
        """
        ...

    async def cancel_booking(
        self, caller: Caller, *, booking_id: UUID, reason: ShortText | None = None
    ) -> Booking:
        """Frees the seat from now on. Safe to repeat.

        :raises NotFound: :raises WrongState: once it is over.
        """
        ...

    @repeatable
    async def get_seat_map(
        self, caller: Caller, *, library_id: UUID, day: date | None = None, shift_id: UUID | None = None
    ) -> SeatMap:
        """For a shift on a day, a whole day, or without either this very moment. A shift without a day is
        today's.

        :raises NotFound: when the tenant has no such library, or that no such shift, or none on that day.
        """
        ...

    @repeatable
    async def list_outages(self, caller: Caller, *, library_id: UUID, page: int, limit: int) -> OutagePage:
        """Those that start last come first. :raises NotFound:"""
        ...

    async def create_outage(self, caller: Caller, *, outage: NewOutage) -> Outage:
        """:raises UnknownSeat: :raises SeatTaken: while it is booked: `details` name the bookings.

        :raises ValidationFailed: when it ends before it starts, or is over.
        """
        ...

    async def end_outage(self, caller: Caller, *, outage_id: UUID) -> None:
        """The seat can be had from now on. Safe to repeat. :raises NotFound:"""
        ...
