"""SQL of seats and who may have them: what is free, what is taken, by whom."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.seats import MapSeat, SeatKind
from studyspot.services.bookings.rules import Window

_SEAT = "id, library_id, zone_id, zone, is_for_women, kind, code, is_there"


class Seat(msgspec.Struct, frozen=True):
    id: UUID
    library_id: UUID
    zone_id: UUID
    zone: str
    is_for_women: bool
    kind: SeatKind
    code: str
    is_there: bool


class Student(msgspec.Struct, frozen=True):
    gender: str | None
    status: str
    is_there: bool
    adult_on: date | None
    is_consented: bool | None


async def lock(tx: Connection, *, seats: Collection[UUID] = (), students: Collection[UUID] = ()) -> None:
    """Nobody else takes one of these seats, or one for these students, or lets them in, until the commit.

    The constraints would hold without it, but of two who come at once both might wait for each other. All
    locks are taken in one order.
    """
    names = [f"bookings.seat {seat_id}" for seat_id in seats]
    names += [f"bookings.student {student_id}" for student_id in students]
    await tx.run(
        "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name",
        sorted(names),
    )


async def find_seat(tx: Connection, seat_id: UUID) -> Seat | None:
    return await tx.one(
        Seat,
        f"""
        SELECT {_SEAT} FROM libraries.published_seats
        WHERE id = $1
        """,
        seat_id,
    )


async def find_student(tx: Connection, student_id: UUID) -> Student | None:
    return await tx.one(
        Student,
        """
        SELECT gender, status, is_there, adult_on, is_consented FROM students.published_students
        LEFT JOIN students.published_minors ON student_id = id WHERE id = $1
        """,
        student_id,
    )


async def hold_student(tx: Connection, student_id: UUID) -> Student | None:
    """As they are, once nobody deletes or forgets them any more until the commit."""
    await tx.run("SELECT students.published_hold($1)", student_id)
    return await find_student(tx, student_id)


async def find_free_seats(
    tx: Connection,
    library_id: UUID,
    *,
    zone_id: UUID | None,
    is_woman: bool,
    times: Sequence[Window],
    like: UUID | None = None,
    but: Collection[UUID] = (),
    now: datetime,
    limit: int,
) -> list[Seat]:
    """What is free at all these times: seats, or lockers if that is one, in the order of their codes; those
    that not everybody may have come last.
    """
    return await tx.all(
        Seat,
        f"""
        SELECT {_SEAT} FROM libraries.published_seats s
        WHERE library_id = $1 AND is_there AND ($2::uuid IS NULL OR zone_id = $2)
            AND kind = coalesce((SELECT kind FROM libraries.published_seats WHERE id = $9), 'seat')
            AND (NOT is_for_women OR $8) AND id <> ALL ($5::uuid[])
            AND NOT EXISTS (
                SELECT FROM bookings.occupancy o
                JOIN unnest($3::timestamptz[], $4::timestamptz[]) AS wanted (starts_at, ends_at)
                    ON o.during && tstzrange(wanted.starts_at, wanted.ends_at)
                WHERE o.seat_id = s.id AND (o.held_until IS NULL OR o.held_until > $6)
            )
        ORDER BY is_for_women, code_order, id LIMIT $7
        """,
        library_id,
        zone_id,
        [starts_at for starts_at, _ in times],
        [ends_at for _, ends_at in times],
        list(but),
        now,
        limit,
        is_woman,
        like,
    )


async def list_map(
    tx: Connection, library_id: UUID, *, starts_at: datetime, ends_at: datetime, now: datetime
) -> list[MapSeat]:
    """What is out of service is so first, whatever else is in its way."""
    return await tx.all(
        MapSeat,
        """
        WITH taken AS (
            SELECT DISTINCT ON (seat_id) seat_id, student_id, upper(during) AS until,
                CASE WHEN outage_id IS NOT NULL THEN 'out_of_service'
                    WHEN held_until IS NOT NULL THEN 'held' ELSE 'taken' END AS state
            FROM bookings.occupancy
            WHERE library_id = $1 AND during && tstzrange($2, $3)
                AND (held_until IS NULL OR held_until > $4)
            ORDER BY seat_id, outage_id NULLS LAST, lower(during)
        )
        SELECT s.id, s.zone_id, s.kind, s.code, s.features, s.grid_row AS row, s.grid_column AS column,
            coalesce(t.state, 'free') AS state, t.student_id, p.name AS student_name, t.until
        FROM libraries.published_seats s
        LEFT JOIN taken t ON t.seat_id = s.id
        LEFT JOIN students.published_students p ON p.id = t.student_id
        WHERE s.library_id = $1 AND s.is_there ORDER BY s.code_order, s.id
        """,
        library_id,
        starts_at,
        ends_at,
        now,
    )
