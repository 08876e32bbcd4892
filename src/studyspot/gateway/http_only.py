"""The edge: HTTP goes in; the server's start and stop are acknowledged; websockets are closed."""

from typing import Any

from litestar.types import ASGIApp, HTTPScope

from studyspot.gateway.asgi import HttpApp

POLICY_VIOLATION = 1008  # RFC 6455 §7.4.1


def http_only(app: HttpApp) -> ASGIApp:
    async def edge(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            request: HTTPScope = scope
            state = dict(scope.get("state") or ())
            state["header_index"] = dict(request["headers"])
            request["state"] = state
            await app(request, receive, send)
        elif scope["type"] == "lifespan":
            await _acknowledge_lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})

    return edge


async def _acknowledge_lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
