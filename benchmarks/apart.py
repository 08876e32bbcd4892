"""Part (f): the cost of rooms in other processes: a request that is forwarded, a door called from afar."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from benchmarks import load
from benchmarks.peers.peers import Process
from benchmarks.processes import (
    SERVER_CORE,
    STUDENTS_ROOM,
    Others,
    Postgres,
    free_port,
    start_studyspot_apart,
)
from benchmarks.report import Part, noise, percentile, span
from benchmarks.servers import OWNER, STUDYSPOT, Client, Server, Servers
from studyspot.entrypoints.floorplan import ROOM_NAMES
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller, system
from studyspot.kernel.ids import TenantId
from studyspot.services.libraries.contract import Libraries

APART = "apart"
LOCAL, REMOTE = "local door", "remote door"


@dataclass(frozen=True)
class Calls:
    """One round of one door, one call after another. CPU in seconds, of the caller and of who answers."""

    seconds: list[float]
    caller_cpu: float
    answering_cpu: float
    others: float

    @property
    def calls(self) -> int:
        return len(self.seconds)

    @property
    def cpu_us(self) -> float:
        return (self.caller_cpu + self.answering_cpu) / self.calls * 1e6

    @property
    def caller_us(self) -> float:
        return self.caller_cpu / self.calls * 1e6

    def wall_us(self, percent: int) -> float:
        return percentile(self.seconds, percent) * 1e6


CallRounds = dict[str, list[Calls]]


@contextmanager
def in_one_process_and_apart(servers: Servers) -> Iterator[Servers]:
    """The server that runs already, and another of three processes on the same databases."""
    students, others = free_port(), free_port()
    urls = {
        name: (f"http://127.0.0.1:{students if name == STUDENTS_ROOM else others}",) for name in ROOM_NAMES
    }
    settings = servers.settings.model_copy(update={"port": free_port(), "service_urls": urls})
    with start_studyspot_apart(settings, SERVER_CORE) as process:
        both = [
            servers.studyspot,
            Server(APART, process, lambda: Client(process.url).sign_in(OWNER), servers.studyspot.reset),
        ]
        yield Servers(settings, servers.postgres, both)


async def call_doors(both: Servers, rounds: int, calls: int, say: Callable[[str], None]) -> CallRounds:
    """`Libraries.count_libraries`, which reads one number, from this process: the room in it, and the room in
    one of the others. In alternating rounds.
    """
    tenant_id = _tenant_id(both)
    process = both.all[1].process
    async with (
        Platform(both.settings).running(with_worker=False) as here,
        Platform(both.settings, here=()).running(with_worker=False) as nowhere,
    ):
        doors: dict[str, Libraries] = {LOCAL: here.libraries, REMOTE: nowhere.libraries}
        found: CallRounds = {name: [] for name in doors}
        for door in doors.values():
            await _call(door, system(tenant_id=tenant_id), calls // 5, process, both.postgres)
        for number in range(rounds):
            say(f"Calling a door, round {number + 1} of {rounds}")
            for name in list(doors)[:: -1 if number % 2 else 1]:
                caller = system(tenant_id=tenant_id)
                found[name].append(await _call(doors[name], caller, calls, process, both.postgres))
        return found


async def _call(door: Libraries, caller: Caller, calls: int, process: Process, postgres: Postgres) -> Calls:
    others = Others(lambda: process.cpu_seconds() + postgres.cpu_seconds())
    answering, calling = process.cpu_seconds(), time.process_time()
    seconds = []
    for _ in range(calls):
        began = time.perf_counter()
        await door.count_libraries(caller)
        seconds.append(time.perf_counter() - began)
    calling, answering = time.process_time() - calling, process.cpu_seconds() - answering
    return Calls(seconds, calling, answering, others.cores())


def mount_part(wanted: load.Load, found: load.Rounds) -> Part:
    here, apart = found[STUDYSPOT], found[APART]
    rows = [[name, *load.cells(measurements)] for name, measurements in found.items()]
    # Seconds per 1,000 requests are milliseconds for one.
    more = [(two.cpu_per_1000 - one.cpu_per_1000) * 1000 for one, two in zip(here, apart, strict=True)]
    gateway = [one.edge_per_1000 * 1000 for one in apart]
    behind = [(one.cpu_per_1000 - one.edge_per_1000) * 1000 for one in apart]
    notes = [
        f"A forwarded request costs {_microseconds(more)} of CPU more.",
        f"The gateway takes {_microseconds(gateway)} of it all, those behind it {_microseconds(behind)}.",
        load.noise_of(found),
    ]
    title = f"(f) In one process and forwarded: {load.described(wanted, len(here))}"
    return Part(title, ["", *load.COLUMNS], rows, notes)


def door_part(found: CallRounds) -> Part:
    columns = ["", "CPU µs", "spread", "the caller's", "the other's", "p50 µs", "p99 µs"]
    rows = [[name, *_cells(rounds)] for name, rounds in found.items()]
    pairs = list(zip(found[LOCAL], found[REMOTE], strict=True))
    cpu = [remote.cpu_us - local.cpu_us for local, remote in pairs]
    waited = [remote.wall_us(50) - local.wall_us(50) for local, remote in pairs]
    notes = [
        f"A remote call costs {_microseconds(cpu)} of CPU and {_microseconds(waited)} of time more.",
        "The call reads one number from PostgreSQL, whose CPU is not in it. Both ends share a core.",
        noise(median(one.others for rounds in found.values() for one in rounds)),
    ]
    title = (
        f"(f) Libraries.count_libraries through its door, one call after another: medians of {len(pairs)}"
        f" rounds of {found[LOCAL][0].calls:,}"
    )
    return Part(title, columns, rows, notes)


def _cells(rounds: list[Calls]) -> list[str]:
    return [
        f"{median(one.cpu_us for one in rounds):.0f}",
        span([one.cpu_us for one in rounds], 0),
        f"{median(one.caller_us for one in rounds):.0f}",
        f"{median(one.cpu_us - one.caller_us for one in rounds):.0f}",
        f"{median(one.wall_us(50) for one in rounds):.0f}",
        f"{median(one.wall_us(99) for one in rounds):.0f}",
    ]


def _microseconds(values: Sequence[float]) -> str:
    return f"{median(values):.0f} µs ({span(values, 0)})"


def _tenant_id(servers: Servers) -> TenantId:
    client = servers.client
    me = client.call("GET", "/auth/me", authorization=f"Bearer {client.sign_in(OWNER)}")
    return TenantId(UUID(me["tenant_id"]))
