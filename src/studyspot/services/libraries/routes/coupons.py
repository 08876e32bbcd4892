"""HTTP for coupons. Who sells may read them; students may not, for a code is worth money."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page, Search
from studyspot.services.libraries.contract.coupons import Coupon, CouponChange, CouponFilter, NewCoupon
from studyspot.services.libraries.routes.door import Door


@get("/", opt=permit("bookings:read"))
async def list_coupons(
    caller: Asker,
    libraries: Door,
    is_active: FromQuery[bool | None] = None,
    search: Search = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Coupon]:
    """Newest first; `search` finds any part of the code."""
    wanted = CouponFilter(is_active=is_active, search=search)
    found = await libraries.list_coupons(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{coupon_id:uuid}", opt=permit("bookings:read"))
async def get_coupon(caller: Asker, libraries: Door, coupon_id: FromPath[UUID]) -> Success[Coupon]:
    return Success(await libraries.get_coupon(caller, coupon_id=coupon_id))


@post("/", opt=permit("libraries:update"))
async def create_coupon(caller: Asker, libraries: Door, data: JSONBody[NewCoupon]) -> Success[Coupon]:
    return Success(await libraries.create_coupon(caller, coupon=data))


@put("/{coupon_id:uuid}", opt=permit("libraries:update"))
async def change_coupon(
    caller: Asker, libraries: Door, coupon_id: FromPath[UUID], data: JSONBody[CouponChange]
) -> Success[Coupon]:
    """Changes what the body gives; `version` is the one that was read. What was sold keeps its price."""
    return Success(await libraries.change_coupon(caller, coupon_id=coupon_id, change=data))


@delete("/{coupon_id:uuid}", opt=permit("libraries:update"))
async def delete_coupon(caller: Asker, libraries: Door, coupon_id: FromPath[UUID]) -> None:
    """Nobody can use it any more; its code may be given again."""
    await libraries.delete_coupon(caller, coupon_id=coupon_id)


HANDLERS = [list_coupons, get_coupon, create_coupon, change_coupon, delete_coupon]
