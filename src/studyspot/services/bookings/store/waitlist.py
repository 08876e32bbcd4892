"""SQL of the waitlist."""

from datetime import datetime
from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.waitlist import NewWaiting, Waiting, WaitingFilter


def _status(now: str) -> str:
    """SQL: an offer has lapsed when its time is over, and who is no student any more has left, though nobody
    has noted it yet.
    """
    return f"""CASE WHEN w.status = 'waiting' AND NOT p.is_there THEN 'left'
        WHEN w.status = 'offered' AND m.status = 'draft' AND m.held_until <= {now} THEN 'lapsed'
        WHEN w.status = 'offered' AND m.status <> 'draft'
            THEN CASE m.status WHEN 'sold' THEN 'accepted' ELSE 'lapsed' END
        ELSE w.status END"""


def _waiting(now: str) -> str:
    return f"""w.id, w.library_id, w.student_id, p.name AS student_name, w.plan_id, w.zone_id, w.shift_ids,
        w.starts_on, {_status(now)} AS status, w.membership_id, (
            SELECT s.code FROM bookings.terms t JOIN libraries.published_seats s ON s.id = t.seat_id
            WHERE t.membership_id = w.membership_id ORDER BY t.starts_on LIMIT 1
        ) AS seat_code, m.held_until AS offered_until, w.created_at"""


_WAITLIST = """bookings.waitlist w
    JOIN students.published_students p ON p.id = w.student_id
    LEFT JOIN bookings.memberships m ON m.id = w.membership_id"""
_MATCHES = f"""
    ($1::uuid IS NULL OR w.library_id = $1) AND ($2::uuid IS NULL OR w.student_id = $2)
    AND ($3::text IS NULL OR {_status("$4")} = $3)
"""


async def list_waitlist(
    tx: Connection, wanted: WaitingFilter, *, now: datetime, offset: int, limit: int
) -> tuple[list[Waiting], int | None]:
    return await tx.page(
        Waiting,
        f"""
        SELECT {_waiting("$4")}, count(*) OVER () AS total FROM {_WAITLIST} WHERE {_MATCHES}
        ORDER BY w.created_at, w.id OFFSET $5 LIMIT $6
        """,
        *_values(wanted, now),
        offset,
        limit,
    )


async def count_waitlist(tx: Connection, wanted: WaitingFilter, *, now: datetime) -> int:
    return int(await tx.value(f"SELECT count(*) FROM {_WAITLIST} WHERE {_MATCHES}", *_values(wanted, now)))


def _values(wanted: WaitingFilter, now: datetime) -> tuple[object, ...]:
    return wanted.library_id, wanted.student_id, wanted.status, now


async def find_waiting(
    tx: Connection, waiting_id: UUID, *, now: datetime, for_update: bool = False
) -> Waiting | None:
    return await tx.one(
        Waiting,
        f"""
        SELECT {_waiting("$2")} FROM {_WAITLIST} WHERE w.id = $1 {"FOR UPDATE OF w" if for_update else ""}
        """,
        waiting_id,
        now,
    )


async def list_in_line(
    tx: Connection, library_id: UUID, *, now: datetime, alike: int, limit: int
) -> list[Waiting]:
    """Who is to be offered a seat, the first first; so many at most of those who wait for the same."""
    return await tx.all(
        Waiting,
        f"""
        SELECT {_waiting("$2")} FROM {_WAITLIST}
        JOIN (
            SELECT id, row_number() OVER (
                PARTITION BY plan_id, zone_id, shift_ids ORDER BY created_at, id
            ) AS place
            FROM bookings.waitlist WHERE library_id = $1 AND status = 'waiting'
            ORDER BY place, created_at, id LIMIT $4
        ) line ON line.id = w.id AND line.place <= $3
        ORDER BY w.created_at, w.id
        """,
        library_id,
        now,
        alike,
        limit,
    )


async def is_anybody_waiting(tx: Connection, library_id: UUID) -> bool:
    """Also for an offer that may lapse."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
                SELECT FROM bookings.waitlist WHERE library_id = $1 AND status IN ('waiting', 'offered')
            )
            """,
            library_id,
        )
    )


async def insert_waiting(tx: Connection, waiting_id: UUID, library_id: UUID, waiting: NewWaiting) -> None:
    await tx.run(
        """
        INSERT INTO bookings.waitlist (id, library_id, student_id, plan_id, zone_id, shift_ids, starts_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        waiting_id,
        library_id,
        waiting.student_id,
        waiting.plan_id,
        waiting.zone_id,
        list(waiting.shift_ids),
        waiting.starts_on,
    )


async def offer(tx: Connection, waiting_id: UUID, membership_id: UUID) -> None:
    await tx.run(
        """
        UPDATE bookings.waitlist SET status = 'offered', membership_id = $2, updated_at = now() WHERE id = $1
        """,
        waiting_id,
        membership_id,
    )


async def end_waiting(tx: Connection, waiting_id: UUID, status: str) -> None:
    await tx.run(
        "UPDATE bookings.waitlist SET status = $2, updated_at = now() WHERE id = $1", waiting_id, status
    )


async def note_lapsed(tx: Connection, library_id: UUID, *, now: datetime) -> None:
    """What the clock, or a look at the membership or at the student, says already."""
    await tx.run(
        f"""
        UPDATE bookings.waitlist SET status = found.status, updated_at = now()
        FROM (
            SELECT w.id, w.status AS noted, {_status("$2")} AS status FROM {_WAITLIST}
            WHERE w.library_id = $1 AND w.status IN ('waiting', 'offered')
        ) found
        WHERE waitlist.id = found.id AND waitlist.status = found.noted AND found.status <> found.noted
        """,
        library_id,
        now,
    )
