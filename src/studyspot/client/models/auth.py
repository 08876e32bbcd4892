"""Accounts, sessions and tokens."""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

Role = Literal[
    "admin", "analyst", "finance", "manager", "owner", "sales", "staff", "student", "super_admin", "support"
]
Channel = Literal["email", "phone"]


class Account(msgspec.Struct, frozen=True):
    """A person who can sign in, whatever and how many businesses they belong to."""

    id: UUID
    email: str | None
    phone: str | None
    first_name: str
    last_name: str | None
    email_verified: bool
    phone_verified: bool
    is_active: bool
    last_login_at: Moment | None
    version: int
    created_at: Moment
    updated_at: Moment


class ChangePasswordBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    current_password: str
    new_password: str


class ForgotPasswordBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    identifier: str


class KeySet(msgspec.Struct, frozen=True):
    """A JWKS document (RFC 7517): not in the envelope, for libraries read it as it is."""

    keys: tuple[dict[str, str], ...]


class TenantMembership(msgspec.Struct, frozen=True):
    """One place where an account may act: the platform itself (no tenant) or a tenant, in a role there.
    `subject_id` is the student record of a student.
    """

    tenant_id: UUID | None
    role: Role
    tenant_name: str | None
    subject_id: UUID | None


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people change of their own account; nobody switches it off, or the last owner could. A new
    e-mail address or phone number needs the current password.
    """

    version: int
    current_password: str | None = None
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET


class RefreshBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    refresh_token: str


class Registration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An owner signs up: account, business and its database in one call. The same call again is safe."""

    first_name: str
    last_name: str | None = None
    business_name: str
    email: str
    phone: str | None = None
    password: str


class ResetPasswordBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    identifier: str
    code: str
    new_password: str


class SendCodeBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    channel: Channel


class SessionInfo(msgspec.Struct, frozen=True):
    """One signed-in device."""

    id: UUID
    created_at: Moment
    last_used_at: Moment
    user_agent: str | None
    is_current: bool


class SignIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either `email` or `phone`; `tenant_id` chooses among several memberships."""

    email: str | None = None
    phone: str | None = None
    password: str
    tenant_id: UUID | None = None


class SignOutBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing ends the session of the access token; `everywhere` ends all of the account's."""

    refresh_token: str | None = None
    everywhere: bool = False


class SignedInUser(msgspec.Struct, frozen=True):
    """The account with the membership the session is for; `memberships` lists where else it may sign in.
    `subject_id` is the student record of a student.
    """

    id: UUID
    email: str | None
    phone: str | None
    first_name: str
    last_name: str | None
    email_verified: bool
    phone_verified: bool
    role: Role
    tenant_id: UUID | None
    subject_id: UUID | None
    permissions: tuple[str, ...]
    memberships: tuple[TenantMembership, ...]
    version: int


class Tokens(msgspec.Struct, frozen=True):
    """`expires_in` is the life of the access token in seconds. The refresh token works once."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: Literal["Bearer"]


class SignedIn(msgspec.Struct, frozen=True):
    user: SignedInUser
    tokens: Tokens


class VerifiedToken(msgspec.Struct, frozen=True):
    """What the access token says."""

    account_id: UUID | None
    role: str
    tenant_id: str | None
    permissions: tuple[str, ...]


class VerifyCodeBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    channel: Channel
    code: str
