"""The door of the tenants room."""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Caller, Version, repeatable
from studyspot.kernel.errors import Conflict, DuplicateEntry
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.kernel.values import Email, Name, Phone, Pincode, ShortText
from studyspot.services.auth.contract import NewPassword, SignedIn
from studyspot.tenancy.registry import Plan, TenantStatus

BusinessName = Annotated[str, Meta(min_length=2, max_length=100, pattern=r"^[^\n]*$")]
Reason = Annotated[str, Meta(min_length=10, max_length=500)]
LimitCount = Annotated[int, Meta(ge=1, le=1_000_000)]


class TenantExists(DuplicateEntry):
    """Another tenant has this contact address."""


class WrongState(Conflict):
    """The tenant is not in a state from which that is possible."""

    code = "WRONG_STATE"


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    street: ShortText | None = None
    city: Name | None = None
    state: Name | None = None
    country: Name | None = None
    postal_code: Pincode | None = None


class Tenant(msgspec.Struct, frozen=True):
    """One business. The limits are what its plan allows, unless the operator agreed otherwise."""

    id: TenantId
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
    created_at: datetime
    updated_at: datetime


class NewTenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The owner named by `email` is invited: they set a password through "forgot password"."""

    name: BusinessName
    email: Email
    phone: Phone | None = None
    owner_first_name: Name | None = None
    owner_last_name: Name | None = None
    subscription_plan: Plan = "free"
    max_libraries: LimitCount | None = None
    max_students: LimitCount | None = None
    max_staff: LimitCount | None = None
    address: Address | None = None


class TenantChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    version: Version
    name: BusinessName | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    subscription_plan: Plan | UnsetType = UNSET
    max_libraries: LimitCount | UnsetType = UNSET
    max_students: LimitCount | UnsetType = UNSET
    max_staff: LimitCount | UnsetType = UNSET
    address: Address | UnsetType | None = UNSET


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An owner signs up: account, business and its database in one call. The same call again is safe."""

    first_name: Name
    last_name: Name | None = None
    business_name: BusinessName
    email: Email
    phone: Phone | None = None
    password: NewPassword


class TenantFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`search` finds any part of the name or e-mail."""

    status: TenantStatus | None = None
    plan: Plan | None = None
    search: ShortText | None = None


class TenantPage(msgspec.Struct, frozen=True):
    items: list[Tenant]
    total: int


class TenantStats(msgspec.Struct, frozen=True):
    """Counted when asked, in the tenant's own database."""

    tenant_id: TenantId
    status: TenantStatus
    subscription_plan: Plan
    libraries: int
    students: int
    active_students: int
    staff: int


class Tenants(Protocol):
    """Tenants and their life."""

    async def register(
        self, caller: Caller, *, registration: Registration, user_agent: str | None = None
    ) -> SignedIn:
        """Account, tenant and database, and the owner signed in. Repeated with the same password: the same.

        :raises AccountTaken: when the e-mail or phone belongs to an account that this is not. :raises
        TenantExists: when the account has another business. :raises TenantSuspended:
        """
        ...

    @repeatable
    async def list_tenants(
        self, caller: Caller, *, filter: TenantFilter, page: int, limit: int
    ) -> TenantPage:
        """Newest first; deleted ones only when asked for by status."""
        ...

    @repeatable
    async def get_tenant(self, caller: Caller, *, tenant_id: TenantId) -> Tenant:
        """:raises NotFound:"""
        ...

    async def create_tenant(self, caller: Caller, *, tenant: NewTenant) -> Tenant:
        """With database and invited owner. :raises TenantExists:"""
        ...

    async def change_tenant(self, caller: Caller, *, tenant_id: TenantId, change: TenantChange) -> Tenant:
        """:raises NotFound: :raises VersionConflict: :raises TenantExists:"""
        ...

    async def delete_tenant(self, caller: Caller, *, tenant_id: TenantId) -> None:
        """Refused everywhere within a second; the database is kept. :raises NotFound:"""
        ...

    async def suspend_tenant(self, caller: Caller, *, tenant_id: TenantId, reason: Reason) -> Tenant:
        """Refused everywhere within a second. :raises NotFound: :raises WrongState:"""
        ...

    async def reactivate_tenant(self, caller: Caller, *, tenant_id: TenantId) -> Tenant:
        """:raises NotFound: :raises WrongState: when it is neither suspended nor inactive."""
        ...

    @repeatable
    async def get_stats(self, caller: Caller, *, tenant_id: TenantId) -> TenantStats:
        """:raises NotFound: :raises Unavailable: while its database cannot be reached."""
        ...

    @repeatable
    async def ensure_owners(self, caller: Caller) -> list[AccountId]:
        """Completes sign-ups whose answer was lost between their steps; returns the owners it added."""
        ...
