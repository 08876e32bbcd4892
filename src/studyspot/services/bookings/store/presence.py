"""SQL of codes that were read, and of temporary leaves."""

from datetime import datetime, timedelta
from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.presence import Leave, LeaveFilter

KEPT = timedelta(minutes=10)
"""Of codes that were read; much longer than any is valid."""


def _is_strike(now: str) -> str:
    return f"(a.back_at IS NULL AND a.back_by <= {now} AND a.forgiven_at IS NULL)"


def _leave(now: str) -> str:
    return f"""a.id, a.visit_id, v.library_id, v.student_id, p.name AS student_name, a.since, a.back_by,
        a.back_at, {_is_strike(now)} AS is_strike, a.forgiven_at, a.forgive_reason"""


_LEAVES = """bookings.leaves a
    JOIN bookings.visits v ON v.id = a.visit_id
    JOIN students.published_students p ON p.id = v.student_id"""
_MATCHES = f"""
    ($1::uuid IS NULL OR v.library_id = $1) AND ($2::uuid IS NULL OR v.student_id = $2)
    AND ($3::boolean IS NULL OR {_is_strike("$4")} = $3)
"""


async def note_scan(tx: Connection, code: bytes, student_id: UUID, *, now: datetime) -> None:
    """Breaks `scanned_already` when the student was let in or out with it before."""
    await tx.run(
        """
        DELETE FROM bookings.scans WHERE (code, student_id) IN (
            SELECT code, student_id FROM bookings.scans WHERE at < $1 LIMIT 100 FOR UPDATE SKIP LOCKED
        )
        """,
        now - KEPT,
    )
    await tx.run(
        "INSERT INTO bookings.scans (code, student_id, at) VALUES ($1, $2, $3)", code, student_id, now
    )


async def list_leaves(
    tx: Connection, wanted: LeaveFilter, *, now: datetime, offset: int, limit: int
) -> tuple[list[Leave], int | None]:
    return await tx.page(
        Leave,
        f"""
        SELECT {_leave("$4")}, (SELECT count(*) FROM {_LEAVES} WHERE {_MATCHES}) AS total
        FROM {_LEAVES} WHERE {_MATCHES} ORDER BY a.since DESC, a.id DESC OFFSET $5 LIMIT $6
        """,
        *_values(wanted, now),
        offset,
        limit,
    )


async def count_leaves(tx: Connection, wanted: LeaveFilter, *, now: datetime) -> int:
    return int(await tx.value(f"SELECT count(*) FROM {_LEAVES} WHERE {_MATCHES}", *_values(wanted, now)))


def _values(wanted: LeaveFilter, now: datetime) -> tuple[object, ...]:
    return wanted.library_id, wanted.student_id, wanted.is_strike, now


async def find_leave(
    tx: Connection, leave_id: UUID, *, now: datetime, for_update: bool = False
) -> Leave | None:
    return await tx.one(
        Leave,
        f"""
        SELECT {_leave("$2")} FROM {_LEAVES} WHERE a.id = $1 {"FOR UPDATE OF a" if for_update else ""}
        """,
        leave_id,
        now,
    )


async def find_leave_of(tx: Connection, visit_id: UUID, *, now: datetime) -> Leave | None:
    """The one that is not over."""
    return await tx.one(
        Leave,
        f"""
        SELECT {_leave("$2")} FROM {_LEAVES} WHERE a.visit_id = $1 AND a.back_at IS NULL AND a.back_by > $2
        """,
        visit_id,
        now,
    )


async def count_strikes(
    tx: Connection, library_id: UUID, student_id: UUID, *, now: datetime, days: int
) -> int:
    return int(
        await tx.value(
            f"""
            SELECT count(*) FROM bookings.leaves a JOIN bookings.visits v ON v.id = a.visit_id
            WHERE v.student_id = $1 AND v.library_id = $4 AND {_is_strike("$2")}
                AND a.since > $2::timestamptz - make_interval(days => $3)
            """,
            student_id,
            now,
            days,
            library_id,
        )
    )


async def start_leave(
    tx: Connection, leave_id: UUID, visit_id: UUID, *, now: datetime, back_by: datetime
) -> None:
    """Until then the visit lasts, and a chair that is lent to it is kept."""
    await tx.run(
        """
        INSERT INTO bookings.leaves (id, visit_id, since, back_by, out_by, chair_until)
        SELECT $1, v.id, $3, $4, v.out_by, upper(o.during)
        FROM bookings.visits v LEFT JOIN bookings.occupancy o ON o.visit_id = v.id WHERE v.id = $2
        """,
        leave_id,
        visit_id,
        now,
        back_by,
    )
    await tx.run("UPDATE bookings.visits SET out_by = $2 WHERE id = $1", visit_id, back_by)
    await tx.run(
        """
        UPDATE bookings.occupancy SET during = tstzrange(lower(during), $2)
        WHERE visit_id = $1 AND upper(during) > $2
        """,
        visit_id,
        back_by,
    )


async def find_lent_chair(tx: Connection, student_id: UUID) -> UUID | None:
    """The seat that is lent to the visit they have not ended."""
    found: UUID | None = await tx.value(
        """
        SELECT o.seat_id FROM bookings.visits v JOIN bookings.occupancy o ON o.visit_id = v.id
        WHERE v.student_id = $1 AND v.left_at IS NULL ORDER BY v.came_at DESC LIMIT 1
        """,
        student_id,
    )
    return found


async def note_back(tx: Connection, leave_id: UUID, *, now: datetime) -> None:
    """The clock of who noted that they went may be ahead of ours."""
    await tx.run("UPDATE bookings.leaves SET back_at = greatest(since, $2) WHERE id = $1", leave_id, now)


async def resume_visit(tx: Connection, leave_id: UUID) -> None:
    """It has again what it had; a chair that was lent, for as long as nobody else took it."""
    await tx.run(
        """
        UPDATE bookings.visits v SET out_by = a.out_by FROM bookings.leaves a
        WHERE a.id = $1 AND v.id = a.visit_id
        """,
        leave_id,
    )
    await tx.run(
        """
        UPDATE bookings.occupancy o SET during = tstzrange(lower(o.during), least(a.chair_until, (
            SELECT min(lower(other.during)) FROM bookings.occupancy other
            WHERE (other.seat_id = o.seat_id OR other.student_id = o.student_id AND other.kind = 'seat')
                AND other.id <> o.id AND lower(other.during) >= upper(o.during)
        )))
        FROM bookings.leaves a
        WHERE a.id = $1 AND o.visit_id = a.visit_id
        """,
        leave_id,
    )


async def forgive_leave(tx: Connection, leave_id: UUID, *, reason: str, now: datetime) -> None:
    await tx.run(
        "UPDATE bookings.leaves SET forgiven_at = $2, forgive_reason = $3 WHERE id = $1",
        leave_id,
        now,
        reason,
    )
