"""The registry: which tenants exist, in which state, and in which cell and database each lives.

Read through a cache that news from PostgreSQL empties, so that a suspended or moved tenant is refused or
rerouted in every process within a second.
"""

import re
from collections import Counter
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.kernel.announcements import Announcements, announce
from studyspot.kernel.cache import Cache
from studyspot.kernel.database import Connection, Database
from studyspot.kernel.errors import Forbidden, NotFound, TenantSuspended, Unavailable
from studyspot.kernel.ids import TenantId

TOPIC = "tenant"
CELL_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
REMEMBERED_MAX = 20_000
REMEMBERED_SECONDS = 60.0
"""A bound on staleness should news be lost without the connection noticing."""

TenantStatus = Literal["provisioning", "active", "trial", "suspended", "inactive", "deleted"]
Plan = Literal["free", "starter", "professional", "enterprise"]


class Cell(msgspec.Struct, frozen=True):
    """One PostgreSQL server. `url` is without credentials; `capacity` counts databases."""

    name: str
    url: str
    capacity: int
    weight: int
    state: str


class Limits(msgspec.Struct, frozen=True):
    """What the tenant's plan allows."""

    max_libraries: int
    max_students: int
    max_staff: int


# Libraries, students and staff of each plan until subscriptions are sold one by one.
PLAN_LIMITS: dict[Plan, Limits] = {
    "free": Limits(1, 50, 5),
    "starter": Limits(2, 200, 10),
    "professional": Limits(5, 1000, 25),
    "enterprise": Limits(20, 5000, 100),
}


class Placement(msgspec.Struct, frozen=True):
    """Where a tenant lives. `generation` grows with every move, so that a stale address is noticed."""

    tenant_id: TenantId
    status: TenantStatus
    cell: str
    url: str
    database: str
    generation: int
    revision: int
    max_libraries: int
    max_students: int
    max_staff: int


class Served(msgspec.Struct, frozen=True):
    id: TenantId
    slug: str


class TenantInactive(Forbidden):
    code = "TENANT_INACTIVE"


class Registry:
    """Reads of the registry that every request needs, cached with single flight."""

    def __init__(self, control: Database, announcements: Announcements) -> None:
        self._control = control
        self._placements = Cache(
            "registry", self._find, size_max=REMEMBERED_MAX, ttl_seconds=REMEMBERED_SECONDS
        )
        self._news: Counter[TenantId] = Counter()
        self._news_of_all = 0
        announcements.subscribe(TOPIC, self._hear)

    async def open_placement(self, tenant_id: TenantId) -> Placement:
        """Where a tenant's database is, if the tenant may be served at all.

        :raises NotFound: for a tenant that does not exist or was deleted.
        :raises TenantSuspended: while it is suspended. :raises TenantInactive: while it is switched off.
        :raises Unavailable: while its database is being made.
        """
        placement = await self.placement(tenant_id)
        match placement.status:
            case "active" | "trial":
                return placement
            case "suspended":
                raise TenantSuspended("This library's account is suspended. Contact support to reopen it.")
            case "inactive":
                raise TenantInactive("This library's account is switched off. Contact support to reopen it.")
            case "provisioning":
                raise Unavailable(
                    "The library's database is being prepared. Try again.", retry_after_seconds=2
                )
            case _:
                raise NotFound("There is no such library account.")

    async def placement(self, tenant_id: TenantId) -> Placement:
        """:raises NotFound: for a tenant that has no database."""
        placement = await self._placements.get(tenant_id)
        if placement is None:
            raise NotFound("There is no such library account.")
        return placement

    def forget(self, tenant_id: TenantId) -> None:
        """The next question goes to the database; the answer to one under way is not remembered."""
        self._placements.forget(tenant_id)

    def news_of(self, tenant_id: TenantId) -> int:
        """Raises with each piece of news that may be about the tenant."""
        return self._news_of_all + self._news.get(tenant_id, 0)

    async def _find(self, tenant_id: TenantId) -> Placement | None:
        async with self._control.connection() as connection:
            return await find_placement(connection, tenant_id)

    def _hear(self, subject: str | None) -> None:
        if subject is None:
            self._news_of_all += 1
            self._placements.forget_all()
        else:
            tenant_id = TenantId(UUID(subject))
            self._news[tenant_id] += 1
            self.forget(tenant_id)


async def find_placement(connection: Connection, tenant_id: TenantId) -> Placement | None:
    return await connection.one(
        Placement,
        """
        SELECT p.tenant_id, t.status, p.cell, c.url, p.database, p.generation, p.revision,
            t.max_libraries, t.max_students, t.max_staff
        FROM tenancy.placements p
        JOIN tenancy.tenants t ON t.id = p.tenant_id
        JOIN tenancy.cells c ON c.name = p.cell
        WHERE p.tenant_id = $1
        """,
        tenant_id,
    )


async def find_served(connection: Connection) -> list[Served]:
    """All tenants that are open at this moment."""
    return await connection.all(
        Served, "SELECT id, slug FROM tenancy.tenants WHERE status IN ('active', 'trial') ORDER BY slug"
    )


async def find_cells(connection: Connection) -> list[Cell]:
    return await connection.all(
        Cell, "SELECT name, url, capacity, weight, state FROM tenancy.cells ORDER BY name LIMIT 1000"
    )


class CellLoad(msgspec.Struct, frozen=True):
    """A cell and how many databases are on it or about to be."""

    name: str
    url: str
    state: str
    capacity: int
    databases: int


async def find_cell_loads(connection: Connection) -> list[CellLoad]:
    return await connection.all(
        CellLoad,
        """
        SELECT c.name, c.url, c.state, c.capacity, count(d.name) AS databases
        FROM tenancy.cells c LEFT JOIN tenancy.databases d ON d.cell = c.name
        GROUP BY c.name ORDER BY c.name LIMIT 1000
        """,
    )


async def add_cell(connection: Connection, *, name: str, url: str, capacity: int = 2500) -> None:
    """Adds a cell, or corrects the address of one (an embedded server's socket folder may have moved)."""
    await connection.run(
        """
        INSERT INTO tenancy.cells (name, url, capacity) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET url = excluded.url
        """,
        name,
        url,
        capacity,
    )


async def change_cell_state(connection: Connection, name: str, state: str) -> bool:
    """Whether there is one of that name."""
    return bool(await connection.run("UPDATE tenancy.cells SET state = $2 WHERE name = $1", name, state))


async def insert_tenant(
    tx: Connection, *, tenant_id: TenantId, slug: str, name: str, plan: Plan, limits: Limits
) -> None:
    """Reserves a tenant. It is not served before its database is ready."""
    await tx.run(
        """
        INSERT INTO tenancy.tenants (id, slug, name, status, plan, max_libraries, max_students, max_staff)
        VALUES ($1, $2, $3, 'provisioning', $4, $5, $6, $7)
        """,
        tenant_id,
        slug,
        name,
        plan,
        limits.max_libraries,
        limits.max_students,
        limits.max_staff,
    )


async def change_tenant(
    tx: Connection,
    tenant_id: TenantId,
    *,
    name: str | None = None,
    status: TenantStatus | None = None,
    plan: Plan | None = None,
    limits: Limits | None = None,
) -> None:
    """Changes what is given and tells every process."""
    await tx.run(
        """
        UPDATE tenancy.tenants
        SET name = coalesce($2, name), status = coalesce($3, status), plan = coalesce($4, plan),
            max_libraries = coalesce($5, max_libraries), max_students = coalesce($6, max_students),
            max_staff = coalesce($7, max_staff),
            deleted_at = CASE WHEN $3 = 'deleted' THEN now() ELSE deleted_at END, updated_at = now()
        WHERE id = $1
        """,
        tenant_id,
        name,
        status,
        plan,
        limits and limits.max_libraries,
        limits and limits.max_students,
        limits and limits.max_staff,
    )
    await announce(tx, TOPIC, str(tenant_id))
