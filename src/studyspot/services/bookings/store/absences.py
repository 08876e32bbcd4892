"""SQL of hours that members leave to others."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.absences import Absence
from studyspot.services.bookings.rules import Place
from studyspot.services.bookings.store.occupancy import free_from

_ABSENCE = "id, membership_id, lower(during) AS starts_at, upper(during) AS ends_at, reason"


class Hours(msgspec.Struct, frozen=True):
    """Of a member, on one seat."""

    id: UUID
    membership_id: UUID
    student_id: UUID


async def list_hours_at(tx: Connection, membership_id: UUID, places: Sequence[Place]) -> list[Hours]:
    """What they have of these places: seats, for a locker is not left to others."""
    return await tx.all(
        Hours,
        """
        SELECT DISTINCT o.id, o.membership_id, o.student_id FROM bookings.occupancy o
        JOIN unnest($2::timestamptz[], $3::timestamptz[]) AS w (starts_at, ends_at)
            ON o.during && tstzrange(w.starts_at, w.ends_at)
        WHERE o.membership_id = $1 AND o.kind = 'seat' AND o.visit_id IS NULL AND o.held_until IS NULL
        """,
        membership_id,
        [place.starts_at for place in places],
        [place.ends_at for place in places],
    )


async def list_no_shows(
    tx: Connection,
    library_id: UUID,
    *,
    now: datetime,
    patience: timedelta,
    early_by: timedelta,
    worth: timedelta,
) -> list[Hours]:
    """What began so long ago and lasts so long still, and whose member has not come since, or just before."""
    return await tx.all(
        Hours,
        """
        SELECT o.id, o.membership_id, o.student_id FROM bookings.occupancy o
        WHERE o.library_id = $1 AND o.kind = 'seat' AND o.membership_id IS NOT NULL AND o.visit_id IS NULL
            AND o.held_until IS NULL AND o.during @> tstzrange($2, $2::timestamptz + $5::interval)
            AND lower(o.during) <= $2::timestamptz - $3::interval
            AND NOT EXISTS (
                SELECT FROM bookings.visits v WHERE v.student_id = o.student_id AND v.library_id = $1
                    AND (v.came_at > lower(o.during) - $4::interval
                        OR coalesce(v.left_at, v.out_by) > lower(o.during))
            )
        """,
        library_id,
        now,
        patience,
        early_by,
        worth,
    )


async def release(
    tx: Connection, hours_ids: Collection[UUID], *, reason: str, now: datetime
) -> list[Absence]:
    """From now on."""
    released = await tx.all(
        Absence,
        f"""
        INSERT INTO bookings.absences (id, membership_id, during, reason)
        SELECT gen_random_uuid(), membership_id, tstzrange(greatest(lower(during), $2), upper(during)), $3
        FROM bookings.occupancy WHERE id = ANY ($1::uuid[]) AND upper(during) > $2
        RETURNING {_ABSENCE}
        """,
        list(hours_ids),
        now,
        reason,
    )
    await free_from(tx, now, rows=hours_ids)
    return sorted(released, key=lambda absence: absence.starts_at)


async def list_absences(tx: Connection, membership_id: UUID) -> list[Absence]:
    return await tx.all(
        Absence,
        f"SELECT {_ABSENCE} FROM bookings.absences WHERE membership_id = $1 ORDER BY lower(during)",
        membership_id,
    )


async def find_absence(tx: Connection, absence_id: UUID) -> Absence | None:
    return await tx.one(Absence, f"SELECT {_ABSENCE} FROM bookings.absences WHERE id = $1", absence_id)


async def find_absence_of(
    tx: Connection, student_id: UUID, library_id: UUID, *, now: datetime, early_by: timedelta
) -> Absence | None:
    """Whose hours would be theirs now, or soon, had they not left them to others; none while others are.

    What they missed themselves ended when somebody noticed, which may be a moment after they came.
    """
    return await tx.one(
        Absence,
        """
        SELECT a.id, a.membership_id, lower(a.during) AS starts_at, upper(a.during) AS ends_at, a.reason
        FROM bookings.absences a JOIN bookings.memberships m ON m.id = a.membership_id
        WHERE m.student_id = $1 AND m.status = 'sold' AND $2 = (
                SELECT t.library_id FROM bookings.terms t
                JOIN libraries.published_libraries l ON l.id = t.library_id
                WHERE t.membership_id = m.id
                    AND t.starts_on <= (lower(a.during) AT TIME ZONE l.time_zone)::date
                ORDER BY t.starts_on DESC LIMIT 1
            ) AND a.during && tstzrange($3, $3::timestamptz + $4::interval, '[]')
            AND (a.reason = 'no_show' OR NOT EXISTS (
                SELECT FROM bookings.occupancy
                WHERE student_id = $1 AND library_id = $2 AND kind = 'seat' AND held_until IS NULL
                    AND during @> $3
            ))
        ORDER BY lower(a.during) LIMIT 1
        """,
        student_id,
        library_id,
        now,
        early_by,
    )


async def end_absence(tx: Connection, absence_id: UUID, *, now: datetime) -> None:
    """One that has not begun never was."""
    await tx.run("DELETE FROM bookings.absences WHERE id = $1 AND lower(during) >= $2", absence_id, now)
    await tx.run(
        """
        UPDATE bookings.absences SET during = tstzrange(lower(during), $2)
        WHERE id = $1 AND upper(during) > $2
        """,
        absence_id,
        now,
    )
