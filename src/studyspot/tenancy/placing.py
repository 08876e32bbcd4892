"""Which cell the next database goes to, and what is written down about it before it is made.

Whoever cannot reach a cell passes it over for a while: nobody has to wait for a server that is down while
another has room.
"""

from collections.abc import Sequence

import msgspec

from studyspot.kernel import clock
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import new_id

PASSED_OVER_SECONDS = 60.0


class NoCellLeft(Refusal):
    """Every open cell is full: an operator adds one."""

    status = 503
    code = "SERVICE_UNAVAILABLE"


class PlannedDatabase(msgspec.Struct, frozen=True):
    cell: str
    name: str
    revision: int


class PassedOver:
    """The cells that this process could not reach a moment ago."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def add(self, cell: str) -> None:
        self._until[cell] = clock.timestamp() + PASSED_OVER_SECONDS

    def names(self) -> list[str]:
        now = clock.timestamp()
        return [cell for cell, until in self._until.items() if until > now]


async def claim_ready(tx: Connection, head: int, *, passed_over: Sequence[str]) -> PlannedDatabase | None:
    """One in stock, unless it is on a cell that is passed over."""
    return await tx.one(
        PlannedDatabase,
        """
        UPDATE tenancy.databases SET state = 'claimed'
        WHERE (cell, name) = (
            SELECT d.cell, d.name FROM tenancy.databases d JOIN tenancy.cells c ON c.name = d.cell
            WHERE d.state = 'ready' AND d.revision >= $1 AND c.state = 'open' AND d.cell <> ALL($2)
            ORDER BY d.created_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED
        )
        RETURNING cell, name, revision
        """,
        head,
        passed_over,
    )


async def plan_database(tx: Connection, head: int, *, passed_over: Sequence[str]) -> PlannedDatabase | None:
    """Writes down one that is still to be made, on the cell with most room. None when there is no room."""
    await lock_capacity(tx)
    cell = await tx.value(
        """
        SELECT c.name FROM tenancy.cells c LEFT JOIN tenancy.databases d ON d.cell = c.name
        WHERE c.state = 'open' AND c.weight > 0 AND c.name <> ALL($1)
        GROUP BY c.name HAVING count(d.name) < c.capacity
        ORDER BY count(d.name)::numeric / c.weight, c.name LIMIT 1
        """,
        passed_over,
    )
    return None if cell is None else await insert_database(tx, cell, head, state="claimed")


async def insert_database(tx: Connection, cell: str, head: int, *, state: str) -> PlannedDatabase:
    name = f"t_{new_id().hex}"
    await tx.run(
        "INSERT INTO tenancy.databases (cell, name, state, revision) VALUES ($1, $2, $3, $4)",
        cell,
        name,
        state,
        head,
    )
    return PlannedDatabase(cell, name, head)


async def lock_capacity(tx: Connection) -> None:
    """One at a time counts how much room there is, so that no cell gets more than its capacity."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('tenancy.capacity', 0))")


async def room_in(tx: Connection, cell: str) -> int:
    return int(
        await tx.value(
            """
            SELECT c.capacity - count(d.name) FROM tenancy.cells c
            LEFT JOIN tenancy.databases d ON d.cell = c.name WHERE c.name = $1 GROUP BY c.name
            """,
            cell,
        )
    )
