"""A tenant in care: with rows of every kind, on a town of two cells; and what is true of it at any time."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import msgspec

from studyspot.kernel.database import Connection
from studyspot.kernel.ids import TenantId
from studyspot.kernel.snapshots import snapshot
from studyspot.tenancy.care.digests import TableDigest, digest_tables
from studyspot.tenancy.engine import Tenancy
from tests.tenancy.town import Town, sign_up

LEDGER = """
    CREATE SCHEMA ledger;
    CREATE TYPE ledger.mood AS ENUM ('good', 'bad');
    CREATE TABLE ledger.entries (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
        mood ledger.mood, paise bigint NOT NULL, rate numeric, weight double precision, raw bytea,
        tags text[], more jsonb, doubled bigint GENERATED ALWAYS AS (paise * 2) STORED
    );
    CREATE TABLE ledger.notes_of_entries (entry bigint REFERENCES ledger.entries (id), note text);
    COMMENT ON TABLE ledger.entries IS 'Every payment';
    GRANT USAGE ON SCHEMA ledger TO studyspot_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ledger TO studyspot_app;
"""


class Place(msgspec.Struct, frozen=True):
    cell: str
    database: str
    generation: int


class Ward(NamedTuple):
    town: Town
    tenancy: Tenancy
    tenant_id: TenantId

    async def write(self, *notes: str) -> None:
        async with self.tenancy.transaction(self.tenant_id) as tx:
            for note in notes:
                await tx.run("INSERT INTO public.notes (text) VALUES ($1)", note)

    async def notes(self) -> Sequence[str]:
        async with self.tenancy.connection(self.tenant_id) as connection:
            return await connection.column("SELECT text FROM public.notes ORDER BY text")

    async def place(self) -> Place:
        async with self.town.owner("control") as control:
            place = await control.one(
                Place,
                "SELECT cell, database, generation FROM tenancy.placements WHERE tenant_id = $1",
                self.tenant_id,
            )
        assert place is not None
        return place

    async def digests(self) -> dict[str, TableDigest]:
        """Of all but the stamp, which says how often it has moved."""
        place = await self.place()
        async with self.town.owner(place.database, cell=place.cell) as connection, snapshot(connection):
            found = await digest_tables(connection)
        return {name: digest for name, digest in found.items() if name != "tenancy.identity"}

    async def mended(self) -> None:
        """Repairs, as it is done each minute, until nothing is left to repair; a dead process may hold on to
        the tenant until the server notices.
        """
        await asyncio.sleep(0.3)
        async with asyncio.timeout(20):
            while await self._unfinished():
                await self.tenancy.care.housekeeping.repair(abandoned_after=timedelta(0))
                await asyncio.sleep(0.05)

    async def _unfinished(self) -> bool:
        async with self.town.owner("control") as control:
            return await control.value(
                """
                SELECT EXISTS (SELECT FROM tenancy.placements WHERE frozen_at IS NOT NULL)
                    OR EXISTS (
                        SELECT FROM tenancy.databases WHERE state IN ('restoring', 'retiring', 'dropping')
                    )
                """
            )

    async def assert_in_one_place(self) -> None:
        """It is served, reads and writes, from the database of the registry, and no other lets anybody in."""
        await self.write("still alive")
        place = await self.place()
        for cell in self.town.cells:
            async with self.town.owner("postgres", cell=cell) as server:
                entered = await _lets_in(server, await self._mine(cell))
            assert entered == ([place.database] if cell == place.cell else [])
        async with self.town.owner("control") as control:
            left = await control.column(
                "SELECT state FROM tenancy.databases WHERE state NOT IN ('claimed', 'ready', 'retired')"
            )
            frozen = await control.value(
                "SELECT count(*) FROM tenancy.placements WHERE frozen_at IS NOT NULL"
            )
        assert (left, frozen) == ([], 0)
        await self.assert_nothing_unknown()

    async def assert_nothing_unknown(self) -> None:
        """No database is on a server of which the registry does not know."""
        for cell in self.town.cells:
            async with self.town.owner("postgres", cell=cell) as server:
                there = set(
                    await server.column("SELECT datname::text FROM pg_database WHERE datname ~ '^t_'")
                )
            async with self.town.owner("control") as control:
                known = await control.column("SELECT name FROM tenancy.databases WHERE cell = $1", cell)
            assert there - self.town.from_before[cell] <= set(known)

    async def _mine(self, cell: str) -> list[str]:
        async with self.town.owner("control") as control:
            return await control.column(
                """
                SELECT name FROM tenancy.databases WHERE cell = $1
                    AND name NOT IN (SELECT database FROM tenancy.placements WHERE tenant_id <> $2)
                """,
                cell,
                self.tenant_id,
            )


async def _lets_in(server: Connection, databases: list[str]) -> Sequence[str]:
    return await server.column(
        "SELECT datname::text FROM pg_database WHERE datallowconn AND datname = ANY($1)", databases
    )


async def admit(town: Town, tenancy: Tenancy) -> Ward:
    """A tenant with some rows."""
    ward = Ward(town, tenancy, await sign_up(tenancy))
    await ward.write("first", "=cmd()", "हिन्दी")
    async with tenancy.transaction(ward.tenant_id) as tx:
        await tx.run(
            """
            INSERT INTO ledger.entries (at, mood, paise, rate, weight, raw, tags, more)
            SELECT '2026-01-01'::timestamptz + n * interval '1 hour', 'good', n - 1000, n / 3.0, n / 7.0,
                decode('00ff', 'hex'), ARRAY['a', NULL, '"'], jsonb_build_object('n', n)
            FROM generate_series(1, 900) n
            """
        )
        await tx.run(
            "INSERT INTO ledger.notes_of_entries SELECT id, E'two\\nlines' FROM ledger.entries LIMIT 5"
        )
    return ward
