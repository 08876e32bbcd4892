"""Reading a whole database as it was at one moment, however long the reading takes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Unavailable

ROWS_AT_ONCE = 1000
LOCK_SECONDS_MAX = 10.0


@contextlib.asynccontextmanager
async def snapshot(connection: Connection, *, writers_wait: Sequence[str] = ()) -> AsyncIterator[str]:
    """Every statement inside sees the same rows; yields the name by which others may see them, too.

    Whoever wants to write to one of `writers_wait` (quoted names of tables) waits until the end.

    :raises Unavailable: when somebody writes to one of them for too long.
    """
    await connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        await connection.run("SET LOCAL idle_in_transaction_session_timeout = 0")
        if writers_wait:
            await _lock(connection, writers_wait)
        yield str(await connection.value("SELECT pg_export_snapshot()"))
    finally:
        if not connection.is_closed:
            await connection.run("ROLLBACK")


async def _lock(connection: Connection, tables: Sequence[str]) -> None:
    try:
        async with asyncio.timeout(LOCK_SECONDS_MAX):
            await connection.run("SET LOCAL lock_timeout = 0")  # the database's own is for its writers
            await connection.run(f"LOCK TABLE {', '.join(tables)} IN SHARE MODE")
    except TimeoutError:
        raise Unavailable("Somebody is writing to these tables for too long. Try again.") from None


async def batches(
    connection: Connection, sql: str, *, rows_at_once: int = ROWS_AT_ONCE
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """The rows of a query inside a transaction, a thousand at a time unless they are large."""
    cursor = await connection.raw.cursor(sql)
    while rows := await cursor.fetch(rows_at_once):
        yield [tuple(row) for row in rows]
