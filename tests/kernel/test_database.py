"""What a connection to PostgreSQL promises whoever shares the server with it."""

import asyncio
from collections.abc import AsyncIterator

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
