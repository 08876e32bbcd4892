"""Making tenant databases: a template per cell and revision, a few ready ones in stock, each step safe to
repeat.

A database is written down in `tenancy.databases` before it is made and a tenant is `provisioning` until a
probe query has gone through, so a crash at any point leaves either something that `Provisioner.repair`
completes or something that it removes. Database names come from ids, never from what a user typed.
"""

import contextlib
from collections.abc import Awaitable, Sequence
from datetime import timedelta

import structlog

from studyspot.kernel import clock
from studyspot.kernel.announcements import announce
from studyspot.kernel.database import Connection, Database, DatabaseExists
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.kernel.migrations import History, migrate, revision
from studyspot.kernel.problems import told_with_cause
from studyspot.kernel.quoting import quote_identifier
from studyspot.tenancy import registry
from studyspot.tenancy.connections import check_identity
from studyspot.tenancy.placing import (
    NoCellLeft,
    PassedOver,
    PlannedDatabase,
    claim_ready,
    insert_database,
    lock_capacity,
    plan_database,
    room_in,
)
from studyspot.tenancy.registry import Cell, Limits, Placement, Plan
from studyspot.tenancy.servers import APP_ROLE, Credentials, Owner
from studyspot.tenancy.templates import TEMPLATES, template_name

UNFINISHED_AFTER = timedelta(seconds=30)
CREATIONS_AT_ONCE = 4
log = structlog.get_logger(__name__)


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
        self._passed_over = PassedOver()

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
        database = await self._choose(tx, self._passed_over.names()) or await self._choose(tx, [])
        if database is None:
            raise NoCellLeft("There is no room for another library at the moment.", retry_after_seconds=600)
        await tx.run(
            "INSERT INTO tenancy.placements (tenant_id, cell, database, revision) VALUES ($1, $2, $3, $4)",
            tenant_id,
            database.cell,
            database.name,
            database.revision,
        )

    async def finish(self, tenant_id: TenantId) -> None:
        """Makes what `reserve` wrote down and opens the tenant; on another cell, if its own cannot be
        reached. Repeatable from any point, by any process.
        """
        async with self._control.connection() as connection:
            placement = await registry.find_placement(connection, tenant_id)
        if placement is None or placement.status != "provisioning":
            return
        try:
            reached = await self._make(placement.url, placement.database, stamp=placement)
        except Unavailable as problem:
            self._passed_over.add(placement.cell)
            log.warning("cell_passed_over", cell=placement.cell, problem=told_with_cause(problem))
            if not await self._place_elsewhere(placement):
                raise
            await self.finish(tenant_id)
            return
        async with self._control.transaction() as tx:
            if await _is_to_be_made(tx, placement):
                await _open(tx, tenant_id, reached)
            else:
                # Somebody placed it elsewhere and may have dropped this one before it was made again.
                await tx.run(
                    """
                    INSERT INTO tenancy.databases (cell, name, state, revision)
                    VALUES ($1, $2, 'dropping', $3) ON CONFLICT DO NOTHING
                    """,
                    placement.cell,
                    placement.database,
                    reached,
                )

    async def _place_elsewhere(self, placement: Placement) -> bool:
        """What may have been made of its database is dropped when the cell is back. False when there is no
        other cell.
        """
        async with self._control.transaction() as tx:
            if not await _is_to_be_made(tx, placement):
                return True  # somebody else did it
            database = await self._choose(tx, self._passed_over.names())
            if database is None:
                return False
            await tx.run(
                """
                UPDATE tenancy.placements
                SET cell = $2, database = $3, revision = $4, generation = generation + 1 WHERE tenant_id = $1
                """,
                placement.tenant_id,
                database.cell,
                database.name,
                database.revision,
            )
            await tx.run(
                "UPDATE tenancy.databases SET state = 'dropping' WHERE cell = $1 AND name = $2",
                placement.cell,
                placement.database,
            )
            await announce(tx, registry.TOPIC, str(placement.tenant_id))
        return True

    async def _choose(self, tx: Connection, passed_over: Sequence[str]) -> PlannedDatabase | None:
        head = self._history.head
        return await claim_ready(tx, head, passed_over=passed_over) or await plan_database(
            tx, head, passed_over=passed_over
        )

    async def fill_stock(self) -> int:
        """Makes ready databases until each open cell that can be reached has its stock; returns how many were
        made.
        """
        made = 0
        async with self._control.connection() as connection:
            cells = [cell for cell in await registry.find_cells(connection) if cell.state == "open"]
        for cell in cells:
            while (planned := await self._plan_stock(cell)) is not None:
                if not await succeeds(self._make_stock(cell, planned), database=planned.name):
                    self._passed_over.add(cell.name)
                    break
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

    async def retire_old_stock(self) -> None:
        """Drops ready databases of an older revision; tenants never get one of those."""
        async with self._control.connection() as connection:
            await connection.run(
                "UPDATE tenancy.databases SET state = 'dropping' WHERE state = 'ready' AND revision < $1",
                self._history.head,
            )
        await self.drop_given_up()

    async def drop_given_up(self) -> None:
        """Drops the databases that nobody needs any more; what does not succeed is tried again by the next
        repair.
        """
        async with self._control.connection() as connection:
            given_up = await connection.all(
                PlannedDatabase,
                "SELECT cell, name, revision FROM tenancy.databases WHERE state = 'dropping' LIMIT 1000",
            )
        cells = await self._answering(given_up)
        for database in given_up:
            if database.cell in cells:
                await succeeds(self._drop(cells[database.cell], database.name), database=database.name)

    async def _answering(self, databases: Sequence[PlannedDatabase]) -> dict[str, Cell]:
        """The cells of these that can be reached: nobody waits for a dead server once per database."""
        async with self._control.connection() as connection:
            cells = {cell.name: cell for cell in await registry.find_cells(connection)}
        concerned = [cells[name] for name in {database.cell for database in databases}]
        return {cell.name: cell for cell in concerned if await succeeds(self._reach(cell), cell=cell.name)}

    async def _reach(self, cell: Cell) -> None:
        server = await self._owner.server(cell.url)
        async with server.connection():
            pass

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
            await lock_capacity(tx)
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
            return await insert_database(tx, cell.name, self._history.head, state="creating")

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
        cells = await self._answering(left)
        for database in left:
            if database.cell in cells:
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


async def _is_to_be_made(tx: Connection, placement: Placement) -> bool:
    """Whether the tenant still waits for this database; to the end of the transaction nobody changes that."""
    await tx.run("SELECT FROM tenancy.tenants WHERE id = $1 FOR UPDATE", placement.tenant_id)
    now = await registry.find_placement(tx, placement.tenant_id)
    return now is not None and now.status == "provisioning" and now.generation == placement.generation


async def _open(tx: Connection, tenant_id: TenantId, revision: int) -> None:
    await tx.run("UPDATE tenancy.tenants SET status = 'active', updated_at = now() WHERE id = $1", tenant_id)
    await tx.run(
        "UPDATE tenancy.placements SET revision = greatest(revision, $2) WHERE tenant_id = $1",
        tenant_id,
        revision,
    )
    await announce(tx, registry.TOPIC, str(tenant_id))
