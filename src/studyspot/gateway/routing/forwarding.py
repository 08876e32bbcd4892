"""Remote mounts: a request goes on to one of its service's processes, its body and the answer in streams.

What only this connection means (RFC 9110 §7.6.1) stays here. Who asks and how long it may take is signed, so
that a service believes it from nobody else.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable

import aiohttp
import structlog
import yarl
from litestar.types import HTTPScope, Receive, Send
from litestar.types.asgi_types import HTTPRequestEvent
from multidict import CIMultiDict

from studyspot.gateway.asgi import HttpApp, client_address, header, request_id
from studyspot.gateway.middleware.request_id import NAME as REQUEST_ID
from studyspot.gateway.middleware.told_caller import heard_caller
from studyspot.kernel.deadline import seconds_left
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.remote.instances import Asked, Instance, Instances, not_available
from studyspot.kernel.remote.signing import SECONDS_LEFT, SIGNATURE, ServiceKeys, Unsigned
from studyspot.kernel.telemetry.tracing import pass_on

log = structlog.get_logger(__name__)
SECONDS_MAX = 600.0
CLIENT = "x-studyspot-client"
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"expect",
        b"host",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"traceparent",  # a trace of ours begins here
        b"tracestate",
        b"transfer-encoding",
        b"upgrade",
    }
)
OURS = b"x-studyspot-"
ADDED_BY_SERVERS = frozenset({b"date", b"server"})  # the gateway's own server adds them too
HARMLESS_TWICE = frozenset({"GET", "HEAD", "OPTIONS"})
TRIES_MAX = 3
SMALL_BYTES_MAX = 64 * 2**10
"""An answer up to this size goes on as a whole."""


class _NotSent(Exception):
    """The instance cannot be reached, or went away before it answered something that may be asked again."""


def forwarding(
    instances: Instances, keys: ServiceKeys, session: Callable[[], aiohttp.ClientSession]
) -> HttpApp:
    async def mount(scope: HTTPScope, receive: Receive, send: Send) -> None:
        body = _Body(receive, has_any=has_body(scope))
        tried: Instance | None = None
        for _ in range(TRIES_MAX):
            tried = instances.pick(besides=tried)
            try:
                with tried.asked() as asked:
                    await _forward(session(), tried.url, asked, keys, scope, body, send)
            except _NotSent:
                continue
            return
        raise not_available()

    return mount


async def _forward(
    session: aiohttp.ClientSession,
    instance: str,
    asked: Asked,
    keys: ServiceKeys,
    scope: HTTPScope,
    body: "_Body",
    send: Send,
) -> None:
    target = target_of(scope)
    try:
        response = await session.request(
            scope["method"],
            yarl.URL(instance + target, encoded=True),
            headers=_headers_on(scope, target, keys),
            data=await body.for_client(),
            allow_redirects=False,
        )
        whole = await response.read() if _is_small(response) else b""
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
        asked.failed()
        raise _NotSent from problem
    except asyncio.CancelledError:
        if seconds_left(SECONDS_MAX) <= 0 and body.is_whole:
            asked.timed_out()
        raise
    except aiohttp.ClientError as problem:
        body.raise_own_problem()
        asked.failed()
        if scope["method"] in HARMLESS_TWICE and not body.has_any:
            raise _NotSent from problem
        raise not_available() from problem
    asked.answered()
    async with response:
        if response.status == Unsigned.status:
            log.error("not_believed", instance=instance)  # its keys or its clock are not ours
            raise not_available()
        headers = heard_caller(scope, _headers_back(response))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if not _is_small(response):
            async for chunk in response.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": whole, "more_body": False})


class _Body:
    """The request's body: at once when it is small, else as it comes, and only as fast as it goes on."""

    def __init__(self, receive: Receive, *, has_any: bool) -> None:
        self.has_any = has_any
        self.is_whole = not has_any
        """Nobody waits for the client any more."""
        self._receive = receive
        self._first: HTTPRequestEvent | None = None
        self._problem: BaseException | None = None

    async def for_client(self) -> bytes | AsyncIterator[bytes] | None:
        if not self.has_any:
            return None
        if self._first is None:
            self._first = await self._next()
        return self._parts(self._first) if self._first["more_body"] else self._first["body"]

    async def _parts(self, message: HTTPRequestEvent) -> AsyncIterator[bytes]:
        yield message["body"]
        while message["more_body"]:
            message = await self._next()
            yield message["body"]

    async def _next(self) -> HTTPRequestEvent:
        try:
            message = await self._receive()
        except BaseException as problem:
            self._problem = problem
            raise
        if message["type"] != "http.request":
            self._problem = Unavailable("The client went away.")
            raise self._problem
        self.is_whole = not message["more_body"]
        return message

    def raise_own_problem(self) -> None:
        """That of the client or of a limit, when that is why the service got no whole body."""
        if self._problem is not None:
            raise self._problem


def _is_small(response: aiohttp.ClientResponse) -> bool:
    return response.content_length is not None and response.content_length <= SMALL_BYTES_MAX


def has_body(scope: HTTPScope) -> bool:
    length = header(scope, b"content-length")
    return header(scope, b"transfer-encoding") is not None or (length is not None and length != b"0")


def target_of(scope: HTTPScope) -> str:
    """Path and query as they stand in the request's first line, in ASCII."""
    query = scope["query_string"]
    target = (scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
    if target.isascii():
        return target
    return "".join(one if one.isascii() else f"%{ord(one):02X}" for one in target)


def _headers_on(scope: HTTPScope, target: str, keys: ServiceKeys) -> CIMultiDict[str]:
    dropped = HOP_BY_HOP | _named_by_connection(
        b",".join(value for name, value in scope["headers"] if name == b"connection")
    )
    headers = CIMultiDict(
        (name.decode("latin-1"), _text(value))
        for name, value in scope["headers"]
        if name not in dropped and not name.startswith(OURS)
    )
    client, seconds = client_address(scope), f"{seconds_left(SECONDS_MAX):.3f}"
    headers[REQUEST_ID.decode()] = request_id(scope)
    headers[CLIENT] = client
    headers[SECONDS_LEFT] = seconds
    pass_on(headers)
    headers[SIGNATURE] = keys.sign(*said(scope["method"], target, client, request_id(scope), seconds))
    return headers


def _text(value: bytes) -> str:
    """Aiohttp writes text as UTF-8: what is none does not get through unchanged."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def said(method: str, target: str, client: str, request: str, seconds: str) -> list[bytes]:
    """What the gateway vouches for. The body is not in it, which is on its way still."""
    return [part.encode("latin-1") for part in (method, target, client, request, seconds)]


def _headers_back(response: aiohttp.ClientResponse) -> list[tuple[bytes, bytes]]:
    lowered = [(name.lower(), value) for name, value in response.raw_headers]
    dropped = (
        HOP_BY_HOP
        | ADDED_BY_SERVERS
        | _named_by_connection(b",".join(value for name, value in lowered if name == b"connection"))
    )
    return [(name, value) for name, value in lowered if name not in dropped]


@functools.lru_cache(maxsize=64)
def _named_by_connection(value: bytes) -> frozenset[bytes]:
    return frozenset(part.strip().lower() for part in value.split(b","))
