"""SQL that frees seats from a moment on. What is over by then stays taken."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from studyspot.kernel.database import Connection

_ROWS = """
    SELECT unnest($2::uuid[])
    UNION ALL SELECT id FROM bookings.occupancy WHERE booking_id = ANY ($3::uuid[])
    UNION ALL SELECT id FROM bookings.occupancy WHERE membership_id = ANY ($4::uuid[]) AND visit_id IS NULL
    UNION ALL SELECT id FROM bookings.occupancy WHERE visit_id = ANY ($5::uuid[])
"""
"""A chair that is lent to a visit is the visit's, though it is had by a membership. Each by its own index."""


async def free_from(
    tx: Connection,
    now: datetime,
    *,
    rows: Collection[UUID] = (),
    bookings: Collection[UUID] = (),
    memberships: Collection[UUID] = (),
    visits: Collection[UUID] = (),
) -> None:
    whose = [list(ids) for ids in (rows, bookings, memberships, visits)]
    await tx.run(f"DELETE FROM bookings.occupancy WHERE lower(during) >= $1 AND id IN ({_ROWS})", now, *whose)
    await tx.run(
        f"""
        UPDATE bookings.occupancy SET during = tstzrange(lower(during), $1), held_until = NULL
        WHERE upper(during) > $1 AND id IN ({_ROWS})
        """,
        now,
        *whose,
    )
