"""Who has which seat or locker when."""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.floor import SeatKind
from studyspot.client.models.moment import Moment

BookingStatus = Literal["held", "confirmed", "cancelled", "expired"]
SeatState = Literal["free", "taken", "held", "out_of_service"]


class Booking(msgspec.Struct, frozen=True):
    """A hold is `expired` from `held_until` on, unless it was confirmed. `price` is what it was sold for in
    its plan, in paise with `tax` in it.
    """

    id: UUID
    library_id: UUID
    seat_id: UUID
    seat_code: str
    student_id: UUID
    student_name: str
    starts_at: Moment
    ends_at: Moment
    status: BookingStatus
    held_until: Moment | None
    cancel_reason: str | None
    plan_id: UUID | None
    price: int
    tax: int
    version: int
    created_at: Moment
    updated_at: Moment


class NewBooking(msgspec.Struct, frozen=True, kw_only=True):
    """Without a `seat_id` any free seat, of the zone if one is named. A `hold` waits ten minutes for
    `confirm`. In an hourly plan of the library it is charged; without one it costs nothing.
    """

    library_id: UUID
    student_id: UUID
    seat_id: UUID | None = None
    zone_id: UUID | None = None
    starts_at: Moment
    ends_at: Moment
    hold: bool = False
    plan_id: UUID | None = None


class BookingChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    version: int
    seat_id: UUID | UnsetType = UNSET
    starts_at: Moment | UnsetType = UNSET
    ends_at: Moment | UnsetType = UNSET


class CancelBody(msgspec.Struct, frozen=True):
    reason: str | None = None


class Outage(msgspec.Struct, frozen=True):
    """A seat or locker that nobody can have. Without an end it lasts until somebody ends it."""

    id: UUID
    library_id: UUID
    seat_id: UUID
    seat_code: str
    reason: str
    starts_at: Moment
    ends_at: Moment | None
    created_at: Moment


class NewOutage(msgspec.Struct, frozen=True, kw_only=True):
    """Without a start it begins now."""

    seat_id: UUID
    reason: str
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class MapSeat(msgspec.Struct, frozen=True):
    """`row` and `column` are its place on the map, `until` is when what is in its way is over."""

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
    until: Moment | None


class SeatMap(msgspec.Struct, frozen=True):
    library_id: UUID
    starts_at: Moment
    ends_at: Moment
    seats: list[MapSeat]
