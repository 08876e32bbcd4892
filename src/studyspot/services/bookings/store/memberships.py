"""SQL of memberships, their terms, and the days they take."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.memberships import (
    HeldShift,
    Membership,
    MembershipFilter,
    Pause,
    Term,
)
from studyspot.services.bookings.rules import Place


class Sold(msgspec.Struct, frozen=True):
    """A membership that was found by its key."""

    id: UUID
    fingerprint: bytes


def _today(now: str) -> str:
    return f"({now}::timestamptz AT TIME ZONE l.time_zone)::date"


def _status(now: str) -> str:
    """SQL: what is not noted follows from the day."""
    return f"""CASE
        WHEN m.status = 'cancelled' THEN 'cancelled'
        WHEN m.status = 'draft' THEN CASE WHEN m.held_until > {now} THEN 'draft' ELSE 'expired' END
        WHEN EXISTS (
            SELECT FROM bookings.pauses
            WHERE membership_id = m.id AND {_today(now)} BETWEEN first_on AND last_on
        ) THEN 'paused'
        WHEN m.ends_on >= {_today(now)} THEN 'active'
        WHEN m.renews AND m.ends_on + m.grace_days >= {_today(now)} THEN 'grace'
        ELSE 'expired' END"""


def _term(columns: str, now: str) -> str:
    """SQL: of today, or else the next, or the last."""
    return f"""SELECT {columns} FROM bookings.terms WHERE membership_id = m.id
        ORDER BY ends_on < {_today(now)}, abs(ends_on - {_today(now)}) LIMIT 1"""


def _memberships(now: str) -> str:
    """SQL: each with one term."""
    return f"""bookings.memberships m
        JOIN libraries.published_libraries l ON l.id = m.library_id
        JOIN students.published_students p ON p.id = m.student_id
        JOIN LATERAL ({_term("*", now)}) t ON true
        LEFT JOIN libraries.published_seats s ON s.id = t.seat_id"""


def _membership(now: str) -> str:
    return f"""m.id, t.library_id, m.student_id, p.name AS student_name, {_status(now)} AS status, t.plan_id,
        t.plan_name, t.kind, t.seat_id, s.code AS seat_code, t.zone_id, t.shifts, t.price, m.starts_on,
        m.ends_on, m.grace_days, m.renews, m.held_until, m.cancel_reason, m.version, m.created_at,
        m.updated_at"""


_MATCHES = f"""
    ($1::uuid IS NULL OR $1 = ({_term("library_id", "$6")})) AND ($2::uuid IS NULL OR m.student_id = $2)
    AND ($3::text IS NULL OR {_status("$6")} = $3)
    AND ($4::date IS NULL OR m.ends_on >= $4) AND ($5::date IS NULL OR m.ends_on <= $5)
"""
_COUNTED = f"""
    SELECT count(*) FROM bookings.memberships m JOIN libraries.published_libraries l ON l.id = m.library_id
    WHERE {_MATCHES}
"""


async def list_memberships(
    tx: Connection, wanted: MembershipFilter, *, now: datetime, offset: int, limit: int
) -> tuple[list[Membership], int | None]:
    return await tx.page(
        Membership,
        f"""
        SELECT {_membership("$6")}, ({_COUNTED}) AS total FROM {_memberships("$6")} WHERE {_MATCHES}
        ORDER BY m.created_at DESC, m.id DESC OFFSET $7 LIMIT $8
        """,
        *_values(wanted, now),
        offset,
        limit,
    )


async def count_memberships(tx: Connection, wanted: MembershipFilter, *, now: datetime) -> int:
    return int(await tx.value(_COUNTED, *_values(wanted, now)))


def _values(wanted: MembershipFilter, now: datetime) -> tuple[object, ...]:
    return (
        wanted.library_id,
        wanted.student_id,
        wanted.status,
        wanted.ends_since,
        wanted.ends_until,
        now,
    )


async def find_membership(tx: Connection, membership_id: UUID, *, now: datetime) -> Membership | None:
    return await tx.one(
        Membership,
        f"SELECT {_membership('$2')} FROM {_memberships('$2')} WHERE m.id = $1",
        membership_id,
        now,
    )


async def find_sold(tx: Connection, key: str) -> Sold | None:
    return await tx.one(Sold, "SELECT id, fingerprint FROM bookings.memberships WHERE key = $1", key)


async def lock_memberships(tx: Connection, membership_ids: Collection[UUID]) -> None:
    """Nobody else changes them until the commit. In one order, so that nobody waits in vain."""
    await tx.run(
        "SELECT FROM bookings.memberships WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        list(membership_ids),
    )


async def has_other_membership(tx: Connection, membership: Membership) -> bool:
    """Whether the student has, or had, another one that was sold: no draft, and none that was cancelled
    before it began and of which nothing is paid.
    """
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
                SELECT FROM bookings.memberships m WHERE m.student_id = $1 AND m.id <> $2 AND (
                    m.status = 'sold' OR m.status = 'cancelled' AND (m.ends_on >= m.starts_on OR EXISTS (
                        SELECT FROM bookings.bills b
                        JOIN payments.published_bills p ON p.key = 'bill ' || b.id AND p.billed > 0
                        WHERE b.membership_id = m.id
                    ))
                )
            )
            """,
            membership.student_id,
            membership.id,
        )
    )


async def list_running(tx: Connection, student_id: UUID, *, now: datetime) -> list[UUID]:
    """The student's memberships that have not ended."""
    return await tx.column(
        f"""
        SELECT m.id FROM bookings.memberships m JOIN libraries.published_libraries l ON l.id = m.library_id
        WHERE m.student_id = $1 AND {_status("$2")} IN ('active', 'paused', 'grace') ORDER BY m.id
        """,
        student_id,
        now,
    )


async def insert_membership(
    tx: Connection,
    membership_id: UUID,
    *,
    student_id: UUID,
    term: Term,
    grace_days: int,
    renews: bool,
    held_until: datetime | None,
    key: str | None,
    fingerprint: bytes | None,
) -> None:
    await tx.run(
        """
        INSERT INTO bookings.memberships
            (id, library_id, student_id, status, starts_on, ends_on, grace_days, renews, held_until, key,
            fingerprint)
        VALUES ($1, $2, $3, CASE WHEN $8::timestamptz IS NULL THEN 'sold' ELSE 'draft' END, $4, $5, $6, $7,
            $8, $9, $10)
        """,
        membership_id,
        term.library_id,
        student_id,
        term.starts_on,
        term.ends_on,
        grace_days,
        renews,
        held_until,
        key,
        fingerprint,
    )
    await write_terms(tx, membership_id, [term])


async def write_terms(tx: Connection, membership_id: UUID, terms: Sequence[Term]) -> None:
    """These and no others."""
    await tx.run(
        "DELETE FROM bookings.terms WHERE membership_id = $1 AND id <> ALL ($2::uuid[])",
        membership_id,
        [term.id for term in terms],
    )
    await tx.run(
        """
        INSERT INTO bookings.terms (id, membership_id, library_id, plan_id, plan_name, kind, seat_id, zone_id,
            shifts, hours_a_day, starts_on, ends_on, price, is_free, reason)
        SELECT id, $1, library_id, plan_id, plan_name, kind, seat_id, zone_id, shifts, hours_a_day, starts_on,
            ends_on, price, is_free, reason
        FROM jsonb_to_recordset($2::jsonb) AS t (id uuid, library_id uuid, plan_id uuid, plan_name text,
            kind text, seat_id uuid, zone_id uuid, shifts jsonb, hours_a_day smallint,
            starts_on date, ends_on date, price bigint, is_free boolean,
            reason text)
        ON CONFLICT (id) DO UPDATE SET seat_id = excluded.seat_id, zone_id = excluded.zone_id,
            starts_on = excluded.starts_on, ends_on = excluded.ends_on, price = excluded.price,
            is_free = excluded.is_free
        """,
        membership_id,
        as_json(list(terms)),
    )


async def update_membership(
    tx: Connection,
    membership_id: UUID,
    *,
    library_id: UUID,
    starts_on: date,
    ends_on: date,
    grace_days: int,
    renews: bool,
    status: str = "sold",
    cancel_reason: str | None = None,
) -> None:
    await tx.run(
        """
        UPDATE bookings.memberships SET library_id = $2, starts_on = $3, ends_on = $4, status = $5,
            cancel_reason = $6, grace_days = $7, renews = $8, held_until = NULL, version = version + 1,
            updated_at = now()
        WHERE id = $1
        """,
        membership_id,
        library_id,
        starts_on,
        ends_on,
        status,
        cancel_reason,
        grace_days,
        renews,
    )


async def list_terms(tx: Connection, membership_id: UUID) -> list[Term]:
    return await tx.all(
        Term,
        """
        SELECT t.id, t.library_id, l.time_zone, t.plan_id, t.plan_name, t.kind, t.seat_id,
            s.code AS seat_code, t.zone_id, t.shifts, t.hours_a_day, t.starts_on, t.ends_on, t.price,
            t.is_free, t.reason
        FROM bookings.terms t
        JOIN libraries.published_libraries l ON l.id = t.library_id
        LEFT JOIN libraries.published_seats s ON s.id = t.seat_id
        WHERE t.membership_id = $1 ORDER BY t.starts_on
        """,
        membership_id,
    )


async def find_held_shift(tx: Connection, library_id: UUID, shift_id: UUID, *, day: date) -> HeldShift | None:
    """As a member has it on that day, or keeps it in grace."""
    return await tx.one(
        HeldShift,
        """
        SELECT s.shift_id, s.name, s.starts, s.ends
        FROM bookings.memberships m
        CROSS JOIN LATERAL (
            SELECT CASE WHEN m.renews AND m.status = 'sold' THEN m.grace_days ELSE 0 END AS days
        ) grace
        JOIN bookings.terms t ON t.membership_id = m.id AND $3 >= t.starts_on
            AND $3 <= least(t.ends_on, m.ends_on) + CASE WHEN t.ends_on = m.ends_on THEN grace.days ELSE 0 END
        CROSS JOIN jsonb_to_recordset(t.shifts) AS s (shift_id uuid, name text, starts text, ends text)
        WHERE t.library_id = $1 AND s.shift_id = $2 AND m.status <> 'draft' ORDER BY t.id DESC LIMIT 1
        """,
        library_id,
        shift_id,
        day,
    )


async def list_pauses(tx: Connection, membership_id: UUID) -> list[Pause]:
    return await tx.all(
        Pause,
        """
        SELECT id, first_on, last_on, reason FROM bookings.pauses WHERE membership_id = $1 ORDER BY first_on
        """,
        membership_id,
    )


async def insert_pause(tx: Connection, membership_id: UUID, pause: Pause) -> None:
    await tx.run(
        """
        INSERT INTO bookings.pauses (id, membership_id, first_on, last_on, reason)
        VALUES ($1, $2, $3, $4, $5)
        """,
        pause.id,
        membership_id,
        pause.first_on,
        pause.last_on,
        pause.reason,
    )


async def end_pause(tx: Connection, pause_id: UUID, *, last_on: date) -> None:
    """One that was not to rest a single day never was."""
    await tx.run("DELETE FROM bookings.pauses WHERE id = $1 AND first_on > $2", pause_id, last_on)
    await tx.run("UPDATE bookings.pauses SET last_on = $2 WHERE id = $1", pause_id, last_on)


async def occupy(
    tx: Connection, membership_id: UUID, places: Sequence[Place], *, held_until: datetime | None = None
) -> None:
    """A row for each, without the hours that the member left to others."""
    await tx.run(
        """
        INSERT INTO bookings.occupancy
            (id, library_id, seat_id, kind, during, student_id, membership_id, held_until)
        SELECT gen_random_uuid(), s.library_id, s.id, s.kind, kept.during, m.student_id, m.id, $5
        FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) AS w (seat_id, starts_at, ends_at)
        JOIN libraries.published_seats s ON s.id = w.seat_id
        JOIN bookings.memberships m ON m.id = $1
        CROSS JOIN LATERAL (SELECT tstzrange(w.starts_at, w.ends_at) AS during) place
        CROSS JOIN LATERAL unnest(tstzmultirange(place.during) - (
            SELECT coalesce(range_agg(during), '{}') FROM bookings.absences
            WHERE membership_id = $1 AND during && place.during
        )) AS kept (during)
        """,
        membership_id,
        [place.seat_id for place in places],
        [place.starts_at for place in places],
        [place.ends_at for place in places],
        held_until,
    )
