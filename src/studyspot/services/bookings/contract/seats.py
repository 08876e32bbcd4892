"""What is free and what is out of service, as it crosses the door."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.errors import Conflict, Refusal

SeatKind = Literal["seat", "locker"]
SeatState = Literal["free", "taken", "held", "out_of_service"]
Moment = Annotated[datetime, Meta(tz=True, description="With an offset from UTC")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\n]*$")]


class UnknownSeat(Refusal):
    """The library has no such seat or locker."""

    code = "UNKNOWN_SEAT"


class SeatTaken(Conflict):
    """Somebody has the seat then, or it is out of service. `details` name seats that are free: the field is
    `alternatives[0]` and so on, the code the seat's id.
    """

    code = "SEAT_TAKEN"


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
