"""SQL of holds that have run out."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from studyspot.kernel.database import Connection


async def drop_expired_holds(
    tx: Connection, *, seats: Collection[UUID], students: Collection[UUID] = (), now: datetime
) -> None:
    """Those that still stand in the way of these seats, or of these students. A draft's days go; that it has
    expired, its own time tells.
    """
    await tx.run(
        """
        DELETE FROM bookings.occupancy
        WHERE membership_id IS NOT NULL AND held_until <= $3
            AND (seat_id = ANY ($1::uuid[]) OR student_id = ANY ($2::uuid[]))
        """,
        list(seats),
        list(students),
        now,
    )
    await tx.run(
        """
        WITH expired AS (
            SELECT id FROM bookings.bookings
            WHERE status = 'held' AND held_until <= $3
                AND (seat_id = ANY ($1::uuid[]) OR student_id = ANY ($2::uuid[]))
            ORDER BY id FOR UPDATE
        ), freed AS (
            DELETE FROM bookings.occupancy WHERE booking_id IN (SELECT id FROM expired)
        )
        UPDATE bookings.bookings SET status = 'expired', held_until = NULL, version = version + 1,
            updated_at = now()
        WHERE id IN (SELECT id FROM expired)
        """,
        list(seats),
        list(students),
        now,
    )
