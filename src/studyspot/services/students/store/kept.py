"""SQL of what is kept about a student here and there; what other rooms keep, where they publish it."""

from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.students.contract.leads import Lead
from studyspot.services.students.contract.personal_data import (
    KeptBooking,
    KeptLeave,
    KeptReferral,
    KeptTerm,
    KeptVisit,
    KeptWaiting,
)
from studyspot.services.students.contract.tickets import TicketEvent
from studyspot.services.students.store.leads import LEAD, LEADS
from studyspot.services.students.store.tickets import EVENT


async def list_kept_terms(tx: Connection, student_id: UUID, *, limit: int) -> list[KeptTerm]:
    """The latest first."""
    return await tx.all(
        KeptTerm,
        """
        SELECT membership_id, library_id, status, plan_name, starts_on, ends_on, price
        FROM bookings.published_terms WHERE student_id = $1 ORDER BY starts_on DESC, membership_id LIMIT $2
        """,
        student_id,
        limit,
    )


async def list_kept_visits(tx: Connection, student_id: UUID, *, limit: int) -> list[KeptVisit]:
    """The latest first."""
    return await tx.all(
        KeptVisit,
        """
        SELECT library_id, came_at, left_at FROM bookings.published_visits
        WHERE student_id = $1 ORDER BY came_at DESC LIMIT $2
        """,
        student_id,
        limit,
    )


async def list_kept_bookings(tx: Connection, student_id: UUID, *, limit: int) -> list[KeptBooking]:
    """The latest first."""
    return await tx.all(
        KeptBooking,
        """
        SELECT library_id, seat_id, starts_at, ends_at, status, cancel_reason, created_at
        FROM bookings.published_bookings WHERE student_id = $1 ORDER BY starts_at DESC LIMIT $2
        """,
        student_id,
        limit,
    )


async def list_kept_leaves(tx: Connection, student_id: UUID, *, limit: int) -> list[KeptLeave]:
    """The latest first."""
    return await tx.all(
        KeptLeave,
        """
        SELECT library_id, since, back_by, back_at, is_strike, forgiven_at, forgive_reason
        FROM bookings.published_leaves WHERE student_id = $1 ORDER BY since DESC LIMIT $2
        """,
        student_id,
        limit,
    )


async def list_kept_waitlist(tx: Connection, student_id: UUID, *, limit: int) -> list[KeptWaiting]:
    """The latest first."""
    return await tx.all(
        KeptWaiting,
        """
        SELECT library_id, plan_id, zone_id, starts_on, status, created_at
        FROM bookings.published_waitlist WHERE student_id = $1 ORDER BY created_at DESC LIMIT $2
        """,
        student_id,
        limit,
    )


async def list_kept_referrals(tx: Connection, student_id: UUID, *, limit: int) -> list[KeptReferral]:
    """The latest first."""
    return await tx.all(
        KeptReferral,
        """
        SELECT referrer_id = $1 AS has_brought, rewarded_at IS NOT NULL AS is_rewarded,
            CASE WHEN referrer_id = $1 THEN reward END AS reward_paise, created_at
        FROM students.referrals WHERE $1 IN (referrer_id, referred_id)
        ORDER BY created_at DESC, id DESC LIMIT $2
        """,
        student_id,
        limit,
    )


async def list_kept_leads(tx: Connection, student_id: UUID) -> list[Lead]:
    """Whoever became this student: one, at most."""
    return await tx.all(Lead, f"SELECT {LEAD} FROM {LEADS} WHERE l.student_id = $1", student_id)


async def list_kept_events(tx: Connection, student_id: UUID, *, limit: int) -> list[TicketEvent]:
    """The latest first, of all tickets, without what the staff noted for itself."""
    return await tx.all(
        TicketEvent,
        f"""
        SELECT {EVENT} FROM students.ticket_events WHERE NOT is_internal
            AND ticket_id IN (SELECT id FROM students.tickets WHERE student_id = $1)
        ORDER BY id DESC LIMIT $2
        """,
        student_id,
        limit,
    )
