"""What students have for longer than a day: sold, changed, paused, renewed, cancelled."""

import builtins
from collections.abc import AsyncIterator
from datetime import date
from types import NoneType
from uuid import UUID, uuid4

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.memberships import (
    Absence,
    Cancellation,
    Extension,
    Membership,
    MembershipHistory,
    MembershipStatus,
    NewAbsence,
    NewMembership,
    NewPause,
    PlanChange,
    Renewal,
    SeatMove,
    SeatSwap,
)
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class AsyncMemberships(AsyncGroup):
    async def list(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        status: MembershipStatus | None = None,
        ends_since: date | None = None,
        ends_until: date | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Membership]:
        """Newest first; `ends_since` and `ends_until` find those whose last day is between them."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "student_id": student_id,
            "status": status,
            "ends_since": ends_since,
            "ends_until": ends_until,
            "page": page,
            "limit": limit,
        }
        return await self._send(Request("GET", "/memberships", Page[Membership], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        status: MembershipStatus | None = None,
        ends_since: date | None = None,
        ends_until: date | None = None,
    ) -> AsyncIterator[Membership]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                student_id=student_id,
                status=status,
                ends_since=ends_since,
                ends_until=ends_until,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    async def get(self, membership_id: UUID) -> Membership:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/memberships/{membership_id}", Membership))

    async def history(self, membership_id: UUID) -> MembershipHistory:
        """Every term and pause. :raises NotFound:"""
        return await self._send(Request("GET", f"/memberships/{membership_id}/history", MembershipHistory))

    async def create(self, membership: NewMembership, *, key: str | None = None) -> Membership:
        """Under a new key unless one is given: asked again, it is not sold again.

        :raises NotFound: :raises Refused: for an unknown student, seat or shift, or a plan not sold so.
        :raises Conflict: when the seat is taken: `details` name free ones, whose ids are the codes.
        """
        return await self._send(
            Request("POST", "/memberships", Membership, body=membership, key=key or str(uuid4()))
        )

    async def activate(self, membership_id: UUID) -> Membership:
        """Safe to repeat. :raises NotFound: :raises Conflict: once it is cancelled, or its seat taken."""
        return await self._send(Request("POST", f"/memberships/{membership_id}/activate", Membership))

    async def renew(self, membership_id: UUID, renewal: Renewal) -> Membership:
        """:raises NotFound: :raises Conflict: when it has another version, or lost its seat."""
        return await self._send(
            Request("POST", f"/memberships/{membership_id}/renew", Membership, body=renewal)
        )

    async def change(self, membership_id: UUID, change: PlanChange) -> Membership:
        """Another plan, shift, seat or library for the days that are left. :raises NotFound:

        :raises Refused: :raises Conflict: when it has another version, is over, or the seat is taken.
        """
        return await self._send(
            Request("POST", f"/memberships/{membership_id}/change", Membership, body=change)
        )

    async def move(self, membership_id: UUID, move: SeatMove) -> Membership:
        """Another seat, at the same price. :raises NotFound: :raises Refused: for an unknown seat.

        :raises Conflict: when it has another version, is over, or the seat is taken.
        """
        return await self._send(Request("POST", f"/memberships/{membership_id}/move", Membership, body=move))

    async def swap(self, membership_id: UUID, swap: SeatSwap) -> builtins.list[Membership]:
        """Two memberships exchange their seats. :raises NotFound: :raises Conflict:"""
        path = f"/memberships/{membership_id}/swap"
        return await self._send(Request("POST", path, builtins.list[Membership], body=swap))

    async def pause(self, membership_id: UUID, pause: NewPause) -> Membership:
        """:raises NotFound: :raises Conflict: unless it is active, or when the days at the end are taken."""
        return await self._send(
            Request("POST", f"/memberships/{membership_id}/pause", Membership, body=pause)
        )

    async def resume(self, membership_id: UUID) -> Membership:
        """:raises NotFound: :raises Conflict: unless it rests or is to, or when somebody has the seat."""
        return await self._send(Request("POST", f"/memberships/{membership_id}/resume", Membership))

    async def extend(self, membership_id: UUID, extension: Extension) -> Membership:
        """:raises NotFound: :raises Conflict: once it is over, or when the seat is taken then."""
        return await self._send(
            Request("POST", f"/memberships/{membership_id}/extend", Membership, body=extension)
        )

    async def cancel(self, membership_id: UUID, cancellation: Cancellation) -> Membership:
        """:raises NotFound: :raises Conflict: when it has another version, or is over."""
        return await self._send(
            Request("POST", f"/memberships/{membership_id}/cancel", Membership, body=cancellation)
        )

    async def declare_absence(self, membership_id: UUID, absence: NewAbsence) -> builtins.list[Absence]:
        """Leaves hours to others. :raises NotFound: :raises Conflict: when there are none."""
        path = f"/memberships/{membership_id}/absences"
        return await self._send(Request("POST", path, builtins.list[Absence], body=absence))

    async def withdraw_absence(self, absence_id: UUID) -> None:
        """:raises NotFound: also when it is over. :raises Conflict: when somebody has the hours."""
        await self._send(Request("DELETE", f"/memberships/absences/{absence_id}", NoneType))
