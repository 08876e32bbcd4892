"""What a process answers on its own port: what the gateway forwards, other rooms' calls, how it is doing."""

import hmac
from collections.abc import Awaitable, Mapping

import msgspec
import pydantic
from litestar.types import ASGIApp, HTTPScope, Receive, Send

from studyspot import __version__
from studyspot.entrypoints.platform import Platform
from studyspot.gateway.asgi import HttpApp, header
from studyspot.gateway.middleware.failures import failures
from studyspot.gateway.middleware.http_only import http_only
from studyspot.gateway.middleware.request_id import with_request_id
from studyspot.gateway.pages.answering import Page, send_now, with_pages
from studyspot.gateway.pages.gathered import measures_pages
from studyspot.gateway.pages.health import health_pages
from studyspot.gateway.pages.neighbours import TELEMETRY
from studyspot.gateway.routing.forwarded import behind_the_gateway
from studyspot.gateway.routing.mounts import mounted
from studyspot.gateway.settings import Mount
from studyspot.kernel.remote.calling import PATH
from studyspot.kernel.remote.signing import SIGNATURE
from studyspot.kernel.telemetry.health import Health
from studyspot.kernel.telemetry.snapshot import Snapshot


def service_door(platform: Platform, health: Health) -> ASGIApp:
    answering, apps = platform.answering(), platform.apps()
    mounts = [Mount(room.module.prefixes, apps[room.module.name]) for room in platform.rooms if room.is_here]
    forwarded = behind_the_gateway(mounts, platform.keys)

    pages = _pages(platform, health)
    own = _with_own_ids(pages)

    def app(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        path = scope["path"]
        way: HttpApp = own if path in pages else answering if path.startswith(PATH) else forwarded
        return way(scope, receive, send)

    return http_only(app, at_stop=[])


def worker_door(platform: Platform, health: Health) -> ASGIApp:
    """Nothing but how it is doing."""
    return http_only(_with_own_ids(_pages(platform, health)), at_stop=[])


def _with_own_ids(pages: Mapping[str, Page]) -> HttpApp:
    """What does not come through the gateway brings no request id along."""
    return with_request_id(failures(with_pages(mounted([]), pages)))


def _pages(platform: Platform, health: Health) -> Mapping[str, Page]:
    async def snapshot() -> Snapshot:
        return await platform.snapshot(health.name)

    async def nobody_else() -> dict[str, Snapshot | None]:
        return {}

    async def signed(scope: HTTPScope) -> None:
        signature = header(scope, SIGNATURE.encode()) or b""
        platform.keys.check(signature.decode("latin-1"), scope["path"].encode())

    async def signed_or_scraping(scope: HTTPScope) -> None:
        if not _is_scraper(scope, platform.settings.metrics_token):
            await signed(scope)

    async def telemetry(scope: HTTPScope, send: Send) -> None:
        await signed(scope)
        await send_now(scope, send, 200, msgspec.msgpack.encode(await snapshot()), "application/msgpack")

    return {
        **health_pages(health, __version__),
        **measures_pages(snapshot, nobody_else, signed_or_scraping),
        TELEMETRY: telemetry,
    }


def _is_scraper(scope: HTTPScope, token: pydantic.SecretStr | None) -> bool:
    given = header(scope, b"authorization") or b""
    return token is not None and hmac.compare_digest(given, f"Bearer {token.get_secret_value()}".encode())
