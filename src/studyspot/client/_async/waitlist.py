"""Who waits for a seat, and what they are offered."""

from collections.abc import AsyncIterator
from uuid import UUID

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.memberships import Membership
from studyspot.client.models.page import Page
from studyspot.client.models.waitlist import NewWaiting, Waiting, WaitStatus
from studyspot.client.request import Param, Request


class AsyncWaitlist(AsyncGroup):
    async def list(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        status: WaitStatus | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Waiting]:
        """Who came first comes first."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "student_id": student_id,
            "status": status,
            "page": page,
            "limit": limit,
        }
        return await self._send(Request("GET", "/waitlist", Page[Waiting], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        status: WaitStatus | None = None,
    ) -> AsyncIterator[Waiting]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id, student_id=student_id, status=status, page=page, limit=LIMIT_MAX
            )
        )

    async def get(self, waiting_id: UUID) -> Waiting:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/waitlist/{waiting_id}", Waiting))

    async def join(self, waiting: NewWaiting) -> Waiting:
        """:raises NotFound: :raises Refused: :raises Conflict: when the student waits already."""
        return await self._send(Request("POST", "/waitlist", Waiting, body=waiting))

    async def accept(self, waiting_id: UUID) -> Membership:
        """Makes the offer a membership. :raises NotFound: :raises Conflict: once its time is over."""
        return await self._send(Request("POST", f"/waitlist/{waiting_id}/accept", Membership))

    async def leave(self, waiting_id: UUID) -> Waiting:
        """Gives up the place, and an offer with it. Safe to repeat. :raises NotFound:"""
        return await self._send(Request("POST", f"/waitlist/{waiting_id}/leave", Waiting))
