"""What somebody may not do alone: asked for, answered by another, carried out once."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.approvals import Answer, Approval, ApprovalKind, ApprovalStatus, NewApproval
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class AsyncApprovals(AsyncGroup):
    async def list(
        self,
        *,
        library_id: UUID | None = None,
        kind: ApprovalKind | None = None,
        status: ApprovalStatus | None = None,
        asked_by: UUID | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Approval]:
        """What was asked for last comes first."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "kind": kind,
            "status": status,
            "asked_by": asked_by,
            "page": page,
            "limit": limit,
        }
        return await self._send(Request("GET", "/payments/approvals", Page[Approval], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        kind: ApprovalKind | None = None,
        status: ApprovalStatus | None = None,
        asked_by: UUID | None = None,
    ) -> AsyncIterator[Approval]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                kind=kind,
                status=status,
                asked_by=asked_by,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    async def get(self, approval_id: UUID) -> Approval:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/payments/approvals/{approval_id}", Approval))

    async def ask(self, asked: NewApproval, *, key: str | None = None) -> Approval:
        """:raises NotFound: :raises Refused: unless it is one thing that fits together."""
        return await self._send(
            Request("POST", "/payments/approvals", Approval, body=asked, key=key or str(uuid4()))
        )

    async def approve(self, approval_id: UUID, *, reason: str) -> Approval:
        """:raises NotFound: :raises Conflict: when it is answered. :raises Forbidden: for who asked."""
        path = f"/payments/approvals/{approval_id}/approve"
        return await self._send(Request("POST", path, Approval, body=Answer(reason=reason)))

    async def refuse(self, approval_id: UUID, *, reason: str) -> Approval:
        """:raises NotFound: :raises Conflict: when it is answered. :raises Forbidden: for who asked."""
        path = f"/payments/approvals/{approval_id}/refuse"
        return await self._send(Request("POST", path, Approval, body=Answer(reason=reason)))

    async def carry_out(self, approval_id: UUID) -> Approval:
        """Does what was approved. :raises NotFound: :raises Conflict: when it is not, or was done already."""
        return await self._send(Request("POST", f"/payments/approvals/{approval_id}/carry-out", Approval))
