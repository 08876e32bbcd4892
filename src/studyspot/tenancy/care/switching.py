"""A tenant moves from one database into another: what is done to the new one before, to the old one after.

The moment itself is one transaction in the control database. Before it the tenant lives in the old one and
nowhere else, after it in the new one.
"""

import asyncio
import contextlib

import structlog

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.migrations import migrate, revision
from studyspot.tenancy.care import records, sessions
from studyspot.tenancy.care.records import Home, OldDatabase
from studyspot.tenancy.care.store import BackupDamaged
from studyspot.tenancy.care.workshop import DatabaseGone, Held, Workshop
from studyspot.tenancy.provisioning import handing_over, probe

log = structlog.get_logger(__name__)


async def make_fit(workshop: Workshop, home: Home, url: str, database: str, *, to_head: bool) -> int:
    """Stamps a restored database with its tenant and the next generation, lets the application in and looks
    at it with the application's eyes. Returns its revision.

    :raises BackupDamaged: when it is another tenant's.
    """
    async with workshop.inside(url, database) as connection:
        if to_head:
            await migrate(connection, workshop.history)
        async with connection.transaction() as tx:
            stamped = await tx.run(
                "UPDATE tenancy.identity SET generation = $2, stamped_at = now() WHERE tenant_id = $1",
                home.tenant_id,
                home.generation + 1,
            )
            if not stamped:
                raise BackupDamaged("This is the database of another library. Nothing was changed.")
            await tx.run_script(handing_over(database, None))
            await probe(tx, home.tenant_id, home.generation + 1)
        return await revision(connection)


async def switch(
    held: Held, caller: Caller, action: str, *, cell: str, database: str, revision: int, **about: object
) -> None:
    """The moment. Through the connection that holds the tenant: without the hold there is no switch."""
    desk, home = held
    async with desk.transaction() as tx:
        await records.replace_home(tx, home, cell=cell, database=database, revision=revision)
        await audit.record(
            tx,
            caller,
            action,
            entity="tenant",
            entity_id=home.tenant_id,
            before={"cell": home.cell, "database": home.database, "generation": home.generation},
            after={"cell": cell, "database": database, "generation": home.generation + 1, **about},
        )


async def settle(workshop: Workshop, held: Held, url: str, database: str) -> None:
    """After the switch: numbers for the planner in the new one; the old one is closed for good.

    What does not succeed is done by the next repair.
    """
    with contextlib.suppress(Unavailable, DatabaseGone):
        async with workshop.inside(url, database) as connection:
            await connection.run("ANALYZE")
    old = OldDatabase(held.home.cell, held.home.url, held.home.database)
    try:
        await retire(workshop, old)
    except Unavailable as problem:
        log.warning("old_home_left_to_repair", database=old.name, problem=repr(problem))


async def retire(workshop: Workshop, old: OldDatabase) -> None:
    """Closes a database that was replaced. Reads that have begun there may end there."""
    async with workshop.server(old.url) as server:
        began = await sessions.server_time(server)
        await asyncio.sleep(sessions.NEWS_SECONDS)
        if await sessions.exists(server, old.name):
            await sessions.end_sessions(server, old.name, begun_before=began)
        await sessions.close_database(server, old.name)
    async with workshop.control.connection() as connection:
        await records.change_state(connection, old.cell, old.name, before="retiring", after="retired")
