"""Bringing databases to this code: roles, control database, first cell, templates, every tenant."""

import contextlib
from collections.abc import AsyncIterator, Callable

from studyspot.entrypoints.care_plan import care_plan
from studyspot.entrypoints.floorplan import control_history, tenant_migrations
from studyspot.entrypoints.platform import CONTROL_DATABASE, database_server
from studyspot.kernel.advisory_locks import advisory_lock
from studyspot.kernel.announcements import Announcements
from studyspot.kernel.database import Connection, Database, DatabaseMissing, connect
from studyspot.kernel.errors import NotFound
from studyspot.kernel.jobs import ensure_queue_schema
from studyspot.kernel.migrations import STATEMENT_SECONDS_MAX, migrate
from studyspot.kernel.settings import Settings
from studyspot.tenancy import registry
from studyspot.tenancy.care.manifests import Manifest
from studyspot.tenancy.connections import ConnectionBudget
from studyspot.tenancy.engine import Tenancy
from studyspot.tenancy.fleet import FanOutReport, FleetStatus
from studyspot.tenancy.registry import Cell
from studyspot.tenancy.servers import APP_ROLE, owner_dsn
from studyspot.tenancy.templates import ensure_app_role

FIRST_CELL = "home"


async def migrate_everything(
    settings: Settings, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> FanOutReport:
    """Control database first, then each cell's template, then every tenant.

    Safe to repeat, resumes by itself. A cell that does not answer is named in the report, and the rest go on.
    """
    await _migrate_control(settings)
    async with _owner_tenancy(settings) as (_, tenancy):
        return await tenancy.roll_out(progress)


async def fleet_status(settings: Settings) -> FleetStatus:
    async with _owner_tenancy(settings) as (_, tenancy):
        return await tenancy.fleet.status()


async def add_cell(settings: Settings, *, name: str, url: str, capacity: int) -> Cell:
    """Makes a server ready for tenants, then opens it to them. Safe to repeat; corrects the address.

    :raises UnfitServer: when no tenant could live there. :raises Unavailable: when it does not answer.
    """
    cell = Cell(name, url, capacity, 100, "open")
    async with _owner_tenancy(settings) as (control, tenancy):
        await tenancy.admit_cell(cell)
        async with control.connection() as connection:
            await registry.add_cell(connection, name=name, url=url, capacity=capacity)
    return cell


async def recover_control(settings: Settings, *, backup: str | None) -> Manifest:
    """The control database from its backup, on a server that has none; then comes `migrate_everything`.

    :raises Conflict: when there is one.
    """
    _, tenancy = _as_owner(settings)
    try:
        return await tenancy.care.recover_control(backup=backup)
    finally:
        await tenancy.close()


async def change_cell(settings: Settings, name: str, *, is_open: bool) -> None:
    """A closed cell takes no new tenants; those in it stay.

    :raises NotFound: when there is none of that name.
    """
    async with _owner_tenancy(settings) as (control, _), control.connection() as connection:
        if not await registry.change_cell_state(connection, name, "open" if is_open else "closed"):
            raise NotFound(f"There is no cell {name}.")


async def _migrate_control(settings: Settings) -> None:
    url, credentials = database_server(settings)
    server = await connect(
        owner_dsn(url, credentials, "postgres"), statement_timeout_seconds=STATEMENT_SECONDS_MAX
    )
    try:
        # One at a time: several processes may be started at once, each of which migrates first.
        async with advisory_lock(server, "studyspot.control"):
            await ensure_app_role(server, credentials.app_password)
            connection = await _open_or_create(server, owner_dsn(url, credentials, CONTROL_DATABASE))
            try:
                await migrate(connection, control_history())
                await ensure_queue_schema(connection, APP_ROLE)
                await connection.run(f"REVOKE ALL ON DATABASE {CONTROL_DATABASE} FROM PUBLIC")
                await connection.run(f"GRANT CONNECT ON DATABASE {CONTROL_DATABASE} TO {APP_ROLE}")
                await registry.add_cell(connection, name=FIRST_CELL, url=url)
            finally:
                await connection.close()
    finally:
        await server.close()


async def _open_or_create(server: Connection, dsn: str) -> Connection:
    try:
        return await connect(dsn)
    except DatabaseMissing:
        await server.run(f"CREATE DATABASE {CONTROL_DATABASE} TEMPLATE template0")
        return await connect(dsn)


@contextlib.asynccontextmanager
async def _owner_tenancy(settings: Settings) -> AsyncIterator[tuple[Database, Tenancy]]:
    """The engine as the owner role, for work on the databases themselves; nothing is served through it."""
    control, tenancy = _as_owner(settings)
    await control.open()
    try:
        yield control, tenancy
    finally:
        await tenancy.close()
        await control.close()


def _as_owner(settings: Settings) -> tuple[Database, Tenancy]:
    url, credentials = database_server(settings)
    dsn = owner_dsn(url, credentials, CONTROL_DATABASE)
    control = Database(dsn, connections_max=4)
    tenancy = Tenancy(
        control,
        Announcements(dsn),
        credentials,
        tenant_migrations=tenant_migrations(),
        budget=ConnectionBudget(total=2, each=1, wait_seconds=5),
        warm_databases=settings.warm_databases,
        care=care_plan(settings),
    )
    return control, tenancy
