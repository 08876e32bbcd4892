"""HTTP for tickets: everybody's for the staff, and students' own."""

from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page, Search
from studyspot.services.students.contract import (
    NewComment,
    NewOwnTicket,
    NewTicket,
    OwnComment,
    Ticket,
    TicketCategory,
    TicketChange,
    TicketEvent,
    TicketFilter,
    TicketMove,
    TicketPriority,
    TicketStatus,
)
from studyspot.services.students.routes.door import Door


@get("/", opt=permit("tickets:read"))
async def list_tickets(
    caller: Asker,
    students: Door,
    status: FromQuery[TicketStatus | None] = None,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    assigned_to: FromQuery[UUID | None] = None,
    category: FromQuery[TicketCategory | None] = None,
    priority: FromQuery[TicketPriority | None] = None,
    is_breached: FromQuery[bool | None] = None,
    search: Search = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Ticket]:
    """Newest first. `is_breached` finds what is late and still to be done, `search` a title or a number."""
    wanted = TicketFilter(
        status=status,
        library_id=library_id,
        student_id=student_id,
        assigned_to=assigned_to,
        category=category,
        priority=priority,
        is_breached=is_breached,
        search=search,
    )
    found = await students.list_tickets(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{ticket_id:uuid}", opt=permit("tickets:read"))
async def get_ticket(caller: Asker, students: Door, ticket_id: FromPath[UUID]) -> Success[Ticket]:
    return Success(await students.get_ticket(caller, ticket_id=ticket_id))


@post("/", opt=permit("tickets:create"))
async def create_ticket(caller: Asker, students: Door, data: JSONBody[NewTicket]) -> Success[Ticket]:
    return Success(await students.create_ticket(caller, ticket=data))


@put("/{ticket_id:uuid}", opt=permit("tickets:update"))
async def change_ticket(
    caller: Asker, students: Door, ticket_id: FromPath[UUID], data: JSONBody[TicketChange]
) -> Success[Ticket]:
    """Changes what the body gives; `version` is the one that was read."""
    return Success(await students.change_ticket(caller, ticket_id=ticket_id, change=data))


@post("/{ticket_id:uuid}/status", opt=permit("tickets:update"), status_code=200)
async def move_ticket(
    caller: Asker, students: Door, ticket_id: FromPath[UUID], data: JSONBody[TicketMove]
) -> Success[Ticket]:
    """From open to in progress, to resolved, to closed, or open again."""
    return Success(await students.move_ticket(caller, ticket_id=ticket_id, move=data))


@post("/{ticket_id:uuid}/comments", opt=permit("tickets:update"))
async def comment_on_ticket(
    caller: Asker, students: Door, ticket_id: FromPath[UUID], data: JSONBody[NewComment]
) -> Success[TicketEvent]:
    """The first one that is not internal is the answer that is waited for."""
    return Success(await students.comment_on_ticket(caller, ticket_id=ticket_id, comment=data))


@get("/{ticket_id:uuid}/events", opt=permit("tickets:read"))
async def list_ticket_events(
    caller: Asker, students: Door, ticket_id: FromPath[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[TicketEvent]:
    """All that happened to it and was said about it, what came first first."""
    found = await students.list_ticket_events(caller, ticket_id=ticket_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/me/tickets", opt=permit("own_student:read"))
async def list_own_tickets(
    caller: Asker, students: Door, page: Page = 1, limit: Limit = 20
) -> Listing[Ticket]:
    """The signed-in student's own tickets, newest first."""
    found = await students.list_own_tickets(caller, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/me/tickets/{ticket_id:uuid}", opt=permit("own_student:read"))
async def get_own_ticket(caller: Asker, students: Door, ticket_id: FromPath[UUID]) -> Success[Ticket]:
    return Success(await students.get_own_ticket(caller, ticket_id=ticket_id))


@post("/me/tickets", opt=permit("own_student:update"))
async def open_own_ticket(caller: Asker, students: Door, data: JSONBody[NewOwnTicket]) -> Success[Ticket]:
    return Success(await students.open_own_ticket(caller, ticket=data))


@post("/me/tickets/{ticket_id:uuid}/comments", opt=permit("own_student:update"))
async def comment_on_own_ticket(
    caller: Asker, students: Door, ticket_id: FromPath[UUID], data: JSONBody[OwnComment]
) -> Success[TicketEvent]:
    return Success(await students.comment_on_own_ticket(caller, ticket_id=ticket_id, comment=data))


@get("/me/tickets/{ticket_id:uuid}/events", opt=permit("own_student:read"))
async def list_own_ticket_events(
    caller: Asker, students: Door, ticket_id: FromPath[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[TicketEvent]:
    """What happened to it and was said about it, without what the staff noted for itself."""
    found = await students.list_own_ticket_events(caller, ticket_id=ticket_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


HANDLERS = [
    list_tickets,
    get_ticket,
    create_ticket,
    change_ticket,
    move_ticket,
    comment_on_ticket,
    list_ticket_events,
]
OWN_HANDLERS = [
    list_own_tickets,
    get_own_ticket,
    open_own_ticket,
    comment_on_own_ticket,
    list_own_ticket_events,
]
