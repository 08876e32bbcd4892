"""The door of the auth room."""

from datetime import datetime
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Caller, Version, repeatable
from studyspot.kernel.errors import DuplicateEntry, Forbidden, Refusal, Unauthorized
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.kernel.values import OTHER_NUMBER, Email, Name, Phone, ShortText

PlatformRole = Literal["super_admin", "admin", "manager", "support", "analyst", "sales", "finance"]
TenantRole = Literal["owner", "manager", "staff", "student"]
Role = Literal[
    "super_admin", "admin", "manager", "support", "analyst", "sales", "finance", "owner", "staff", "student"
]
Portal = Literal["admin", "owner", "student"]
Channel = Literal["email", "phone"]

NewPassword = Annotated[
    str, Meta(min_length=8, max_length=128, description="8 characters or more, none of the widely known ones")
]
GivenPassword = Annotated[str, Meta(min_length=1, max_length=128, extra=OTHER_NUMBER)]
Code = Annotated[str, Meta(pattern=r"^[0-9]{6}$", description="The six digits that were sent")]
RefreshToken = Annotated[str, Meta(min_length=20, max_length=200, extra=OTHER_NUMBER)]
Identifier = Annotated[
    str,
    Meta(min_length=3, max_length=254, extra=OTHER_NUMBER, description="E-mail address or phone number"),
]


class InvalidCredentials(Unauthorized):
    """The same answer, after the same time, for an unknown account and a wrong password."""

    code = "INVALID_CREDENTIALS"


class InvalidRefreshToken(Unauthorized):
    code = "INVALID_TOKEN"


class AccountInactive(Forbidden):
    """Said only to somebody who knew the password."""

    code = "ACCOUNT_INACTIVE"


class AccountTaken(DuplicateEntry):
    """The e-mail address or phone number belongs to an account."""


class WrongCode(Refusal):
    """The code is wrong, used, superseded or too old."""

    status = 400
    code = "INVALID_CODE"


class WeakPassword(Refusal):
    status = 400
    code = "WEAK_PASSWORD"


class Account(msgspec.Struct, frozen=True):
    """A person who can sign in, whatever and how many businesses they belong to."""

    id: AccountId
    email: str | None
    phone: str | None
    first_name: str
    last_name: str | None
    email_verified: bool
    phone_verified: bool
    is_active: bool
    last_login_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class FoundAccount(msgspec.Struct, frozen=True):
    """`is_new` if it was made just now. An older one is anybody's who typed this address into a form."""

    account: Account
    is_new: bool


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Without a password the person sets one through "forgot password"."""

    first_name: Name
    last_name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    password: NewPassword | None = None


class AccountChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What is given is changed. A new e-mail address or phone number has to be verified again."""

    version: Version
    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class TenantMembership(msgspec.Struct, frozen=True):
    """One place where an account may act: the platform itself (no tenant) or a tenant, in a role there.

    `subject_id` is the student record of a student.
    """

    tenant_id: TenantId | None
    role: Role
    tenant_name: str | None = None
    subject_id: UUID | None = None


class SignedInUser(msgspec.Struct, frozen=True):
    """The account with the membership the session is for; `memberships` lists where else it may sign in.

    `subject_id` is the student record of a student.
    """

    id: AccountId
    email: str | None
    phone: str | None
    first_name: str
    last_name: str | None
    email_verified: bool
    phone_verified: bool
    role: Role
    tenant_id: TenantId | None
    subject_id: UUID | None
    permissions: list[str]
    memberships: list[TenantMembership]
    version: int


class Tokens(msgspec.Struct, frozen=True):
    """`expires_in` is the life of the access token in seconds. The refresh token works once."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret


class SignedIn(msgspec.Struct, frozen=True):
    user: SignedInUser
    tokens: Tokens


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Either `email` or `phone`; `tenant_id` chooses among several memberships."""

    email: Email | None = None
    phone: Phone | None = None
    password: GivenPassword
    tenant_id: TenantId | None = None

    def __post_init__(self) -> None:
        if (self.email is None) == (self.phone is None):
            raise ValueError("required: Give either email or phone.")


class SessionInfo(msgspec.Struct, frozen=True):
    """One signed-in device."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: ShortText | None
    is_current: bool


class Auth(Protocol):
    """Accounts and sessions."""

    @repeatable
    async def ensure_account(self, caller: Caller, *, account: NewAccount) -> Account:
        """Creates an account, or returns the one of the same e-mail whose password this is (a repeated call).

        :raises AccountTaken: when the e-mail or phone is somebody's. :raises WeakPassword:
        """
        ...

    async def find_or_create_account(self, caller: Caller, *, account: NewAccount) -> FoundAccount:
        """The account of this e-mail (or else phone), made if there is none yet.

        :raises AccountTaken: when another one has the phone. :raises WeakPassword:
        """
        ...

    async def invite(self, caller: Caller, *, account_id: AccountId, tenant_id: TenantId) -> None:
        """Tells somebody that a business has opened its door to them, and how they come in."""
        ...

    @repeatable
    async def get_accounts(self, caller: Caller, *, account_ids: list[AccountId]) -> list[Account]:
        """Those that exist, in no order."""
        ...

    async def change_account(
        self, caller: Caller, *, account_id: AccountId, change: AccountChange
    ) -> Account:
        """Deactivating ends every session.

        :raises NotFound: :raises VersionConflict: :raises AccountTaken:
        """
        ...

    async def change_me(
        self, caller: Caller, *, change: AccountChange, current: GivenPassword | None = None
    ) -> Account:
        """By the account's owner, who gives the current password for a new address; the old one is told.

        :raises InvalidCredentials: when the password is wrong. :raises VersionConflict: :raises AccountTaken:
        """
        ...

    @repeatable
    async def set_password(self, caller: Caller, *, account_id: AccountId, password: NewPassword) -> None:
        """By an administrator: ends every session of the account. :raises NotFound: :raises WeakPassword:"""
        ...

    @repeatable
    async def end_sessions(
        self, caller: Caller, *, account_id: AccountId, tenant_id: TenantId | None = None
    ) -> int:
        """Ends an account's sessions (only those in one tenant, if given) within a second, everywhere."""
        ...

    @repeatable
    async def forget_account(self, caller: Caller, *, account_id: AccountId) -> None:
        """Takes away what says whose account it was, in the trail and in letters too, and ends its sessions;
        nothing for an account that is a member's, or of somebody who is or was on the platform's staff.
        """
        ...

    @repeatable
    async def permissions_of(
        self, caller: Caller, *, role: PlatformRole, overrides: dict[str, bool]
    ) -> list[str]:
        """What one of the platform's staff may do, with what is granted, and behind a minus withheld, beyond
        the role.
        """
        ...

    async def open_session(
        self,
        caller: Caller,
        *,
        account_id: AccountId,
        tenant_id: TenantId | None,
        user_agent: str | None = None,
    ) -> SignedIn:
        """Signs an account in that has just proved itself otherwise. :raises AccountInactive:"""
        ...

    async def sign_in(
        self,
        caller: Caller,
        *,
        sign_in: SignIn,
        portal: Portal | None = None,
        address: str = "",
        user_agent: str | None = None,
    ) -> SignedIn:
        """:raises InvalidCredentials: :raises AccountInactive: :raises TenantSuspended: :raises
        TooManyRequests:
        """
        ...

    async def refresh(self, caller: Caller, *, refresh_token: RefreshToken) -> SignedIn:
        """Exchanges a refresh token for new ones; within 10 s the same exchange may be repeated.

        Reuse after that ends the whole session. :raises InvalidRefreshToken: :raises AccountInactive:
        """
        ...

    async def sign_out(
        self, caller: Caller, *, refresh_token: RefreshToken | None = None, everywhere: bool = False
    ) -> None:
        """Ends the session of the caller or of the refresh token, or all of the caller's. Safe to repeat."""
        ...

    @repeatable
    async def list_sessions(self, caller: Caller) -> list[SessionInfo]:
        """The caller's live sessions, the newest first; at most 100."""
        ...

    @repeatable
    async def get_me(self, caller: Caller) -> SignedInUser:
        """:raises NotFound: when the account is gone."""
        ...

    async def change_password(self, caller: Caller, *, current: GivenPassword, new: NewPassword) -> None:
        """Ends the account's other sessions. :raises InvalidCredentials: :raises WeakPassword:"""
        ...

    async def forgot_password(self, caller: Caller, *, identifier: Identifier, address: str = "") -> None:
        """Sends a code if there is such an account; answers the same if not. :raises TooManyRequests:"""
        ...

    async def reset_password(
        self, caller: Caller, *, identifier: Identifier, code: Code, new: NewPassword
    ) -> None:
        """Ends every session. :raises WrongCode: :raises WeakPassword:"""
        ...

    async def send_code(self, caller: Caller, *, channel: Channel) -> None:
        """Sends a code to the caller's own unverified e-mail or phone.

        :raises TooManyRequests: :raises Conflict:
        """
        ...

    async def verify_code(self, caller: Caller, *, channel: Channel, code: Code) -> None:
        """:raises WrongCode: after the fifth wrong one, also for the right one."""
        ...

    @repeatable
    async def public_keys(self, caller: Caller) -> dict[str, Any]:
        """The JWKS document (RFC 7517) with every key whose tokens may still be alive."""
        ...

    async def rotate_keys(self, caller: Caller) -> str:
        """Makes a new signing key and returns its id; old tokens stay valid until they expire."""
        ...

    @repeatable
    async def revoked_sessions(self, caller: Caller) -> list[str]:
        """Sessions that ended within the life of an access token."""
        ...

    @repeatable
    async def purge(self, caller: Caller) -> int:
        """Deletes expired sessions and codes; returns how many."""
        ...
