"""When a library is open, as it crosses the door."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.values import ClockTime, Name

HOLIDAYS_MAX = 400
"""Of one library, past ones too: more than a year of them."""


class OpenHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From one clock time of the library to another. Closing at or before opening is on the next day: equal
    times are all 24 hours.
    """

    opens: ClockTime
    closes: ClockTime


class WeekHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A day that is null is closed; one that is left out has the library's opening and closing time."""

    monday: OpenHours | UnsetType | None = UNSET
    tuesday: OpenHours | UnsetType | None = UNSET
    wednesday: OpenHours | UnsetType | None = UNSET
    thursday: OpenHours | UnsetType | None = UNSET
    friday: OpenHours | UnsetType | None = UNSET
    saturday: OpenHours | UnsetType | None = UNSET
    sunday: OpenHours | UnsetType | None = UNSET


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A day unlike others: closed, or open for other hours."""

    day: date
    name: Name
    hours: OpenHours | None = None


class Calendar(msgspec.Struct, frozen=True):
    """`version` rises with each change of any of it. Holidays are in the order of their days."""

    week: WeekHours
    holidays: tuple[Holiday, ...]
    version: int


class CalendarChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is given stands instead of all that stood there."""

    version: Version
    week: WeekHours
    holidays: Annotated[tuple[Holiday, ...], Meta(max_length=HOLIDAYS_MAX)] = ()
