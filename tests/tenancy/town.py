"""A small town of tenants on a server of its own, with migrations that the tests write themselves.

Not on the server that the other tests share: the newest template of a server is what every sign-up copies.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from studyspot.entrypoints.floorplan import control_history
from studyspot.kernel.announcements import Announcements
from studyspot.kernel.database import Connection, Database, connect
from studyspot.kernel.ids import TenantId, new_id
from studyspot.kernel.migrations import migrate
from studyspot.kernel.quoting import quote_identifier
from studyspot.tenancy import registry
from studyspot.tenancy.care.care import CarePlan
from studyspot.tenancy.care.manifests import Manifest, Seal
from studyspot.tenancy.care.programs import Programs
from studyspot.tenancy.care.store import BackupStore
from studyspot.tenancy.connections import ConnectionBudget
from studyspot.tenancy.engine import Tenancy
from studyspot.tenancy.registry import PLAN_LIMITS, Cell
from studyspot.tenancy.servers import app_dsn, owner_dsn, split_credentials
from studyspot.tenancy.templates import ensure_app_role
from tests.servers import installed_programs

SEAL = Seal([b"the key of these tests"])
NOTES = (
    "CREATE TABLE public.notes (text text NOT NULL); GRANT SELECT, INSERT ON public.notes TO studyspot_app;"
)


class Home(msgspec.Struct):
    """What the registry and the server together say of one tenant."""

    tenant_id: TenantId
    status: str
    database: str
    generation: int
    revision: int
    state: str


class Town:
    """A control database and one cell. `engine` opens the tenancy engine of one process, as the app role."""

    def __init__(self, url: str, migrations: Path) -> None:
        self.url, self.credentials = split_credentials(url, app_password=None)
        self.migrations = migrations
        self.backups = migrations / "backups"
        self.store = BackupStore(self.backups, SEAL)
        self.cells = {"home": self.url}

    def write(self, number: int, sql: str) -> Path:
        path = self.migrations / f"{number:04}_test.sql"
        path.write_text(sql)
        return path

    def _care_plan(self, programs: Path | None) -> CarePlan:
        return CarePlan(Programs(programs or installed_programs()), self.store, drill_share=1)

    @property
    def control_dsn(self) -> str:
        return app_dsn(self.url, self.credentials, "control")

    async def found(self) -> None:
        """The control database and the first cell, without a tenant and without a template."""
        self.from_before = {"home": set(await self.databases_on_server("t\\_%"))}
        async with self.owner("postgres") as server:
            await ensure_app_role(server, None)
            if not await self.databases_on_server("control"):
                await server.run("CREATE DATABASE control TEMPLATE template0")
            for name in await self.databases_on_server("tpl%"):
                await server.run(f"ALTER DATABASE {quote_identifier(name)} IS_TEMPLATE false")
                await server.run(f"DROP DATABASE {quote_identifier(name)} WITH (FORCE)")
        async with self.owner("control") as control:
            await migrate(control, control_history())
            await control.run("TRUNCATE tenancy.cells, tenancy.tenants, tenancy.control_backup CASCADE")
            await registry.add_cell(control, name="home", url=self.url)

    @contextlib.asynccontextmanager
    async def owner(self, database: str, *, cell: str = "home") -> AsyncIterator[Connection]:
        connection = await connect(owner_dsn(self.cells[cell], self.credentials, database))
        try:
            yield connection
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def engine(
        self,
        *,
        warm: int = 0,
        total: int = 8,
        each: int = 4,
        listening: bool = False,
        programs: Path | None = None,
    ) -> AsyncIterator[Tenancy]:
        """The engine of one process, with the migrations as they are written at this moment."""
        control = Database(self.control_dsn, connections_max=6)
        announcements = Announcements(self.control_dsn)
        tenancy = Tenancy(
            control,
            announcements,
            self.credentials,
            tenant_migrations=[self.migrations],
            budget=ConnectionBudget(total=total, each=each, wait_seconds=5),
            warm_databases=warm,
            care=self._care_plan(programs),
        )
        async with contextlib.AsyncExitStack() as stack:
            for part in (control, announcements, tenancy) if listening else (control, tenancy):
                stack.push_async_callback(part.close)
                await part.open()
            yield tenancy

    async def add_cell(self, tenancy: Tenancy, url: str, name: str = "annexe") -> None:
        self.cells[name] = split_credentials(url, app_password=None)[0]
        async with self.owner("postgres", cell=name) as server:
            before = await server.column("SELECT datname::text FROM pg_database WHERE datname ~ '^t_'")
        self.from_before[name] = set(before)
        await tenancy.prepare_cell(Cell(name, self.cells[name], 100, 100, "open"))
        async with self.owner("control") as control:
            await registry.add_cell(control, name=name, url=self.cells[name], capacity=100)

    async def prepare(self, tenancy: Tenancy) -> None:
        """The cell's template at the engine's revision."""
        async with self.owner("control") as control:
            (cell,) = await registry.find_cells(control)
        await tenancy.prepare_cell(cell)

    async def age(self, backup: Manifest, days: float) -> Manifest:
        """As if it had been taken so many days before."""
        older = msgspec.structs.replace(backup, taken_at=backup.taken_at - timedelta(days=days))
        await self.store.write_manifest(older)
        return older

    async def homes(self) -> list[Home]:
        async with self.owner("control") as control:
            return await control.all(
                Home,
                """
                SELECT t.id AS tenant_id, t.status, p.database, p.generation, p.revision, d.state
                FROM tenancy.tenants t
                LEFT JOIN tenancy.placements p ON p.tenant_id = t.id
                LEFT JOIN tenancy.databases d ON (d.cell, d.name) = (p.cell, p.database)
                ORDER BY t.created_at, t.id
                """,
            )

    async def databases_known(self) -> dict[str, str]:
        """Every database that the registry knows, and its state."""
        async with self.owner("control") as control:
            rows = await control.all(_Known, "SELECT name, state FROM tenancy.databases")
        return {row.name: row.state for row in rows}

    async def databases_on_server(self, like: str) -> Sequence[str]:
        async with self.owner("postgres") as server:
            return await server.column("SELECT datname::text FROM pg_database WHERE datname LIKE $1", like)

    async def tenant_databases(self) -> set[str]:
        """Those on the server that belong to this town and not to the one of an earlier test."""
        return set(await self.databases_on_server("t\\_%")) - self.from_before["home"]

    async def inside(self, database: str, sql: str) -> object:
        """What the owner finds in a tenant's database."""
        async with self.owner(database) as connection:
            return await connection.value(sql)

    async def assert_whole(self) -> None:
        """Every tenant is open in a database of its own; nothing is on the server that the registry lacks."""
        homes = await self.homes()
        known = await self.databases_known()
        assert {home.status for home in homes} <= {"active"}
        assert {home.state for home in homes} <= {"claimed"}
        assert len({home.database for home in homes}) == len(homes)
        for home in homes:
            stamp = await self.inside(
                home.database, "SELECT (tenant_id, generation)::text FROM tenancy.identity"
            )
            assert stamp == f"({home.tenant_id},{home.generation})"
        assert set(known.values()) <= {"claimed", "ready"}
        assert {name for name, state in known.items() if state == "claimed"} == {
            home.database for home in homes
        }
        assert await self.tenant_databases() == set(known)


class _Known(msgspec.Struct):
    name: str
    state: str


async def reserve(tenancy: Tenancy) -> TenantId:
    tenant_id = TenantId(new_id())
    async with tenancy.registry._control.transaction() as tx:
        await tenancy.provisioner.reserve(
            tx,
            tenant_id=tenant_id,
            slug=f"s-{tenant_id.hex}",
            name="Quiet Corner",
            plan="free",
            limits=PLAN_LIMITS["free"],
        )
    return tenant_id


async def sign_up(tenancy: Tenancy) -> TenantId:
    tenant_id = await reserve(tenancy)
    await tenancy.provisioner.finish(tenant_id)
    return tenant_id
