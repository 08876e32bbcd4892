"""Access tokens: Ed25519 JWTs (RFC 9068 `at+jwt`), checked strictly and remembered once checked.

A check costs some 150 µs, a remembered one about one: so a verified token is kept until it expires or its
session is revoked.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Unauthorized
from studyspot.kernel.telemetry.measures import CACHE

ALGORITHM = "Ed25519"  # RFC 9864; "EdDSA" would leave the curve open
AUDIENCE = "studyspot-api"
TOKEN_LENGTH_MAX = 4096
REMEMBERED_MAX = 20_000
KEYS_REFETCH_SECONDS = 5.0
LEEWAY_SECONDS = 5

HIT, MISS, SET = (("tokens", outcome) for outcome in ("hit", "miss", "set"))

SESSION_TOPIC = "session"
KEYS_TOPIC = "keys"

PublicKeys = Callable[[], Awaitable[Mapping[str, Any]]]
"""Gives the current JWKS document; asked when a token names a key that is not known."""

RevokedSessions = Callable[[], Awaitable[Sequence[str]]]
"""Gives the sessions that ended while tokens of theirs may still be alive."""


class InvalidToken(Unauthorized):
    code = "INVALID_TOKEN"


class TokenExpired(Unauthorized):
    code = "TOKEN_EXPIRED"


def sign(key: OKPKey, claims: Mapping[str, Any]) -> str:
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
    return jwt.encode(header, dict(claims), key, algorithms=[ALGORITHM])


class TokenVerifier:
    """Turns a bearer token into a `Caller`, or refuses."""

    def __init__(self, public_keys: PublicKeys, revoked_sessions: RevokedSessions, *, issuer: str) -> None:
        self._public_keys = public_keys
        self._ask_revoked_sessions = revoked_sessions
        self._revocations_missed = True
        self._loading = asyncio.Lock()
        self._issuer = issuer
        self._keys: dict[str, OKPKey] = {}
        self._keys_fetched_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._remembered: OrderedDict[str, tuple[Caller, float]] = OrderedDict()
        self._revoked_sessions: OrderedDict[str, None] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """:raises InvalidToken: for anything but a token of ours.

        :raises TokenExpired: when its time is over.
        """
        now = clock.timestamp()
        if (known := self._remembered.get(token)) is not None:
            CACHE.add(HIT)
            caller, expires_at = known
        else:
            CACHE.add(MISS)
            caller, expires_at = await self._check(token)
            CACHE.add(SET)
            self._remembered[token] = (caller, expires_at)
            if len(self._remembered) > REMEMBERED_MAX:
                self._remembered.popitem(last=False)
        # Only for a token of ours: what strangers make up must not cost a question.
        if self._revocations_missed or self._loading.locked():
            await self._load_revocations()
        if expires_at <= now:
            self._remembered.pop(token, None)
            raise TokenExpired("The access token has expired. Refresh it or sign in again.")
        if caller.session_id in self._revoked_sessions:
            self._remembered.pop(token, None)
            raise InvalidToken("This session has ended. Sign in again.")
        return caller

    def revoke_session(self, session_id: str | None) -> None:
        """From now on no token of this session is believed here; None says that news of some was missed."""
        if session_id is None:
            self._revocations_missed = True
            return
        self._revoked_sessions[session_id] = None
        if len(self._revoked_sessions) > REMEMBERED_MAX:
            self._revoked_sessions.popitem(last=False)

    def forget_keys(self, _: str | None = None) -> None:
        """Keys were rotated: ask again, and check again what was remembered."""
        self._keys.clear()
        self._remembered.clear()
        self._keys_fetched_at = float("-inf")

    async def _load_revocations(self) -> None:
        """One at a time; those who come meanwhile wait for the answer."""
        async with self._loading:
            if not self._revocations_missed:
                return
            self._revocations_missed = False  # before the question: news during it must ask again
            try:
                for session_id in await self._ask_revoked_sessions():
                    self.revoke_session(session_id)
            except BaseException:
                self._revocations_missed = True
                raise

    async def _check(self, token: str) -> tuple[Caller, float]:
        invalid = InvalidToken("The access token is not valid. Sign in again.")
        if len(token) > TOKEN_LENGTH_MAX:
            raise invalid
        try:
            key = await self._key_for(token)
            if key is None:
                raise invalid
            decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
            if decoded.header.get("typ") != "at+jwt":
                raise invalid
            claims = decoded.claims
            if claims["iss"] != self._issuer or claims["aud"] != AUDIENCE:
                raise invalid
            if claims["nbf"] > clock.timestamp() + LEEWAY_SECONDS:
                raise invalid
            caller = msgspec.convert(
                {
                    "account_id": claims["sub"],
                    "role": claims["role"],
                    "permissions": claims["permissions"],
                    "tenant_id": claims.get("tenant_id"),
                    "session_id": str(UUID(claims["sid"])),
                    "subject_id": claims.get("subject_id"),
                },
                Caller,
            )
            return caller, float(claims["exp"])
        except (JoseError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            raise invalid from None

    async def _key_for(self, token: str) -> OKPKey | None:
        """The key named by `kid` among ours; `jku`, `x5u` and `jwk` in a header are never looked at (RFC
        8725).
        """
        key_id = jws.extract_compact(token.encode()).headers().get("kid") if token.count(".") == 2 else None  # noqa: PLR2004
        if not isinstance(key_id, str):
            return None
        if key_id not in self._keys:
            await self._fetch_keys(unless_known=key_id)
        return self._keys.get(key_id)

    async def _fetch_keys(self, *, unless_known: str) -> None:
        """One at a time; those who come meanwhile wait for the answer."""
        async with self._fetching:
            now = clock.timestamp()
            if unless_known in self._keys or now - self._keys_fetched_at < KEYS_REFETCH_SECONDS:
                return
            document: Any = await self._public_keys()
            self._keys_fetched_at = now
            keys = KeySet.import_key_set(document).keys
            self._keys = {key.kid: key for key in keys if isinstance(key, OKPKey) and key.kid}
