# Made from _async/coupons.py by studyspot.client._generate.
"""Codes that take something off."""

from collections.abc import Iterator
from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.coupons import Coupon, CouponChange, NewCoupon
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class Coupons(Group):
    def list(
        self, *, is_active: bool | None = None, search: str | None = None, page: int = 1, limit: int = 20
    ) -> Page[Coupon]:
        """Newest first; `search` finds any part of the code."""
        params: dict[str, Param] = {"is_active": is_active, "search": search, "page": page, "limit": limit}
        return self._send(Request("GET", "/coupons", Page[Coupon], params, bare=True))

    def iterate(self, *, is_active: bool | None = None, search: str | None = None) -> Iterator[Coupon]:
        """All pages, one after the other."""
        return every(lambda page: self.list(is_active=is_active, search=search, page=page, limit=LIMIT_MAX))

    def get(self, coupon_id: UUID) -> Coupon:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/coupons/{coupon_id}", Coupon))

    def create(self, coupon: NewCoupon) -> Coupon:
        """:raises Conflict: when the code is taken. :raises Refused: for unknown plans or libraries."""
        return self._send(Request("POST", "/coupons", Coupon, body=coupon))

    def change(self, coupon_id: UUID, change: CouponChange) -> Coupon:
        """What was sold keeps its price. :raises NotFound: :raises Conflict: when it has another version."""
        return self._send(Request("PUT", f"/coupons/{coupon_id}", Coupon, body=change))

    def delete(self, coupon_id: UUID) -> None:
        """Nobody can use it any more. :raises NotFound:"""
        self._send(Request("DELETE", f"/coupons/{coupon_id}", NoneType))
