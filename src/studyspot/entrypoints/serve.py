"""Serving: the platform or a part of it in this process until a signal; what runs is finished first."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable, Collection

import structlog
from litestar.types import ASGIApp

from studyspot.entrypoints.floorplan import GATEWAY, ROOM_NAMES, ROOMS
from studyspot.entrypoints.front_door import FrontDoor
from studyspot.entrypoints.listener import Listener
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.service_door import service_door
from studyspot.kernel.settings import RefusedSettings, Settings

EVERYTHING = ROOM_NAMES | {GATEWAY}
log = structlog.get_logger(__name__)


async def serve(
    settings: Settings, *, only: Collection[str] = EVERYTHING, ready: Callable[[], None] = lambda: None
) -> None:
    """Serves until SIGTERM, after which it lingers for those who still come (STUDYSPOT_DRAIN_SECONDS), or
    SIGINT, after which it does not. `ready` is called once requests are accepted.

    `only` are rooms, the gateway or both; rooms that are apart from the gateway get an address of their own,
    which is that of the first of them unless STUDYSPOT_SERVICE_PORT says otherwise.

    :raises RefusedSettings: when there is no such room or the address is taken.
    """
    if unknown := sorted(set(only) - EVERYTHING):
        raise RefusedSettings(f"There is no {', '.join(unknown)}: choose of {', '.join(sorted(EVERYTHING))}")
    stop = Stop()
    async with contextlib.AsyncExitStack() as stack:
        listeners = [
            Listener(app, settings.host, port, reuse_port=settings.reuse_port)
            for app, port in await _doors(settings, frozenset(only), stack)
        ]
        for listener in listeners:
            await listener.open()
        # What stands now stays: the collector need not go through all of it again and again.
        gc.collect()
        gc.freeze()
        ready()
        failed = [asyncio.create_task(listener.failed(), name="http server") for listener in listeners]
        await asyncio.wait({asyncio.create_task(stop.wait()), *failed}, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping", running_requests=sum(listener.running for listener in listeners))
        linger_seconds = 0.0 if stop.by == signal.SIGINT else settings.drain_seconds
        await asyncio.gather(*(listener.close(linger_seconds) for listener in listeners))


async def work(settings: Settings, *, ready: Callable[[], None] = lambda: None) -> None:
    """Does the background jobs of all rooms until SIGINT or SIGTERM; serves nothing."""
    stop = Stop()
    async with Platform(settings).running() as platform:
        await _fill_stock(platform)
        ready()
        await stop.wait()


class Stop:
    """That somebody wants this process to end, and `by` which signal."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self.by: signal.Signals | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._tell, number)

    def _tell(self, by: signal.Signals) -> None:
        self.by = by
        self._told.set()

    async def wait(self) -> None:
        await self._told.wait()


async def _fill_stock(platform: Platform) -> None:
    await platform.queue.defer("tenancy.fill_stock", once_key="tenancy.fill_stock")


async def _doors(
    settings: Settings, only: frozenset[str], stack: contextlib.AsyncExitStack
) -> list[tuple[ASGIApp, int]]:
    """What this process answers, each with the port on which it does."""
    here, doors, apps = only & ROOM_NAMES, [], {}
    if here:
        everything = only == EVERYTHING
        platform = Platform(settings, here=here)
        await stack.enter_async_context(platform.running(with_worker=everything))
        apps = platform.apps()
        if everything:
            await _fill_stock(platform)
        else:
            first = next(room.port for room in ROOMS if room.name in here)
            doors.append((service_door(platform, apps), settings.service_port or first))
    if GATEWAY in only:
        front_door = await stack.enter_async_context(FrontDoor(settings, apps).running())
        doors.append((front_door.app, settings.port))
    return doors
