"""SQL of members who have no seat of their own, and of the chairs that they may have."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.bookings.rules import Place


class Floating(msgspec.Struct, frozen=True):
    """`minutes_used` are those of today; after `last_on`, in grace too, they may not sit down any more."""

    membership_id: UUID
    zone_id: UUID | None
    hours_a_day: int | None
    minutes_used: int
    last_on: date


class Chair(msgspec.Struct, frozen=True):
    """`until` is when it is somebody's, if that is within the time that was asked for."""

    id: UUID
    until: datetime | None


async def find_floating(
    tx: Connection, student_id: UUID, library_id: UUID, *, now: datetime, early_by: timedelta
) -> Floating | None:
    """What the student may sit down with, unless a seat is theirs now, or soon. In grace they still may."""
    return await tx.one(
        Floating,
        """
        SELECT m.id AS membership_id, t.zone_id, t.hours_a_day, (
            SELECT coalesce(round(sum(extract(epoch FROM coalesce(left_at, least(out_by, $3)) - greatest(
                came_at, d.day::timestamp AT TIME ZONE l.time_zone))) / 60), 0)::int
            FROM bookings.visits
            WHERE membership_id = m.id
                AND coalesce(left_at, least(out_by, $3)) > d.day::timestamp AT TIME ZONE l.time_zone
        ) AS minutes_used, m.ends_on + grace.days AS last_on
        FROM bookings.memberships m
        JOIN libraries.published_libraries l ON l.id = m.library_id
        CROSS JOIN LATERAL (SELECT ($3::timestamptz AT TIME ZONE l.time_zone)::date AS day) d
        CROSS JOIN LATERAL (
            SELECT CASE WHEN m.renews AND m.status = 'sold' THEN m.grace_days ELSE 0 END AS days
        ) grace
        JOIN bookings.terms t ON t.membership_id = m.id AND d.day >= t.starts_on
            AND d.day <= least(t.ends_on, m.ends_on) + CASE
                WHEN t.ends_on = m.ends_on THEN grace.days ELSE 0 END
        WHERE m.student_id = $1 AND t.library_id = $2 AND t.kind = 'unreserved' AND m.status <> 'draft'
            AND NOT EXISTS (
                SELECT FROM bookings.occupancy
                WHERE student_id = $1 AND kind = 'seat' AND held_until IS NULL
                    AND during && tstzrange($3, $3::timestamptz + $4::interval, '[]')
            )
        ORDER BY m.created_at LIMIT 1
        """,
        student_id,
        library_id,
        now,
        early_by,
    )


async def has_chairs(tx: Connection, library_id: UUID) -> bool:
    """Whether there is any in the library, whoever has it."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
                SELECT FROM libraries.published_seats WHERE library_id = $1 AND is_there AND kind = 'seat'
            )
            """,
            library_id,
        )
    )


async def find_chairs(
    tx: Connection,
    library_id: UUID,
    *,
    zone_id: UUID | None,
    is_woman: bool,
    now: datetime,
    until: datetime,
    for_at_least: timedelta,
    but: Collection[UUID],
    limit: int,
) -> list[Chair]:
    """Those that are nobody's for the whole time first, then those that are for the longest part of it."""
    return await tx.all(
        Chair,
        """
        SELECT s.id, o.next AS until FROM libraries.published_seats s
        CROSS JOIN LATERAL (
            SELECT min(lower(during)) AS next FROM bookings.occupancy
            WHERE seat_id = s.id AND during && tstzrange($4, $5) AND (held_until IS NULL OR held_until > $4)
        ) o
        WHERE s.library_id = $1 AND s.is_there AND s.kind = 'seat' AND ($2::uuid IS NULL OR s.zone_id = $2)
            AND (NOT s.is_for_women OR $3) AND s.id <> ALL ($7::uuid[])
            AND (o.next IS NULL OR o.next >= $4::timestamptz + $6::interval)
        ORDER BY o.next DESC NULLS FIRST, s.is_for_women, s.code_order, s.id LIMIT $8
        """,
        library_id,
        zone_id,
        is_woman,
        now,
        until,
        for_at_least,
        list(but),
        limit,
    )


async def lend_chair(
    tx: Connection, visit_id: UUID, membership_id: UUID, seat_id: UUID, until: datetime
) -> None:
    """To a visit that is there already."""
    await tx.run(
        "UPDATE bookings.visits SET membership_id = $2, seat_id = $3 WHERE id = $1",
        visit_id,
        membership_id,
        seat_id,
    )
    await tx.run(
        """
        INSERT INTO bookings.occupancy
            (id, library_id, seat_id, kind, during, student_id, membership_id, visit_id)
        SELECT gen_random_uuid(), v.library_id, s.id, s.kind, tstzrange(v.came_at, $2), v.student_id,
            v.membership_id, v.id
        FROM bookings.visits v JOIN libraries.published_seats s ON s.id = v.seat_id WHERE v.id = $1
        """,
        visit_id,
        until,
    )


async def next_place_of(tx: Connection, student_id: UUID, *, now: datetime) -> datetime | None:
    """When a seat is theirs next."""
    found: datetime | None = await tx.value(
        """
        SELECT min(lower(during)) FROM bookings.occupancy
        WHERE student_id = $1 AND kind = 'seat' AND during && tstzrange($2, NULL) AND lower(during) > $2
            AND (held_until IS NULL OR held_until > $2)
        """,
        student_id,
        now,
    )
    return found


async def end_lent_chair(tx: Connection, student_id: UUID, places: Sequence[Place]) -> None:
    """When they have a seat of their own, if that is before it ends."""
    await tx.run(
        """
        UPDATE bookings.occupancy SET during = tstzrange(lower(during), own.starts_at)
        FROM (
            SELECT min(w.starts_at) AS starts_at
            FROM unnest($2::uuid[], $3::timestamptz[]) AS w (seat_id, starts_at)
            JOIN libraries.published_seats s ON s.id = w.seat_id WHERE s.kind = 'seat'
        ) own
        WHERE student_id = $1 AND visit_id IS NOT NULL AND lower(during) < own.starts_at
            AND upper(during) > own.starts_at
        """,
        student_id,
        [place.seat_id for place in places],
        [place.starts_at for place in places],
    )
