"""Part (h): thousands of tenants on one PostgreSQL: made, visited at random, migrated, left alone."""

import asyncio
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks import cold_tenant, provisioning
from benchmarks.processes import (
    LOAD_CORE,
    SERVER_CORE,
    CannotMeasure,
    Others,
    Postgres,
    executable,
    pin_load,
    start_studyspot,
)
from benchmarks.report import Part, noise, percentile, span
from benchmarks.servers import OPERATOR, STUDYSPOT, Client, Server, Servers, make_operator
from studyspot.entrypoints.floorplan import tenant_history
from studyspot.entrypoints.platform import CONTROL_DATABASE, database_server
from studyspot.entrypoints.setup import migrate_everything
from studyspot.kernel.database import Database
from studyspot.kernel.ids import TenantId
from studyspot.kernel.migrations import History, Migration
from studyspot.kernel.settings import Settings
from studyspot.tenancy.fleet import Fleet
from studyspot.tenancy.servers import owner_dsn

MIB_EACH = 10
MADE_AT_ONCE, MIGRATED_AT_ONCE = 4, 8
FLEET, PSQL = "Fleet.migrate_all", "psql, a loop in the shell"
FAN_OUTS = (FLEET, PSQL, PSQL, FLEET)
SOME = 100
EMPTY, MADE, SOME_VISITED, VISITED = "no tenant", "all made", f"{SOME} visited", "all visited"
FIRST_NUMBER = 9001
TENANTS_MIN, TENANTS_MAX = 2 * SOME, 2400  # a cell takes 2,500 databases
ORDER = 2000  # the same at every run


@dataclass(frozen=True)
class Memory:
    """MiB: resident of the server, and of PostgreSQL what is its own and its share of what is shared."""

    studyspot: float | None
    postgres: float


@dataclass(frozen=True)
class FanOut:
    kind: str
    seconds: float
    others: float


@dataclass(frozen=True)
class Rest:
    """Cores' worth of CPU that a server nobody speaks to takes: autovacuum, and everything with it."""

    autovacuum: float
    postgres: float
    others: float


@dataclass(frozen=True)
class Findings:
    tenants: int
    made: provisioning.Timings
    visits: cold_tenant.Touches
    later_ms: list[float]
    memory: dict[str, Memory]
    fan_outs: list[FanOut]
    rests: list[Rest]


def measure(
    settings: Settings, postgres: Postgres, tenants: int, rest_seconds: float, say: Callable[[str], None]
) -> Findings:
    """On a server that holds nothing yet, and that is thrown away afterwards.

    :raises CannotMeasure: when the disk has no room for so many.
    """
    _check_room(settings.data.parent, tenants)
    pin_load(postgres, set(range(os.cpu_count() or 1)))
    asyncio.run(migrate_everything(settings))
    asyncio.run(make_operator(settings))
    memory = {EMPTY: Memory(None, postgres.memory_mib())}
    made, tenant_ids = asyncio.run(
        provisioning.make_tenants(settings, postgres, tenants, at_once=MADE_AT_ONCE, say=say)
    )
    visits, later_ms = _visit(settings, postgres, tenant_ids, memory, say)
    pin_load(postgres, set(range(os.cpu_count() or 1)))
    fan_outs = asyncio.run(_fan_outs(settings, postgres, say))
    rests = [_rest(postgres, rest_seconds, say) for _ in range(2)]
    return Findings(tenants, made, visits, later_ms, memory, fan_outs, rests)


def _check_room(folder: Path, tenants: int) -> None:
    needed = (tenants * MIB_EACH + 4096) * 2**20
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotMeasure(
            f"{tenants:,} tenants need {needed / 2**30:.0f} GiB in {folder}, and {free / 2**30:.0f} are free."
        )


def _visit(
    settings: Settings,
    postgres: Postgres,
    tenant_ids: Sequence[TenantId],
    memory: dict[str, Memory],
    say: Callable[[str], None],
) -> tuple[cold_tenant.Touches, list[float]]:
    """Each twice in a random order; then as many visits at random, of which few find a connection left."""
    pin_load(postgres, {LOAD_CORE})
    chance = random.Random(ORDER)
    shuffled = chance.sample(tenant_ids, len(tenant_ids))
    with start_studyspot(settings, SERVER_CORE) as process:
        studyspot = Server(
            STUDYSPOT, process, lambda: Client(process.url).sign_in(OPERATOR), reset=lambda: None
        )
        servers = Servers(settings, postgres, [studyspot])

        def weigh(when: str) -> None:
            memory[when] = Memory(process.resident_bytes() / 2**20, postgres.memory_mib())

        weigh(MADE)
        say(f"Visiting {len(tenant_ids):,} tenants for the first time")
        visits = cold_tenant.touch(servers, shuffled[:SOME])
        weigh(SOME_VISITED)
        visits += cold_tenant.touch(servers, shuffled[SOME:])
        say(f"Visiting {len(tenant_ids):,} tenants at random")
        later = cold_tenant.ask_each(servers, chance.choices(tenant_ids, k=len(tenant_ids)))
        weigh(VISITED)
        return visits, later


async def _fan_outs(settings: Settings, postgres: Postgres, say: Callable[[str], None]) -> list[FanOut]:
    """A bare column, new each time, to every tenant: ours and psql in turn."""
    url, credentials = database_server(settings)
    control = Database(owner_dsn(url, credentials, CONTROL_DATABASE), connections_max=4)
    await control.open()
    try:
        async with control.connection() as connection:
            names = await connection.column("SELECT database FROM tenancy.placements")
        numbers = count(FIRST_NUMBER)
        history = tenant_history()
        found = []
        for kind in FAN_OUTS:
            say(f"A column for every tenant: {kind}")
            number = next(numbers)
            sql = f"ALTER TABLE students.students ADD COLUMN bench_{number} text"
            others = Others(postgres.cpu_seconds)
            began = time.perf_counter()
            if kind == FLEET:
                history = History((*history.migrations, Migration(number, f"{number}_column", sql)))
                fleet = Fleet(control, credentials, history, at_once=MIGRATED_AT_ONCE)
                report = await fleet.migrate_all()
                if report.moved != len(names):
                    raise RuntimeError(f"{report.moved} of {len(names)} moved: {report.failed[:3]}")
            else:
                await asyncio.to_thread(_psql_each, postgres, names, sql)
            found.append(FanOut(kind, time.perf_counter() - began, others.cores()))
        return found
    finally:
        await control.close()


def _psql_each(postgres: Postgres, names: Sequence[str], sql: str) -> None:
    command = [executable("xargs"), f"--max-procs={MIGRATED_AT_ONCE}", "-I", "DATABASE"]
    psql = [postgres.psql, "--no-psqlrc", "--quiet", f"--command={sql}", postgres.dsn("DATABASE")]
    subprocess.run([*command, *psql], input="\n".join(names), text=True, check=True)


def _rest(postgres: Postgres, seconds: float, say: Callable[[str], None]) -> Rest:
    say(f"Leaving PostgreSQL alone for {seconds:.0f} s")
    others = Others(postgres.cpu_seconds)
    autovacuum, everything = postgres.autovacuum_cpu_seconds(), postgres.cpu_seconds()
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return Rest(
        (postgres.autovacuum_cpu_seconds() - autovacuum) / took,
        (postgres.cpu_seconds() - everything) / took,
        others.cores(),
    )


def parts(found: Findings) -> list[Part]:
    return [_visits_part(found), _memory_part(found), _fan_out_part(found), _rest_part(found)]


def _visits_part(found: Findings) -> Part:
    made = found.made.milliseconds[provisioning.COLD]
    rate = len(made) / found.made.seconds[provisioning.COLD] * 60
    timed = {
        f"made, {MADE_AT_ONCE} at once": made,
        "first request": found.visits.first,
        "second request": found.visits.second,
        "later request, at random": found.later_ms,
    }
    rows = [
        [name, f"{percentile(values, 50):.1f}", f"{percentile(values, 99):.1f}", f"{max(values):.1f}"]
        for name, values in timed.items()
    ]
    notes = [
        f"Made: {rate:,.0f} a minute, with nothing in stock.",
        "Requests over HTTP, one after another, in a random order, with a budget of 50 connections: a later",
        "one finds the tenant known, but most often nobody connected to it.",
        noise(max(found.made.others, found.visits.others)),
    ]
    title = f"(h) {found.tenants:,} tenants on one PostgreSQL: made and visited"
    return Part(title, ["", "p50 ms", "p99 ms", "slowest ms"], rows, notes)


def _memory_part(found: Findings) -> Part:
    names = {STUDYSPOT: "studyspot", "PostgreSQL": "postgres"}
    rows = []
    for name, field in names.items():
        mib = {when: getattr(memory, field) for when, memory in found.memory.items()}
        more = (mib[VISITED] - mib[SOME_VISITED]) / (found.tenants - SOME) * 1000
        rows.append([name, *("" if one is None else f"{one:.0f}" for one in mib.values()), f"{more:.1f}"])
    notes = [
        "StudySpot: resident set, started when all were made. PostgreSQL: all processes, what they share",
        "counted once; up to 256 MiB of buffers and 50 connections are in it, however many tenants.",
        f"{SOME} take all connections already: what comes after is due to the number of tenants.",
    ]
    columns = ["MiB", *found.memory, "per 1,000 more"]
    return Part(f"(h) Memory with {found.tenants:,} tenants", columns, rows, notes)


def _fan_out_part(found: Findings) -> Part:
    rates = {
        kind: [found.tenants / one.seconds * 60 for one in found.fan_outs if one.kind == kind]
        for kind in (FLEET, PSQL)
    }
    rows = [
        [kind, f"{sum(values) / len(values):,.0f}", span(values, 0), f"{sum(values) / sum(rates[PSQL]):.2f}"]
        for kind, values in rates.items()
    ]
    notes = [
        f"A bare ADD COLUMN, {MIGRATED_AT_ONCE} databases at once, twice each in the order ABBA. Ours checks",
        "whose database it is, locks, notes the revision inside and in the registry; psql does nothing else.",
        noise(max(one.others for one in found.fan_outs)),
    ]
    title = f"(h) A migration of {found.tenants:,} tenants"
    return Part(title, ["", "a minute", "spread", "× psql"], rows, notes)


def _rest_part(found: Findings) -> Part:
    rows = [
        [name, f"{rest.autovacuum * 100:.1f}", f"{rest.postgres * 100:.1f}"]
        for name, rest in zip(("right after the migrations", "then"), found.rests, strict=True)
    ]
    notes = [
        "Launcher and workers. Nobody is connected.",
        noise(max(one.others for one in found.rests)),
    ]
    columns = ["% of a core", "autovacuum", "all of PostgreSQL"]
    return Part(f"(h) PostgreSQL at rest with {found.tenants:,} tenants", columns, rows, notes)
