"""Who changed what in a business, and that nobody has changed that."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.audit_log import AuditEntry, TrailCheck
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class AsyncAuditLog(AsyncGroup):
    async def list(
        self,
        *,
        account_id: UUID | None = None,
        action: str | None = None,
        entity: str | None = None,
        entity_id: UUID | None = None,
        since: date | None = None,
        until: date | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[AuditEntry]:
        """The last change first. An action is written as in `students:update`."""
        params: dict[str, Param] = {
            "account_id": account_id,
            "action": action,
            "entity": entity,
            "entity_id": entity_id,
            "since": since,
            "until": until,
            "page": page,
            "limit": limit,
        }
        return await self._send(Request("GET", "/audit-log", Page[AuditEntry], params, bare=True))

    def iterate(
        self,
        *,
        account_id: UUID | None = None,
        action: str | None = None,
        entity: str | None = None,
        entity_id: UUID | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> AsyncIterator[AuditEntry]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                account_id=account_id,
                action=action,
                entity=entity,
                entity_id=entity_id,
                since=since,
                until=until,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    async def verify(
        self, *, after: int = 0, noted_sequence: int = 0, noted_hash: str | None = None
    ) -> TrailCheck:
        """50,000 links behind `after`; go on after its `sequence` until it `is_complete`."""
        params = {"after": after, "noted_sequence": noted_sequence, "noted_hash": noted_hash}
        return await self._send(Request("GET", "/audit-log/verification", TrailCheck, params))
