"""Serving: the platform or a part of it in this process until a signal; what runs is finished first."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable, Collection
from typing import NamedTuple

import structlog
from litestar.types import ASGIApp

from studyspot.entrypoints.floorplan import GATEWAY, ROOM_NAMES, ROOMS, WORKER, port_of
from studyspot.entrypoints.front_door import FrontDoor
from studyspot.entrypoints.listener import FINISH_SECONDS, Listener
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.service_door import service_door, worker_door
from studyspot.kernel.settings import RefusedSettings, Settings
from studyspot.kernel.telemetry.health import Health

EVERYTHING = ROOM_NAMES | {GATEWAY}
log = structlog.get_logger(__name__)


async def serve(
    settings: Settings, *, only: Collection[str] = EVERYTHING, ready: Callable[[], None] = lambda: None
) -> None:
    """Serves until SIGTERM or SIGHUP, after which it lingers for those who still come
    (STUDYSPOT_DRAIN_SECONDS), or SIGINT, after which it does not. `ready` is called once requests are
    accepted.

    `only` are rooms, the gateway or both; rooms that are apart from the gateway get an address of their own,
    which is that of the first of them unless STUDYSPOT_SERVICE_PORT says otherwise.

    :raises RefusedSettings: when there is no such room or the address is taken.
    """
    if unknown := sorted(set(only) - EVERYTHING):
        raise RefusedSettings(f"There is no {', '.join(unknown)}: choose of {', '.join(sorted(EVERYTHING))}")
    stop = Stop()
    async with contextlib.AsyncExitStack() as stack:
        doors = await _doors(settings, frozenset(only), stack)
        listeners = [
            Listener(
                door.app,
                settings.host,
                door.port,
                reuse_port=settings.reuse_port,
                finish_seconds=settings.deadline_seconds + FINISH_SECONDS,
            )
            for door in doors
        ]
        for listener in listeners:
            await listener.open()
        # What stands now stays: the collector need not go through all of it again and again. And requests
        # leave few cycles behind: looking for them as often as Python does by default is 6 % of a request.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)
        ready()
        failed = [asyncio.create_task(listener.failed(), name="http server") for listener in listeners]
        await asyncio.wait({asyncio.create_task(stop.wait()), *failed}, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping", running_requests=sum(listener.running for listener in listeners))
        for door in doors:
            door.health.is_draining = True
        linger_seconds = 0.0 if stop.by == signal.SIGINT else settings.drain_seconds
        await asyncio.gather(*(listener.close(linger_seconds) for listener in listeners))


async def work(settings: Settings, *, ready: Callable[[], None] = lambda: None) -> None:
    """Does the background jobs of all rooms until it is to stop; serves nothing but how it is
    doing.
    """
    stop = Stop()
    async with Platform(settings).running() as platform:
        health = platform.health(WORKER)
        listener = Listener(
            worker_door(platform, health),
            settings.host,
            settings.service_port or port_of(WORKER),
            reuse_port=settings.reuse_port,
        )
        await listener.open()
        await _fill_stock(platform)
        ready()
        await stop.wait()
        health.is_draining = True
        await listener.close(0)


class Stop:
    """That somebody wants this process to end, and `by` which signal."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self.by: signal.Signals | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the last when a terminal is closed
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
                asyncio.get_running_loop().add_signal_handler(number, self._tell, number)

    def _tell(self, by: signal.Signals) -> None:
        self.by = by
        self._told.set()

    async def wait(self) -> None:
        await self._told.wait()


async def _fill_stock(platform: Platform) -> None:
    await platform.queue.defer("tenancy.fill_stock", once_key="tenancy.fill_stock")


class Door(NamedTuple):
    """What this process answers on a port, and how it says that it is about to stop."""

    app: ASGIApp
    port: int
    health: Health


async def _doors(settings: Settings, only: frozenset[str], stack: contextlib.AsyncExitStack) -> list[Door]:
    here, doors, platform = only & ROOM_NAMES, [], None
    if here:
        everything = only == EVERYTHING
        platform = Platform(settings, here=here)
        await stack.enter_async_context(platform.running(with_worker=everything))
        if everything:
            await _fill_stock(platform)
        else:
            names = [room.name for room in ROOMS if room.name in here]
            health = platform.health("+".join(names))
            doors.append(
                Door(service_door(platform, health), settings.service_port or port_of(names[0]), health)
            )
    if GATEWAY in only:
        front_door = await stack.enter_async_context(FrontDoor(settings, platform).running())
        doors.append(Door(front_door.app, settings.port, front_door.health))
    return doors
