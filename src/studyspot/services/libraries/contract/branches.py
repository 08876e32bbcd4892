"""Branches, as they cross the door."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Conflict, DuplicateEntry
from studyspot.kernel.values import ClockTime, Email, LongText, Name, Phone, Pincode, ShortText, TimeZone

LibraryStatus = Literal["active", "inactive", "under_maintenance"]
Capacity = Annotated[int, Meta(ge=1, le=100_000, description="Seats in all")]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Facilities = Annotated[tuple[Name, ...], Meta(max_length=50)]


class LibraryNameTaken(DuplicateEntry):
    """The business has another library of this name."""


class LibraryInUse(Conflict):
    """Students belong to the library, have booked its seats or owe it money, or there is cash in it."""

    code = "LIBRARY_IN_USE"


OverdueDays = Annotated[int, Meta(ge=0, le=365, description="For so long a student may owe and be let in")]
LeaveMinutes = Annotated[int, Meta(ge=5, le=240, description="For so long who goes out keeps the seat")]
Strikes = Annotated[int, Meta(ge=1, le=100, description="After so many late returns a code does not let in")]
NoShowMinutes = Annotated[int, Meta(ge=15, le=720, description="After so long the hours can be sold")]
HoldMinutes = Annotated[int, Meta(ge=5, le=1440, description="For so long what is offered keeps its seat")]


class Library(msgspec.Struct, frozen=True):
    """One branch.

    Opening and closing are clock times in `time_zone`; closing before opening crosses midnight. Who has owed
    for more than `overdue_days_max` days is not let in; without it everybody is. Who goes out for a while
    keeps the seat for `leave_minutes_max`; without it nobody does. After `strikes_max` late returns in 30
    days only the desk lets a student in. The hours of a member who has not come `no_show_minutes` after a
    shift began can be sold to others; without it they cannot. Where it `needs_drawer_session`, cash is taken
    and paid out only by who has counted the drawer and opened a session of it. An offer of the waitlist, and
    any draft of a membership, keeps its seat for `hold_minutes`.
    """

    id: UUID
    name: str
    status: LibraryStatus
    address: str | None
    city: str | None
    state: str | None
    pincode: str | None
    phone: str | None
    email: str | None
    latitude: float | None
    longitude: float | None
    capacity: int | None
    opening_time: str | None
    closing_time: str | None
    time_zone: str
    facilities: tuple[str, ...]
    overdue_days_max: int | None
    leave_minutes_max: int | None
    strikes_max: int | None
    no_show_minutes: int | None
    needs_drawer_session: bool
    hold_minutes: int
    version: int
    created_at: datetime
    updated_at: datetime


class NewLibrary(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    address: LongText | None = None
    city: Name | None = None
    state: Name | None = None
    pincode: Pincode | None = None
    phone: Phone | None = None
    email: Email | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    capacity: Capacity | None = None
    opening_time: ClockTime | None = None
    closing_time: ClockTime | None = None
    time_zone: TimeZone = TimeZone("Asia/Kolkata")
    facilities: Facilities = ()
    overdue_days_max: OverdueDays | None = None
    leave_minutes_max: LeaveMinutes | None = 30
    strikes_max: Strikes | None = None
    no_show_minutes: NoShowMinutes | None = None
    needs_drawer_session: bool = False
    hold_minutes: HoldMinutes = 30
    status: LibraryStatus = "active"


class LibraryChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What is given is changed; `version` is the one that was read."""

    version: Version
    name: Name | UnsetType = UNSET
    address: LongText | UnsetType | None = UNSET
    city: Name | UnsetType | None = UNSET
    state: Name | UnsetType | None = UNSET
    pincode: Pincode | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    latitude: Latitude | UnsetType | None = UNSET
    longitude: Longitude | UnsetType | None = UNSET
    capacity: Capacity | UnsetType | None = UNSET
    opening_time: ClockTime | UnsetType | None = UNSET
    closing_time: ClockTime | UnsetType | None = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    facilities: Facilities | UnsetType = UNSET
    overdue_days_max: OverdueDays | UnsetType | None = UNSET
    leave_minutes_max: LeaveMinutes | UnsetType | None = UNSET
    strikes_max: Strikes | UnsetType | None = UNSET
    no_show_minutes: NoShowMinutes | UnsetType | None = UNSET
    needs_drawer_session: bool | UnsetType = UNSET
    hold_minutes: HoldMinutes | UnsetType = UNSET
    status: LibraryStatus | UnsetType = UNSET


class LibraryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`search` finds any part of the name, `city` is the whole one; case and accents do not matter."""

    status: LibraryStatus | None = None
    city: ShortText | None = None
    search: ShortText | None = None


class LibraryPage(msgspec.Struct, frozen=True):
    items: list[Library]
    total: int
