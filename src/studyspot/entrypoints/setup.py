"""Bringing databases to this code: roles, control database, first cell, templates, every tenant."""

import contextlib
from collections.abc import AsyncIterator, Callable

import structlog

from studyspot.entrypoints.floorplan import control_history, tenant_migrations
from studyspot.entrypoints.platform import CONTROL_DATABASE, database_server
from studyspot.kernel.announcements import Announcements
from studyspot.kernel.database import Connection, Database, DatabaseExists, DatabaseMissing, connect
from studyspot.kernel.jobs import ensure_queue_schema
from studyspot.kernel.migrations import migrate
from studyspot.kernel.settings import Settings
from studyspot.tenancy import registry
from studyspot.tenancy.connections import ConnectionBudget
from studyspot.tenancy.engine import Tenancy
from studyspot.tenancy.fleet import FanOutReport, FleetStatus
from studyspot.tenancy.provisioning import ensure_app_role
from studyspot.tenancy.servers import APP_ROLE, owner_dsn

FIRST_CELL = "home"
log = structlog.get_logger(__name__)


async def migrate_everything(
    settings: Settings, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> FanOutReport:
    """Control database first, then each cell's template, then every tenant.

    Safe to repeat, resumes by itself.
    """
    await _migrate_control(settings)
    async with _owner_tenancy(settings) as (control, tenancy):
        async with control.connection() as connection:
            cells = await registry.find_cells(connection)
        for cell in cells:
            await tenancy.provisioner.prepare_cell(cell)
        await tenancy.provisioner.retire_old_stock()
        return await tenancy.fleet.migrate_all(progress)


async def fleet_status(settings: Settings) -> FleetStatus:
    async with _owner_tenancy(settings) as (_, tenancy):
        return await tenancy.fleet.status()


async def _migrate_control(settings: Settings) -> None:
    url, credentials = database_server(settings)
    server = await connect(owner_dsn(url, credentials, "postgres"))
    try:
        await ensure_app_role(server, credentials.app_password)
    finally:
        await server.close()
    connection = await _open_or_create(
        owner_dsn(url, credentials, "postgres"), owner_dsn(url, credentials, CONTROL_DATABASE)
    )
    try:
        await migrate(connection, control_history())
        await ensure_queue_schema(connection, APP_ROLE)
        await connection.run(f"REVOKE ALL ON DATABASE {CONTROL_DATABASE} FROM PUBLIC")
        await connection.run(f"GRANT CONNECT ON DATABASE {CONTROL_DATABASE} TO {APP_ROLE}")
        await registry.add_cell(connection, name=FIRST_CELL, url=url)
    finally:
        await connection.close()


async def _open_or_create(server_dsn: str, dsn: str) -> Connection:
    try:
        return await connect(dsn)
    except DatabaseMissing:
        server = await connect(server_dsn)
        try:
            await server.run(f"CREATE DATABASE {CONTROL_DATABASE} TEMPLATE template0")
        except DatabaseExists:
            log.info("control_database_made_meanwhile")
        finally:
            await server.close()
        return await connect(dsn)


@contextlib.asynccontextmanager
async def _owner_tenancy(settings: Settings) -> AsyncIterator[tuple[Database, Tenancy]]:
    """The engine as the owner role, for work on the databases themselves; nothing is served through it."""
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
    )
    await control.open()
    try:
        yield control, tenancy
    finally:
        await control.close()
