"""The two ways in which the tests run the platform: everything in one process, or each room for itself."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from studyspot.entrypoints.floorplan import ROOMS
from studyspot.entrypoints.front_door import FrontDoor
from studyspot.entrypoints.listener import Listener
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.service_door import service_door
from studyspot.kernel.doors import Loopback
from studyspot.kernel.ids import TenantId
from studyspot.kernel.settings import Settings
from tests.entrypoints.running import free_port


class Topology:
    """`platform` reaches all doors; the rooms behind them live in `processes`."""

    def __init__(self, platform: Platform, processes: Sequence[Platform], front_door: FrontDoor) -> None:
        self.platform = platform
        self.processes = processes
        self.front_door = front_door

    def forget(self, tenant_id: TenantId) -> None:
        """A tenant was changed, and the news of it may still be on its way."""
        for process in (self.platform, *self.processes):
            process.tenancy.registry.forget(tenant_id)

    async def everything_sent(self) -> None:
        """Returns when each letter that was written lies in the outbox."""
        for process in self.processes:
            await process.outbox.close()


@contextlib.asynccontextmanager
async def together(settings: Settings) -> AsyncIterator[Topology]:
    """Every call through the loopback."""
    async with Platform(settings, Loopback()).running() as platform:
        yield Topology(platform, [platform], FrontDoor(settings, platform))


@contextlib.asynccontextmanager
async def apart(settings: Settings) -> AsyncIterator[Topology]:
    """Every call over a real socket, by HTTP, though all in the tests' own process."""
    ports = {room.name: free_port() for room in ROOMS}
    urls = {name: (f"http://127.0.0.1:{port}",) for name, port in ports.items()}
    settings = settings.model_copy(update={"service_urls": urls})
    async with contextlib.AsyncExitStack() as stack:
        processes = []
        for room in ROOMS:
            process = Platform(settings, here={room.name})
            processes.append(await stack.enter_async_context(process.running(with_worker=False)))
            listener = Listener(
                service_door(process, process.health(room.name)), "127.0.0.1", ports[room.name]
            )
            stack.push_async_callback(listener.close, 0)
            await listener.open()
        platform = await stack.enter_async_context(Platform(settings, here=()).running())
        front_door = await stack.enter_async_context(FrontDoor(settings).running())
        yield Topology(platform, processes, front_door)
