"""Zones, and the seats and lockers in them, as they cross the door."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Conflict, DuplicateEntry, Refusal
from studyspot.kernel.values import Name

SeatKind = Literal["seat", "locker"]
Code = Annotated[
    str,
    Meta(
        max_length=12,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$",
        description="As it stands on the seat",
        examples=["A07"],
    ),
]
RowLabel = Annotated[
    str, Meta(max_length=2, pattern=r"^[A-Z]+$", description="A to Z, then AA to ZZ", examples=["A"])
]
GridPosition = Annotated[int, Meta(ge=1, le=10_000)]
Features = Annotated[tuple[Name, ...], Meta(max_length=20)]
SEATS_AT_ONCE_MAX = 2_000
SEATS_MAX = 10_000
ZONES_MAX = 200


class ZoneNameTaken(DuplicateEntry):
    """The library has another zone of this name."""


class ZoneInUse(Conflict):
    """There are seats or lockers in the zone."""

    code = "ZONE_IN_USE"


class SeatCodeTaken(DuplicateEntry):
    """The library has another seat or locker of one of these codes."""


class SeatInUse(Conflict):
    """Somebody has the seat or locker, or is going to."""

    code = "SEAT_IN_USE"


class UnknownZone(Refusal):
    """The zone named for a seat is not one of its library."""

    code = "UNKNOWN_ZONE"


class Zone(msgspec.Struct, frozen=True):
    """An area of a library. `seats` and `lockers` are how many stand there."""

    id: UUID
    library_id: UUID
    name: str
    is_air_conditioned: bool
    is_silent: bool
    is_for_women: bool
    seats: int
    lockers: int
    version: int
    created_at: datetime
    updated_at: datetime


class ZonePage(msgspec.Struct, frozen=True):
    items: list[Zone]
    total: int


class NewZone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    is_air_conditioned: bool = False
    is_silent: bool = False
    is_for_women: bool = False


class ZoneChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read."""

    version: Version
    name: Name | UnsetType = UNSET
    is_air_conditioned: bool | UnsetType = UNSET
    is_silent: bool | UnsetType = UNSET
    is_for_women: bool | UnsetType = UNSET


class Seat(msgspec.Struct, frozen=True):
    """A chair or a locker that one person at a time may have. `row` and `column` are its place on the map."""

    id: UUID
    library_id: UUID
    zone_id: UUID
    kind: SeatKind
    code: str
    features: tuple[str, ...]
    row: int | None
    column: int | None
    version: int
    created_at: datetime
    updated_at: datetime


class SeatPage(msgspec.Struct, frozen=True):
    items: list[Seat]
    total: int


class SeatRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows of equally many seats: from A to F with 20 each are the codes A01 to F20, and so they stand on the
    map, below whatever stands there.
    """

    first: RowLabel
    last: RowLabel
    each: Annotated[int, Meta(ge=1, le=200)]


class NewSeats(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Either whole `rows`, or single ones by their `codes`."""

    zone_id: UUID
    kind: SeatKind = "seat"
    rows: SeatRows | None = None
    codes: Annotated[tuple[Code, ...], Meta(max_length=SEATS_AT_ONCE_MAX)] = ()
    features: Features = ()


class SeatChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read."""

    version: Version
    zone_id: UUID | UnsetType = UNSET
    code: Code | UnsetType = UNSET
    features: Features | UnsetType = UNSET
    row: GridPosition | UnsetType | None = UNSET
    column: GridPosition | UnsetType | None = UNSET


class SeatFilter(msgspec.Struct, frozen=True, kw_only=True):
    zone_id: UUID | None = None
    kind: SeatKind | None = None
