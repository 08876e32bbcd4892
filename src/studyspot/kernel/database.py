"""Access to PostgreSQL: the only importer of the driver. Connections, transactions, typed rows.

What lives elsewhere: which database a tenant has and how many connections it may hold (`tenancy`), and SQL
(each room's `store.py`).
"""

import asyncio
import contextlib
import functools
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

import asyncpg

from studyspot.kernel.errors import Unavailable
from studyspot.kernel.rows import Row, row_reader
from studyspot.kernel.telemetry.measures import QUERIES, now
from studyspot.kernel.telemetry.tracing import span

UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    ConnectionError,
    TimeoutError,
)

NOT_LET_IN = asyncpg.InvalidAuthorizationSpecificationError
"""No such role, a wrong password, or no line for us in the server's pg_hba.conf."""
CONNECT_SECONDS_MAX = 10.0

_open_transactions: ContextVar[int] = ContextVar("open_transactions", default=0)


class ConstraintViolated(Exception):
    """The database refused a row. `constraint` is the name given in the migration."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Connection:
    """One PostgreSQL connection with typed rows. Not for two tasks at once."""

    __slots__ = ("_gave_up", "raw")

    def __init__(self, raw: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.raw = raw
        self._gave_up = False

    async def all(self, into: type[Row], sql: str, *args: object) -> list[Row]:
        """Every row as `into`; the selected columns stand in the order of its fields."""
        with _Statement(self):
            records = await self.raw.fetch(sql, *args)
        if not records:
            return []
        read = row_reader(into, tuple(records[0].keys()))
        return [read(record) for record in records]

    async def one(self, into: type[Row], sql: str, *args: object) -> Row | None:
        with _Statement(self):
            record = await self.raw.fetchrow(sql, *args)
        if record is None:
            return None
        read: Callable[[Iterable[Any]], Row] = row_reader(into, tuple(record.keys()))
        return read(record)

    async def page(self, into: type[Row], sql: str, *args: object) -> tuple[list[Row], int | None]:
        """Rows whose last column is the total over all pages; the total is None when the page is empty."""
        with _Statement(self):
            records = await self.raw.fetch(sql, *args)
        if not records:
            return [], None
        columns = tuple(records[0].keys())
        read = row_reader(into, columns[:-1])
        return [read(record[:-1]) for record in records], int(records[0][-1])

    async def value(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None. Typed by the caller, who knows the column."""
        with _Statement(self):
            return await self.raw.fetchval(sql, *args)

    async def column(self, sql: str, *args: object) -> list[Any]:
        """The first column of every row. Typed by the caller, who knows the column."""
        with _Statement(self):
            return [record[0] for record in await self.raw.fetch(sql, *args)]

    async def run(self, sql: str, *args: object) -> int:
        """Executes one statement; returns how many rows it touched."""
        with _Statement(self):
            status = await self.raw.execute(sql, *args)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def run_script(self, sql: str, *, timeout_seconds: float | None = None) -> None:
        """Executes several statements without arguments, as a migration has them."""
        with _Statement(self):
            await self.raw.execute(sql, timeout=timeout_seconds)

    async def listen(self, channel: str, hear: Callable[[str], None], lost: Callable[[], None]) -> None:
        """Calls `hear` with the payload of each NOTIFY on `channel`, and `lost` when the connection ends."""
        with _translated_errors():
            self.raw.add_termination_listener(lambda _: lost())
            await self.raw.add_listener(channel, lambda _, _pid, _channel, payload: hear(str(payload)))

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator["Connection"]:
        """Commits at the end, rolls back on an exception. While it is open no door may be used."""
        token = _open_transactions.set(_open_transactions.get() + 1)
        try:
            with _translated_errors():
                async with self.raw.transaction():
                    yield self
        finally:
            _open_transactions.reset(token)

    async def ping(self) -> None:
        """:raises Unavailable: when the server does not answer within two seconds."""
        with _translated_errors():
            await self.raw.fetchval("SELECT 1", timeout=2)

    async def close(self) -> None:
        """Closes politely within two seconds, then by force."""
        if self.is_closed:
            return
        try:
            await self.raw.close(timeout=2)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self.raw.terminate()

    @property
    def is_closed(self) -> bool:
        try:
            return bool(self.raw.is_closed())
        except asyncpg.InterfaceError:  # a pool has taken back one that was lost
            return True

    @property
    def is_reusable(self) -> bool:
        """Whether somebody else may have it now: open, with no transaction or statement left behind."""
        return not (self._gave_up or self.is_closed or self.raw.is_in_transaction())

    def give_up(self) -> None:
        """A statement ended without a word of the server's: cancelled, or its arguments did not fit.

        The driver may have had it parsed and never run. For the server it has begun then, and when its time
        is up it says so; from there on, each statement would get the answer of the one before.
        """
        self._gave_up = True


def in_transaction() -> bool:
    return _open_transactions.get() > 0


async def connect(
    dsn: str,
    *,
    timeout_seconds: float = CONNECT_SECONDS_MAX,
    statement_timeout_seconds: float = 15.0,
    statement_cache: bool = True,
    application_name: str = "studyspot",
) -> Connection:
    """Opens one connection. `statement_cache` is off behind a PgBouncer older than 1.22.

    :raises Unavailable: when the server does not answer in time or refuses.
    """
    try:
        raw = await asyncpg.connect(
            dsn,
            timeout=timeout_seconds,
            **_session(application_name, statement_timeout_seconds, statement_cache=statement_cache),
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as problem:
        if isinstance(problem, asyncpg.InvalidCatalogNameError | asyncpg.ObjectNotInPrerequisiteStateError):
            raise DatabaseMissing(str(problem)) from problem
        raise _not_connected(problem) from problem
    return Connection(raw)


class AccessRefused(Unavailable):
    """The server answers and does not let us in. Users are told what they are told of one that is down."""


class DatabaseMissing(Exception):
    """The server has no database of that name, or lets nobody into it any more."""


class DatabaseExists(Exception):
    """The server has a database of that name already."""


class Database:
    """One database reached through a small pool: the control database, or a cell's maintenance database."""

    def __init__(
        self,
        dsn: str,
        *,
        connections_min: int = 1,
        connections_max: int = 10,
        wait_seconds: float = 5.0,
        statement_timeout_seconds: float = 15.0,
        statement_cache: bool = True,
    ) -> None:
        self.dsn = dsn
        self._wait_seconds = wait_seconds
        self._sizes = {"min_size": connections_min, "max_size": connections_max}
        self._session = _session("studyspot", statement_timeout_seconds, statement_cache=statement_cache)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """:raises Unavailable: when the server does not answer.

        :raises AccessRefused: :raises DatabaseMissing: when nobody has migrated it.
        """
        try:
            self._pool = await self._create_pool()
        except (OSError, TimeoutError, asyncpg.PostgresError) as problem:
            if isinstance(problem, asyncpg.InvalidCatalogNameError):
                raise DatabaseMissing(str(problem)) from problem
            raise _not_connected(problem) from problem

    async def _create_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        pool = await asyncpg.create_pool(
            self.dsn,
            timeout=CONNECT_SECONDS_MAX,
            **self._sizes,
            **self._session,
            # Nothing here changes session state, and `connection` hands on none that is in an unknown state:
            # the pool's reset query would be a wasted round trip.
            reset=_no_reset,
        )
        assert pool is not None  # noqa: S101 - only None inside a running loop's callback
        return pool

    async def close(self) -> None:
        if self._pool is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self._pool.close()
            self._pool.terminate()
            self._pool = None

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection outside any transaction: each statement stands alone."""
        pool = self._pool
        if pool is None:
            raise Unavailable("The database is not open.", retry_after_seconds=1)
        try:
            with _translated_errors():
                raw = await pool.acquire(timeout=self._wait_seconds)
        except OSError as problem:  # no route, no such host, no socket
            raise _no_answer() from problem
        connection = Connection(raw)
        try:
            yield connection
        finally:
            if not connection.is_reusable:
                await connection.close()
            await pool.release(raw)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self.connection() as connection, connection.transaction():
            yield connection


def _session(
    application_name: str, statement_timeout_seconds: float, *, statement_cache: bool
) -> dict[str, Any]:
    """How the driver and the server treat one connection.

    A process that freezes in the middle of a transaction keeps others from what it has locked no longer than
    one statement may take.
    """
    limit_ms = str(int(statement_timeout_seconds * 1000))
    return {
        "command_timeout": statement_timeout_seconds * 2,
        "statement_cache_size": 200 if statement_cache else 0,
        "server_settings": {
            "application_name": application_name,
            "statement_timeout": limit_ms,
            "idle_in_transaction_session_timeout": limit_ms,
            "timezone": "UTC",
        },
    }


async def _no_reset(_: object) -> None:
    return None


class _Statement:
    """One statement of ours: counted and timed under the function that runs it, its errors in our words."""

    __slots__ = ("_began", "_connection", "_operation", "_span")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._operation = _operation(sys._getframe(2).f_code)  # noqa: SLF001 - costs next to nothing
        self._span = span(self._operation[0])
        self._span.__enter__()
        self._began = now()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        ended = now()
        self._span.__exit__(kind, problem, traceback)
        failed = problem is not None and not isinstance(problem, asyncpg.IntegrityConstraintViolationError)
        QUERIES.record(self._operation, self._began, ended, failed=failed)
        if problem is not None:
            if not _is_of_the_server(problem):
                self._connection.give_up()
            _raise_in_our_words(problem)


def _is_of_the_server(problem: BaseException) -> bool:
    """The driver raises the server's classes for mistakes that it finds itself, which have no severity."""
    return isinstance(problem, asyncpg.PostgresError) and getattr(problem, "severity", None) is not None


@functools.cache
def _operation(code: CodeType) -> tuple[str]:
    """Such as `students.find_students`: the room, or the part of the platform, and the function."""
    parts = Path(code.co_filename).with_suffix("").parts
    place = parts[parts.index("studyspot") + 1 :] if "studyspot" in parts else parts[-1:]
    room = place[1] if place[0] == "services" else place[0]
    return (f"{room}.{code.co_qualname.replace('.<locals>', '')}",)


@contextlib.contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except BaseException as problem:
        _raise_in_our_words(problem)
        raise


NO_ANSWER = "The database does not answer. Try again shortly."


def _no_answer() -> Unavailable:
    return Unavailable(NO_ANSWER, retry_after_seconds=2)


def _not_connected(problem: BaseException) -> Unavailable:
    if isinstance(problem, NOT_LET_IN):
        return AccessRefused(NO_ANSWER, retry_after_seconds=2)
    return _no_answer()


def _raise_in_our_words(problem: BaseException) -> None:
    """Returns for what is not the database's."""
    if isinstance(problem, asyncpg.DuplicateDatabaseError):
        raise DatabaseExists(str(problem)) from problem
    if isinstance(problem, asyncpg.IntegrityConstraintViolationError):
        if problem.constraint_name == "pg_database_datname_index":
            # Two CREATE DATABASE of one name at the same moment: the later one trips over the catalogue.
            raise DatabaseExists(str(problem)) from problem
        raise ConstraintViolated(problem.constraint_name or problem.column_name or "") from problem
    if isinstance(problem, asyncpg.QueryCanceledError):
        raise Unavailable(
            "The database took too long. Try again shortly.", retry_after_seconds=5
        ) from problem
    if isinstance(problem, asyncpg.ReadOnlySQLTransactionError | asyncpg.LockNotAvailableError):
        raise Unavailable("The data is being moved. Try again shortly.", retry_after_seconds=3) from problem
    if isinstance(problem, NOT_LET_IN):
        raise _not_connected(problem) from problem
    if isinstance(problem, asyncpg.DataError):
        return  # an argument of the wrong type: our mistake, though the driver counts it as an InterfaceError
    if isinstance(problem, UNAVAILABLE):
        raise _no_answer() from problem
