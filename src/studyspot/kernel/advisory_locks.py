"""Locks between processes that a database holds for whoever is connected to it.

It holds one until the connection's last statement has ended, even if we are killed over it.
"""

import contextlib
from collections.abc import AsyncIterator

from studyspot.kernel.database import Connection


@contextlib.asynccontextmanager
async def advisory_lock(connection: Connection, name: str) -> AsyncIterator[None]:
    """Waits for its turn, as long as the connection's statement timeout allows."""
    await connection.value("SELECT pg_advisory_lock(hashtextextended($1, 0))", name)
    try:
        yield
    finally:
        await _unlock(connection, name)


@contextlib.asynccontextmanager
async def try_advisory_lock(connection: Connection, name: str) -> AsyncIterator[bool]:
    """Does not wait: whether it was free."""
    is_ours = bool(await connection.value("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name))
    try:
        yield is_ours
    finally:
        if is_ours:
            await _unlock(connection, name)


async def _unlock(connection: Connection, name: str) -> None:
    if not connection.is_closed:
        await connection.value("SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)
