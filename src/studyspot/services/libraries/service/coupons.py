"""Coupons: what the owner makes. What they were used for is the bookings room's."""

from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.libraries import rules, store
from studyspot.services.libraries.contract.coupons import (
    Coupon,
    CouponChange,
    CouponCodeTaken,
    CouponFilter,
    CouponPage,
    NewCoupon,
    UnknownLibrary,
    UnknownPlan,
)
from studyspot.tenancy.engine import Tenancy


class Coupons:
    _tenancy: Tenancy

    async def list_coupons(
        self, caller: Caller, *, filter: CouponFilter, page: int, limit: int
    ) -> CouponPage:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_coupons(
                connection, filter, now=now, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_coupons(connection, filter, now=now)
            return CouponPage(items, total)

    async def get_coupon(self, caller: Caller, *, coupon_id: UUID) -> Coupon:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await _find(connection, coupon_id)

    async def create_coupon(self, caller: Caller, *, coupon: NewCoupon) -> Coupon:
        now = clock.now()
        wanted = Coupon(
            **msgspec.structs.asdict(coupon) | {"code": coupon.code.upper()},
            id=new_id(),
            used=0,
            given=0,
            version=1,
            created_at=now,
            updated_at=now,
        )
        rules.check_coupon(wanted)
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await _check_named(tx, wanted)
                await store.insert_coupon(tx, wanted)
                created = await _find(tx, wanted.id)
                await audit.record(
                    tx, caller, "coupons:create", entity="coupon", entity_id=created.id, after=created
                )
                return created
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def change_coupon(self, caller: Caller, *, coupon_id: UUID, change: CouponChange) -> Coupon:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.lock_coupon(tx, coupon_id)
                before = await _find(tx, coupon_id)
                check_version("coupon", read=change.version, found=before.version)
                given = changed_fields(change)
                wanted = msgspec.structs.replace(before, **given)
                wanted = msgspec.structs.replace(wanted, code=wanted.code.upper())
                rules.check_coupon(wanted)
                # What is not named anew may have been removed since.
                unnamed = {name: () for name in ("plan_ids", "library_ids") if name not in given}
                await _check_named(tx, msgspec.structs.replace(wanted, **unnamed))
                await store.update_coupon(tx, wanted)
                after = await _find(tx, coupon_id)
                await audit.record(
                    tx,
                    caller,
                    "coupons:update",
                    entity="coupon",
                    entity_id=coupon_id,
                    before=before,
                    after=after,
                )
                return after
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def delete_coupon(self, caller: Caller, *, coupon_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock_coupon(tx, coupon_id)
            before = await _find(tx, coupon_id)
            await store.delete_coupon(tx, coupon_id)
            await audit.record(
                tx, caller, "coupons:delete", entity="coupon", entity_id=coupon_id, before=before
            )


async def _check_named(tx: Connection, coupon: Coupon) -> None:
    """:raises UnknownPlan: :raises UnknownLibrary:"""
    if await store.count_known_plans(tx, coupon.plan_ids) < len(coupon.plan_ids):
        raise UnknownPlan("The business has no such plan.")
    if await store.count_known_libraries(tx, coupon.library_ids) < len(coupon.library_ids):
        raise UnknownLibrary("The business has no such library.")


async def _find(tx: Connection, coupon_id: UUID) -> Coupon:
    coupon = await store.find_coupon(tx, coupon_id, now=clock.now())
    if coupon is None:
        raise NotFound("There is no such coupon.")
    return coupon


def _refusal(violation: ConstraintViolated) -> Exception:
    if violation.constraint == "coupon_code":
        return CouponCodeTaken("Another coupon has this code. Choose a different one.")
    return violation
