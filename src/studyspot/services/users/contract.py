"""The door of the users room."""

from datetime import datetime
from typing import Annotated, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.audit import AuditEntry
from studyspot.kernel.contract import Caller, Version, repeatable
from studyspot.kernel.errors import Conflict, DuplicateEntry, Refusal
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.kernel.values import Email, Name, Phone, ShortText
from studyspot.services.auth.contract import NewPassword, PlatformRole, TenantRole

Department = Literal["management", "sales", "finance", "operations", "hr", "support"]
StaffRole = Literal["owner", "manager", "staff"]
StaffType = Literal["manager", "receptionist", "attendance_staff", "finance_staff", "general"]
PermissionOverrides = Annotated[
    dict[Annotated[str, Meta(pattern=r"^[a-z_]+:([a-z_]+|\*)$", max_length=60)], bool],
    Meta(max_length=50, description="resource:action → granted (true) or withheld (false) beyond the role"),
]


class MemberExists(DuplicateEntry):
    """The person is already a member there."""


class LastOne(Conflict):
    """The last active super admin, or a business's last owner, cannot be removed or weakened."""

    code = "LAST_ONE"


class NotYourself(Refusal):
    """Nobody removes, weakens or deactivates their own account."""

    code = "NOT_YOURSELF"


class PlatformUser(msgspec.Struct, frozen=True):
    """One of the operator's own staff. `version` also grows when they change their own name or address."""

    id: AccountId
    email: str | None
    first_name: str
    last_name: str | None
    phone: str | None
    role: PlatformRole
    department: Department | None
    permissions: dict[str, bool]
    is_active: bool
    last_login_at: datetime | None
    version: int
    created_at: datetime


class NewPlatformUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`name` is accepted in place of first and last name and split at the first space."""

    email: Email
    password: NewPassword
    first_name: Name | None = None
    last_name: Name | None = None
    name: Annotated[str, Meta(min_length=2, max_length=100, pattern=r"^[^\n]*$")] | None = None
    phone: Phone | None = None
    role: PlatformRole
    department: Department | None = None
    permissions: PermissionOverrides = {}

    def __post_init__(self) -> None:
        if (self.first_name is None) == (self.name is None):
            raise ValueError("required: Give either first_name or name.")


class PlatformUserChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    version: Version
    email: Email | UnsetType = UNSET
    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    role: PlatformRole | UnsetType = UNSET
    department: Department | UnsetType | None = UNSET
    permissions: PermissionOverrides | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class PlatformUserFilter(msgspec.Struct, frozen=True, kw_only=True):
    role: PlatformRole | None = None
    department: Department | None = None
    status: Literal["active", "inactive"] | None = None
    search: ShortText | None = None


class PlatformUserPage(msgspec.Struct, frozen=True):
    items: list[PlatformUser]
    total: int


class ActivityPage(msgspec.Struct, frozen=True):
    items: list[AuditEntry]
    total: int


class Member(msgspec.Struct, frozen=True):
    """Somebody who works for a business (its students are kept by the students room)."""

    id: AccountId
    email: str | None
    first_name: str
    last_name: str | None
    phone: str | None
    role: TenantRole
    staff_type: StaffType | None
    is_active: bool
    last_login_at: datetime | None
    version: int
    created_at: datetime


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without a password the person sets one through "forgot password"."""

    email: Email
    first_name: Name
    last_name: Name | None = None
    phone: Phone | None = None
    password: NewPassword | None = None
    role: StaffRole = "staff"
    staff_type: StaffType | None = None


class MemberChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    version: Version
    role: StaffRole | UnsetType = UNSET
    staff_type: StaffType | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class NewStudentMember(msgspec.Struct, frozen=True, kw_only=True):
    """`student_id` is the record in the tenant's data that the account will see as its own."""

    student_id: UUID
    first_name: Name
    last_name: Name | None = None
    phone: Phone


class MemberPage(msgspec.Struct, frozen=True):
    items: list[Member]
    total: int


class Users(Protocol):
    """Platform staff and the members of tenants."""

    @repeatable
    async def list_platform_users(
        self, caller: Caller, *, filter: PlatformUserFilter, page: int, limit: int
    ) -> PlatformUserPage:
        """Newest first."""
        ...

    @repeatable
    async def get_platform_user(self, caller: Caller, *, account_id: AccountId) -> PlatformUser:
        """:raises NotFound: when nobody of the platform's staff has this id."""
        ...

    async def create_platform_user(self, caller: Caller, *, user: NewPlatformUser) -> PlatformUser:
        """Somebody who was on the staff before comes back with the account and the password of then.

        :raises AccountTaken: :raises InsufficientPermissions: for a role above the caller's own, or a
        permission the caller does not have.
        """
        ...

    async def change_platform_user(
        self, caller: Caller, *, account_id: AccountId, change: PlatformUserChange
    ) -> PlatformUser:
        """All of it or nothing. :raises NotFound: :raises VersionConflict: :raises LastOne: :raises
        NotYourself: :raises AccountTaken: :raises InsufficientPermissions: for somebody of a higher role than
        the caller, such a role, or a permission the caller does not have.
        """
        ...

    async def delete_platform_user(self, caller: Caller, *, account_id: AccountId) -> None:
        """Takes the place on the staff away and ends the sessions; the account and its trail stay.

        :raises NotFound: :raises LastOne: :raises NotYourself: :raises InsufficientPermissions:
        """
        ...

    async def set_platform_user_password(
        self, caller: Caller, *, account_id: AccountId, password: NewPassword
    ) -> None:
        """:raises NotFound: :raises WeakPassword:"""
        ...

    @repeatable
    async def list_activity(
        self, caller: Caller, *, account_id: AccountId, page: int, limit: int
    ) -> ActivityPage:
        """What this person did on the platform, newest first. :raises NotFound:"""
        ...

    async def add_owner(
        self,
        caller: Caller,
        *,
        tenant_id: TenantId,
        account_id: AccountId,
        invited_as: Email | None = None,
    ) -> None:
        """Makes an account an owner of a tenant, once it has proved the address if one is given.

        Safe to repeat.
        """
        ...

    @repeatable
    async def list_members(self, caller: Caller, *, page: int, limit: int) -> MemberPage:
        """The people who work for the caller's tenant, newest first."""
        ...

    @repeatable
    async def get_member(self, caller: Caller, *, account_id: AccountId) -> Member:
        """:raises NotFound:"""
        ...

    async def add_member(self, caller: Caller, *, member: NewMember) -> Member:
        """:raises MemberExists: :raises LimitExceeded: :raises InsufficientPermissions: for a role above
        one's own.
        """
        ...

    async def change_member(self, caller: Caller, *, account_id: AccountId, change: MemberChange) -> Member:
        """:raises NotFound: :raises VersionConflict: :raises LastOne: :raises NotYourself:"""
        ...

    async def remove_member(self, caller: Caller, *, account_id: AccountId) -> None:
        """Ends their sessions in this tenant. :raises NotFound: :raises LastOne: :raises NotYourself:"""
        ...

    async def admit_student(self, caller: Caller, *, student: NewStudentMember) -> None:
        """Lets a student sign in to the caller's tenant with the phone, once it is proved. Safe to repeat.

        :raises MemberExists: when the phone is that of somebody who works there, or of another student.
        """
        ...

    @repeatable
    async def switch_student(self, caller: Caller, *, student_id: UUID, is_active: bool) -> None:
        """Shuts a student out or lets them in again; nothing for one who was never admitted."""
        ...

    async def dismiss_student(self, caller: Caller, *, student_id: UUID) -> None:
        """Takes the sign-in to the caller's tenant away. Safe to repeat."""
        ...

    async def forget_student(self, caller: Caller, *, student_id: UUID) -> None:
        """Takes the sign-in away, and of each account with which they ever signed in as this student what
        says who they are, unless they are somebody elsewhere. Safe to repeat.
        """
        ...

    @repeatable
    async def count_members(self, caller: Caller, *, tenant_id: TenantId) -> int:
        """How many people work for a tenant."""
        ...
