"""Codes that take something off."""

from collections.abc import AsyncIterator
from types import NoneType
from uuid import UUID

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.coupons import Coupon, CouponChange, NewCoupon
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class AsyncCoupons(AsyncGroup):
    async def list(
        self, *, is_active: bool | None = None, search: str | None = None, page: int = 1, limit: int = 20
    ) -> Page[Coupon]:
        """Newest first; `search` finds any part of the code."""
        params: dict[str, Param] = {"is_active": is_active, "search": search, "page": page, "limit": limit}
        return await self._send(Request("GET", "/coupons", Page[Coupon], params, bare=True))

    def iterate(self, *, is_active: bool | None = None, search: str | None = None) -> AsyncIterator[Coupon]:
        """All pages, one after the other."""
        return every(lambda page: self.list(is_active=is_active, search=search, page=page, limit=LIMIT_MAX))

    async def get(self, coupon_id: UUID) -> Coupon:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/coupons/{coupon_id}", Coupon))

    async def create(self, coupon: NewCoupon) -> Coupon:
        """:raises Conflict: when the code is taken. :raises Refused: for unknown plans or libraries."""
        return await self._send(Request("POST", "/coupons", Coupon, body=coupon))

    async def change(self, coupon_id: UUID, change: CouponChange) -> Coupon:
        """What was sold keeps its price. :raises NotFound: :raises Conflict: when it has another version."""
        return await self._send(Request("PUT", f"/coupons/{coupon_id}", Coupon, body=change))

    async def delete(self, coupon_id: UUID) -> None:
        """Nobody can use it any more. :raises NotFound:"""
        await self._send(Request("DELETE", f"/coupons/{coupon_id}", NoneType))
