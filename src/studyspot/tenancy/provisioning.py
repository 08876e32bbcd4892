"""Making tenant databases: a template per cell and revision, a few ready ones in stock, each step safe to
repeat.

A database is written down in `tenancy.databases` before it is made and a tenant is `provisioning` until a
probe query has gone through, so a crash at any point leaves either something that `Provisioner.repair`
completes or something that it removes. Database names come from ids, never from what a user typed.
"""

import contextlib
from collections.abc import Awaitable
from datetime import timedelta

import msgspec
import structlog

from studyspot.kernel import clock
from studyspot.kernel.announcements import announce
from studyspot.kernel.database import (
    Connection,
    Database,
    DatabaseExists,
    quote_identifier,
)
from studyspot.kernel.errors import Refusal, Unavailable
from studyspot.kernel.ids import TenantId, new_id
from studyspot.kernel.migrations import History, migrate, revision
from studyspot.kernel.problems import told_with_cause
from studyspot.tenancy import registry
from studyspot.tenancy.connections import check_identity
from studyspot.tenancy.registry import Cell, Limits, Placement, Plan
from studyspot.tenancy.servers import APP_ROLE, Credentials, Owner
from studyspot.tenancy.templates import TEMPLATES, template_name

UNFINISHED_AFTER = timedelta(seconds=30)
CREATIONS_AT_ONCE = 4
log = structlog.get_logger(__name__)


class NoCellLeft(Refusal):
    """Every open cell is full: an operator adds one."""

    status = 503
    code = "SERVICE_UNAVAILABLE"


class PlannedDatabase(msgspec.Struct, frozen=True):
    cell: str
    name: str
    revision: int


class Provisioner:
    """Gives tenants their databases, on whichever cell has most room."""

    def __init__(
        self, control: Database, credentials: Credentials, history: History, *, warm_databases: int
    ) -> None:
        self._control = control
        self._credentials = credentials
        self._history = history
        self._warm_databases = warm_databases
        self._owner = Owner(credentials, connections_each=CREATIONS_AT_ONCE)

    async def close(self) -> None:
        await self._owner.close()

    async def reserve(
        self, tx: Connection, *, tenant_id: TenantId, slug: str, name: str, plan: Plan, limits: Limits
    ) -> None:
        """Writes down a tenant and its database: one in stock if there is any, else one still to be made.

        :raises ConstraintViolated: `tenant_slug` when the slug is taken. :raises NoCellLeft: when all are
        full.
        """
        await registry.insert_tenant(tx, tenant_id=tenant_id, slug=slug, name=name, plan=plan, limits=limits)
        head = self._history.head
        database = await _claim_ready(tx, head) or await _plan_database(tx, head, state="claimed")
        await tx.run(
            "INSERT INTO tenancy.placements (tenant_id, cell, database, revision) VALUES ($1, $2, $3, $4)",
            tenant_id,
            database.cell,
            database.name,
            database.revision,
        )

    async def finish(self, tenant_id: TenantId) -> None:
        """Makes what `reserve` wrote down and opens the tenant. Repeatable from any point, by any process."""
        async with self._control.connection() as connection:
            placement = await registry.find_placement(connection, tenant_id)
        if placement is None or placement.status != "provisioning":
            return
        reached = await self._make(placement.url, placement.database, stamp=placement)
        async with self._control.transaction() as tx:
            opened = await tx.run(
                """
                UPDATE tenancy.tenants SET status = 'active', updated_at = now()
                WHERE id = $1 AND status = 'provisioning'
                """,
                tenant_id,
            )
            if opened:
                await tx.run(
                    "UPDATE tenancy.placements SET revision = greatest(revision, $2) WHERE tenant_id = $1",
                    tenant_id,
                    reached,
                )
                await announce(tx, registry.TOPIC, str(tenant_id))

    async def fill_stock(self) -> int:
        """Makes ready databases until each open cell has its stock; returns how many were made."""
        made = 0
        async with self._control.connection() as connection:
            cells = [cell for cell in await registry.find_cells(connection) if cell.state == "open"]
        for cell in cells:
            while (planned := await self._plan_stock(cell)) is not None:
                await self._make_stock(cell, planned)
                made += 1
        return made

    async def repair(self, *, unfinished_after: timedelta = UNFINISHED_AFTER) -> list[TenantId]:
        """Completes tenants and stock that a crash left half made, and drops what is of no use any more.

        Returns the tenants that failed again; they are tried once more after as many minutes as they failed
        before, an hour at most.
        """
        await self.retire_old_stock()
        failed = [
            tenant_id
            for tenant_id in await self._unfinished_tenants(unfinished_after)
            if not await succeeds(self.finish(tenant_id), tenant_id=str(tenant_id))
        ]
        await self._repair_stock(unfinished_after)
        return failed

    async def retire_old_stock(self) -> int:
        """Drops ready databases of an older revision; tenants never get one of those."""
        async with self._control.connection() as connection:
            await connection.run(
                "UPDATE tenancy.databases SET state = 'dropping' WHERE state = 'ready' AND revision < $1",
                self._history.head,
            )
        return await self.drop_given_up()

    async def drop_given_up(self) -> int:
        """Drops the databases that nobody needs any more; what does not succeed is tried again by the next
        repair.
        """
        async with self._control.connection() as connection:
            given_up = await connection.all(
                PlannedDatabase,
                "SELECT cell, name, revision FROM tenancy.databases WHERE state = 'dropping' LIMIT 1000",
            )
            cells = {cell.name: cell for cell in await registry.find_cells(connection)}
        for database in given_up:
            await succeeds(self._drop(cells[database.cell], database.name), database=database.name)
        return len(given_up)

    async def _create(self, url: str, name: str) -> None:
        """Copies the template, unless the database is there."""
        server = await self._owner.server(url)
        async with server.connection() as connection:
            templates = await connection.column(
                "SELECT datname::text FROM pg_database WHERE datname = $1 OR datname ~ $2", name, TEMPLATES
            )
            if name in templates:
                return
            # The newest there is: while a new release is rolled out, the old code makes no more databases
            # that the migration would have to visit once more.
            template = max(templates, default="")
            if template < template_name(self._history.head):
                raise Unavailable("A cell lacks its template: run `studyspot migrate`.")
            # Two may finish the same tenant at once; the one who comes second finds the database made.
            with contextlib.suppress(DatabaseExists):
                await connection.run(
                    f"CREATE DATABASE {quote_identifier(name)} TEMPLATE {quote_identifier(template)}"
                    " STRATEGY wal_log"
                )

    async def _make(self, url: str, name: str, *, stamp: Placement | None = None) -> int:
        """Makes the database unless it is there, brings it to this code's revision, closes it to the public
        and stamps it. Returns the revision it is at, which is a newer one where newer code has been before.
        """
        await self._create(url, name)
        connection = await self._owner.connect(url, name)
        try:
            reached = await revision(connection)
            if reached < self._history.head:
                reached = await migrate(connection, self._history)
            async with connection.transaction() as tx:
                await tx.run_script(handing_over(name, stamp))
                if stamp is not None:
                    await probe(tx, stamp.tenant_id, stamp.generation)
            return reached
        finally:
            await connection.close()

    async def _plan_stock(self, cell: Cell) -> PlannedDatabase | None:
        """Writes down one more ready database if the cell's stock is short; None when it is full."""
        async with self._control.transaction() as tx:
            await _lock_capacity(tx)
            stock = await tx.value(
                """
                SELECT count(*) FROM tenancy.databases
                WHERE cell = $1 AND state IN ('ready', 'creating') AND revision >= $2
                """,
                cell.name,
                self._history.head,
            )
            if stock >= self._warm_databases or await room_in(tx, cell.name) <= 0:
                return None
            return await _insert_database(tx, cell.name, self._history.head, state="creating")

    async def _make_stock(self, cell: Cell, database: PlannedDatabase) -> None:
        reached = await self._make(cell.url, database.name)
        async with self._control.connection() as connection:
            await connection.run(
                """
                UPDATE tenancy.databases SET state = 'ready', revision = $3
                WHERE cell = $1 AND name = $2 AND state = 'creating'
                """,
                database.cell,
                database.name,
                reached,
            )

    async def _repair_stock(self, unfinished_after: timedelta) -> None:
        """A database left in `creating` either was made whole (CREATE DATABASE is atomic) or not at all."""
        async with self._control.connection() as connection:
            left = await connection.all(
                PlannedDatabase,
                """
                SELECT cell, name, revision FROM tenancy.databases
                WHERE state = 'creating' AND created_at < $1 LIMIT 1000
                """,
                clock.now() - unfinished_after,
            )
            cells = {cell.name: cell for cell in await registry.find_cells(connection)}
        for database in left:
            await succeeds(self._make_stock(cells[database.cell], database), database=database.name)

    async def _unfinished_tenants(self, unfinished_after: timedelta) -> list[TenantId]:
        async with self._control.connection() as connection:
            found: list[TenantId] = await connection.column(
                """
                UPDATE tenancy.tenants
                SET provisioning_attempts = provisioning_attempts + 1, updated_at = now()
                WHERE status = 'provisioning' AND created_at < $1
                    AND updated_at <= now() - least(provisioning_attempts, 60) * interval '1 minute'
                RETURNING id
                """,
                clock.now() - unfinished_after,
            )
        return found

    async def _drop(self, cell: Cell, name: str) -> None:
        server = await self._owner.server(cell.url)
        async with server.connection() as connection:
            await connection.run(f"DROP DATABASE IF EXISTS {quote_identifier(name)} WITH (FORCE)")
        async with self._control.connection() as connection:
            await connection.run(
                "DELETE FROM tenancy.databases WHERE cell = $1 AND name = $2 AND state = 'dropping'",
                cell.name,
                name,
            )


async def succeeds(step: Awaitable[object], **about: str) -> bool:
    """One bad database, or a cell that is down, must not keep the others waiting."""
    try:
        await step
    except Exception as problem:  # noqa: BLE001 - see above
        log.warning("repair_failed", problem=told_with_cause(problem), **about)
        return False
    return True


def handing_over(name: str, stamp: Placement | None) -> str:
    """One script, which is one round trip. Two processes may be at it, and the server refuses two GRANTs on a
    database at the same moment: hence the lock, held to the end of the transaction.
    """
    database = quote_identifier(name)
    statements = [
        "SELECT pg_advisory_xact_lock(hashtextextended('studyspot.make', 0))",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {APP_ROLE}",
    ]
    if stamp is not None:
        statements.append(
            "INSERT INTO tenancy.identity (tenant_id, generation)"
            f" VALUES ('{stamp.tenant_id}', {stamp.generation}) ON CONFLICT DO NOTHING"
        )
    return ";".join(statements)


async def probe(tx: Connection, tenant_id: TenantId, generation: int) -> None:
    """Looks at the database as the application will: grants, identity, schema."""
    await tx.run(f"SET LOCAL ROLE {APP_ROLE}")
    await check_identity(tx, tenant_id, generation)
    await tx.value("SELECT count(*) FROM audit.entries")


async def _claim_ready(tx: Connection, head: int) -> PlannedDatabase | None:
    return await tx.one(
        PlannedDatabase,
        """
        UPDATE tenancy.databases SET state = 'claimed'
        WHERE (cell, name) = (
            SELECT d.cell, d.name FROM tenancy.databases d JOIN tenancy.cells c ON c.name = d.cell
            WHERE d.state = 'ready' AND d.revision >= $1 AND c.state = 'open'
            ORDER BY d.created_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED
        )
        RETURNING cell, name, revision
        """,
        head,
    )


async def _plan_database(tx: Connection, head: int, *, state: str) -> PlannedDatabase:
    await _lock_capacity(tx)
    cell = await tx.value(
        """
        SELECT c.name FROM tenancy.cells c LEFT JOIN tenancy.databases d ON d.cell = c.name
        WHERE c.state = 'open' AND c.weight > 0 GROUP BY c.name HAVING count(d.name) < c.capacity
        ORDER BY count(d.name)::numeric / c.weight, c.name LIMIT 1
        """
    )
    if cell is None:
        raise NoCellLeft("There is no room for another library at the moment.", retry_after_seconds=600)
    return await _insert_database(tx, cell, head, state=state)


async def _insert_database(tx: Connection, cell: str, head: int, *, state: str) -> PlannedDatabase:
    name = f"t_{new_id().hex}"
    await tx.run(
        "INSERT INTO tenancy.databases (cell, name, state, revision) VALUES ($1, $2, $3, $4)",
        cell,
        name,
        state,
        head,
    )
    return PlannedDatabase(cell, name, head)


async def _lock_capacity(tx: Connection) -> None:
    """One at a time counts how much room there is, so that no cell gets more than its capacity."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('tenancy.capacity', 0))")


async def room_in(tx: Connection, cell: str) -> int:
    return int(
        await tx.value(
            """
            SELECT c.capacity - count(d.name) FROM tenancy.cells c
            LEFT JOIN tenancy.databases d ON d.cell = c.name WHERE c.name = $1 GROUP BY c.name
            """,
            cell,
        )
    )
