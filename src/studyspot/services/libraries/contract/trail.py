"""Who changed what in a business, as it crosses the door."""

from datetime import date
from uuid import UUID

import msgspec

from studyspot.kernel.audit import AuditEntry


class TrailFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` are days as India counts them."""

    account_id: UUID | None = None
    action: str | None = None
    entity: str | None = None
    entity_id: UUID | None = None
    since: date | None = None
    until: date | None = None


class TrailPage(msgspec.Struct, frozen=True):
    items: list[AuditEntry]
    total: int
