"""What a process answers on its own port: what the gateway forwards, other rooms' calls, how it is doing."""

from collections.abc import Awaitable

import msgspec
from litestar.types import ASGIApp, HTTPScope, Receive, Send

from studyspot import __version__
from studyspot.entrypoints.platform import Platform
from studyspot.gateway.asgi import HttpApp, header
from studyspot.gateway.failures import failures
from studyspot.gateway.forwarded import behind_the_gateway
from studyspot.gateway.health_pages import health_pages
from studyspot.gateway.http_only import http_only
from studyspot.gateway.mounts import mounted
from studyspot.gateway.neighbours import TELEMETRY
from studyspot.gateway.pages import send_now, with_pages
from studyspot.gateway.settings import Mount
from studyspot.kernel.remote.calling import PATH
from studyspot.kernel.remote.signing import SIGNATURE
from studyspot.kernel.telemetry.health import Health
from studyspot.kernel.telemetry.snapshot import take_snapshot


def service_door(platform: Platform, health: Health) -> ASGIApp:
    answering, apps = platform.answering(), platform.apps()
    mounts = [Mount(room.module.prefixes, apps[room.module.name]) for room in platform.rooms if room.is_here]
    forwarded = behind_the_gateway(mounts, platform.keys)

    def inside(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        app: HttpApp = answering if scope["path"].startswith(PATH) else forwarded
        return app(scope, receive, send)

    return _with_pages(inside, platform, health)


def worker_door(platform: Platform, health: Health) -> ASGIApp:
    """Nothing but how it is doing."""
    return _with_pages(mounted([]), platform, health)


def _with_pages(app: HttpApp, platform: Platform, health: Health) -> ASGIApp:
    async def telemetry(scope: HTTPScope, send: Send) -> None:
        signature = header(scope, SIGNATURE.encode()) or b""
        platform.keys.check(signature.decode("latin-1"), TELEMETRY.encode())
        snapshot = take_snapshot(health.name, await platform.gauges())
        await send_now(scope, send, 200, msgspec.msgpack.encode(snapshot), "application/msgpack")

    pages = {**health_pages(health, __version__), TELEMETRY: telemetry}
    return http_only(failures(with_pages(app, pages)), at_stop=[])
