"""The two ways in which the tests run the platform: everything in one process, or each room for itself."""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence

from litestar.types import ASGIApp, Receive, Scope, Send

from studyspot.entrypoints.addresses import instances_of, service_keys
from studyspot.entrypoints.floorplan import ROOM_NAMES, ROOMS, WORKER
from studyspot.entrypoints.front_door import FrontDoor
from studyspot.entrypoints.listener import Listener
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.service_door import service_door, worker_door
from studyspot.kernel.doors import Loopback, Method
from studyspot.kernel.ids import TenantId
from studyspot.kernel.remote.calling import PATH, Remote
from studyspot.kernel.settings import Settings
from studyspot.kernel.switches import Switches
from tests.entrypoints.running import free_port

CONNECTIONS = 110
"""Of the 200 that the tests' server has, to tenants' databases, for all processes."""


class Topology:
    """`platform` reaches all doors; the rooms behind them live in `processes`. `called` are the methods of
    contracts that were called over the wire.
    """

    def __init__(
        self,
        platform: Platform,
        processes: Sequence[Platform],
        front_door: FrontDoor,
        called: Collection[str] = (),
    ) -> None:
        self.platform = platform
        self.processes = processes
        self.front_door = front_door
        self.called = called

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


class OwnDoor:
    """The remote door of the room itself: its routes ask as everybody else has to."""

    def __init__(self, settings: Settings) -> None:
        self.remote = Remote(service_keys(settings))
        self._settings = settings

    def bind(self, contract: type, name: str, method: Method) -> Method:
        del method
        (room,) = [room for room in ROOMS if room.contract is contract]
        door = self.remote.door(contract, instances_of(self._settings, room.name), Switches())
        way: Method = getattr(door, name)
        return way


@contextlib.asynccontextmanager
async def apart(settings: Settings) -> AsyncIterator[Topology]:
    """Every call over a real socket, by HTTP, though all in the tests' own process."""
    ports = {name: free_port() for name in (*ROOM_NAMES, WORKER)}
    urls = {name: (f"http://127.0.0.1:{port}",) for name, port in ports.items()}
    processes_in_all = 2 * len(ROOMS) + 1
    # What one process would take is shared out, as `up --services` does.
    shared = {
        "control_connections": 4,
        "tenant_connections": CONNECTIONS // processes_in_all,
        "tenant_connections_each": CONNECTIONS // processes_in_all,
    }
    settings = settings.model_copy(update={"service_urls": urls, **shared})
    called: set[str] = set()
    async with contextlib.AsyncExitStack() as stack:

        async def listen(app: ASGIApp, name: str) -> None:
            listener = Listener(app, "127.0.0.1", ports[name])
            stack.push_async_callback(listener.close, 0)
            await listener.open()

        async def process(here: set[str], transport: OwnDoor | None = None) -> Platform:
            if transport is not None:
                await transport.remote.open()
                stack.push_async_callback(transport.remote.close)
            made = Platform(settings, transport, here=here)
            return await stack.enter_async_context(made.running(with_worker=not here))

        processes = []
        for room in ROOMS:
            answering = await process({room.name})
            asking = await process({room.name}, OwnDoor(settings))
            processes += [answering, asking]
            doors, routes = (service_door(one, one.health(room.name)) for one in (answering, asking))
            await listen(_doors_and_routes(doors, routes, called), room.name)
        platform = await process(set())
        await listen(worker_door(platform, platform.health(WORKER)), WORKER)
        front_door = await stack.enter_async_context(FrontDoor(settings).running())
        yield Topology(platform, processes, front_door, called)


def _doors_and_routes(doors: ASGIApp, routes: ASGIApp, called: set[str]) -> ASGIApp:
    """One address, as the service's; notes which methods are `called` there."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_call = scope["type"] == "http" and scope["path"].startswith(PATH)
        if is_call:
            called.add(scope["path"].removeprefix(PATH))
        await (doors if is_call else routes)(scope, receive, send)

    return app
