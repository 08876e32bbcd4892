"""SQL of who is in and who was."""

from datetime import date, datetime, timedelta
from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.visits import DayHours, Visit, VisitFilter


def _left_at(now: str) -> str:
    """SQL: who did not say that they left has left all the same, though nobody has noted it yet."""
    return f"CASE WHEN v.left_at IS NULL AND v.out_by <= {now} THEN v.out_by ELSE v.left_at END"


def _visit(now: str) -> str:
    return f"""v.id, v.library_id, v.student_id, p.name AS student_name, v.booking_id, v.membership_id,
    s.code AS seat_code, (
        SELECT upper(o.during) FROM bookings.occupancy o
        WHERE o.seat_id = v.seat_id AND o.student_id = v.student_id
            AND o.during && tstzrange(v.came_at, v.came_at + interval '30 minutes')
        ORDER BY o.during DESC LIMIT 1
    ) AS seat_until, (
        SELECT coalesce(sum(d.open), 0)::bigint FROM payments.published_dues d
        WHERE d.student_id = v.student_id AND d.due_on < (v.came_at AT TIME ZONE l.time_zone)::date
    ) AS overdue, v.came_at, (
        SELECT a.back_by FROM bookings.leaves a
        WHERE a.visit_id = v.id AND a.back_at IS NULL AND a.back_by > {now} AND v.left_at IS NULL
    ) AS away_until, v.out_by, {_left_at(now)} AS left_at"""


_VISITS = """bookings.visits v
    JOIN libraries.published_libraries l ON l.id = v.library_id
    JOIN students.published_students p ON p.id = v.student_id
    LEFT JOIN libraries.published_seats s ON s.id = v.seat_id"""
_MATCHES = f"""
    ($1::uuid IS NULL OR v.library_id = $1) AND ($2::uuid IS NULL OR v.student_id = $2)
    AND ($3::date IS NULL OR (
        v.came_at < ($3::date + 1)::timestamp AT TIME ZONE l.time_zone
        AND coalesce({_left_at("$5")}, 'infinity') > $3::timestamp AT TIME ZONE l.time_zone
    ))
    AND ($4::boolean IS NULL OR (v.left_at IS NULL AND v.out_by > $5) = $4)
"""


async def list_visits(
    tx: Connection, wanted: VisitFilter, *, now: datetime, offset: int, limit: int
) -> tuple[list[Visit], int | None]:
    return await tx.page(
        Visit,
        f"""
        SELECT {_visit("$5")}, (SELECT count(*) FROM {_VISITS} WHERE {_MATCHES}) AS total
        FROM {_VISITS} WHERE {_MATCHES} ORDER BY v.came_at DESC, v.id DESC OFFSET $6 LIMIT $7
        """,
        *_values(wanted, now),
        offset,
        limit,
    )


async def count_visits(tx: Connection, wanted: VisitFilter, *, now: datetime) -> int:
    return int(await tx.value(f"SELECT count(*) FROM {_VISITS} WHERE {_MATCHES}", *_values(wanted, now)))


def _values(wanted: VisitFilter, now: datetime) -> tuple[object, ...]:
    return wanted.library_id, wanted.student_id, wanted.day, wanted.is_in, now


async def find_visit(tx: Connection, visit_id: UUID, *, now: datetime) -> Visit | None:
    return await tx.one(Visit, f"SELECT {_visit('$2')} FROM {_VISITS} WHERE v.id = $1", visit_id, now)


async def find_visit_of(tx: Connection, student_id: UUID, *, now: datetime) -> Visit | None:
    """The one that is not over."""
    return await tx.one(
        Visit,
        f"""
        SELECT {_visit("$2")} FROM {_VISITS} WHERE v.student_id = $1 AND v.left_at IS NULL AND v.out_by > $2
        """,
        student_id,
        now,
    )


async def note_left(tx: Connection, student_id: UUID, *, now: datetime) -> None:
    """What is over though the student did not say so."""
    await tx.run(
        """
        UPDATE bookings.visits SET left_at = out_by
        WHERE student_id = $1 AND left_at IS NULL AND out_by <= $2
        """,
        student_id,
        now,
    )


async def insert_visit(
    tx: Connection,
    visit_id: UUID,
    *,
    library_id: UUID,
    student_id: UUID,
    came_at: datetime,
    out_by: datetime,
    early_by: timedelta,
) -> None:
    """For the booking or the day of a membership that has begun, or is to begin soon, if there is one."""
    await tx.run(
        """
        INSERT INTO bookings.visits
            (id, library_id, student_id, came_at, out_by, booking_id, membership_id, seat_id)
        SELECT $1, $2, $3, $4, $6, o.booking_id, o.membership_id, o.seat_id FROM (VALUES (1)) AS once
        LEFT JOIN LATERAL (
            SELECT booking_id, membership_id, seat_id FROM bookings.occupancy
            WHERE student_id = $3 AND library_id = $2 AND kind = 'seat' AND held_until IS NULL
                AND during && tstzrange($4, $4::timestamptz + $5::interval, '[]')
            ORDER BY lower(during) LIMIT 1
        ) o ON true
        """,
        visit_id,
        library_id,
        student_id,
        came_at,
        early_by,
        out_by,
    )


async def end_visit(tx: Connection, visit_id: UUID, *, left_at: datetime) -> None:
    await tx.run("UPDATE bookings.visits SET left_at = $2 WHERE id = $1", visit_id, left_at)


async def list_hours(
    tx: Connection, student_id: UUID, *, since: date, until: date, now: datetime
) -> list[DayHours]:
    return await tx.all(
        DayHours,
        """
        SELECT day, floor(
            sum(extract(epoch FROM least(left_at, day_ends) - greatest(came_at, day_begins))) / 60
        )::int AS minutes
        FROM (
            SELECT v.came_at, coalesce(v.left_at, least(v.out_by, $4)) AS left_at, d.day::date AS day,
                d.day::date::timestamp AT TIME ZONE l.time_zone AS day_begins,
                (d.day::date + 1)::timestamp AT TIME ZONE l.time_zone AS day_ends
            FROM bookings.visits v
            JOIN libraries.published_libraries l ON l.id = v.library_id
            CROSS JOIN generate_series($2::date, $3::date, interval '1 day') AS d (day)
            WHERE v.student_id = $1 AND v.came_at < $3::date + 2
                AND coalesce(v.left_at, least(v.out_by, $4)) > $2::date - 1
        ) AS pieces
        WHERE came_at < day_ends AND left_at > day_begins
        GROUP BY day ORDER BY day
        """,
        student_id,
        since,
        until,
        now,
    )


async def overdue_since(tx: Connection, student_id: UUID, *, before: date) -> int:
    """What the student owes that was due before that day, in paise."""
    return int(
        await tx.value(
            """
            SELECT coalesce(sum(open), 0) FROM payments.published_dues WHERE student_id = $1 AND due_on < $2
            """,
            student_id,
            before,
        )
    )
