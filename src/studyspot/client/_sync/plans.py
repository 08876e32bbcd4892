# Made from _async/plans.py by studyspot.client._generate.
"""What a branch sells, and for how much."""

from collections.abc import Iterator
from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.page import Page
from studyspot.client.models.plans import FeePlan, FeePlanChange, NewFeePlan, Quote, QuoteRequest
from studyspot.client.request import Param, Request


class FeePlans(Group):
    def list(
        self, library_id: UUID, *, is_active: bool | None = None, page: int = 1, limit: int = 20
    ) -> Page[FeePlan]:
        """The popular ones first. :raises NotFound:"""
        params: dict[str, Param] = {
            "library_id": library_id,
            "is_active": is_active,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/fee-plans", Page[FeePlan], params, bare=True))

    def iterate(self, library_id: UUID, *, is_active: bool | None = None) -> Iterator[FeePlan]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id, is_active=is_active, page=page, limit=LIMIT_MAX))

    def get(self, plan_id: UUID) -> FeePlan:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/fee-plans/{plan_id}", FeePlan))

    def create(self, plan: NewFeePlan) -> FeePlan:
        """:raises NotFound: :raises Conflict: when the name is taken. :raises Refused: for unknown shifts."""
        return self._send(Request("POST", "/fee-plans", FeePlan, body=plan))

    def change(self, plan_id: UUID, change: FeePlanChange) -> FeePlan:
        """What was sold keeps its price. :raises NotFound: :raises Conflict: when it has another version."""
        return self._send(Request("PUT", f"/fee-plans/{plan_id}", FeePlan, body=change))

    def delete(self, plan_id: UUID) -> None:
        """:raises NotFound:"""
        self._send(Request("DELETE", f"/fee-plans/{plan_id}", NoneType))

    def quote(self, plan_id: UUID, request: QuoteRequest) -> Quote:
        """What it would cost today. :raises NotFound: :raises Conflict: when it is not sold."""
        return self._send(
            Request("POST", f"/fee-plans/{plan_id}/quote", Quote, body=request, repeatable=True)
        )
