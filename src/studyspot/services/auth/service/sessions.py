"""Sign-in, refresh and sign-out."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog

from studyspot.kernel import clock, tokens
from studyspot.kernel.aadhaar import mask_aadhaar
from studyspot.kernel.announcements import announce
from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection, Database
from studyspot.kernel.errors import NotFound, TenantSuspended, TooManyRequests, Unauthorized
from studyspot.kernel.ids import AccountId, TenantId, new_id, new_secret
from studyspot.kernel.passwords import PasswordHasher
from studyspot.services.auth import rules, store
from studyspot.services.auth.contract import (
    Account,
    AccountInactive,
    InvalidCredentials,
    InvalidRefreshToken,
    PlatformRole,
    Portal,
    SessionInfo,
    SignedIn,
    SignedInUser,
    SignIn,
    TenantMembership,
    Tokens,
)
from studyspot.services.auth.service.keys import Keys

log = structlog.get_logger(__name__)


class Sessions:
    def __init__(
        self, control: Database, passwords: PasswordHasher, keys: Keys, *, issuer: str, secret: bytes
    ) -> None:
        self._control = control
        self._passwords = passwords
        self._keys = keys
        self._issuer = issuer
        self._secret = secret

    async def sign_in(
        self,
        caller: Caller,
        *,
        sign_in: SignIn,
        portal: Portal | None = None,
        address: str = "",
        user_agent: str | None = None,
    ) -> SignedIn:
        del caller
        identifier = hashlib.sha256((sign_in.email or sign_in.phone or "").encode()).digest()
        await self._count_attempt(identifier)
        async with self._control.connection() as connection:
            secret = await store.find_secret(connection, email=sign_in.email, phone=sign_in.phone)
        matches = await self._passwords.verify(secret.password_hash if secret else None, sign_in.password)
        if secret is None or not matches:
            log.info("sign_in_refused", client=address)
            raise InvalidCredentials("The e-mail, phone or password is wrong.")
        if not secret.is_active:
            raise AccountInactive("This account is switched off. Ask whoever gave it to you.")
        async with self._control.connection() as connection:
            await store.forget_failures(connection, identifier)
            memberships = await store.find_memberships(connection, secret.id)
        chosen = _choose(memberships, portal=portal, tenant_id=sign_in.tenant_id)
        if secret.password_hash and self._passwords.needs_rehash(secret.password_hash):
            better = await self._passwords.hash(sign_in.password)
            async with self._control.connection() as connection:
                await store.set_password_hash(connection, secret.id, better)
        return await self._open(secret.id, chosen, memberships, user_agent)

    async def permissions_of(
        self, caller: Caller, *, role: PlatformRole, overrides: dict[str, bool]
    ) -> list[str]:
        del caller
        return rules.permissions_of(role, in_tenant=False, overrides=overrides)

    async def open_session(
        self,
        caller: Caller,
        *,
        account_id: AccountId,
        tenant_id: TenantId | None,
        user_agent: str | None = None,
    ) -> SignedIn:
        del caller
        async with self._control.connection() as connection:
            memberships = await store.find_memberships(connection, account_id)
        chosen = next((one for one in memberships if one.tenant_id == tenant_id), None)
        if chosen is None:
            raise AccountInactive("This account has no place there.")
        return await self._open(account_id, chosen, memberships, user_agent)

    async def refresh(self, caller: Caller, *, refresh_token: str) -> SignedIn:
        del caller
        now = clock.now()
        token_hash = _hash(refresh_token)
        user: SignedInUser | None = None
        async with self._control.transaction() as tx:
            row = await store.lock_refresh_token(tx, token_hash)
            if (
                row is None
                or row.ended_at is not None
                or min(row.token_expires_at, row.session_expires_at) <= now
            ):
                raise InvalidRefreshToken("This session has ended. Sign in again.")
            successor = self._successor(refresh_token)
            if row.used_at is None or now - row.used_at <= rules.REFRESH_LEEWAY:
                # Refused here, the token is not used up: it is good again when the business is open again.
                user = await _user(tx, row.account_id, row.tenant_id)
            if row.used_at is None:
                await store.mark_refresh_token_used(tx, token_hash, row.session_id, now)
                await store.insert_refresh_token(
                    tx,
                    token_hash=_hash(successor),
                    session_id=row.session_id,
                    at=now,
                    expires_at=min(now + rules.REFRESH_TOKEN_LIFE, row.session_expires_at),
                )
            elif user is None:
                await announce_ended(tx, await store.end_session(tx, row.session_id, now))
        if user is None:
            log.warning("refresh_token_reused", session=str(row.session_id), account_id=str(row.account_id))
            raise InvalidRefreshToken("This session has ended. Sign in again.")
        access = await self._access_token(user, row.session_id, now)
        return SignedIn(user, Tokens(access, successor, int(rules.ACCESS_TOKEN_LIFE.total_seconds())))

    async def sign_out(
        self, caller: Caller, *, refresh_token: str | None = None, everywhere: bool = False
    ) -> None:
        now = clock.now()
        async with self._control.transaction() as tx:
            ended: list[UUID] = []
            if refresh_token is not None:
                row = await store.lock_refresh_token(tx, _hash(refresh_token))
                if row is not None:
                    ended += await store.end_session(tx, row.session_id, now)
            if caller.account_id is not None and everywhere:
                ended += await store.end_sessions_of(tx, caller.account_id, now)
            elif caller.session_id is not None:
                ended += await store.end_session(tx, UUID(caller.session_id), now)
            await announce_ended(tx, ended)

    async def list_sessions(self, caller: Caller) -> list[SessionInfo]:
        async with self._control.connection() as connection:
            rows = await store.find_live_sessions(connection, _account_of(caller), clock.now())
        return [
            SessionInfo(
                row.id, row.created_at, row.last_used_at, row.user_agent, str(row.id) == caller.session_id
            )
            for row in rows
        ]

    async def get_me(self, caller: Caller) -> SignedInUser:
        async with self._control.connection() as connection:
            return await _user(connection, _account_of(caller), caller.tenant_id)

    async def revoked_sessions(self, caller: Caller) -> list[str]:
        del caller
        async with self._control.connection() as connection:
            since = clock.now() - rules.ACCESS_TOKEN_LIFE
            return [str(one) for one in await store.find_sessions_ended_since(connection, since)]

    async def _open(
        self,
        account_id: AccountId,
        chosen: store.MembershipRow,
        memberships: list[store.MembershipRow],
        user_agent: str | None,
    ) -> SignedIn:
        now = clock.now()
        session_id = new_id()
        refresh_token = new_secret()
        async with self._control.transaction() as tx:
            account = await store.find_account(tx, account_id)
            if account is None or not account.is_active:
                raise AccountInactive("This account is switched off. Ask whoever gave it to you.")
            await store.insert_session(
                tx,
                session_id=session_id,
                account_id=account_id,
                tenant_id=chosen.tenant_id,
                user_agent=mask_aadhaar(user_agent)[:200] if user_agent else None,
                at=now,
                expires_at=now + rules.SESSION_LIFE,
            )
            await store.insert_refresh_token(
                tx,
                token_hash=_hash(refresh_token),
                session_id=session_id,
                at=now,
                expires_at=now + rules.REFRESH_TOKEN_LIFE,
            )
            await store.mark_login(tx, account_id, now)
        user = _signed_in_user(account, chosen, memberships)
        access = await self._access_token(user, session_id, now)
        return SignedIn(user, Tokens(access, refresh_token, int(rules.ACCESS_TOKEN_LIFE.total_seconds())))

    async def _access_token(self, user: SignedInUser, session_id: UUID, now: datetime) -> str:
        issued_at = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": tokens.AUDIENCE,
            "sub": str(user.id),
            "sid": str(session_id),
            "jti": new_id().hex,
            "iat": issued_at,
            "nbf": issued_at,
            "exp": issued_at + int(rules.ACCESS_TOKEN_LIFE.total_seconds()),
            "role": user.role,
            "permissions": user.permissions,
        }
        if user.tenant_id is not None:
            claims["tenant_id"] = str(user.tenant_id)
        if user.subject_id is not None:
            claims["subject_id"] = str(user.subject_id)
        return tokens.sign(await self._keys.signing_key(), claims)

    async def _count_attempt(self, identifier: bytes) -> None:
        """As a failure, until it has succeeded: of many at the same moment only the first few are looked at.

        :raises TooManyRequests:
        """
        now = clock.now()
        async with self._control.transaction() as tx:
            forget_before = now - rules.FAILURES_FORGOTTEN_AFTER
            failures = await store.count_failure(tx, identifier, at=now, forget_before=forget_before)
            # Read under the row's lock; raised, it takes this count back.
            _refuse_blocked(await store.find_failures(tx, identifier))
            await store.block_identifier(tx, identifier, rules.blocked_until(failures, now))

    def _successor(self, refresh_token: str) -> str:
        """Derived, so that a repeated exchange gives the same one without its being stored in clear."""
        digest = hmac.digest(self._secret, b"refresh " + refresh_token.encode(), hashlib.sha256)
        return digest.hex()


async def _user(connection: Connection, account_id: AccountId, tenant_id: TenantId | None) -> SignedInUser:
    """:raises AccountInactive: when the account or its place there is gone meanwhile.

    :raises TenantSuspended: while the business is closed.
    """
    account = await store.find_account(connection, account_id)
    memberships = await store.find_memberships(connection, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    chosen = next((one for one in memberships if one.tenant_id == tenant_id), None)
    if chosen is None or not account.is_active:
        raise AccountInactive("This account is switched off. Ask whoever gave it to you.")
    _refuse_closed(chosen)
    return _signed_in_user(account, chosen, memberships)


async def announce_ended(tx: Connection, session_ids: Iterable[UUID]) -> None:
    """Tells every process that tokens of these sessions are no longer to be believed."""
    for session_id in session_ids:
        await announce(tx, tokens.SESSION_TOPIC, str(session_id))


def _choose(
    memberships: list[store.MembershipRow], *, portal: Portal | None, tenant_id: TenantId | None
) -> store.MembershipRow:
    """The membership to sign in to: the named tenant's, else the first that is open."""
    fitting = [
        one
        for one in memberships
        if rules.portal_admits(portal, one.role, in_tenant=one.tenant_id is not None)
        and tenant_id in {None, one.tenant_id}
    ]
    if not fitting:
        # No word on whether the account exists elsewhere: the same answer as for a wrong password.
        raise InvalidCredentials("The e-mail, phone or password is wrong.")
    is_open = [one for one in fitting if one.tenant_status in {None, "active", "trial", "provisioning"}]
    if not is_open:
        _refuse_closed(fitting[0])
    return is_open[0]


def _refuse_closed(membership: store.MembershipRow) -> None:
    if membership.tenant_status in {"suspended", "inactive"}:
        raise TenantSuspended("This library's account is suspended. Contact support to reopen it.")


def _signed_in_user(
    account: Account, chosen: store.MembershipRow, memberships: list[store.MembershipRow]
) -> SignedInUser:
    return SignedInUser(
        id=account.id,
        email=account.email,
        phone=account.phone,
        first_name=account.first_name,
        last_name=account.last_name,
        email_verified=account.email_verified,
        phone_verified=account.phone_verified,
        role=chosen.role,
        tenant_id=chosen.tenant_id,
        subject_id=chosen.subject_id,
        permissions=rules.permissions_of(
            chosen.role, in_tenant=chosen.tenant_id is not None, overrides=chosen.overrides
        ),
        memberships=[
            TenantMembership(one.tenant_id, one.role, one.tenant_name, one.subject_id) for one in memberships
        ],
        version=account.version,
    )


def _refuse_blocked(until: datetime | None) -> None:
    wait = (until - clock.now()).total_seconds() if until is not None else 0
    if wait > 0:
        raise TooManyRequests("Too many failed sign-ins. Wait a little.", retry_after_seconds=int(wait) + 1)


def _account_of(caller: Caller) -> AccountId:
    if caller.account_id is None:
        raise Unauthorized("Sign in first.")
    return caller.account_id


def _hash(refresh_token: str) -> bytes:
    """Of 256 random bits a plain hash is enough to make the stored ones useless to a thief."""
    return hashlib.sha256(refresh_token.encode()).digest()
