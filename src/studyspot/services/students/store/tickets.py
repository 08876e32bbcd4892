"""SQL of tickets, and of what happened to them, which is only added to."""

from datetime import datetime
from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.kernel.ids import new_id
from studyspot.services.students import rules
from studyspot.services.students.contract.tickets import (
    NewTicket,
    Ticket,
    TicketEvent,
    TicketEventKind,
    TicketFilter,
)

_TICKET = """t.id, 'TKT-' || lpad(t.number::text, 6, '0') AS number, t.library_id, t.student_id,
    nullif(concat_ws(' ', s.first_name, s.last_name), '') AS student_name, t.title, t.description, t.category,
    t.priority, t.status, t.assigned_to, t.resolution, t.respond_by, t.responded_at,
    coalesce(t.responded_at, $1::timestamptz) > t.respond_by AS is_response_breached,
    t.resolve_by, t.resolved_at,
    coalesce(t.resolved_at, $1::timestamptz) > t.resolve_by AS is_resolution_breached,
    t.version, t.created_at, t.updated_at"""
_TICKETS = "students.tickets t LEFT JOIN students.students s ON s.id = t.student_id"
_MATCHES = """
    ($2::text IS NULL OR t.status = $2) AND ($3::uuid IS NULL OR t.library_id = $3)
    AND ($4::uuid IS NULL OR t.student_id = $4) AND ($5::uuid IS NULL OR t.assigned_to = $5)
    AND ($6::text IS NULL OR t.category = $6) AND ($7::text IS NULL OR t.priority = $7)
    AND ($8::boolean IS NULL OR (t.status IN ('open', 'in_progress') AND (
        t.resolve_by < $1::timestamptz OR (t.responded_at IS NULL AND t.respond_by < $1::timestamptz)
    )) = $8)
    AND ($9::text IS NULL OR strpos(t.search_text, $9) > 0)
"""
EVENT = "id, ticket_id, kind, text, is_internal, account_id, role, at"


async def list_tickets(
    tx: Connection, wanted: TicketFilter, *, now: datetime, offset: int, limit: int
) -> tuple[list[Ticket], int | None]:
    return await tx.page(
        Ticket,
        f"""
        SELECT {_TICKET}, (SELECT count(*) FROM students.tickets t WHERE {_MATCHES}) AS total
        FROM {_TICKETS} WHERE {_MATCHES} ORDER BY t.created_at DESC, t.id DESC OFFSET $10 LIMIT $11
        """,
        now,
        *_values(wanted),
        offset,
        limit,
    )


async def count_tickets(tx: Connection, wanted: TicketFilter, *, now: datetime) -> int:
    return int(
        await tx.value(
            f"SELECT count(*) FROM students.tickets t WHERE {_MATCHES}",
            now,
            *_values(wanted),
        )
    )


def _values(wanted: TicketFilter) -> tuple[object, ...]:
    return (
        wanted.status,
        wanted.library_id,
        wanted.student_id,
        wanted.assigned_to,
        wanted.category,
        wanted.priority,
        wanted.is_breached,
        wanted.search and rules.searchable(wanted.search),
    )


async def find_ticket(
    tx: Connection, ticket_id: UUID, *, now: datetime, for_update: bool = False
) -> Ticket | None:
    return await tx.one(
        Ticket,
        f"SELECT {_TICKET} FROM {_TICKETS} WHERE t.id = $2 {'FOR UPDATE OF t' if for_update else ''}",
        now,
        ticket_id,
    )


async def insert_ticket(tx: Connection, ticket: NewTicket, *, now: datetime) -> UUID:
    """With the next number, for which others wait until the commit. Its id."""
    ticket_id, due = new_id(), rules.deadlines(ticket.priority, now)
    await tx.run(
        """
        WITH next AS (UPDATE students.counters SET last = last + 1 WHERE name = 'ticket' RETURNING last)
        INSERT INTO students.tickets (id, number, library_id, student_id, title, description, category,
            priority, assigned_to, counted_from, respond_by, resolve_by, created_at, updated_at, search_text)
        SELECT $1, last, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9, $9,
            $12 || ' tkt-' || lpad(last::text, 6, '0')
        FROM next
        """,
        ticket_id,
        ticket.library_id,
        ticket.student_id,
        ticket.title,
        ticket.description,
        ticket.category,
        ticket.priority,
        ticket.assigned_to,
        now,
        due.respond_by,
        due.resolve_by,
        rules.searchable(ticket.title),
    )
    return ticket_id


async def update_ticket(
    tx: Connection, ticket: Ticket, *, now: datetime, counted_from: datetime | None = None
) -> None:
    """Writes what may change, and raises the version; the time that is left follows from the priority."""
    await tx.run(
        """
        UPDATE students.tickets SET category = $2, priority = $3, status = $4, assigned_to = $5,
            resolution = $6, responded_at = $7, resolved_at = $8, counted_from = coalesce($9, counted_from),
            respond_by = coalesce($9, counted_from) + $10::interval,
            resolve_by = coalesce($9, counted_from) + $11::interval, version = version + 1, updated_at = $12
        WHERE id = $1
        """,
        ticket.id,
        ticket.category,
        ticket.priority,
        ticket.status,
        ticket.assigned_to,
        ticket.resolution,
        ticket.responded_at,
        ticket.resolved_at,
        counted_from,
        rules.PROMISES[ticket.priority].response,
        rules.PROMISES[ticket.priority].resolution,
        now,
    )


async def mark_answered(tx: Connection, ticket_id: UUID, *, now: datetime) -> None:
    """The first time."""
    await tx.run(
        "UPDATE students.tickets SET responded_at = $2 WHERE id = $1 AND responded_at IS NULL", ticket_id, now
    )


async def insert_event(
    tx: Connection,
    ticket_id: UUID,
    kind: TicketEventKind,
    text: str | None,
    *,
    is_internal: bool = False,
    account_id: UUID | None,
    role: str,
    at: datetime,
) -> TicketEvent:
    event = await tx.one(
        TicketEvent,
        f"""
        INSERT INTO students.ticket_events ({EVENT}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING {EVENT}
        """,
        new_id(),
        ticket_id,
        kind,
        text,
        is_internal,
        account_id,
        role,
        at,
    )
    assert event is not None  # noqa: S101 - it was inserted
    return event


async def list_events(
    tx: Connection, ticket_id: UUID, *, with_internal: bool, offset: int, limit: int
) -> tuple[list[TicketEvent], int | None]:
    return await tx.page(
        TicketEvent,
        f"""
        SELECT {EVENT}, count(*) OVER () AS total FROM students.ticket_events
        WHERE ticket_id = $1 AND ($2 OR NOT is_internal) ORDER BY id OFFSET $3 LIMIT $4
        """,
        ticket_id,
        with_internal,
        offset,
        limit,
    )


async def count_events(tx: Connection, ticket_id: UUID, *, with_internal: bool) -> int:
    return int(
        await tx.value(
            "SELECT count(*) FROM students.ticket_events WHERE ticket_id = $1 AND ($2 OR NOT is_internal)",
            ticket_id,
            with_internal,
        )
    )
