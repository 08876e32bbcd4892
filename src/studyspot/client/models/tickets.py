"""What people complain about."""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

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


class Ticket(msgspec.Struct, frozen=True):
    """What is late, whether it came at last or not, is breached."""

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
    respond_by: Moment
    responded_at: Moment | None
    is_response_breached: bool
    resolve_by: Moment
    resolved_at: Moment | None
    is_resolution_breached: bool
    version: int
    created_at: Moment
    updated_at: Moment


class NewTicket(msgspec.Struct, frozen=True, kw_only=True):
    library_id: UUID
    student_id: UUID | None = None
    title: str
    description: str
    category: TicketCategory = "other"
    priority: TicketPriority = "medium"
    assigned_to: UUID | None = None


class NewOwnTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A student's own."""

    library_id: UUID
    title: str
    description: str
    category: TicketCategory = "other"


class TicketChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read."""

    version: int
    category: TicketCategory | UnsetType = UNSET
    priority: TicketPriority | UnsetType = UNSET
    assigned_to: UUID | UnsetType | None = UNSET


class TicketMove(msgspec.Struct, frozen=True, kw_only=True):
    """`text` says how it was resolved, or why it is open again."""

    status: TicketStatus
    text: str | None = None


class NewComment(msgspec.Struct, frozen=True, kw_only=True):
    """An internal one the student does not see."""

    text: str
    is_internal: bool = False


class OwnComment(msgspec.Struct, frozen=True, kw_only=True):
    text: str


class TicketEvent(msgspec.Struct, frozen=True):
    """What happened to a ticket, or was said about it, and in which role."""

    id: UUID
    ticket_id: UUID
    kind: Literal["opened", "changed", "commented", "started", "resolved", "closed", "reopened"]
    text: str | None
    is_internal: bool
    account_id: UUID | None
    role: str
    at: Moment
