"""The gateway in process: rooms are small ASGI apps, requests go through httpx2 or, where needed, raw."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import msgspec

from studyspot.gateway.app import build_gateway
from studyspot.gateway.pages.health import health_pages
from studyspot.gateway.settings import GatewaySettings, Mount
from studyspot.kernel.deadline import seconds_left
from studyspot.kernel.remote.signing import ServiceKeys
from studyspot.kernel.telemetry.health import Health

Room = Callable[[Any, Any, Any], Any]
KEYS = ServiceKeys([b"k" * 32])


def answering(
    body: bytes = b'{"success":true,"data":"here"}',
    *,
    status: int = 200,
    headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"application/json"),),
) -> Room:
    async def room(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return room


async def telling_scope(scope, receive, send):
    """Answers with what it was given."""
    given = {
        "path": scope["path"],
        "client": scope["client"][0],
        "scheme": scope["scheme"],
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
        "seconds_left": seconds_left(600),
        "request_id": scope["state"]["request_id"],
    }
    await answering(msgspec.json.encode(given))(scope, receive, send)


async def echo(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await answering(body)(scope, receive, send)


def gateway(rooms: dict[str, Room] | None = None, **settings: Any) -> Any:
    rooms = rooms or {"/api/v1/students": answering()}
    return build_gateway(
        mounts=[Mount((prefix,), room) for prefix, room in rooms.items()],
        openapi=lambda: b'{"openapi":"3.1.0","info":{"title":"StudySpot"}}',
        settings=GatewaySettings(**settings),
        version="9.9",
        pages=health_pages(Health("gateway", {}), "9.9"),
        probe_keys=KEYS,
    )


class Asker:
    """Opens clients on gateways and closes them at the end of the test."""

    def __init__(self) -> None:
        self._clients: list[httpx2.AsyncClient] = []

    def __call__(self, app: Any, *, address: str = "198.51.100.7") -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=app, client=(address, 5000), raise_app_exceptions=False)
        client = httpx2.AsyncClient(transport=transport, base_url="http://gateway")
        self._clients.append(client)
        return client

    async def close(self) -> None:
        await asyncio.gather(*(client.aclose() for client in self._clients))


async def raw(
    app: Any,
    *,
    path: str = "/api/v1/students",
    method: str = "GET",
    query: bytes = b"",
    headers: Sequence[tuple[bytes, bytes]] = (),
    pieces: Sequence[bytes] = (b"",),
    scheme: str = "http",
    client: tuple[str, int] | None = ("198.51.100.7", 5000),
) -> list[dict[str, Any]]:
    """Every message that the gateway sends; the body comes in `pieces`."""
    sent: list[dict[str, Any]] = []
    waiting = list(pieces)

    async def receive():
        if not waiting:
            await asyncio.Event().wait()
        piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": list(headers),
        "client": client,
        "server": ("gateway", 80),
        "scheme": scheme,
        "http_version": "1.1",
        "root_path": "",
    }
    await app(scope, receive, send)
    return sent


async def stop(app: Any) -> None:
    """What a server says at its end."""

    async def receive():
        return {"type": "lifespan.shutdown"}

    async def send(message):
        del message

    await app({"type": "lifespan", "state": {}}, receive, send)
