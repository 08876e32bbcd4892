"""The servers of the tenants' databases: whether they answer, and whether a tenant may move there."""

import asyncio
import random

from studyspot.kernel.database import Connection, Database, DatabaseMissing, connect
from studyspot.kernel.errors import Conflict, NotFound, Unavailable
from studyspot.tenancy.placing import NoCellLeft, room_in
from studyspot.tenancy.registry import Cell, find_cells
from studyspot.tenancy.servers import Credentials, app_dsn

TRIED_MAX = 3
ANSWER_SECONDS_MAX = 1.5
MAINTENANCE_DATABASE = "postgres"


async def check_cells(control: Database, credentials: Credentials) -> None:
    """Some of them are tried as the application. While one answers, its tenants are served: that others do
    not is no reason to serve nobody.

    :raises Unavailable: when none of them answers.
    """
    async with control.connection() as connection:
        known = await find_cells(connection)
    tried = random.sample(known, min(TRIED_MAX, len(known)))
    if tried and not any(await asyncio.gather(*(_answers(cell, credentials) for cell in tried))):
        raise Unavailable(f"no answer from {', '.join(cell.name for cell in tried)}")


async def find_destination(connection: Connection, name: str) -> Cell:
    """:raises NotFound, Conflict, NoCellLeft: when no tenant may move there."""
    cells = {cell.name: cell for cell in await find_cells(connection)}
    if name not in cells:
        raise NotFound(f"There is no cell {name}. `studyspot cells list` lists those there are.")
    if cells[name].state != "open":
        raise Conflict(f"The cell {name} is closed. `studyspot cells open {name}` opens it.")
    if await room_in(connection, name) <= 0:
        raise NoCellLeft(f"The cell {name} is full.")
    return cells[name]


async def _answers(cell: Cell, credentials: Credentials) -> bool:
    dsn = app_dsn(cell.url, credentials, MAINTENANCE_DATABASE)
    try:
        connection = await connect(dsn, timeout_seconds=ANSWER_SECONDS_MAX, statement_cache=False)
    except DatabaseMissing:
        return True  # a PgBouncer said it, which lists the tenants' databases alone
    except Unavailable:
        return False
    await connection.close()
    return True
