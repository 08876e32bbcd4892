"""Cells as the destination of a tenant."""

from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Conflict, NotFound
from studyspot.tenancy.provisioning import NoCellLeft, room_in
from studyspot.tenancy.registry import Cell, find_cells


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
