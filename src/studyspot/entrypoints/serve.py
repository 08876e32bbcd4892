"""Serving: the platform in this process, until a signal; running requests are finished first."""

import asyncio
import gc
import resource
import signal
import socket
from collections.abc import Callable

import structlog
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar.types import ASGIApp, Receive, Scope, Send

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.settings import RefusedSettings, Settings

CONNECTIONS_MAX = 20_000
OTHER_FILES = 1_000
HEADER_SECONDS_MAX = 10
DRAIN_SECONDS_MAX = 35.0
"""A little more than a request's deadline."""
log = structlog.get_logger(__name__)


async def serve(settings: Settings, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serves until SIGINT or SIGTERM. `ready` is called once requests are accepted.

    :raises RefusedSettings: when the address is taken.
    """
    refuse_taken_address(settings.host, settings.port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Platform(settings).running() as platform:
        await platform.queue.defer("tenancy.fill_stock", once_key="tenancy.fill_stock")
        front_door = Draining(platform.gateway())
        server = Server(
            front_door,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGINL,
            log_enabled=False,
            websockets=False,
            backlog=1024,
            # Else it would be the backlog: so many idle connections would stop us.
            backpressure=_connections_max(),
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS_MAX * 1000),
        )
        serving = asyncio.create_task(server.serve(), name="http server")
        stopping = asyncio.create_task(stop.wait(), name="signals")
        await _wait_until_accepting(settings.host, settings.port, serving)
        # What stands now stays: the collector need not go through all of it again and again.
        gc.collect()
        gc.freeze()
        ready()
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping", running_requests=front_door.running)
        await front_door.drain(DRAIN_SECONDS_MAX)
        server.stop()  # type: ignore[no-untyped-call]
        await serving


def _connections_max() -> int:
    """As many as this process may have files open, which is raised to what it is allowed."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    return max(OTHER_FILES, min(CONNECTIONS_MAX, allowed - OTHER_FILES))


class Draining:
    """Counts the requests that are being answered, so that a stop can wait for them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._idle = asyncio.Event()
        self._idle.set()
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        self._idle.clear()
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= 1
            if not self.running:
                self._idle.set()

    async def drain(self, seconds_max: float) -> None:
        """Returns when nothing is being answered, or when that takes too long."""
        try:
            async with asyncio.timeout(seconds_max):
                await self._idle.wait()
        except TimeoutError:
            log.warning("requests_cut_off", running_requests=self.running)


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


async def _wait_until_accepting(host: str, port: int, serving: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(10):
        while not serving.done():
            try:
                _, writer = await asyncio.open_connection(host if host != "0.0.0.0" else "127.0.0.1", port)  # noqa: S104
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
