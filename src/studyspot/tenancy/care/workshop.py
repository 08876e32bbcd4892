"""What every work on a tenant's database needs: control database, servers, programs, store."""

import contextlib
from collections.abc import AsyncIterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from studyspot.kernel.database import Connection, Database, DatabaseMissing, connect
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import TenantId
from studyspot.kernel.migrations import History
from studyspot.tenancy.care.holding import WORK_SECONDS_MAX, tenant_held
from studyspot.tenancy.care.programs import Programs
from studyspot.tenancy.care.records import Home, find_home
from studyspot.tenancy.care.store import BackupStore
from studyspot.tenancy.servers import Credentials, Owner, owner_dsn, split_credentials


class DatabaseGone(NotFound):
    """The server answers, and has no such database or has closed it."""


class Held(NamedTuple):
    """A tenant at which nobody else is at work, and the connection that makes it so."""

    desk: Connection
    home: Home


class Workshop(NamedTuple):
    control: Database
    credentials: Credentials
    owner: Owner
    history: History
    programs: Programs
    store: BackupStore

    def dsn(self, url: str, database: str) -> str:
        return owner_dsn(url, self.credentials, database)

    def control_place(self) -> tuple[str, str]:
        """The control database's server and its name there."""
        url, _ = split_credentials(self.control.dsn, app_password=None)
        return url, unquote(urlsplit(url).path[1:])

    @contextlib.asynccontextmanager
    async def inside(self, url: str, database: str) -> AsyncIterator[Connection]:
        """As the owner, with time for work on all of its rows.

        :raises DatabaseGone: when there is no such database.
        """
        try:
            connection = await connect(
                self.dsn(url, database),
                statement_timeout_seconds=WORK_SECONDS_MAX,
                application_name="studyspot care",
            )
        except DatabaseMissing:
            raise DatabaseGone(
                "The library's database is gone from its server. `studyspot tenants restore` brings it back."
            ) from None
        try:
            yield connection
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def server(self, url: str) -> AsyncIterator[Connection]:
        """The maintenance database of a server."""
        server = await self.owner.server(url)
        async with server.connection() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def hold(self, tenant_id: TenantId) -> AsyncIterator[Held]:
        """:raises NotFound: for a tenant without a database. :raises TenantBusy: see `tenant_held`."""
        async with tenant_held(self.control, tenant_id) as desk:
            yield Held(desk, await find_home(desk, tenant_id))
