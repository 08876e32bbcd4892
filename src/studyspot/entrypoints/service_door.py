"""What a process without the gateway answers on its own port: what the gateway forwards, and other rooms'
calls.
"""

from collections.abc import Awaitable, Mapping

from litestar import Litestar
from litestar.types import ASGIApp, HTTPScope, Receive, Send

from studyspot.entrypoints.platform import Platform
from studyspot.gateway.forwarded import behind_the_gateway
from studyspot.gateway.http_only import http_only
from studyspot.gateway.settings import Mount
from studyspot.kernel.remote.calling import PATH


def service_door(platform: Platform, apps: Mapping[str, Litestar]) -> ASGIApp:
    answering = platform.answering()
    forwarded = behind_the_gateway(
        [Mount(room.module.prefixes, apps[room.module.name]) for room in platform.rooms if room.is_here],
        platform.keys,
    )

    def door(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        inside = answering if scope["path"].startswith(PATH) else forwarded
        return inside(scope, receive, send)

    return http_only(door, at_stop=[])
