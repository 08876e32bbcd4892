"""Businesses."""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

TenantStatus = Literal["active", "deleted", "inactive", "provisioning", "suspended", "trial"]
Plan = Literal["enterprise", "free", "professional", "starter"]


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    street: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    postal_code: str | None = None


class Tenant(msgspec.Struct, frozen=True):
    """One business. The limits are what its plan allows, unless the operator agreed otherwise."""

    id: UUID
    slug: str
    name: str
    email: str
    phone: str | None
    status: TenantStatus
    subscription_plan: Plan
    max_libraries: int
    max_students: int
    max_staff: int
    address: Address | None
    suspension_reason: str | None
    version: int
    created_at: Moment
    updated_at: Moment


class NewTenant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The owner named by `email` is invited: they set a password through "forgot password"."""

    name: str
    email: str
    phone: str | None = None
    owner_first_name: str | None = None
    owner_last_name: str | None = None
    subscription_plan: Plan = "free"
    max_libraries: int | None = None
    max_students: int | None = None
    max_staff: int | None = None
    address: Address | None = None


class TenantChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    version: int
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    subscription_plan: Plan | UnsetType = UNSET
    max_libraries: int | UnsetType = UNSET
    max_students: int | UnsetType = UNSET
    max_staff: int | UnsetType = UNSET
    address: Address | UnsetType | None = UNSET


class TenantStats(msgspec.Struct, frozen=True):
    """Counted when asked, in the tenant's own database."""

    tenant_id: UUID
    status: TenantStatus
    subscription_plan: Plan
    libraries: int
    students: int
    active_students: int
    staff: int


class SuspendBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    reason: str
