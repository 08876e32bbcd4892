"""What a library sells, and what that costs."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from msgspec import UNSET

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import InsufficientPermissions, LimitExceeded, NotFound, Refusal
from studyspot.kernel.ids import new_id
from studyspot.services.libraries import rules, store
from studyspot.services.libraries.contract.coupons import Coupon, UnknownCoupon
from studyspot.services.libraries.contract.floor import UnknownZone
from studyspot.services.libraries.contract.plans import (
    PLANS_MAX,
    FeePlan,
    FeePlanChange,
    FeePlanPage,
    NewFeePlan,
    PlanInactive,
    PlanNameTaken,
    Quote,
    QuoteRequest,
    ShiftPrice,
    UnknownShift,
    UnknownStudent,
    ZonePrice,
)
from studyspot.services.libraries.service.branches import found_library
from studyspot.services.libraries.service.tax import charges_tax
from studyspot.tenancy.engine import Tenancy


class Plans:
    _tenancy: Tenancy

    async def list_plans(
        self, caller: Caller, *, library_id: UUID, is_active: bool | None = None, page: int, limit: int
    ) -> FeePlanPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_library(await store.find_library(connection, library_id))
            items, total = await store.list_plans(
                connection, library_id, is_active=is_active, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_plans(connection, library_id, is_active=is_active)
            return FeePlanPage(items, total)

    async def get_plan(self, caller: Caller, *, plan_id: UUID) -> FeePlan:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found(await store.find_plan(connection, plan_id))

    async def create_plan(self, caller: Caller, *, plan: NewFeePlan) -> FeePlan:
        rules.check_plan(plan)
        now, plan_id = clock.now(), new_id()
        wanted = FeePlan(
            **msgspec.structs.asdict(plan), id=plan_id, version=1, created_at=now, updated_at=now
        )
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                found_library(await store.find_library(tx, plan.library_id, for_update=True))
                if await store.count_plans(tx, plan.library_id, is_active=None) >= PLANS_MAX:
                    raise LimitExceeded(f"A library has at most {PLANS_MAX} plans.")
                await _check_named(tx, plan.library_id, plan.shift_prices, plan.zone_prices)
                await store.insert_plan(tx, plan_id, wanted)
                await store.replace_prices(tx, plan_id, plan.shift_prices, plan.zone_prices)
                created = _found(await store.find_plan(tx, plan_id))
                await audit.record(
                    tx, caller, "fee_plans:create", entity="fee_plan", entity_id=plan_id, after=created
                )
                return created
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def change_plan(self, caller: Caller, *, plan_id: UUID, change: FeePlanChange) -> FeePlan:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                before = _found(await store.find_plan(tx, plan_id, for_update=True))
                check_version("plan", read=change.version, found=before.version)
                wanted = msgspec.structs.replace(before, **changed_fields(change))
                rules.check_plan(wanted)
                await _check_named(
                    tx,
                    before.library_id,
                    () if change.shift_prices is UNSET else change.shift_prices,
                    () if change.zone_prices is UNSET else change.zone_prices,
                )
                await store.update_plan(tx, wanted)
                await store.replace_prices(tx, plan_id, wanted.shift_prices, wanted.zone_prices)
                after = _found(await store.find_plan(tx, plan_id))
                await audit.record(
                    tx,
                    caller,
                    "fee_plans:update",
                    entity="fee_plan",
                    entity_id=plan_id,
                    before=before,
                    after=after,
                )
                return after
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def delete_plan(self, caller: Caller, *, plan_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found(await store.find_plan(tx, plan_id, for_update=True))
            await store.delete_plan(tx, plan_id)
            await audit.record(
                tx, caller, "fee_plans:delete", entity="fee_plan", entity_id=plan_id, before=before
            )

    async def quote_plan(self, caller: Caller, *, plan_id: UUID, request: QuoteRequest) -> Quote:
        if request.student_id not in {None, caller.subject_id} and not caller.may("students:read"):
            raise InsufficientPermissions("You may ask what it costs yourself, and nobody else.")
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            plan = _found(await store.find_plan(connection, plan_id))
            library = found_library(await store.find_library(connection, plan.library_id))
            if not plan.is_active:
                raise PlanInactive("This plan is not sold at the moment.")
            shifts = await _shift_names(connection, plan.library_id, request.shift_ids)
            zone_ids = [] if request.zone_id is None else [request.zone_id]
            zones = await _zone_names(connection, plan.library_id, zone_ids)
            today = clock.today_in(library.time_zone)
            if not await charges_tax(connection, library.id, today):
                plan = msgspec.structs.replace(plan, tax_rate=0)
            buyer = await _buyer(connection, request.student_id, today)
            coupon = await _coupon(connection, request, plan, buyer, today)
        return rules.quote(
            plan,
            request,
            shifts=shifts,
            zone=next(iter(zones.values()), None),
            today=today,
            buyer=buyer,
            coupon=coupon,
        )


async def _buyer(tx: Connection, student_id: UUID | None, today: date) -> rules.Buyer:
    if student_id is None:
        return rules.Buyer()
    buyer = await store.find_buyer(tx, student_id, today=today)
    if buyer is None:
        raise UnknownStudent("There is no such student.")
    return buyer


async def _coupon(
    tx: Connection, request: QuoteRequest, plan: FeePlan, buyer: rules.Buyer, today: date
) -> Coupon | None:
    """The one that is named, if it counts for this."""
    if request.coupon_code is None:
        return None
    now, own_uses = clock.now(), 0
    coupon = await store.find_coupon_by_code(tx, request.coupon_code, now=now)
    if coupon is None:
        raise UnknownCoupon("There is no such coupon. Look at how it is written.")
    if request.student_id is not None:
        own_uses = await store.count_own_uses(tx, coupon.id, request.student_id, now=now)
    rules.check_usable(coupon, plan, buyer, own_uses=own_uses, today=today)
    return coupon


async def _check_named(
    tx: Connection, library_id: UUID, shifts: Sequence[ShiftPrice], zones: Sequence[ZonePrice]
) -> None:
    """What is not named anew may have been removed since. :raises UnknownShift: :raises UnknownZone:"""
    await _shift_names(tx, library_id, [one.shift_id for one in shifts])
    await _zone_names(tx, library_id, [one.zone_id for one in zones])


async def _shift_names(tx: Connection, library_id: UUID, shift_ids: Sequence[UUID]) -> dict[UUID, str]:
    found = await store.find_shift_names(tx, library_id, shift_ids)
    return _all_of(shift_ids, found, UnknownShift("The library has no such shift."))


async def _zone_names(tx: Connection, library_id: UUID, zone_ids: Sequence[UUID]) -> dict[UUID, str]:
    found = await store.find_zone_names(tx, library_id, zone_ids)
    return _all_of(zone_ids, found, UnknownZone("The library has no such zone."))


def _all_of(wanted: Sequence[UUID], found: Sequence[store.Named], missing: Refusal) -> dict[UUID, str]:
    """Their names. Raises `missing` when one was not found."""
    names = {one.id: one.name for one in found}
    if not names.keys() >= set(wanted):
        raise missing
    return names


def _found(plan: FeePlan | None) -> FeePlan:
    if plan is None:
        raise NotFound("There is no such plan.")
    return plan


def _refusal(violation: ConstraintViolated) -> Exception:
    if violation.constraint == "plan_name":
        return PlanNameTaken("The library has another plan of this name. Choose a different one.")
    return violation
