"""Who may see how the platform is doing: the operator's staff, and a scraper with the token that was set."""

import contextlib
import hmac
import math
import time
from collections.abc import AsyncIterator

from litestar.types import HTTPScope

from studyspot.entrypoints.addresses import instances_of, service_keys
from studyspot.entrypoints.platform import Platform
from studyspot.gateway.asgi import header
from studyspot.gateway.pages.gathered import MAY_MEASURE
from studyspot.kernel.contract import system
from studyspot.kernel.errors import InsufficientPermissions
from studyspot.kernel.http.authentication import bearer_token
from studyspot.kernel.remote.calling import Remote
from studyspot.kernel.settings import Settings
from studyspot.kernel.switches import Switches
from studyspot.kernel.tokens import TokenVerifier
from studyspot.services.auth.contract import Auth
from studyspot.services.auth.module import MODULE as AUTH

REVOCATIONS_SECONDS = 1.0


class OperatorsOnly:
    """Without a platform in this process auth is asked, at most once a second, which sessions have ended."""

    def __init__(self, settings: Settings, platform: Platform | None) -> None:
        self._token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
        self._remote: Remote | None = None
        self._asked_at = -math.inf
        if platform is not None:
            self._verifier = platform.verifier
            return
        self._remote = Remote(service_keys(settings))
        auth: Auth = self._remote.door(AUTH.contract, instances_of(settings, AUTH.name), Switches())
        self._verifier = TokenVerifier(
            lambda: auth.public_keys(system()),
            lambda: auth.revoked_sessions(system()),
            issuer=settings.token_issuer,
        )

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        if self._remote is not None:
            await self._remote.open()
        try:
            yield
        finally:
            if self._remote is not None:
                await self._remote.close()

    async def __call__(self, scope: HTTPScope) -> None:
        """:raises Unauthorized: :raises InsufficientPermissions:"""
        authorization = header(scope, b"authorization")
        given = bearer_token(authorization.decode("latin-1") if authorization is not None else None)
        if self._token is not None and hmac.compare_digest(given.encode(), self._token.encode()):
            return
        now = time.monotonic()
        if self._remote is not None and now - self._asked_at >= REVOCATIONS_SECONDS:
            self._asked_at = now
            self._verifier.revoke_session(None)
        caller = await self._verifier.verify(given)
        if caller.tenant_id is not None or not caller.may(MAY_MEASURE):
            raise InsufficientPermissions(f"This needs the permission {MAY_MEASURE}.")
