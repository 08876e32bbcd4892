"""Addresses and credentials: how the owner and the application reach a server and a database on it."""

import asyncio
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import msgspec

from studyspot.kernel.database import Connection, Database, connect

APP_ROLE = "studyspot_app"
STATEMENT_SECONDS_MAX = 120.0
WAIT_SECONDS = 60.0


class Credentials(msgspec.Struct, frozen=True):
    """The two roles on every server: the owner makes and migrates databases, the application reads and writes
    rows.
    """

    owner: str
    owner_password: str | None
    app_password: str | None


class Owner:
    """The role that makes databases, at work: its connections to servers and to single databases.

    Those to a server are few and stay open for a while, so that no more databases are made at the same
    moment than a server likes, and the next one does not begin by connecting.
    """

    def __init__(self, credentials: Credentials, *, connections_each: int) -> None:
        self._credentials = credentials
        self._connections_each = connections_each
        self._servers: dict[str, Database] = {}
        self._opening = asyncio.Lock()

    async def server(self, url: str) -> Database:
        """The maintenance database of a server."""
        async with self._opening:
            if url not in self._servers:
                server = Database(
                    owner_dsn(url, self._credentials, "postgres"),
                    connections_min=0,
                    connections_max=self._connections_each,
                    wait_seconds=WAIT_SECONDS,
                    statement_timeout_seconds=STATEMENT_SECONDS_MAX,
                )
                await server.open()
                self._servers[url] = server
            return self._servers[url]

    async def connect(self, url: str, database: str) -> Connection:
        """:raises DatabaseMissing: when there is none of that name."""
        return await connect(
            owner_dsn(url, self._credentials, database),
            statement_timeout_seconds=STATEMENT_SECONDS_MAX,
            application_name="studyspot provisioning",
        )

    async def close(self) -> None:
        for server in self._servers.values():
            await server.close()
        self._servers.clear()


def split_credentials(url: str, *, app_password: str | None) -> tuple[str, Credentials]:
    """Takes the owner's name and password out of a server's URL."""
    parts = urlsplit(url)
    password = None if parts.password is None else unquote(parts.password)
    credentials = Credentials(unquote(parts.username or "postgres"), password, app_password)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])), credentials


def owner_dsn(url: str, credentials: Credentials, database: str) -> str:
    return _dsn(url, credentials.owner, credentials.owner_password, database)


def app_dsn(url: str, credentials: Credentials, database: str) -> str:
    return _dsn(url, APP_ROLE, credentials.app_password, database)


def _dsn(url: str, user: str, password: str | None, database: str) -> str:
    parts = urlsplit(url)
    name = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return urlunsplit(parts._replace(netloc=f"{name}@{parts.netloc}", path=f"/{quote(database, safe='')}"))
