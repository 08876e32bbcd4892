"""Who has the drawer: counted when it is opened and when it is handed over; cash that goes to the bank."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID, uuid4

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.drawers import (
    CashTransfer,
    DrawerCount,
    DrawerMovement,
    DrawerSession,
    NewCashTransfer,
    NewDrawerSession,
)
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class AsyncDrawerSessions(AsyncGroup):
    async def list(
        self,
        *,
        library_id: UUID | None = None,
        account_id: UUID | None = None,
        is_open: bool | None = None,
        since: date | None = None,
        until: date | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[DrawerSession]:
        """The one opened last first; `account_id` is who has the drawer."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "account_id": account_id,
            "is_open": is_open,
            "since": since,
            "until": until,
            "page": page,
            "limit": limit,
        }
        return await self._send(
            Request("GET", "/payments/drawer-sessions", Page[DrawerSession], params, bare=True)
        )

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        account_id: UUID | None = None,
        is_open: bool | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> AsyncIterator[DrawerSession]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                account_id=account_id,
                is_open=is_open,
                since=since,
                until=until,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    async def get(self, session_id: UUID) -> DrawerSession:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/payments/drawer-sessions/{session_id}", DrawerSession))

    async def movements(self, session_id: UUID, *, page: int = 1, limit: int = 20) -> Page[DrawerMovement]:
        """Its cash, line by line, the last one first. :raises NotFound:"""
        params: dict[str, Param] = {"page": page, "limit": limit}
        path = f"/payments/drawer-sessions/{session_id}/movements"
        return await self._send(Request("GET", path, Page[DrawerMovement], params, bare=True))

    def iterate_movements(self, session_id: UUID) -> AsyncIterator[DrawerMovement]:
        """All pages, one after the other."""
        return every(lambda page: self.movements(session_id, page=page, limit=LIMIT_MAX))

    async def open(self, session: NewDrawerSession) -> DrawerSession:
        """:raises NotFound: :raises Conflict: when one of yours is open in that library."""
        return await self._send(Request("POST", "/payments/drawer-sessions", DrawerSession, body=session))

    async def close(self, session_id: UUID, count: DrawerCount) -> DrawerSession:
        """:raises NotFound: :raises Conflict: for a difference that is not explained, or when it is closed.
        :raises Forbidden: for another's drawer, or more than the caller may write off alone.
        """
        path = f"/payments/drawer-sessions/{session_id}/close"
        return await self._send(Request("POST", path, DrawerSession, body=count))


class AsyncCashTransfers(AsyncGroup):
    async def list(
        self, *, library_id: UUID | None = None, page: int = 1, limit: int = 20
    ) -> Page[CashTransfer]:
        """The last one first."""
        params: dict[str, Param] = {"library_id": library_id, "page": page, "limit": limit}
        return await self._send(
            Request("GET", "/payments/cash-transfers", Page[CashTransfer], params, bare=True)
        )

    def iterate(self, *, library_id: UUID | None = None) -> AsyncIterator[CashTransfer]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id=library_id, page=page, limit=LIMIT_MAX))

    async def create(self, transfer: NewCashTransfer, *, key: str | None = None) -> CashTransfer:
        """:raises NotFound: :raises Conflict: for more than is there. :raises Forbidden: for what the owner
        takes out.
        """
        return await self._send(
            Request("POST", "/payments/cash-transfers", CashTransfer, body=transfer, key=key or str(uuid4()))
        )
