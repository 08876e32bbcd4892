"""Real sockets to speak through: the platform's own listener, and servers that answer as they are told."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

import aiohttp

from studyspot.entrypoints.listener import Listener
from studyspot.gateway.app import build_gateway
from studyspot.gateway.asgi import HttpApp
from studyspot.gateway.middleware.http_only import http_only
from studyspot.gateway.routing.forwarded import behind_the_gateway
from studyspot.gateway.routing.forwarding import forwarding
from studyspot.gateway.settings import GatewaySettings, Mount
from studyspot.kernel.remote.connections import open_session
from studyspot.kernel.remote.instances import Instances
from studyspot.kernel.remote.signing import ServiceKeys
from tests.entrypoints.running import free_port

KEY = b"k" * 32
PREFIX = "/api/v1/students"
KEEPS_ALIVE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Request:
    """One that a `Raw` server read."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.head = head
        self.line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        self.headers = [
            (name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)
        ]
        self.body = body

    def values(self, name: bytes) -> list[bytes]:
        return [value for given, value in self.headers if given == name]


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


class Raw:
    """A server of bytes. It reads whole requests and notes them; `answer` may close the connection."""

    def __init__(self, answer: Answer, *, reads_bodies: bool = True) -> None:
        self._answer = answer
        self._reads_bodies = reads_bodies
        self._writers: list[asyncio.StreamWriter] = []
        self.requests: list[Request] = []
        self.connections = 0
        self.url = ""

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                body = await read_body(reader, head) if self._reads_bodies else b""
                request = Request(head, body)
                self.requests.append(request)
                await self._answer(request, writer)
        writer.close()


async def read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    request = Request(head, b"")
    if request.values(b"transfer-encoding") == [b"chunked"]:
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return body
    (length,) = request.values(b"content-length") or [b"0"]
    return await reader.readexactly(int(length))


def saying(answer: bytes) -> Answer:
    async def say(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(
            answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.line.startswith(b"HEAD") else answer
        )
        await writer.drain()

    return say


async def hanging_up(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


class Street:
    """What a test opened, closed at its end."""

    def __init__(self, stack: contextlib.AsyncExitStack) -> None:
        self._stack = stack

    async def serve(self, app: Any) -> str:
        """The address of the platform's own listener before that app."""
        port = free_port()
        listener = Listener(app, "127.0.0.1", port)
        self._stack.push_async_callback(listener.close, 0)
        await listener.open()
        return f"http://127.0.0.1:{port}"

    async def raw(self, answer: Answer, *, reads_bodies: bool = True) -> Raw:
        server = Raw(answer, reads_bodies=reads_bodies)
        await server.open()
        self._stack.push_async_callback(server.close)
        return server

    async def session(self) -> aiohttp.ClientSession:
        return await self._stack.enter_async_context(open_session())

    async def upstream(self, app: HttpApp, keys: ServiceKeys | None = None) -> str:
        """A room as it stands in a process without a front door."""
        door = behind_the_gateway([Mount((PREFIX,), app)], keys or ServiceKeys([KEY]))
        return await self.serve(http_only(door, at_stop=[]))

    async def gateway(self, *urls: str, instances: Instances | None = None, **settings: Any) -> str:
        """One before those upstreams."""
        session = await self.session()
        instances = instances or Instances("students", urls)
        mount: Any = forwarding(instances, ServiceKeys([KEY]), lambda: session)
        given = {"rate_limit": None, "login_rate_limit": None, "stranger_rate_limit": None} | settings
        app = build_gateway(
            mounts=[Mount((PREFIX,), mount)],
            openapi=lambda: b"{}",
            settings=GatewaySettings(**given),
            version="9.9",
            pages={},
        )
        return await self.serve(app)

    async def client(self) -> aiohttp.ClientSession:
        """One that changes nothing of what it is told to say, and of what comes back."""
        return await self._stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
        )


def nowhere() -> str:
    """An address at which nobody answers."""
    return f"http://127.0.0.1:{free_port()}"


@contextlib.contextmanager
def deaf() -> Iterator[str]:
    """An address that takes no connection and refuses none."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextlib.asynccontextmanager
async def dialled(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def said(url: str, request: bytes) -> bytes:
    """All that comes back until the connection ends; so the request should ask for its end."""
    async with asyncio.timeout(5), dialled(url) as (reader, writer):
        writer.write(request)
        return await reader.read()


async def until(condition: Callable[[], object], *, seconds: float = 5) -> None:
    """Returns when it holds.

    :raises TimeoutError: when it never does.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - conditions of all kinds
            await asyncio.sleep(0.005)


def request_of(method: str, target: str, *headers: bytes, body: bytes = b"") -> bytes:
    """A request as it is written, which ends its connection."""
    lines = [f"{method} {target} HTTP/1.1".encode("latin-1"), b"Host: x", b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def answering(
    body: bytes = b"ok", *, status: int = 200, headers: Sequence[tuple[bytes, bytes]] = ()
) -> HttpApp:
    async def room(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return room
