"""Addresses that a process answers by itself, before any room is asked."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Literal, TypeVar

import msgspec
from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import Headers, HttpApp, adding_headers, header, request_id
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.http.app import MethodNotAllowed
from studyspot.kernel.http.envelope import ErrorBody, Success, failure, send_failure

Page = Callable[[HTTPScope, Send], Awaitable[None]]
JSON = "application/json"
Item = TypeVar("Item")


def with_pages(app: HttpApp, pages: Mapping[str, Page]) -> HttpApp:
    """These addresses are answered here, all others by `app`."""

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


class Unwell(msgspec.Struct, Generic[Item]):
    """What is asked how it is, and is not well, answers in the form of an error, with all that it knows."""

    error: ErrorBody
    data: Item
    success: Literal[False] = False


def json_page(content: Callable[[HTTPScope], Awaitable[tuple[int, Any]]]) -> Page:
    """`content` gives the status and the data of the envelope, which is there also when not all is well."""

    async def page(scope: HTTPScope, send: Send) -> None:
        status, data = await content(scope)
        said: Any = Success(data)
        if status == Unavailable.status:
            refusal = Unavailable("Not everything works at the moment: `data` says what does not.")
            said = Unwell(failure(refusal, request_id=request_id(scope)).error, data)
        await send_now(scope, send, status, msgspec.json.encode(said), JSON)

    return page


async def send_now(scope: HTTPScope, send: Send, status: int, body: bytes, media_type: str) -> None:
    """What is true at this moment only."""
    about = [(b"content-type", media_type.encode()), (b"cache-control", b"no-store")]
    await _answer(scope, send, status, body, about)


def document_page(content: Callable[[], bytes], media_type: str, headers: Headers = ()) -> Page:
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
