# Made from _async/auth.py by studyspot.client._generate.
"""Sign-in, and the account of whoever is signed in."""

from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import Group
from studyspot.client.models.auth import (
    Account,
    ChangePasswordBody,
    Channel,
    ForgotPasswordBody,
    KeySet,
    ProfileChange,
    Registration,
    ResetPasswordBody,
    SendCodeBody,
    SessionInfo,
    SignedIn,
    SignedInUser,
    SignIn,
    SignOutBody,
    VerifiedToken,
    VerifyCodeBody,
)
from studyspot.client.request import Request


class Auth(Group):
    """Whoever signs in or registers is signed in with this client from then on."""

    def register(self, registration: Registration) -> SignedIn:
        """Makes the owner's account, the business and its database. The same call again is safe.

        :raises Conflict: when the e-mail address or phone number has an account with another password.
        """
        return self._enter(Request("POST", "/auth/register", SignedIn, body=registration, public=True))

    def login(
        self,
        *,
        password: str,
        email: str | None = None,
        phone: str | None = None,
        tenant_id: UUID | None = None,
    ) -> SignedIn:
        """Whoever it is, with either `email` or `phone`; `tenant_id` chooses among several memberships.

        :raises Unauthorized: when they do not fit.
        """
        return self._sign_in("/auth/login", email, phone, password, tenant_id)

    def login_admin(
        self,
        *,
        password: str,
        email: str | None = None,
        phone: str | None = None,
        tenant_id: UUID | None = None,
    ) -> SignedIn:
        """Platform staff only. :raises Unauthorized:"""
        return self._sign_in("/auth/admin/login", email, phone, password, tenant_id)

    def login_tenant(
        self,
        *,
        password: str,
        email: str | None = None,
        phone: str | None = None,
        tenant_id: UUID | None = None,
    ) -> SignedIn:
        """Owners, managers and staff only. :raises Unauthorized:"""
        return self._sign_in("/auth/tenant/login", email, phone, password, tenant_id)

    def login_student(
        self,
        *,
        password: str,
        email: str | None = None,
        phone: str | None = None,
        tenant_id: UUID | None = None,
    ) -> SignedIn:
        """Students only. :raises Unauthorized:"""
        return self._sign_in("/auth/student/login", email, phone, password, tenant_id)

    def refresh(self) -> SignedIn:
        """Renews the tokens, which happens by itself when the access token has expired.

        :raises NotSignedIn: :raises Unauthorized: when the session has ended.
        """
        return self._session.refresh()

    def logout(self, *, refresh_token: str | None = None, everywhere: bool = False) -> None:
        """Ends this session, also that of `refresh_token`, or all of the account's."""
        body = SignOutBody(refresh_token=refresh_token, everywhere=everywhere)
        self._send(Request("POST", "/auth/logout", NoneType, body=body))
        self._session.keep(None)

    def verify(self) -> VerifiedToken:
        """What the access token stands for."""
        return self._send(Request("POST", "/auth/verify", VerifiedToken))

    def me(self) -> SignedInUser:
        return self._send(Request("GET", "/auth/me", SignedInUser))

    def change_me(self, change: ProfileChange) -> Account:
        """A new address needs the current password, and has to be verified again.

        :raises Conflict: when it has another version, or the address another owner.
        """
        return self._send(Request("PUT", "/auth/me", Account, body=change))

    def sessions(self) -> tuple[SessionInfo, ...]:
        """Where the account is signed in."""
        return self._send(Request("GET", "/auth/sessions", tuple[SessionInfo, ...]))

    def change_password(self, *, current_password: str, new_password: str) -> None:
        """Ends the account's other sessions."""
        body = ChangePasswordBody(current_password=current_password, new_password=new_password)
        self._send(Request("POST", "/auth/change-password", NoneType, body=body))

    def forgot_password(self, identifier: str) -> None:
        """Sends a code to that e-mail address or phone number, if it has an account."""
        body = ForgotPasswordBody(identifier=identifier)
        self._send(Request("POST", "/auth/forgot-password", NoneType, body=body, public=True))

    def reset_password(self, identifier: str, *, code: str, new_password: str) -> None:
        """Ends every session of the account. :raises Refused: when the code is not the one that was sent."""
        body = ResetPasswordBody(identifier=identifier, code=code, new_password=new_password)
        self._send(Request("POST", "/auth/reset-password", NoneType, body=body, public=True))

    def send_code(self, channel: Channel) -> None:
        """To the caller's own e-mail address or phone, to verify it."""
        self._send(Request("POST", "/auth/codes", NoneType, body=SendCodeBody(channel=channel)))

    def verify_code(self, channel: Channel, *, code: str) -> None:
        """:raises Refused: when the code is not the one that was sent."""
        body = VerifyCodeBody(channel=channel, code=code)
        self._send(Request("POST", "/auth/codes/verify", NoneType, body=body))

    def public_keys(self) -> KeySet:
        """The keys that access tokens are signed with (RFC 7517)."""
        return self._send(Request("GET", "/auth/.well-known/jwks.json", KeySet, bare=True, public=True))

    def rotate_keys(self) -> str:
        """Makes a new signing key, used a minute from now. Its id."""
        return self._send(Request("POST", "/auth/keys/rotate", str))

    def _sign_in(
        self, path: str, email: str | None, phone: str | None, password: str, tenant_id: UUID | None
    ) -> SignedIn:
        body = SignIn(email=email, phone=phone, password=password, tenant_id=tenant_id)
        return self._enter(Request("POST", path, SignedIn, body=body, public=True))

    def _enter(self, request: Request[SignedIn]) -> SignedIn:
        signed_in = self._send(request)
        self._session.keep(signed_in.tokens)
        return signed_in
