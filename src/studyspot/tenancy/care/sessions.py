"""Who may be in a tenant's database: closing it to writes, opening it again, closing it for good.

It is done by the server's own hand, so that it holds for every process, also for one that has not heard.
"""

import asyncio
import time
from datetime import datetime

from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.quoting import quote_identifier

NEWS_SECONDS = 0.5
"""Within these, processes have heard where a tenant lives now."""
LEAVE_SECONDS = 2.0
PATIENCE_SECONDS = 5.0
GIVE_UP_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 0.05
LOCK_TIMEOUT_MS = 100


async def refuse_writes(server: Connection, database: str) -> datetime:
    """From now on every new session only reads. Returns the server's time."""
    altered = f"ALTER DATABASE {quote_identifier(database)} SET"
    await server.run_script(
        # A write asks for its table before PostgreSQL looks whether it may write at all; while the tables
        # are locked it must not wait for them, nor hold a connection that somebody could read with.
        f"{altered} default_transaction_read_only = on; {altered} lock_timeout = '{LOCK_TIMEOUT_MS}ms'"
    )
    return await server_time(server)


async def allow_writes(server: Connection, database: str) -> datetime:
    altered = f"ALTER DATABASE {quote_identifier(database)} RESET"
    await server.run_script(f"{altered} default_transaction_read_only; {altered} lock_timeout")
    return await server_time(server)


async def end_sessions(server: Connection, database: str, *, begun_before: datetime) -> None:
    """Processes that have heard the news leave by themselves. Who is idle after two seconds, or still busy
    after five, is made to.

    :raises Unavailable: when one does not end even so.
    """
    began = time.monotonic()
    while (waited := time.monotonic() - began) < GIVE_UP_SECONDS:
        left = await server.column(
            """
            SELECT CASE WHEN $3 OR ($4 AND state = 'idle') THEN pg_terminate_backend(pid) END
            FROM pg_stat_activity
            WHERE datname = $1 AND backend_type = 'client backend' AND backend_start <= $2
            """,
            database,
            begun_before,
            waited > PATIENCE_SECONDS,
            waited > LEAVE_SECONDS,
        )
        if not left:
            return
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    raise Unavailable("Somebody does not leave the library's database. Nothing was changed; try again.")


async def close_database(server: Connection, database: str) -> None:
    """Nobody gets in any more, and who is in must leave. Does nothing to one that is gone."""
    if not await exists(server, database):
        return
    await server.run(f"ALTER DATABASE {quote_identifier(database)} ALLOW_CONNECTIONS false")
    await end_sessions(server, database, begun_before=await server_time(server))


async def exists(server: Connection, database: str) -> bool:
    return bool(await server.value("SELECT 1 FROM pg_database WHERE datname = $1", database))


async def server_time(server: Connection) -> datetime:
    now: datetime = await server.value("SELECT clock_timestamp()")
    return now
