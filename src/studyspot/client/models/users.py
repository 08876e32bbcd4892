"""Those who work for a business, and the operator's own staff."""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

PlatformRole = Literal["admin", "analyst", "finance", "manager", "sales", "super_admin", "support"]
TenantRole = Literal["manager", "owner", "staff", "student"]
StaffRole = Literal["manager", "owner", "staff"]
StaffType = Literal["attendance_staff", "finance_staff", "general", "manager", "receptionist"]
Department = Literal["finance", "hr", "management", "operations", "sales", "support"]


class Member(msgspec.Struct, frozen=True):
    """Somebody who works for a business (its students are kept by the students room)."""

    id: UUID
    email: str | None
    first_name: str
    last_name: str | None
    phone: str | None
    role: TenantRole
    staff_type: StaffType | None
    is_active: bool
    last_login_at: Moment | None
    version: int
    created_at: Moment


class NewMember(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Without a password the person sets one through "forgot password"."""

    email: str
    first_name: str
    last_name: str | None = None
    phone: str | None = None
    password: str | None = None
    role: StaffRole = "staff"
    staff_type: StaffType | None = None


class MemberChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    version: int
    role: StaffRole | UnsetType = UNSET
    staff_type: StaffType | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    password: str


class PlatformUser(msgspec.Struct, frozen=True):
    """One of the operator's own staff. `version` also grows when they change their own name or address."""

    id: UUID
    email: str | None
    first_name: str
    last_name: str | None
    phone: str | None
    role: PlatformRole
    department: Department | None
    permissions: dict[str, bool]
    is_active: bool
    last_login_at: Moment | None
    version: int
    created_at: Moment


class NewPlatformUser(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`name` is accepted in place of first and last name and split at the first space."""

    email: str
    password: str
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    phone: str | None = None
    role: PlatformRole
    department: Department | None = None
    permissions: dict[str, bool] | UnsetType = UNSET


class PlatformUserChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    version: int
    email: str | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    role: PlatformRole | UnsetType = UNSET
    department: Department | UnsetType | None = UNSET
    permissions: dict[str, bool] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
