"""What stands in a branch, when it is open, how its day is divided."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

SeatKind = Literal["seat", "locker"]


class OpenHours(msgspec.Struct, frozen=True):
    """Closing at or before opening is on the next day; equal times are all 24 hours."""

    opens: str
    closes: str


class WeekHours(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A day that is None is closed; one that is `UNSET` has the library's opening and closing time."""

    monday: OpenHours | UnsetType | None = UNSET
    tuesday: OpenHours | UnsetType | None = UNSET
    wednesday: OpenHours | UnsetType | None = UNSET
    thursday: OpenHours | UnsetType | None = UNSET
    friday: OpenHours | UnsetType | None = UNSET
    saturday: OpenHours | UnsetType | None = UNSET
    sunday: OpenHours | UnsetType | None = UNSET


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which the library is closed, or open for other `hours`."""

    day: date
    name: str
    hours: OpenHours | None = None


class Calendar(msgspec.Struct, frozen=True):
    week: WeekHours
    holidays: tuple[Holiday, ...]
    version: int


class CalendarChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is given stands instead of all that stood there; `version` is the one that was read."""

    version: int
    week: WeekHours
    holidays: Sequence[Holiday] = []


class Zone(msgspec.Struct, frozen=True):
    """An area of a branch. `seats` and `lockers` are how many stand there."""

    id: UUID
    library_id: UUID
    name: str
    is_air_conditioned: bool
    is_silent: bool
    is_for_women: bool
    seats: int
    lockers: int
    version: int
    created_at: Moment
    updated_at: Moment


class NewZone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    is_air_conditioned: bool = False
    is_silent: bool = False
    is_for_women: bool = False


class ZoneChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read."""

    version: int
    name: str | UnsetType = UNSET
    is_air_conditioned: bool | UnsetType = UNSET
    is_silent: bool | UnsetType = UNSET
    is_for_women: bool | UnsetType = UNSET


class Seat(msgspec.Struct, frozen=True):
    """A chair or a locker. `row` and `column` are its place on the map."""

    id: UUID
    library_id: UUID
    zone_id: UUID
    kind: SeatKind
    code: str
    features: tuple[str, ...]
    row: int | None
    column: int | None
    version: int
    created_at: Moment
    updated_at: Moment


class SeatRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of equally many seats: from A to F with 20 each are the codes A01 to F20."""

    first: str
    last: str
    each: int


class NewSeats(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either whole `rows`, or single ones by their `codes`."""

    zone_id: UUID
    kind: SeatKind = "seat"
    rows: SeatRows | None = None
    codes: Sequence[str] = []
    features: Sequence[str] = []


class SeatChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read."""

    version: int
    zone_id: UUID | UnsetType = UNSET
    code: str | UnsetType = UNSET
    features: Sequence[str] | UnsetType = UNSET
    row: int | UnsetType | None = UNSET
    column: int | UnsetType | None = UNSET


class ShiftTimes(msgspec.Struct, frozen=True):
    """Ending at or before the start is on the next day; equal times are 24 hours."""

    id: UUID
    starts: str
    ends: str
    valid_from: date


class Shift(msgspec.Struct, frozen=True):
    """A named part of the day. `times` are in the order of their days; what was sold keeps those it was sold
    with.
    """

    id: UUID
    library_id: UUID
    name: str
    times: tuple[ShiftTimes, ...]
    version: int
    created_at: Moment
    updated_at: Moment


class NewShift(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    starts: str
    ends: str


class ShiftChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given is changed; new times are in force from `valid_from` on, today when it is left out."""

    version: int
    name: str | UnsetType = UNSET
    starts: str | UnsetType = UNSET
    ends: str | UnsetType = UNSET
    valid_from: date | UnsetType = UNSET
