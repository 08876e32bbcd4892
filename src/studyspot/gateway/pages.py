"""What the gateway answers by itself: its health, what it offers, the OpenAPI document, the docs page."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import Headers, HttpApp, adding_headers, header, request_id
from studyspot.gateway.docs import docs_parts
from studyspot.kernel.http.app import MethodNotAllowed
from studyspot.kernel.http.envelope import Success, send_failure

Page = Callable[[HTTPScope, Send], Awaitable[None]]


def own_pages(
    app: HttpApp, *, prefixes: Sequence[str], openapi: Callable[[], bytes], version: str
) -> HttpApp:
    """These addresses are answered here, all others by `app`."""
    started = time.monotonic()

    def health() -> dict[str, Any]:
        return {
            "status": "healthy",
            "version": version,
            "uptime_seconds": int(time.monotonic() - started),
            "service": "gateway",
        }

    def index() -> dict[str, Any]:
        return {
            "name": "StudySpot",
            "version": version,
            "prefixes": sorted(prefixes),
            "docs": "/docs",
            "openapi": "/openapi.json",
        }

    pages: dict[str, Page] = {
        "/health": _json(health),
        "/api/v1": _json(index),
        "/openapi.json": _document(openapi, "application/json"),
        **{
            path: _document(part.content, part.media_type, part.headers)
            for path, part in docs_parts(version).items()
        },
    }

    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        page = pages.get(scope["path"])
        if page is None:
            return app(scope, receive, send)
        if scope["method"] in {"GET", "HEAD"}:
            return page(scope, send)
        sender = adding_headers(send, ((b"allow", b"GET, HEAD, OPTIONS"),))
        if scope["method"] == "OPTIONS":
            return _answer(scope, sender, 204, b"", [])
        refusal = MethodNotAllowed("This address does not answer to that method.")
        return send_failure(sender, refusal, request_id=request_id(scope))

    return layer


def _json(content: Callable[[], dict[str, Any]]) -> Page:
    async def page(scope: HTTPScope, send: Send) -> None:
        body = msgspec.json.encode(Success(content()))
        await _answer(
            scope, send, 200, body, [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        )

    return page


def _document(content: Callable[[], bytes], media_type: str, headers: Headers = ()) -> Page:
    """Made when first asked for and then kept. The tag is weak, since the body may go out compressed."""
    kept: list[tuple[bytes, bytes]] = []

    async def page(scope: HTTPScope, send: Send) -> None:
        if not kept:
            made = content()
            kept.append((made, f'W/"{hashlib.sha256(made).hexdigest()[:32]}"'.encode()))
        body, tag = kept[0]
        about = [(b"etag", tag), (b"cache-control", b"no-cache"), *headers]
        if _is_known(header(scope, b"if-none-match"), tag):
            await _answer(scope, send, 304, b"", about)
        else:
            await _answer(scope, send, 200, body, [(b"content-type", media_type.encode()), *about])

    return page


def _is_known(asked: bytes | None, tag: bytes) -> bool:
    """RFC 9110 §13.1.2: the weak comparison."""
    if asked is None:
        return False
    known = {one.strip().removeprefix(b"W/") for one in asked.split(b",")}
    return b"*" in known or tag.removeprefix(b"W/") in known


async def _answer(
    scope: HTTPScope, send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    if status not in {204, 304}:  # RFC 9110 §8.6: none with the one, that of the body left out with the other
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown, "more_body": False})
