"""What the application's role may not do, in a tenant's database and around it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from studyspot.entrypoints.platform import CONTROL_DATABASE, Platform, database_server
from studyspot.kernel.database import Connection, DatabaseMissing, connect
from studyspot.kernel.ids import TenantId
from studyspot.kernel.settings import Settings
from studyspot.kernel.validation import read_value
from studyspot.tenancy.servers import app_dsn, owner_dsn
from studyspot.tenancy.templates import template_name
from tests.people import Person


@pytest.fixture
async def as_app(platform: Platform, owner: Person) -> AsyncIterator[Connection]:
    tenant_id = read_value(owner.tenant_id, TenantId)
    async with platform.tenancy.connection(tenant_id) as connection:
        yield connection


FORBIDDEN = [
    "CREATE TABLE public.mine (a int)",
    "CREATE TABLE students.mine (a int)",
    "CREATE TEMPORARY TABLE mine (a int)",
    "CREATE SCHEMA mine",
    "CREATE DATABASE mine",
    "CREATE ROLE mine",
    "DROP TABLE students.students",
    "DROP SCHEMA students CASCADE",
    "ALTER TABLE students.students ADD COLUMN mine int",
    "TRUNCATE students.students",
    "DELETE FROM students.students",
    "UPDATE audit.entries SET role = 'nobody'",
    "DELETE FROM audit.entries",
    "TRUNCATE audit.entries",
    "UPDATE tenancy.identity SET generation = 2",
    "INSERT INTO tenancy.identity (tenant_id, generation) VALUES (gen_random_uuid(), 1)",
    "UPDATE migrations.applied SET checksum = ''",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_shadow",
    "SELECT pg_read_file('PG_VERSION')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SET ROLE postgres",
]


async def test_the_application_may_do_none_of_these(as_app: Connection):  # D134
    allowed = [statement for statement in FORBIDDEN if not await _is_forbidden(as_app, statement)]
    assert allowed == []


async def test_the_application_may_not_undo_the_registry_or_the_audit_trail(platform: Platform):
    statements = [
        "DELETE FROM tenancy.tenants",
        "UPDATE tenancy.cells SET url = ''",
        "UPDATE audit.entries SET role = 'nobody'",
        "DELETE FROM audit.entries",
    ]
    async with platform.control.connection() as control:
        assert [one for one in statements if not await _is_forbidden(control, one)] == []


async def _is_forbidden(connection: Connection, statement: str) -> bool:
    try:
        await connection.run(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    return False


async def test_the_application_cannot_enter_a_template(platform: Platform, settings: Settings):
    url, credentials = database_server(settings)
    template = template_name(platform.tenancy._history.head)

    for dsn in (app_dsn(url, credentials, template), owner_dsn(url, credentials, template)):
        with pytest.raises(DatabaseMissing):
            await connect(dsn)


async def test_only_the_application_may_enter_a_tenants_database(
    platform: Platform, settings: Settings, as_app: Connection
):
    url, credentials = database_server(settings)
    async with platform.control.connection() as control:
        served = await control.column(
            """
            SELECT p.database FROM tenancy.placements p JOIN tenancy.tenants t ON t.id = p.tenant_id
            WHERE t.status = 'active'
            """
        )
    server = await connect(owner_dsn(url, credentials, CONTROL_DATABASE))
    try:
        open_to_all = await server.column(
            """
            SELECT datname FROM pg_database d
            WHERE datname = ANY($1)
                AND (datacl IS NULL OR EXISTS (SELECT FROM aclexplode(d.datacl) WHERE grantee = 0))
            """,
            [CONTROL_DATABASE, *served],
        )
    finally:
        await server.close()
    assert served
    assert open_to_all == []
