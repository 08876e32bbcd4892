# Made from _async/waitlist.py by studyspot.client._generate.
"""Who waits for a seat, and what they are offered."""

from collections.abc import Iterator
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.memberships import Membership
from studyspot.client.models.page import Page
from studyspot.client.models.waitlist import NewWaiting, Waiting, WaitStatus
from studyspot.client.request import Param, Request


class Waitlist(Group):
    def list(
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
        return self._send(Request("GET", "/waitlist", Page[Waiting], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        status: WaitStatus | None = None,
    ) -> Iterator[Waiting]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id, student_id=student_id, status=status, page=page, limit=LIMIT_MAX
            )
        )

    def get(self, waiting_id: UUID) -> Waiting:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/waitlist/{waiting_id}", Waiting))

    def join(self, waiting: NewWaiting) -> Waiting:
        """:raises NotFound: :raises Refused: :raises Conflict: when the student waits already."""
        return self._send(Request("POST", "/waitlist", Waiting, body=waiting))

    def accept(self, waiting_id: UUID) -> Membership:
        """Makes the offer a membership. :raises NotFound: :raises Conflict: once its time is over."""
        return self._send(Request("POST", f"/waitlist/{waiting_id}/accept", Membership))

    def leave(self, waiting_id: UUID) -> Waiting:
        """Gives up the place, and an offer with it. Safe to repeat. :raises NotFound:"""
        return self._send(Request("POST", f"/waitlist/{waiting_id}/leave", Waiting))
