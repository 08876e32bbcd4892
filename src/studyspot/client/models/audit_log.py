"""Who changed what in a business."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment


class AuditEntry(msgspec.Struct, frozen=True):
    """One recorded change, the object before and after it."""

    id: UUID
    at: Moment
    account_id: UUID | None
    role: str
    action: str
    entity: str
    entity_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str


class TrailFault(msgspec.Struct, frozen=True):
    fault: Literal[
        "link_missing", "entry_missing", "entry_changed", "entry_late", "entry_unlinked", "hash_unknown"
    ]
    sequence: int | None
    entry_id: UUID | None


class TrailCheck(msgspec.Struct, frozen=True):
    """The chain up to the link `sequence`, whose `hash` stands for everything before it."""

    sequence: int
    hash: str | None
    is_complete: bool
    forgotten: int
    faults: list[TrailFault]
