"""What people complain about: opened, answered, resolved, and open again."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version, tenant_of
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import NotFound
from studyspot.services.libraries.contract import Libraries
from studyspot.services.students import rules, store
from studyspot.services.students.contract.records import WrongState
from studyspot.services.students.contract.tickets import (
    NewComment,
    NewOwnTicket,
    NewTicket,
    OwnComment,
    Ticket,
    TicketChange,
    TicketEvent,
    TicketEventKind,
    TicketEventPage,
    TicketFilter,
    TicketMove,
    TicketPage,
    UnknownStudent,
)
from studyspot.services.students.service.own import Own
from studyspot.services.students.service.references import check_colleague, check_library
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy


class Tickets:
    def __init__(self, tenancy: Tenancy, libraries: Libraries, own: Own, users: Users) -> None:
        self._tenancy = tenancy
        self._libraries = libraries
        self._own = own
        self._users = users

    async def list_tickets(
        self, caller: Caller, *, filter: TicketFilter, page: int, limit: int
    ) -> TicketPage:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_tickets(
                connection, filter, now=now, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_tickets(connection, filter, now=now)
            return TicketPage(items, total)

    async def get_ticket(self, caller: Caller, *, ticket_id: UUID) -> Ticket:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await _find(connection, ticket_id)

    async def create_ticket(self, caller: Caller, *, ticket: NewTicket) -> Ticket:
        await check_library(self._libraries, caller, ticket.library_id)
        await check_colleague(self._users, caller, ticket.assigned_to)
        now = clock.now()
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            if ticket.student_id and not await store.find_student(tx, ticket.student_id, for_share=True):
                raise UnknownStudent("There is no such student.")
            ticket_id = await store.insert_ticket(tx, ticket, now=now)
            await _tell(tx, caller, ticket_id, "opened", None, now=now)
            created = await _find(tx, ticket_id)
            await audit.record(
                tx, caller, "tickets:create", entity="ticket", entity_id=ticket_id, after=created
            )
            return created

    async def change_ticket(self, caller: Caller, *, ticket_id: UUID, change: TicketChange) -> Ticket:
        given = changed_fields(change)
        await check_colleague(self._users, caller, given.get("assigned_to"))
        now = clock.now()
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = await _find_locked(tx, ticket_id)
            check_version("ticket", read=change.version, found=before.version)
            await store.update_ticket(tx, msgspec.structs.replace(before, **given), now=now)
            told = "; ".join(
                f"{name}: {getattr(before, name)} → {value}"
                for name, value in given.items()
                if getattr(before, name) != value
            )
            if told:
                await _tell(tx, caller, ticket_id, "changed", told, is_internal=True, now=now)
            return await _recorded(tx, caller, "tickets:update", before)

    async def move_ticket(self, caller: Caller, *, ticket_id: UUID, move: TicketMove) -> Ticket:
        now = clock.now()
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = await _find_locked(tx, ticket_id)
            kind = rules.check_move(before.status, move)
            # Nothing is written any more of who is forgotten, but what they complained about is put right.
            text = "Erased" if move.text and await _is_of_erased(tx, before) else move.text
            is_over = move.status in {"resolved", "closed"}
            wanted = msgspec.structs.replace(
                before,
                status=move.status,
                responded_at=before.responded_at or now,
                resolved_at=(before.resolved_at or now) if is_over else None,
                resolution=(before.resolution or text) if is_over else None,
            )
            if kind == "reopened":  # waits for an answer anew
                wanted = msgspec.structs.replace(wanted, responded_at=None)
            await store.update_ticket(tx, wanted, now=now, counted_from=now if kind == "reopened" else None)
            await _tell(tx, caller, ticket_id, kind, text, now=now)
            return await _recorded(tx, caller, "tickets:move", before)

    async def comment_on_ticket(self, caller: Caller, *, ticket_id: UUID, comment: NewComment) -> TicketEvent:
        now = clock.now()
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await _check_not_erased(tx, await _find_locked(tx, ticket_id))
            if not comment.is_internal:
                await store.mark_answered(tx, ticket_id, now=now)
            return await _tell(
                tx, caller, ticket_id, "commented", comment.text, is_internal=comment.is_internal, now=now
            )

    async def list_ticket_events(
        self, caller: Caller, *, ticket_id: UUID, page: int, limit: int
    ) -> TicketEventPage:
        return await self._events(caller, ticket_id, with_internal=True, page=page, limit=limit)

    async def list_own_tickets(self, caller: Caller, *, page: int, limit: int) -> TicketPage:
        student = await self._own.get_own(caller)
        found = await self.list_tickets(
            caller, filter=TicketFilter(student_id=student.id), page=page, limit=limit
        )
        return TicketPage([_shown(ticket) for ticket in found.items], found.total)

    async def get_own_ticket(self, caller: Caller, *, ticket_id: UUID) -> Ticket:
        student = await self._own.get_own(caller)
        ticket = await self.get_ticket(caller, ticket_id=ticket_id)
        if ticket.student_id != student.id:
            raise _no_such_ticket()
        return _shown(ticket)

    async def open_own_ticket(self, caller: Caller, *, ticket: NewOwnTicket) -> Ticket:
        student = await self._own.get_own(caller)
        fields = {name: getattr(ticket, name) for name in ticket.__struct_fields__}
        return await self.create_ticket(caller, ticket=NewTicket(student_id=student.id, **fields))

    async def comment_on_own_ticket(
        self, caller: Caller, *, ticket_id: UUID, comment: OwnComment
    ) -> TicketEvent:
        await self.get_own_ticket(caller, ticket_id=ticket_id)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await _check_not_erased(tx, await _find_locked(tx, ticket_id))
            return await _tell(tx, caller, ticket_id, "commented", comment.text, now=clock.now())

    async def list_own_ticket_events(
        self, caller: Caller, *, ticket_id: UUID, page: int, limit: int
    ) -> TicketEventPage:
        await self.get_own_ticket(caller, ticket_id=ticket_id)
        found = await self._events(caller, ticket_id, with_internal=False, page=page, limit=limit)
        own = caller.account_id
        shown = [
            one if one.account_id == own else msgspec.structs.replace(one, account_id=None)
            for one in found.items
        ]
        return TicketEventPage(shown, found.total)

    async def _events(
        self, caller: Caller, ticket_id: UUID, *, with_internal: bool, page: int, limit: int
    ) -> TicketEventPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            await _find(connection, ticket_id)
            items, total = await store.list_events(
                connection, ticket_id, with_internal=with_internal, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_events(connection, ticket_id, with_internal=with_internal)
            return TicketEventPage(items, total)


async def _tell(
    tx: Connection,
    caller: Caller,
    ticket_id: UUID,
    kind: TicketEventKind,
    text: str | None,
    *,
    is_internal: bool = False,
    now: datetime,
) -> TicketEvent:
    return await store.insert_event(
        tx,
        ticket_id,
        kind,
        text,
        is_internal=is_internal,
        account_id=caller.account_id,
        role=caller.role,
        at=now,
    )


async def _recorded(tx: Connection, caller: Caller, action: str, before: Ticket) -> Ticket:
    """The ticket as it is now."""
    after = await _find(tx, before.id)
    await audit.record(tx, caller, action, entity="ticket", entity_id=before.id, before=before, after=after)
    return after


async def _find(tx: Connection, ticket_id: UUID, *, for_update: bool = False) -> Ticket:
    ticket = await store.find_ticket(tx, ticket_id, now=clock.now(), for_update=for_update)
    if ticket is None:
        raise _no_such_ticket()
    return ticket


async def _find_locked(tx: Connection, ticket_id: UUID) -> Ticket:
    """Read once it is locked: whoever had it before may have forgotten the student meanwhile."""
    await _find(tx, ticket_id, for_update=True)
    return await _find(tx, ticket_id)


async def _is_of_erased(tx: Connection, ticket: Ticket) -> bool:
    return ticket.student_id is not None and await store.is_erased(tx, ticket.student_id)


async def _check_not_erased(tx: Connection, ticket: Ticket) -> None:
    """:raises WrongState:"""
    if await _is_of_erased(tx, ticket):
        raise WrongState("The student was forgotten. Nothing more is written about them.")


def _shown(ticket: Ticket) -> Ticket:
    """Without who of the staff looks after it."""
    return msgspec.structs.replace(ticket, assigned_to=None)


def _no_such_ticket() -> NotFound:
    return NotFound("There is no such ticket.")
