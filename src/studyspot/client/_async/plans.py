"""What a branch sells, and for how much."""

from collections.abc import AsyncIterator
from types import NoneType
from uuid import UUID

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.page import Page
from studyspot.client.models.plans import FeePlan, FeePlanChange, NewFeePlan, Quote, QuoteRequest
from studyspot.client.request import Param, Request


class AsyncFeePlans(AsyncGroup):
    async def list(
        self, library_id: UUID, *, is_active: bool | None = None, page: int = 1, limit: int = 20
    ) -> Page[FeePlan]:
        """The popular ones first. :raises NotFound:"""
        params: dict[str, Param] = {
            "library_id": library_id,
            "is_active": is_active,
            "page": page,
            "limit": limit,
        }
        return await self._send(Request("GET", "/fee-plans", Page[FeePlan], params, bare=True))

    def iterate(self, library_id: UUID, *, is_active: bool | None = None) -> AsyncIterator[FeePlan]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id, is_active=is_active, page=page, limit=LIMIT_MAX))

    async def get(self, plan_id: UUID) -> FeePlan:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/fee-plans/{plan_id}", FeePlan))

    async def create(self, plan: NewFeePlan) -> FeePlan:
        """:raises NotFound: :raises Conflict: when the name is taken. :raises Refused: for unknown shifts."""
        return await self._send(Request("POST", "/fee-plans", FeePlan, body=plan))

    async def change(self, plan_id: UUID, change: FeePlanChange) -> FeePlan:
        """What was sold keeps its price. :raises NotFound: :raises Conflict: when it has another version."""
        return await self._send(Request("PUT", f"/fee-plans/{plan_id}", FeePlan, body=change))

    async def delete(self, plan_id: UUID) -> None:
        """:raises NotFound:"""
        await self._send(Request("DELETE", f"/fee-plans/{plan_id}", NoneType))

    async def quote(self, plan_id: UUID, request: QuoteRequest) -> Quote:
        """What it would cost today. :raises NotFound: :raises Conflict: when it is not sold."""
        return await self._send(
            Request("POST", f"/fee-plans/{plan_id}/quote", Quote, body=request, repeatable=True)
        )
