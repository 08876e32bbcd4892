"""Shifts, as they cross the door."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Conflict, DuplicateEntry
from studyspot.kernel.values import ClockTime, Name

SHIFTS_MAX = 100


class ShiftNameTaken(DuplicateEntry):
    """The library has another shift of this name."""


class TimesInThePast(Conflict):
    """Times that were in force on a day that is over stay as they were."""

    code = "TIMES_IN_THE_PAST"


class ShiftTimes(msgspec.Struct, frozen=True):
    """From one clock time of the library to another, from the day `valid_from` on. Ending at or before the
    start is on the next day, so equal times are 24 hours.

    Its `id` is what is sold: times are never changed, only followed by others.
    """

    id: UUID
    starts: str
    ends: str
    valid_from: date


class Shift(msgspec.Struct, frozen=True):
    """A named part of the day; shifts may overlap. `times` are in the order of their days."""

    id: UUID
    library_id: UUID
    name: str
    times: tuple[ShiftTimes, ...]
    version: int
    created_at: datetime
    updated_at: datetime

    def times_on(self, day: date) -> ShiftTimes | None:
        """Those in force on that day: of those valid by then the latest, of one day what was said last."""
        valid = [one for one in self.times if one.valid_from <= day]
        return max(valid, key=lambda one: (one.valid_from, one.id), default=None)


class ShiftPage(msgspec.Struct, frozen=True):
    items: list[Shift]
    total: int


class NewShift(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    starts: ClockTime
    ends: ClockTime


class ShiftChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read. New times are in force from `valid_from`
    on, which is today when it is left out; what was sold keeps the old ones.
    """

    version: Version
    name: Name | UnsetType = UNSET
    starts: ClockTime | UnsetType = UNSET
    ends: ClockTime | UnsetType = UNSET
    valid_from: date | UnsetType = UNSET
