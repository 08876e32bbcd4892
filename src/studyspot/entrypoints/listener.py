"""One address on which this process answers HTTP: opened, drained, closed."""

import asyncio
import resource
import socket

import structlog
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from studyspot.gateway.request_lines import request_lines
from studyspot.kernel.settings import RefusedSettings

CONNECTIONS_MAX = 20_000
OTHER_FILES = 1_000
HEADER_SECONDS_MAX = 10
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
        self._server: Server | None = None
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
        self._server = Server(
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
        await self._wait_until_accepting(self._serving)

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
        request_lines.flush()

    async def _wait_until_accepting(self, serving: "asyncio.Task[None]") -> None:
        here = "127.0.0.1" if self._host == "0.0.0.0" else self._host  # noqa: S104 - compared, not bound
        async with asyncio.timeout(10):
            while not serving.done():
                try:
                    _, writer = await asyncio.open_connection(here, self._port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return


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
