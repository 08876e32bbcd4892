"""A database under construction: made, filled from a dump and compared with what was dumped.

It is written down before it is made, and held while it is made. So whoever finds one that nobody holds knows
that its maker is dead and that it is waste.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping

import structlog

from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import TenantId, new_id
from studyspot.kernel.quoting import quote_identifier
from studyspot.kernel.snapshots import snapshot
from studyspot.tenancy.care import records
from studyspot.tenancy.care.digests import TableDigest, differing, digest_tables
from studyspot.tenancy.care.holding import database_held
from studyspot.tenancy.care.workshop import Workshop

NAMED_MAX = 5
log = structlog.get_logger(__name__)


class RowsDiffer(Refusal):
    """What was restored is not what was dumped."""


@contextlib.asynccontextmanager
async def construction(
    workshop: Workshop, desk: Connection, *, cell: str, url: str, tenant_id: TenantId, revision: int
) -> AsyncIterator[str]:
    """An empty database that nobody but the owner may enter. At the end it is dropped, unless a tenant was
    moved into it.
    """
    name = f"t_{new_id().hex}"
    async with database_held(desk, name):
        await records.insert_restoring(desk, cell=cell, name=name, tenant_id=tenant_id, revision=revision)
        try:
            async with workshop.server(url) as server:
                await create_closed(server, name)
            yield name
        finally:
            await _drop_unless_claimed(workshop, desk, cell, url, name)


async def create_closed(server: Connection, name: str) -> None:
    """Empty, and nobody but the owner may enter."""
    quoted = quote_identifier(name)
    await server.run(f"CREATE DATABASE {quoted} TEMPLATE template0")
    await server.run(f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC")


async def fill(
    workshop: Workshop,
    url: str,
    name: str,
    pieces: AsyncIterator[bytes],
) -> dict[str, TableDigest]:
    """Restores a dump and tells what is in the database then.

    :raises ProgramFailed: when it cannot be restored.
    """
    await workshop.programs.restore(workshop.dsn(url, name), pieces)
    async with workshop.inside(url, name) as connection, snapshot(connection):
        return await digest_tables(connection)


def compare(dumped: Mapping[str, TableDigest], restored: Mapping[str, TableDigest]) -> None:
    """:raises RowsDiffer: naming the tables."""
    if different := differing(dumped, restored):
        named = ", ".join(different[:NAMED_MAX]) + (" and more" if len(different) > NAMED_MAX else "")
        raise RowsDiffer(f"What was restored differs from what was dumped in {named}. Nothing was changed.")


async def _drop_unless_claimed(workshop: Workshop, desk: Connection, cell: str, url: str, name: str) -> None:
    """What does not succeed here is done by the next repair."""
    try:
        if await records.change_state(desk, cell, name, before="restoring", after="dropping"):
            async with workshop.server(url) as server:
                await server.run(f"DROP DATABASE IF EXISTS {quote_identifier(name)} WITH (FORCE)")
            await records.forget_dropped(desk, cell, name)
    except Exception as problem:  # noqa: BLE001 - the reason why it was given up is what is to be told
        log.warning("construction_left_behind", database=name, problem=repr(problem))
