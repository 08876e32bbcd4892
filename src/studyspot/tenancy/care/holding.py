"""One work on a tenant at a time, in all processes: a lock that the control database holds for us.

Whoever gets it knows that the one before has ended or is dead. What a work decides, it writes through the
connection that has the lock: who has lost it can decide nothing any more.
"""

import contextlib
from collections.abc import AsyncIterator

from studyspot.kernel.advisory_locks import try_advisory_lock
from studyspot.kernel.database import Connection, Database, connect
from studyspot.kernel.errors import Conflict
from studyspot.kernel.ids import TenantId

WORK_SECONDS_MAX = 6 * 3600


class TenantBusy(Conflict):
    """Somebody else is at work on the tenant."""


@contextlib.asynccontextmanager
async def desk(control: Database) -> AsyncIterator[Connection]:
    """A connection to the control database for the time of one work, and for its locks."""
    connection = await connect(
        control.dsn, statement_timeout_seconds=WORK_SECONDS_MAX, application_name="studyspot care"
    )
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def tenant_held(control: Database, tenant_id: TenantId) -> AsyncIterator[Connection]:
    """:raises TenantBusy: when somebody else is at work on it."""
    async with (
        desk(control) as connection,
        try_advisory_lock(connection, f"tenancy.care {tenant_id}") as is_ours,
    ):
        if not is_ours:
            raise TenantBusy("Another work on this library is under way. Try again when it is done.")
        yield connection


@contextlib.asynccontextmanager
async def database_held(connection: Connection, name: str) -> AsyncIterator[bool]:
    """For a database under construction: whether nobody else is at it."""
    async with try_advisory_lock(connection, f"tenancy.construction {name}") as is_ours:
        yield is_ours
