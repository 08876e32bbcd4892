"""What a connection to PostgreSQL promises whoever shares the server with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from tests.servers import Server

from studyspot.kernel.database import Connection, Database, connect
from studyspot.kernel.errors import Unavailable

LOCK = "SELECT pg_advisory_xact_lock(1)"


@pytest.fixture
async def hasty(postgres: Server) -> AsyncIterator[Database]:
    """One connection, on which nothing may take longer than half a second."""
    database = Database(postgres.dsn("postgres"), connections_max=1, statement_timeout_seconds=0.5)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def other(postgres: Server) -> AsyncIterator[Connection]:
    connection = await connect(postgres.dsn("postgres"), statement_timeout_seconds=5)
    yield connection
    await connection.close()


async def _freeze(database: Database, locked: asyncio.Event) -> None:
    async with database.transaction() as tx:
        await tx.run(LOCK)
        locked.set()
        await asyncio.sleep(1)
        await tx.run(LOCK)


async def test_a_process_that_freezes_in_a_transaction_does_not_keep_its_locks(
    hasty: Database, other: Connection
):
    locked = asyncio.Event()
    frozen = asyncio.create_task(_freeze(hasty, locked))
    await locked.wait()

    async with asyncio.timeout(0.9), other.transaction() as tx:
        await tx.run(LOCK)

    assert not frozen.done()
    with pytest.raises(Unavailable):
        await frozen


async def test_a_connection_that_was_lost_in_a_transaction_is_not_handed_out_again(hasty: Database):
    with pytest.raises(Unavailable):
        await _freeze(hasty, asyncio.Event())

    async with hasty.transaction() as tx:
        assert await tx.value("SELECT 2") == 2


async def _misfit(database: Database) -> None:
    """The driver refuses the argument when the server has parsed the statement already."""
    with pytest.raises(asyncpg.DataError):
        async with database.connection() as connection:
            await connection.value("SELECT $1::int", "three")


async def _cancelled(database: Database) -> None:
    """In the moment between the server's answer that it has parsed the statement and its execution."""
    get_statement = asyncpg.Connection._get_statement

    async def parse(*args: object, **options: object) -> object:
        statement = await get_statement(*args, **options)
        asyncio.current_task().cancel()
        await asyncio.sleep(0)
        return statement

    async def ask() -> None:
        async with database.connection() as connection:
            await connection.value("SELECT 4")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncpg.Connection, "_get_statement", parse)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(ask())


@pytest.mark.parametrize("give_up", [_misfit, _cancelled])
async def test_a_statement_that_was_parsed_and_never_run_does_not_answer_the_next_one(
    give_up: Callable[[Database], Awaitable[None]], hasty: Database
):
    await give_up(hasty)
    await asyncio.sleep(0.7)  # then the server says that it took too long

    for number in range(3):
        async with hasty.transaction() as tx:
            assert await tx.value("SELECT $1::int", number) == number
