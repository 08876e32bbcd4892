"""A tenant moves to another cell. It is read from all the while; it takes no writes for some seconds."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec

from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection
from studyspot.kernel.ids import TenantId
from studyspot.kernel.snapshots import snapshot
from studyspot.tenancy.care.building import compare, construction, fill
from studyspot.tenancy.care.digests import digest_tables, tables_of
from studyspot.tenancy.care.freezing import frozen
from studyspot.tenancy.care.progress import Step, Tell, counted, tell_nobody
from studyspot.tenancy.care.records import Home
from studyspot.tenancy.care.switching import make_fit, settle, switch
from studyspot.tenancy.care.workshop import Workshop
from studyspot.tenancy.cells import find_destination


class Moved(msgspec.Struct, frozen=True):
    """`pause_seconds` is how long no writes were taken; 0 for a tenant that was there already."""

    tenant_id: TenantId
    cell: str
    database: str
    pause_seconds: float
    rows: int


class Moves:
    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def move(
        self, caller: Caller, tenant_id: TenantId, *, to_cell: str, tell: Tell = tell_nobody
    ) -> Moved:
        """Does nothing for a tenant that lives there already. Whatever goes wrong before the switch, the
        tenant stays where it is and takes writes again.

        :raises TenantBusy: while another work on it is under way. :raises RowsDiffer: see `compare`.
        """
        workshop = self._workshop
        async with workshop.hold(tenant_id) as held:
            home = held.home
            if home.cell == to_cell:
                return Moved(tenant_id, home.cell, home.database, 0, 0)
            cell = await find_destination(held.desk, to_cell)
            async with construction(
                workshop,
                held.desk,
                cell=cell.name,
                url=cell.url,
                tenant_id=tenant_id,
                revision=home.revision,
            ) as database:
                tell(Step("waiting for writes to end"))
                began = time.monotonic()
                async with frozen(workshop, held), self._last_state(home) as source:
                    rows = await self._copy(source, home, cell.url, database, tell)
                    reached = await make_fit(workshop, home, cell.url, database, to_head=False)
                    tell(Step("switching"))
                    await switch(
                        held,
                        caller,
                        "tenants:move",
                        cell=cell.name,
                        database=database,
                        revision=reached,
                    )
                    pause = time.monotonic() - began
            tell(Step("closing the old database"))
            await settle(workshop, held, cell.url, database)
            return Moved(tenant_id, cell.name, database, round(pause, 3), rows)

    @contextlib.asynccontextmanager
    async def _last_state(self, home: Home) -> AsyncIterator["_Source"]:
        """The old database, in which nobody can write until the end: neither a new session, which only reads,
        nor one that began to connect before the database was frozen and that nobody has seen yet.
        """
        async with self._workshop.inside(home.url, home.database) as connection:
            tables = await tables_of(connection)
            async with snapshot(connection, writers_wait=tables) as moment:
                yield _Source(connection, moment)

    async def _copy(self, source: "_Source", home: Home, url: str, database: str, tell: Tell) -> int:
        """Counts the rows while they are on their way; returns how many there are."""
        counting = asyncio.create_task(digest_tables(source.connection))
        try:
            dsn = self._workshop.dsn(home.url, home.database)
            dumping = self._workshop.programs.dump(dsn, snapshot=source.moment, compressed=False)
            async with dumping as pieces:
                arrived = await fill(self._workshop, url, database, counted(pieces, "moving", tell))
            tell(Step("comparing"))
            there = await counting
        finally:
            counting.cancel()
            await asyncio.gather(counting, return_exceptions=True)
        compare(there, arrived)
        return sum(table.rows for table in there.values())


class _Source(NamedTuple):
    connection: Connection
    moment: str
