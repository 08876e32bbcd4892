"""The edge: HTTP goes in; the server's start and stop are acknowledged; websockets are closed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from litestar.types import ASGIApp, HTTPScope

from studyspot.gateway.asgi import HttpApp

POLICY_VIOLATION = 1008  # RFC 6455 §7.4.1


def http_only(app: HttpApp, *, at_stop: Sequence[Callable[[], Awaitable[None]]]) -> ASGIApp:
    async def edge(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            request: HTTPScope = scope
            state = dict(scope.get("state") or ())
            state["header_index"] = dict(request["headers"])
            request["state"] = state
            await app(request, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send, at_stop)
        else:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})

    return edge


async def _live(receive: Any, send: Any, at_stop: Sequence[Callable[[], Awaitable[None]]]) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            for step in at_stop:
                await step()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
