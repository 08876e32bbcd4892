"""HTTP for the auth room. The reference's paths are kept as aliases."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation
from msgspec import UNSET, UnsetType

from studyspot.kernel.contract import Version, changed_fields
from studyspot.kernel.http.authentication import PUBLIC, SIGNED_IN, permit
from studyspot.kernel.http.envelope import Success
from studyspot.kernel.http.parameters import Asker
from studyspot.kernel.ids import AccountId
from studyspot.kernel.values import Email, Name, Phone
from studyspot.services.auth.contract import (
    Account,
    AccountChange,
    Auth,
    Channel,
    Code,
    GivenPassword,
    Identifier,
    NewPassword,
    Portal,
    RefreshToken,
    SessionInfo,
    SignedIn,
    SignedInUser,
    SignIn,
)

AnyRequest = Request[Any, Any, Any]

Door = NamedDependency[SkipValidation[Auth]]


class RefreshBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    refresh_token: RefreshToken


class SignOutBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Nothing ends the session of the access token; `everywhere` ends all of the account's."""

    refresh_token: RefreshToken | None = None
    everywhere: bool = False


class ChangePasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current_password: GivenPassword
    new_password: NewPassword


class ProfileChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What people change of their own account; nobody switches it off, or the last owner could.

    A new e-mail address or phone number needs the current password.
    """

    version: Version
    current_password: GivenPassword | None = None
    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET


class ForgotPasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    identifier: Identifier


class ResetPasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    identifier: Identifier
    code: Code
    new_password: NewPassword


class SendCodeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    channel: Channel


class VerifyCodeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    channel: Channel
    code: Code


class VerifiedToken(msgspec.Struct, frozen=True):
    """What the access token says."""

    account_id: AccountId | None
    role: str
    tenant_id: str | None
    permissions: list[str]


class KeySet(msgspec.Struct, frozen=True):
    """A JWKS document (RFC 7517): not in the envelope, for libraries read it as it is."""

    keys: list[dict[str, str]]


@post("/login", opt=PUBLIC, status_code=200)
async def login(auth: Door, caller: Asker, data: JSONBody[SignIn], request: AnyRequest) -> Success[SignedIn]:
    """Signs in whoever it is: platform staff, owner, staff or student."""
    return await _sign_in(auth, caller, data, request, None)


@post("/admin/login", opt=PUBLIC, status_code=200)
async def login_admin(
    auth: Door, caller: Asker, data: JSONBody[SignIn], request: AnyRequest
) -> Success[SignedIn]:
    """Signs in platform staff only."""
    return await _sign_in(auth, caller, data, request, "admin")


@post("/tenant/login", opt=PUBLIC, status_code=200)
async def login_tenant(
    auth: Door, caller: Asker, data: JSONBody[SignIn], request: AnyRequest
) -> Success[SignedIn]:
    """Signs in owners, managers and staff only."""
    return await _sign_in(auth, caller, data, request, "owner")


@post("/student/login", opt=PUBLIC, status_code=200)
async def login_student(
    auth: Door, caller: Asker, data: JSONBody[SignIn], request: AnyRequest
) -> Success[SignedIn]:
    """Signs in students only."""
    return await _sign_in(auth, caller, data, request, "student")


@post("/refresh", opt=PUBLIC, status_code=200)
async def refresh(auth: Door, caller: Asker, data: JSONBody[RefreshBody]) -> Success[SignedIn]:
    """New tokens for a refresh token, which works once; within 10 s the same call may be repeated."""
    return Success(await auth.refresh(caller, refresh_token=data.refresh_token))


@post("/logout", opt=SIGNED_IN, status_code=204)
async def logout(auth: Door, caller: Asker, data: JSONBody[SignOutBody | None] = None) -> None:
    """Ends this session, or all of the account's."""
    body = data or SignOutBody()
    await auth.sign_out(caller, refresh_token=body.refresh_token, everywhere=body.everywhere)


@post("/verify", opt=SIGNED_IN, status_code=200)
async def verify(caller: Asker) -> Success[VerifiedToken]:
    """Says what the access token stands for."""
    tenant_id = str(caller.tenant_id) if caller.tenant_id else None
    return Success(VerifiedToken(caller.account_id, caller.role, tenant_id, sorted(caller.permissions)))


@get(["/me", "/profile"], opt=SIGNED_IN)
async def get_me(auth: Door, caller: Asker) -> Success[SignedInUser]:
    return Success(await auth.get_me(caller))


@put(["/me", "/profile"], opt=SIGNED_IN)
async def change_me(auth: Door, caller: Asker, data: JSONBody[ProfileChange]) -> Success[Account]:
    """Changes the caller's own name and addresses. A new address needs the current password, has to be
    verified again, and the old one is told.
    """
    given = changed_fields(data)
    given.pop("current_password", None)
    change = AccountChange(version=data.version, **given)
    return Success(await auth.change_me(caller, change=change, current=data.current_password))


@get("/sessions", opt=SIGNED_IN)
async def list_sessions(auth: Door, caller: Asker) -> Success[list[SessionInfo]]:
    """Where the caller is signed in."""
    return Success(await auth.list_sessions(caller))


@post("/change-password", opt=SIGNED_IN, status_code=204)
async def change_password(auth: Door, caller: Asker, data: JSONBody[ChangePasswordBody]) -> None:
    """Ends the account's other sessions."""
    await auth.change_password(caller, current=data.current_password, new=data.new_password)


@post("/forgot-password", opt=PUBLIC, status_code=202)
async def forgot_password(auth: Door, caller: Asker, data: JSONBody[ForgotPasswordBody]) -> Success[None]:
    """Sends a code if there is such an account; the answer is the same if not."""
    await auth.forgot_password(caller, identifier=data.identifier)
    return Success(None)


@post("/reset-password", opt=PUBLIC, status_code=204)
async def reset_password(auth: Door, caller: Asker, data: JSONBody[ResetPasswordBody]) -> None:
    """Sets a new password with the code that was sent, and ends every session."""
    await auth.reset_password(caller, identifier=data.identifier, code=data.code, new=data.new_password)


@post("/codes", opt=SIGNED_IN, status_code=202)
async def send_code(auth: Door, caller: Asker, data: JSONBody[SendCodeBody]) -> Success[None]:
    """Sends a code to the caller's own e-mail address or phone, to verify it."""
    await auth.send_code(caller, channel=data.channel)
    return Success(None)


@post("/codes/verify", opt=SIGNED_IN, status_code=204)
async def verify_code(auth: Door, caller: Asker, data: JSONBody[VerifyCodeBody]) -> None:
    await auth.verify_code(caller, channel=data.channel, code=data.code)


@get("/.well-known/jwks.json", opt=PUBLIC)
async def public_keys(auth: Door, caller: Asker) -> Response[KeySet]:
    """The keys that access tokens are signed with."""
    document = await auth.public_keys(caller)
    return Response(KeySet(document["keys"]), headers={"cache-control": "public, max-age=300"})


@post("/keys/rotate", opt=permit("system:rotate_keys"))
async def rotate_keys(auth: Door, caller: Asker) -> Success[Annotated[str, msgspec.Meta(max_length=64)]]:
    """Makes a new signing key, used a minute from now; tokens of the old one stay valid until they expire."""
    return Success(await auth.rotate_keys(caller))


async def _sign_in(
    auth: Door, caller: Asker, sign_in: SignIn, request: AnyRequest, portal: Portal | None
) -> Success[SignedIn]:
    signed_in = await auth.sign_in(
        caller,
        sign_in=sign_in,
        portal=portal,
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent"),
    )
    return Success(signed_in)


ROUTES = [
    Router(
        "/api/v1/auth",
        route_handlers=[
            login,
            login_admin,
            login_tenant,
            login_student,
            refresh,
            logout,
            verify,
            get_me,
            change_me,
            list_sessions,
            change_password,
            forgot_password,
            reset_password,
            send_code,
            verify_code,
            public_keys,
            rotate_keys,
        ],
        tags=["auth"],
    )
]
