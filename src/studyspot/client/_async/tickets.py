"""What people complain about: for the staff, and students' own."""

from collections.abc import AsyncIterator
from uuid import UUID

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.page import Page
from studyspot.client.models.tickets import (
    NewComment,
    NewOwnTicket,
    NewTicket,
    OwnComment,
    Ticket,
    TicketCategory,
    TicketChange,
    TicketEvent,
    TicketMove,
    TicketPriority,
    TicketStatus,
)
from studyspot.client.request import Param, Request


class AsyncTickets(AsyncGroup):
    async def list(
        self,
        *,
        status: TicketStatus | None = None,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        assigned_to: UUID | None = None,
        category: TicketCategory | None = None,
        priority: TicketPriority | None = None,
        is_breached: bool | None = None,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Ticket]:
        """Newest first; `is_breached` finds what is late and still to be done."""
        params: dict[str, Param] = {
            "status": status,
            "library_id": library_id,
            "student_id": student_id,
            "assigned_to": assigned_to,
            "category": category,
            "priority": priority,
            "is_breached": is_breached,
            "search": search,
            "page": page,
            "limit": limit,
        }
        return await self._send(Request("GET", "/tickets", Page[Ticket], params, bare=True))

    def iterate(
        self,
        *,
        status: TicketStatus | None = None,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        assigned_to: UUID | None = None,
        category: TicketCategory | None = None,
        priority: TicketPriority | None = None,
        is_breached: bool | None = None,
        search: str | None = None,
    ) -> AsyncIterator[Ticket]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                status=status,
                library_id=library_id,
                student_id=student_id,
                assigned_to=assigned_to,
                category=category,
                priority=priority,
                is_breached=is_breached,
                search=search,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    async def get(self, ticket_id: UUID) -> Ticket:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/tickets/{ticket_id}", Ticket))

    async def create(self, ticket: NewTicket) -> Ticket:
        """:raises Refused: for a library, a student or a colleague that is not there."""
        return await self._send(Request("POST", "/tickets", Ticket, body=ticket))

    async def change(self, ticket_id: UUID, change: TicketChange) -> Ticket:
        """:raises NotFound: :raises Conflict: when somebody changed it meanwhile."""
        return await self._send(Request("PUT", f"/tickets/{ticket_id}", Ticket, body=change))

    async def move(self, ticket_id: UUID, move: TicketMove) -> Ticket:
        """:raises NotFound: :raises Conflict: when this does not follow from where it is."""
        return await self._send(Request("POST", f"/tickets/{ticket_id}/status", Ticket, body=move))

    async def comment(self, ticket_id: UUID, comment: NewComment) -> TicketEvent:
        """:raises NotFound:"""
        path = f"/tickets/{ticket_id}/comments"
        return await self._send(Request("POST", path, TicketEvent, body=comment))

    async def events(self, ticket_id: UUID, *, page: int = 1, limit: int = 20) -> Page[TicketEvent]:
        """What happened first comes first. :raises NotFound:"""
        params: dict[str, Param] = {"page": page, "limit": limit}
        path = f"/tickets/{ticket_id}/events"
        return await self._send(Request("GET", path, Page[TicketEvent], params, bare=True))

    def iterate_events(self, ticket_id: UUID) -> AsyncIterator[TicketEvent]:
        """All pages, one after the other."""
        return every(lambda page: self.events(ticket_id, page=page, limit=LIMIT_MAX))


class AsyncOwnTickets(AsyncGroup):
    """Those of the student who is signed in."""

    async def list(self, *, page: int = 1, limit: int = 20) -> Page[Ticket]:
        """Newest first."""
        params: dict[str, Param] = {"page": page, "limit": limit}
        return await self._send(Request("GET", "/students/me/tickets", Page[Ticket], params, bare=True))

    def iterate(self) -> AsyncIterator[Ticket]:
        """All pages, one after the other."""
        return every(lambda page: self.list(page=page, limit=LIMIT_MAX))

    async def get(self, ticket_id: UUID) -> Ticket:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/students/me/tickets/{ticket_id}", Ticket))

    async def open(self, ticket: NewOwnTicket) -> Ticket:
        """:raises Refused: for a library that is not there."""
        return await self._send(Request("POST", "/students/me/tickets", Ticket, body=ticket))

    async def comment(self, ticket_id: UUID, comment: OwnComment) -> TicketEvent:
        """:raises NotFound:"""
        path = f"/students/me/tickets/{ticket_id}/comments"
        return await self._send(Request("POST", path, TicketEvent, body=comment))

    async def events(self, ticket_id: UUID, *, page: int = 1, limit: int = 20) -> Page[TicketEvent]:
        """What happened first comes first. :raises NotFound:"""
        params: dict[str, Param] = {"page": page, "limit": limit}
        path = f"/students/me/tickets/{ticket_id}/events"
        return await self._send(Request("GET", path, Page[TicketEvent], params, bare=True))

    def iterate_events(self, ticket_id: UUID) -> AsyncIterator[TicketEvent]:
        """All pages, one after the other."""
        return every(lambda page: self.events(ticket_id, page=page, limit=LIMIT_MAX))
