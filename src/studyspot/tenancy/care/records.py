"""What the control database knows of tenants in care: where they live, what is made, what was replaced."""

from datetime import datetime

import msgspec

from studyspot.kernel.announcements import announce
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Conflict, NotFound
from studyspot.kernel.ids import TenantId, new_id
from studyspot.tenancy.registry import TOPIC, TenantStatus


class HomeChanged(Conflict):
    """Somebody else has replaced the database meanwhile."""


class Home(msgspec.Struct, frozen=True):
    """A tenant and where it lives. `is_frozen`: the database takes no writes, since it is about to be
    replaced.
    """

    tenant_id: TenantId
    slug: str
    name: str
    status: TenantStatus
    cell: str
    url: str
    database: str
    generation: int
    revision: int
    is_frozen: bool


class Ended(msgspec.Struct, frozen=True):
    """When a tenant was deleted, and its database dropped, if they were."""

    slug: str
    deleted_at: datetime | None
    dropped_at: datetime | None


class OldDatabase(msgspec.Struct, frozen=True):
    """One that was made or replaced by a work on a tenant."""

    cell: str
    url: str
    name: str


async def find_home(connection: Connection, tenant_id: TenantId) -> Home:
    """:raises NotFound: for a tenant that has no database."""
    home = await connection.one(
        Home,
        """
        SELECT t.id AS tenant_id, t.slug, t.name, t.status, p.cell, c.url, p.database, p.generation,
            p.revision, p.frozen_at IS NOT NULL AS is_frozen
        FROM tenancy.tenants t
        JOIN tenancy.placements p ON p.tenant_id = t.id
        JOIN tenancy.cells c ON c.name = p.cell
        WHERE t.id = $1 AND t.status <> 'provisioning'
        """,
        tenant_id,
    )
    if home is None:
        raise NotFound("There is no library account of this id that has a database.")
    return home


async def find_ended(connection: Connection, tenant_id: TenantId) -> Ended:
    """:raises NotFound: when there never was such a tenant."""
    ended = await connection.one(
        Ended, "SELECT slug, deleted_at, dropped_at FROM tenancy.tenants WHERE id = $1", tenant_id
    )
    if ended is None:
        raise NotFound("There is no such library account.")
    return ended


async def find_kept(connection: Connection) -> list[TenantId]:
    """All whose data is to be kept safe: suspended ones, too."""
    kept: list[TenantId] = await connection.column(
        """
        SELECT t.id FROM tenancy.tenants t JOIN tenancy.placements p ON p.tenant_id = t.id
        WHERE t.status NOT IN ('provisioning', 'deleted') ORDER BY p.backed_up_at NULLS FIRST, t.id
        LIMIT 1000000
        """
    )
    return kept


async def find_droppable(connection: Connection, deleted_before: datetime) -> list[TenantId]:
    found: list[TenantId] = await connection.column(
        """
        SELECT id FROM tenancy.tenants
        WHERE status = 'deleted' AND dropped_at IS NULL AND deleted_at < $1 ORDER BY deleted_at LIMIT 10000
        """,
        deleted_before,
    )
    return found


async def find_dropped(connection: Connection) -> list[TenantId]:
    """All whose database is gone for good."""
    dropped: list[TenantId] = await connection.column(
        "SELECT id FROM tenancy.tenants WHERE dropped_at IS NOT NULL ORDER BY id LIMIT 1000000"
    )
    return dropped


async def find_in_grace(connection: Connection) -> list[TenantId]:
    """All that were deleted and still have their database."""
    waiting: list[TenantId] = await connection.column(
        "SELECT id FROM tenancy.tenants WHERE status = 'deleted' AND dropped_at IS NULL LIMIT 1000000"
    )
    return waiting


async def mark_backed_up(tx: Connection, tenant_id: TenantId, at: datetime) -> None:
    await tx.run("UPDATE tenancy.placements SET backed_up_at = $2 WHERE tenant_id = $1", tenant_id, at)


async def mark_control_backed_up(tx: Connection, at: datetime) -> None:
    await tx.run(
        """
        INSERT INTO tenancy.control_backup (backed_up_at) VALUES ($1)
        ON CONFLICT (one) DO UPDATE SET backed_up_at = excluded.backed_up_at
        """,
        at,
    )


async def mark_frozen(tx: Connection, tenant_id: TenantId, *, frozen: bool) -> None:
    await tx.run(
        "UPDATE tenancy.placements SET frozen_at = CASE WHEN $2 THEN now() END WHERE tenant_id = $1",
        tenant_id,
        frozen,
    )


async def tell_everybody(tx: Connection, tenant_id: TenantId) -> None:
    """Every process looks anew where the tenant lives and opens its connections anew."""
    await announce(tx, TOPIC, str(tenant_id))


async def find_frozen(connection: Connection) -> list[TenantId]:
    frozen: list[TenantId] = await connection.column(
        "SELECT tenant_id FROM tenancy.placements WHERE frozen_at IS NOT NULL LIMIT 10000"
    )
    return frozen


async def insert_restoring(
    tx: Connection, *, cell: str, name: str, tenant_id: TenantId, revision: int
) -> None:
    await tx.run(
        """
        INSERT INTO tenancy.databases (cell, name, state, revision, tenant_id)
        VALUES ($1, $2, 'restoring', $3, $4)
        """,
        cell,
        name,
        revision,
        tenant_id,
    )


async def find_in_state(connection: Connection, state: str, *, before: datetime) -> list[OldDatabase]:
    """Those that were written down before that time."""
    return await connection.all(
        OldDatabase,
        """
        SELECT d.cell, c.url, d.name FROM tenancy.databases d JOIN tenancy.cells c ON c.name = d.cell
        WHERE d.state = $1 AND d.created_at < $2 ORDER BY d.created_at LIMIT 10000
        """,
        state,
        before,
    )


async def change_state(tx: Connection, cell: str, name: str, *, before: str, after: str) -> bool:
    """Whether it was in the state `before`."""
    return bool(
        await tx.run(
            """
            UPDATE tenancy.databases
            SET state = $4, retired_at = CASE WHEN $4 = 'retired' THEN now() ELSE retired_at END
            WHERE cell = $1 AND name = $2 AND state = $3
            """,
            cell,
            name,
            before,
            after,
        )
    )


async def forget_dropped(tx: Connection, cell: str, name: str) -> None:
    await tx.run(
        "DELETE FROM tenancy.databases WHERE cell = $1 AND name = $2 AND state = 'dropping'", cell, name
    )


async def forget_unsure(connection: Connection) -> None:
    """In a registry of an older day: databases that may be somebody's home by now, and must be neither given
    to another nor dropped.
    """
    await connection.run(
        """
        DELETE FROM tenancy.databases d
        WHERE d.state IN ('creating', 'ready', 'restoring')
            AND NOT EXISTS (
                SELECT FROM tenancy.placements p WHERE (p.cell, p.database) = (d.cell, d.name)
            )
        """
    )


async def give_up_retired(tx: Connection, retired_before: datetime) -> int:
    """Those that were kept long enough are dropped by the next repair."""
    return await tx.run(
        "UPDATE tenancy.databases SET state = 'dropping' WHERE state = 'retired' AND retired_at < $1",
        retired_before,
    )


async def give_up_tenant(tx: Connection, tenant_id: TenantId) -> None:
    """Its database and those it had before are to be dropped."""
    await tx.run(
        """
        UPDATE tenancy.databases d SET state = 'dropping'
        FROM tenancy.placements p
        WHERE p.tenant_id = $1 AND (d.cell, d.name) = (p.cell, p.database)
        """,
        tenant_id,
    )
    await tx.run("UPDATE tenancy.databases SET state = 'dropping' WHERE tenant_id = $1", tenant_id)
    await tx.run("DELETE FROM tenancy.placements WHERE tenant_id = $1", tenant_id)
    await tx.run("UPDATE tenancy.tenants SET dropped_at = now() WHERE id = $1", tenant_id)
    await announce(tx, TOPIC, str(tenant_id))


async def replace_home(tx: Connection, home: Home, *, cell: str, database: str, revision: int) -> None:
    """The tenant lives in `database` from the end of this transaction on; the one before is to be closed.

    :raises HomeChanged: when one of the two is not what it was: nothing may be replaced then.
    """
    moved = await tx.run(
        """
        UPDATE tenancy.placements
        SET cell = $3, database = $4, revision = $5, generation = generation + 1, frozen_at = NULL,
            migration_error = NULL
        WHERE tenant_id = $1 AND generation = $2
        """,
        home.tenant_id,
        home.generation,
        cell,
        database,
        revision,
    )
    if not moved or not await change_state(tx, cell, database, before="restoring", after="claimed"):
        raise HomeChanged("The library's database was replaced by somebody else meanwhile.")
    await tx.run(
        "UPDATE tenancy.databases SET state = 'retiring', tenant_id = $3 WHERE cell = $1 AND name = $2",
        home.cell,
        home.database,
        home.tenant_id,
    )
    await announce(tx, TOPIC, str(home.tenant_id))


async def insert_drill(tx: Connection, tenant_id: TenantId | None, backup: str, problem: str | None) -> None:
    await tx.run(
        "INSERT INTO tenancy.drills (id, tenant_id, backup, problem) VALUES ($1, $2, $3, $4)",
        new_id(),
        tenant_id,
        backup,
        problem,
    )


class Verdict(msgspec.Struct, frozen=True):
    backup: str
    is_good: bool


async def find_verdicts(connection: Connection, tenant_id: TenantId | None) -> dict[str, bool]:
    """Of every backup that was tried out: whether it was good the last time. None: the control database."""
    found = await connection.all(
        Verdict,
        """
        SELECT DISTINCT ON (backup) backup, problem IS NULL AS is_good FROM tenancy.drills
        WHERE tenant_id = $1 OR ($1 IS NULL AND tenant_id IS NULL) ORDER BY backup, at DESC LIMIT 100000
        """,
        tenant_id,
    )
    return {one.backup: one.is_good for one in found}


class Safety(msgspec.Struct, frozen=True):
    """`backup_age_hours` is that of the tenant whose last backup is oldest, or furthest in the future, where
    none can be; `control_backup_age_hours` that of the control database's last, or of its first tenant;
    `drills_failed` of seven days.
    """

    backup_age_hours: float
    control_backup_age_hours: float
    drills_failed: int


async def find_safety(connection: Connection) -> Safety:
    safety = await connection.one(
        Safety,
        """
        SELECT (
            SELECT coalesce(max(abs(extract(epoch FROM now() - coalesce(p.backed_up_at, t.created_at)))), 0)
            FROM tenancy.placements p JOIN tenancy.tenants t ON t.id = p.tenant_id
            WHERE t.status NOT IN ('provisioning', 'deleted')
        )::float8 / 3600 AS backup_age_hours, (
            SELECT coalesce(abs(extract(epoch FROM now() - coalesce(
                (SELECT backed_up_at FROM tenancy.control_backup),
                (SELECT min(created_at) FROM tenancy.tenants)
            ))), 0)
        )::float8 / 3600 AS control_backup_age_hours, (
            SELECT count(*) FROM tenancy.drills WHERE problem IS NOT NULL AND at > now() - interval '7 days'
        ) AS drills_failed
        """,
    )
    return safety or Safety(0, 0, 0)
