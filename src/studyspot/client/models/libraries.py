"""Branches."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

LibraryStatus = Literal["active", "inactive", "under_maintenance"]


class Library(msgspec.Struct, frozen=True):
    """One branch. Opening and closing are clock times in `time_zone`; closing before opening crosses
    midnight.
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
    created_at: Moment
    updated_at: Moment


class NewLibrary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    address: str | None = None
    city: str | None = None
    state: str | None = None
    pincode: str | None = None
    phone: str | None = None
    email: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    capacity: int | None = None
    opening_time: str | None = None
    closing_time: str | None = None
    time_zone: str = "Asia/Kolkata"
    facilities: Sequence[str] = []
    overdue_days_max: int | None = None
    leave_minutes_max: int | None = 30
    strikes_max: int | None = None
    no_show_minutes: int | None = None
    needs_drawer_session: bool = False
    hold_minutes: int = 30
    status: LibraryStatus = "active"


class LibraryChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read."""

    version: int
    name: str | UnsetType = UNSET
    address: str | UnsetType | None = UNSET
    city: str | UnsetType | None = UNSET
    state: str | UnsetType | None = UNSET
    pincode: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    latitude: float | UnsetType | None = UNSET
    longitude: float | UnsetType | None = UNSET
    capacity: int | UnsetType | None = UNSET
    opening_time: str | UnsetType | None = UNSET
    closing_time: str | UnsetType | None = UNSET
    time_zone: str | UnsetType = UNSET
    facilities: Sequence[str] | UnsetType = UNSET
    overdue_days_max: int | UnsetType | None = UNSET
    leave_minutes_max: int | UnsetType | None = UNSET
    strikes_max: int | UnsetType | None = UNSET
    no_show_minutes: int | UnsetType | None = UNSET
    needs_drawer_session: bool | UnsetType = UNSET
    hold_minutes: int | UnsetType = UNSET
    status: LibraryStatus | UnsetType = UNSET
