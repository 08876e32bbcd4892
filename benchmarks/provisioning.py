"""Part (c): what a tenant's database costs, beside the bare statement that PostgreSQL needs for it."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self

from benchmarks.processes import Others, Postgres
from benchmarks.report import Part, Target, noise, percentile
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.database import Connection, connect
from studyspot.kernel.ids import TenantId, new_id
from studyspot.kernel.settings import Settings
from studyspot.tenancy.registry import PLAN_LIMITS

BATCH = 20
AT_ONCE = (1, 4)
BARE, COLD, WARM = "bare", "cold", "warm"
NAMES = {BARE: "bare CREATE DATABASE", COLD: "cold: nothing in stock", WARM: "warm: taken from stock"}
COLD_TARGET, WARM_TARGET_MS = 1.3, 100.0

Step = Callable[[int, Connection], Awaitable[object]]


@dataclass
class Timings:
    """Milliseconds of each of the databases made, by kind, with so many being made at once."""

    at_once: int
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {BARE: [], COLD: [], WARM: []})
    seconds: dict[str, float] = field(default_factory=lambda: {BARE: 0.0, COLD: 0.0, WARM: 0.0})

    others: float = 0.0

    def median(self, kind: str) -> float:
        return percentile(self.milliseconds[kind], 50)


async def measure(
    settings: Settings, postgres: Postgres, tenants: int, say: Callable[[str], None]
) -> tuple[list[Timings], list[TenantId]]:
    """The three kinds in alternating batches. Returns the timings and the tenants that part (d) may use."""
    async with _Workshop(settings, postgres, min(BATCH, tenants)) as workshop:
        found = [Timings(at_once) for at_once in AT_ONCE]
        kept: list[TenantId] = []
        for timings in found:
            others = Others(postgres.cpu_seconds)
            for begin in range(0, tenants, BATCH):
                say(f"Provisioning, {timings.at_once} at once, {begin} of {tenants}")
                count = min(BATCH, tenants - begin)
                warm = await workshop.batch(timings, count)
                if timings.at_once == 1:
                    kept += warm
                else:
                    await workshop.drop_databases_of(warm)
            timings.others = others.cores()
        return found, kept


async def make_tenants(
    settings: Settings, postgres: Postgres, tenants: int, *, at_once: int, say: Callable[[str], None]
) -> tuple[Timings, list[TenantId]]:
    """With nothing in stock, for parts (d) and (h)."""
    async with _Workshop(settings, postgres, BATCH) as workshop:
        made: list[TenantId] = []
        timings = Timings(at_once)
        others = Others(postgres.cpu_seconds)
        while len(made) < tenants:
            say(f"Provisioning, {at_once} at once, {len(made):,} of {tenants:,}")
            made += await workshop.tenants(timings, COLD, min(BATCH * at_once, tenants - len(made)))
        timings.others = others.cores()
        return timings, made


class _Workshop:
    """A platform in this process, and the owner's connections, one per database made at once."""

    def __init__(self, settings: Settings, postgres: Postgres, stock: int) -> None:
        self._postgres = postgres
        self._platform = Platform(settings.model_copy(update={"warm_databases": stock}))
        self._stack = AsyncExitStack()
        self._batches, self._numbers = itertools.count(), itertools.count()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._platform.running(with_worker=False))
        self._owners = []
        for _ in range(max(AT_ONCE)):
            owner = await connect(self._postgres.dsn("postgres"), statement_timeout_seconds=120)
            self._stack.push_async_callback(owner.close)
            self._owners.append(owner)
        self._template = await self._owners[0].value(
            "SELECT max(datname::text) FROM pg_database WHERE datname ~ '^tpl_[0-9]+$'"
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def batch(self, timings: Timings, count: int) -> list[TenantId]:
        """So many of each kind, each batch beginning with another.

        Returns the warm ones, whose databases are left.
        """
        warm: list[TenantId] = []
        shift = next(self._batches) % 3
        for kind in ([BARE, COLD, WARM] * 2)[shift : shift + 3]:
            match kind:
                case "bare":
                    await self._drop(await self._make_bare(timings, count))
                case "cold":
                    await self.drop_databases_of(await self.tenants(timings, COLD, count))
                case "warm":
                    await self._platform.tenancy.provisioner.fill_stock()
                    warm = await self.tenants(timings, WARM, count)
                    await self._empty_stock()
        return warm

    async def _make_bare(self, timings: Timings, count: int) -> list[str]:
        names = [f"bare_{next(self._numbers)}" for _ in range(count)]

        async def make(number: int, owner: Connection) -> None:
            await owner.run(f"CREATE DATABASE {names[number]} TEMPLATE {self._template} STRATEGY wal_log")

        await self._timed(timings, BARE, count, make)
        return names

    async def tenants(self, timings: Timings, kind: str, count: int) -> list[TenantId]:
        tenant_ids = [TenantId(new_id()) for _ in range(count)]

        async def provision(number: int, _: Connection) -> None:
            tenant_id = tenant_ids[number]
            async with self._platform.control.transaction() as tx:
                await self._platform.tenancy.provisioner.reserve(
                    tx,
                    tenant_id=tenant_id,
                    slug=f"bench-{tenant_id.hex}",
                    name="Quiet Corner",
                    plan="free",
                    limits=PLAN_LIMITS["free"],
                )
            await self._platform.tenancy.provisioner.finish(tenant_id)

        await self._timed(timings, kind, count, provision)
        return tenant_ids

    async def drop_databases_of(self, tenant_ids: Sequence[TenantId]) -> None:
        """The registry keeps its rows: nobody asks for these tenants again."""
        async with self._platform.control.connection() as control:
            sql = "SELECT database FROM tenancy.placements WHERE tenant_id = ANY($1)"
            await self._drop(await control.column(sql, tenant_ids))

    async def _timed(self, timings: Timings, kind: str, count: int, step: Step) -> None:
        numbers = iter(range(count))

        async def work(owner: Connection) -> None:
            for number in numbers:
                began = time.perf_counter()
                await step(number, owner)
                timings.milliseconds[kind].append((time.perf_counter() - began) * 1000)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as workers:
            for owner in self._owners[: timings.at_once]:
                workers.create_task(work(owner))
        timings.seconds[kind] += time.perf_counter() - began

    async def _empty_stock(self) -> None:
        """A last batch may be smaller than the stock."""
        async with self._platform.control.connection() as control:
            left = await control.column("DELETE FROM tenancy.databases WHERE state = 'ready' RETURNING name")
        await self._drop(left)

    async def _drop(self, names: Sequence[str]) -> None:
        """Several at once, since each waits for a checkpoint."""
        left = iter(names)

        async def work(owner: Connection) -> None:
            for name in left:
                await owner.run(f"DROP DATABASE {name} WITH (FORCE)")

        async with asyncio.TaskGroup() as workers:
            for owner in self._owners:
                workers.create_task(work(owner))


def part(found: Sequence[Timings]) -> Part:
    columns = ["", "at once", "median ms", "p99 ms", "made per minute", "× bare"]
    rows = []
    for timings in found:
        for kind, milliseconds in timings.milliseconds.items():
            middle = timings.median(kind)
            rate = len(milliseconds) / timings.seconds[kind] * 60
            rows.append(
                [
                    NAMES[kind],
                    str(timings.at_once),
                    f"{middle:.1f}",
                    f"{percentile(milliseconds, 99):.1f}",
                    f"{rate:,.0f}",
                    f"{middle / timings.median(BARE):.2f}",
                ]
            )
    each = len(found[0].milliseconds[BARE])
    title = f"(c) Provisioning {each} tenants, one after another and {AT_ONCE[-1]} at once"
    notes = [
        "A tenant is reserved in the registry, its database made, closed to the public, stamped and probed.",
        f"In alternating batches of {BATCH}; PostgreSQL on all cores, fsync on.",
        noise(max(timings.others for timings in found)),
    ]
    return Part(title, columns, rows, notes)


def targets(found: Sequence[Timings]) -> list[Target]:
    targets = []
    for timings in found:
        ratio = timings.median(COLD) / timings.median(BARE)
        warm = timings.median(WARM)
        at_once = f"{timings.at_once} at once"
        targets += [
            Target(f"(c) cold ≤ {COLD_TARGET} × bare, {at_once}", f"{ratio:.2f} ×", ratio <= COLD_TARGET),
            Target(
                f"(c) warm ≤ {WARM_TARGET_MS:.0f} ms, {at_once}", f"{warm:.1f} ms", warm <= WARM_TARGET_MS
            ),
        ]
    return targets
