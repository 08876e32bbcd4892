"""SQL of renewals: who is to be offered one, and what became of those that were."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.memberships import NextTerm, Term


class OpenRenewal(msgspec.Struct, frozen=True):
    """One that is neither renewed nor lapsed. Who has not paid before `late_from` owes the late fee. `open`
    is what is still to be paid of its bill, None until the payments room has one.
    """

    id: UUID
    membership_id: UUID
    term: Term
    starts_on: date
    late_fee: int
    late_tax: int
    late_from: date
    late_bill_id: UUID | None
    open: int | None

    @property
    def is_paid(self) -> bool:
        """Also when it costs nothing."""
        return 0 in {self.open, self.term.price}


async def list_to_offer(tx: Connection, *, now: datetime, ahead: timedelta) -> list[UUID]:
    """Memberships that end soon, or are in grace, and have no renewal for the day after."""
    return await tx.column(
        """
        SELECT m.id FROM bookings.memberships m
        JOIN libraries.published_libraries l ON l.id = m.library_id
        CROSS JOIN LATERAL (SELECT ($1::timestamptz AT TIME ZONE l.time_zone)::date AS day) today
        CROSS JOIN LATERAL (
            SELECT max(t.ends_on - t.starts_on + 1) AS days FROM bookings.terms t WHERE t.membership_id = m.id
        ) term
        WHERE m.status = 'sold' AND m.renews AND m.ends_on <= today.day + least($2::int, term.days / 3)
            AND m.ends_on + m.grace_days >= today.day AND NOT EXISTS (
                SELECT FROM bookings.renewals r
                WHERE r.membership_id = m.id AND r.starts_on = m.ends_on + 1
                    AND (r.status <> 'lapsed' OR m.ends_on < today.day)
            )
        ORDER BY m.ends_on, m.id LIMIT 10000
        """,
        now,
        ahead.days,
    )


_OPEN = """
    SELECT r.id, r.membership_id, r.term, r.starts_on, r.late_fee, r.late_tax, r.late_from, r.late_bill_id, (
        SELECT open FROM payments.published_bills WHERE key = 'bill ' || r.id
    ) AS open
    FROM bookings.renewals r WHERE r.status = 'offered'
"""


async def list_open_renewals(tx: Connection) -> list[OpenRenewal]:
    return await tx.all(OpenRenewal, f"{_OPEN} ORDER BY r.starts_on, r.id LIMIT 10000")


async def list_renewals_at_their_end(tx: Connection, library_id: UUID, *, now: datetime) -> list[OpenRenewal]:
    """Of memberships whose seats are kept no longer than today."""
    return await tx.all(
        OpenRenewal,
        f"""
        {_OPEN} AND EXISTS (
            SELECT FROM bookings.memberships m JOIN libraries.published_libraries l ON l.id = m.library_id
            WHERE m.id = r.membership_id AND m.library_id = $1 AND m.status = 'sold'
                AND m.ends_on + m.grace_days <= ($2::timestamptz AT TIME ZONE l.time_zone)::date
        ) ORDER BY r.starts_on, r.id LIMIT 1000
        """,
        library_id,
        now,
    )


async def list_next_terms(tx: Connection, membership_id: UUID) -> list[NextTerm]:
    return await tx.all(
        NextTerm,
        """
        SELECT r.starts_on, (r.term ->> 'ends_on')::date AS ends_on, (r.term ->> 'price')::bigint AS price,
            r.late_fee, coalesce(
                (SELECT open FROM payments.published_bills WHERE key = 'bill ' || r.id),
                (r.term ->> 'price')::bigint
            ) AS open, r.status
        FROM bookings.renewals r WHERE r.membership_id = $1 ORDER BY r.starts_on, r.id
        """,
        membership_id,
    )


async def find_open_renewal(tx: Connection, membership_id: UUID) -> OpenRenewal | None:
    return await tx.one(OpenRenewal, f"{_OPEN} AND r.membership_id = $1 FOR UPDATE OF r", membership_id)


async def insert_renewal(
    tx: Connection,
    renewal_id: UUID,
    membership_id: UUID,
    term: Term,
    *,
    late_fee: int,
    late_tax: int,
    late_from: date,
) -> None:
    await tx.run(
        """
        INSERT INTO bookings.renewals (id, membership_id, term, starts_on, late_fee, late_tax, late_from)
        VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7)
        """,
        renewal_id,
        membership_id,
        as_json(term),
        term.starts_on,
        late_fee,
        late_tax,
        late_from,
    )


async def end_renewal(tx: Connection, renewal_id: UUID, status: str) -> None:
    await tx.run(
        "UPDATE bookings.renewals SET status = $2, updated_at = now() WHERE id = $1", renewal_id, status
    )


async def note_late_bill(tx: Connection, renewal_id: UUID, bill_id: UUID) -> None:
    await tx.run(
        "UPDATE bookings.renewals SET late_bill_id = $2, updated_at = now() WHERE id = $1",
        renewal_id,
        bill_id,
    )
