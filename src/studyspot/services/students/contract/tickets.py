"""What people complain about, as it crosses the door."""

from datetime import datetime
from typing import Annotated, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Caller, Version, repeatable
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import AccountId
from studyspot.kernel.values import ShortText

TicketCategory = Literal[
    "cleanliness",
    "noise",
    "seat",
    "internet",
    "electricity",
    "facilities",
    "payment",
    "staff",
    "other",
]
TicketPriority = Literal["low", "medium", "high", "critical"]
TicketStatus = Literal["open", "in_progress", "resolved", "closed"]
TicketEventKind = Literal["opened", "changed", "commented", "started", "resolved", "closed", "reopened"]
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\n]*$")]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]


class UnknownStudent(Refusal):
    """The business has no such student."""

    code = "UNKNOWN_STUDENT"


class UnknownColleague(Refusal):
    """Nobody of that account works here."""

    code = "UNKNOWN_COLLEAGUE"


class Ticket(msgspec.Struct, frozen=True):
    """It is answered with the first word of the staff, by `respond_by`, and resolved by `resolve_by`; what is
    late, whether it came at last or not, is breached.
    """

    id: UUID
    number: str
    library_id: UUID
    student_id: UUID | None
    student_name: str | None
    title: str
    description: str
    category: TicketCategory
    priority: TicketPriority
    status: TicketStatus
    assigned_to: UUID | None
    resolution: str | None
    respond_by: datetime
    responded_at: datetime | None
    is_response_breached: bool
    resolve_by: datetime
    resolved_at: datetime | None
    is_resolution_breached: bool
    version: int
    created_at: datetime
    updated_at: datetime


class TicketPage(msgspec.Struct, frozen=True):
    items: list[Ticket]
    total: int


class TicketFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`search` finds any part of a title, or a number. `is_breached` is for what is still to be done."""

    status: TicketStatus | None = None
    library_id: UUID | None = None
    student_id: UUID | None = None
    assigned_to: UUID | None = None
    category: TicketCategory | None = None
    priority: TicketPriority | None = None
    is_breached: bool | None = None
    search: ShortText | None = None


class NewTicket(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    library_id: UUID
    student_id: UUID | None = None
    title: Title
    description: Words
    category: TicketCategory = "other"
    priority: TicketPriority = "medium"
    assigned_to: AccountId | None = None


class NewOwnTicket(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A student's own; how urgent it is, the library says."""

    library_id: UUID
    title: Title
    description: Words
    category: TicketCategory = "other"


class TicketChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is given is changed. With another priority the time that is left is another, too."""

    version: Version
    category: TicketCategory | UnsetType = UNSET
    priority: TicketPriority | UnsetType = UNSET
    assigned_to: AccountId | UnsetType | None = UNSET


class TicketMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From open to in progress, to resolved, to closed; what is resolved or closed may be open again. `text`
    says how it was resolved, or why it is open again.
    """

    status: TicketStatus
    text: Words | None = None


class NewComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An internal one the student does not see; nor does it count as an answer."""

    text: Words
    is_internal: bool = False


class OwnComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    text: Words


class TicketEvent(msgspec.Struct, frozen=True):
    """What happened to a ticket, or was said about it, and in which role."""

    id: UUID
    ticket_id: UUID
    kind: TicketEventKind
    text: str | None
    is_internal: bool
    account_id: UUID | None
    role: str
    at: datetime


class TicketEventPage(msgspec.Struct, frozen=True):
    items: list[TicketEvent]
    total: int


class Tickets(Protocol):
    """What people complain about."""

    @repeatable
    async def list_tickets(
        self, caller: Caller, *, filter: TicketFilter, page: int, limit: int
    ) -> TicketPage:
        """Newest first."""
        ...

    @repeatable
    async def get_ticket(self, caller: Caller, *, ticket_id: UUID) -> Ticket:
        """:raises NotFound:"""
        ...

    async def create_ticket(self, caller: Caller, *, ticket: NewTicket) -> Ticket:
        """:raises UnknownLibrary: :raises UnknownStudent: :raises UnknownColleague:"""
        ...

    async def change_ticket(self, caller: Caller, *, ticket_id: UUID, change: TicketChange) -> Ticket:
        """:raises NotFound: :raises VersionConflict: :raises UnknownColleague:"""
        ...

    async def move_ticket(self, caller: Caller, *, ticket_id: UUID, move: TicketMove) -> Ticket:
        """:raises NotFound: :raises WrongState: when this does not follow from where it is.

        :raises ValidationFailed: for a resolution that does not say how. Of a student who is forgotten it is
        not kept how.
        """
        ...

    async def comment_on_ticket(self, caller: Caller, *, ticket_id: UUID, comment: NewComment) -> TicketEvent:
        """:raises NotFound: :raises WrongState: once the student is forgotten."""
        ...

    @repeatable
    async def list_ticket_events(
        self, caller: Caller, *, ticket_id: UUID, page: int, limit: int
    ) -> TicketEventPage:
        """What happened first comes first. :raises NotFound:"""
        ...

    @repeatable
    async def list_own_tickets(self, caller: Caller, *, page: int, limit: int) -> TicketPage:
        """Newest first. :raises NotFound: for who is no student."""
        ...

    @repeatable
    async def get_own_ticket(self, caller: Caller, *, ticket_id: UUID) -> Ticket:
        """:raises NotFound:"""
        ...

    async def open_own_ticket(self, caller: Caller, *, ticket: NewOwnTicket) -> Ticket:
        """:raises NotFound: for who is no student. :raises UnknownLibrary:"""
        ...

    async def comment_on_own_ticket(
        self, caller: Caller, *, ticket_id: UUID, comment: OwnComment
    ) -> TicketEvent:
        """:raises NotFound:"""
        ...

    @repeatable
    async def list_own_ticket_events(
        self, caller: Caller, *, ticket_id: UUID, page: int, limit: int
    ) -> TicketEventPage:
        """What happened first comes first, without what the staff noted for itself. :raises NotFound:"""
        ...
