"""One address on which this process answers HTTP: opened, drained, closed."""

import asyncio
import contextlib
import ctypes
import os
import resource
import socket
import struct
from typing import Any

import structlog
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from studyspot.gateway.middleware.ended_requests import ended_requests
from studyspot.kernel.settings import RefusedSettings

CONNECTIONS_MAX = 20_000
OTHER_FILES = 1_000
HEADER_SECONDS_MAX = 10
_SO_ATTACH_REUSEPORT_CBPF, _BPF_RETURN = 51, 0x06  # socket(7), linux/bpf_common.h
FINISH_SECONDS = 5.0
"""How much longer than its deadline a request may take to end."""
log = structlog.get_logger(__name__)


class Listener:
    """With `reuse_port` another process may listen at the same address: one that takes over. At its end it
    waits up to `finish_seconds` for what still runs.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        *,
        reuse_port: bool = False,
        finish_seconds: float = FINISH_SECONDS,
    ) -> None:
        self._draining = Draining(app)
        self._host, self._port, self._reuse_port = host, port, reuse_port
        self._finish_seconds = finish_seconds
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def running(self) -> int:
        """Requests that are being answered."""
        return self._draining.running

    async def open(self) -> None:
        """Returns once requests are accepted.

        :raises RefusedSettings: when the address is taken.
        """
        if not self._reuse_port:
            refuse_taken_address(self._host, self._port)
        self._server = _Server(
            self._draining,
            address=self._host,
            port=self._port,
            interface=Interfaces.ASGINL,
            log_enabled=False,
            websockets=False,
            backlog=1024,
            # Else it would be the backlog: so many idle connections would stop us.
            backpressure=_connections_max(),
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS_MAX * 1000),
        )
        self._serving = asyncio.create_task(self._server.serve(), name=f"http server {self._port}")
        async with asyncio.timeout(10):
            while not self._serving.done() and not self._server.is_listening:  # noqa: ASYNC110 - no such event
                await asyncio.sleep(0.005)
        if self._reuse_port and self._server.is_listening:
            self._server.take_over()

    async def failed(self) -> None:
        """Returns when the server has ended, which it does not by itself."""
        if self._serving is not None:
            await asyncio.wait({self._serving})

    async def close(self, linger_seconds: float) -> None:
        """Sends the clients elsewhere for that time while it still answers, then finishes what runs."""
        await self._draining.drain(linger_seconds, self._finish_seconds)
        if self._server is not None and self._serving is not None:
            self._server.stop()  # type: ignore[no-untyped-call]
            await self._serving
        ended_requests.flush()


class _Server(Server):
    """Granian's, with its socket within reach."""

    _ssp: Any
    _shd: Any
    """What will open the socket, and what holds it."""

    def _init_shared_socket(self) -> None:
        super()._init_shared_socket()  # type: ignore[no-untyped-call]
        if self._ssp is not None:  # on Linux it would open the socket later, out of sight
            self._shd, self._ssp = self._ssp.build(), None

    @property
    def is_listening(self) -> bool:
        if self._shd is None:
            return False
        with self._socket() as one:
            return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))

    def take_over(self) -> None:
        """All who come from now on are ours, not those of the process before us at this address.

        Linux ties a connection to one of the sockets that listen at an address as its first packet comes, and
        drops it if that one is closed before it was accepted: so none may be tied to one that will close.
        The program picks the second socket in the order in which they began to listen, or the only one. On a
        system without such programs connections go to either.
        """
        pick_second = ctypes.create_string_buffer(struct.pack("HBBI", _BPF_RETURN, 0, 0, 1))
        program = struct.pack("HP", 1, ctypes.addressof(pick_second))
        with contextlib.suppress(OSError), self._socket() as one:
            one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, program)

    def _socket(self) -> socket.socket:
        return socket.socket(fileno=os.dup(self._shd.get_fd()))


class Draining:
    """Counts the requests that are being answered, so that a stop can wait for them.

    Once it drains, each answer ends its connection: the client opens another, to somebody else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_draining = False
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        self._idle.clear()
        if self._is_draining and scope["http_version"].startswith("1"):
            send = _last_of_its_connection(send)
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= 1
            if not self.running:
                self._idle.set()

    async def drain(self, linger_seconds: float, finish_seconds: float) -> None:
        """Returns when the one time is over and nothing is being answered, or the other, too."""
        self._is_draining = True
        await asyncio.sleep(linger_seconds)
        try:
            async with asyncio.timeout(finish_seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("requests_cut_off", running_requests=self.running)


def _last_of_its_connection(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await send(message)

    return sending


def refuse_taken_address(host: str, port: int) -> None:
    """:raises RefusedSettings: when another process listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise RefusedSettings(
                f"STUDYSPOT_HOST, STUDYSPOT_PORT: cannot listen on {host}:{port} ({problem.strerror});"
                " choose another with --port"
            ) from None


def _connections_max() -> int:
    """As many as this process may have files open, which is raised to what it is allowed."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    return max(OTHER_FILES, min(CONNECTIONS_MAX, allowed - OTHER_FILES))
