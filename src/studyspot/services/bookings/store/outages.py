"""SQL of the times in which nobody can have a seat."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.seats import Outage
from studyspot.services.bookings.store.seats import Seat

_OUTAGE = "o.id, o.library_id, o.seat_id, s.code AS seat_code, o.reason, o.starts_at, o.ends_at, o.created_at"
_OUTAGES = "bookings.outages o JOIN libraries.published_seats s ON s.id = o.seat_id"


async def list_outages(
    tx: Connection, library_id: UUID, *, offset: int, limit: int
) -> tuple[list[Outage], int | None]:
    return await tx.page(
        Outage,
        f"""
        SELECT {_OUTAGE}, count(*) OVER () AS total FROM {_OUTAGES} WHERE o.library_id = $1
        ORDER BY o.starts_at DESC, o.id DESC OFFSET $2 LIMIT $3
        """,
        library_id,
        offset,
        limit,
    )


async def count_outages(tx: Connection, library_id: UUID) -> int:
    return int(await tx.value("SELECT count(*) FROM bookings.outages WHERE library_id = $1", library_id))


async def find_outage(tx: Connection, outage_id: UUID, *, for_update: bool = False) -> Outage | None:
    return await tx.one(
        Outage,
        f"SELECT {_OUTAGE} FROM {_OUTAGES} WHERE o.id = $1 {'FOR UPDATE OF o' if for_update else ''}",
        outage_id,
    )


class InTheWay(msgspec.Struct, frozen=True):
    """A booking, or a membership from its first day in question to its last."""

    id: UUID
    is_membership: bool
    student_name: str
    starts_at: datetime
    ends_at: datetime


async def list_in_the_way(
    tx: Connection, seat_id: UUID, *, starts_at: datetime, ends_at: datetime | None, limit: int
) -> list[InTheWay]:
    """Who has the seat for a part of that time."""
    return await tx.all(
        InTheWay,
        """
        SELECT coalesce(o.membership_id, o.booking_id) AS id, o.membership_id IS NOT NULL AS is_membership,
            p.name AS student_name, min(lower(o.during)) AS starts_at, max(upper(o.during)) AS ends_at
        FROM bookings.occupancy o JOIN students.published_students p ON p.id = o.student_id
        WHERE o.seat_id = $1 AND o.during && tstzrange($2, $3)
        GROUP BY 1, 2, 3 ORDER BY 4, 1 LIMIT $4
        """,
        seat_id,
        starts_at,
        ends_at,
        limit,
    )


async def insert_outage(
    tx: Connection, outage_id: UUID, seat: Seat, *, reason: str, starts_at: datetime, ends_at: datetime | None
) -> None:
    await tx.run(
        """
        INSERT INTO bookings.outages (id, library_id, seat_id, reason, starts_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        outage_id,
        seat.library_id,
        seat.id,
        reason,
        starts_at,
        ends_at,
    )
    await tx.run(
        f"""
        INSERT INTO bookings.occupancy (id, library_id, seat_id, kind, during, outage_id)
        SELECT o.id, o.library_id, o.seat_id, s.kind, tstzrange(o.starts_at, o.ends_at), o.id
        FROM {_OUTAGES} WHERE o.id = $1
        """,
        outage_id,
    )


async def end_outage(tx: Connection, outage_id: UUID, *, now: datetime) -> None:
    await tx.run(
        "UPDATE bookings.occupancy SET during = tstzrange(lower(during), $2) WHERE outage_id = $1",
        outage_id,
        now,
    )
    await tx.run("UPDATE bookings.outages SET ends_at = $2 WHERE id = $1", outage_id, now)


async def delete_outage(tx: Connection, outage_id: UUID) -> None:
    await tx.run("DELETE FROM bookings.occupancy WHERE outage_id = $1", outage_id)
    await tx.run("DELETE FROM bookings.outages WHERE id = $1", outage_id)
