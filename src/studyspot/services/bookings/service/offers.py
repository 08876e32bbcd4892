"""What a member gets for their money: a plan, its price today, and the shifts and the seat, as one term."""

import contextlib
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.bookings import Booking, NewBooking
from studyspot.services.bookings.contract.memberships import (
    HeldShift,
    NewMembership,
    OtherPrice,
    PlanChange,
    Term,
)
from studyspot.services.bookings.contract.waitlist import NewWaiting, Waiting
from studyspot.services.bookings.service.seats import unknown_seat
from studyspot.services.libraries.contract import (
    SHIFTS_MAX,
    FeePlan,
    Libraries,
    Library,
    Quote,
    QuoteRequest,
)
from studyspot.tenancy.engine import Tenancy

ANY_SEAT = UUID(int=0)


class Offer(NamedTuple):
    """`term` has the price of the quote; `grace_days` are the plan's, and so is whether it usually renews."""

    library: Library
    term: Term
    quote: Quote
    grace_days: int
    renews: bool


class Hours(NamedTuple):
    """What is sold in an hourly plan, on `today` in its library."""

    quote: Quote
    today: date


class Offers:
    """Asks the libraries room, on the business's own account: before a transaction, never in one."""

    def __init__(self, tenancy: Tenancy, libraries: Libraries) -> None:
        self._tenancy = tenancy
        self._libraries = libraries

    async def of_new(self, caller: Caller, wanted: NewMembership) -> Offer:
        """With what is paid once: whether it is owed, the sale says."""
        return await self._offer(
            caller,
            wanted.plan_id,
            seat_id=wanted.seat_id,
            zone_id=wanted.zone_id,
            shift_ids=wanted.shift_ids,
            starts_on=wanted.starts_on,
            quantity=wanted.quantity,
            is_first=True,
            student_id=wanted.student_id,
            coupon_code=wanted.coupon_code,
        )

    async def of_more(
        self,
        caller: Caller,
        last: Term,
        *,
        student_id: UUID,
        starts_on: date,
        quantity: int,
        coupon_code: str | None = None,
    ) -> Offer:
        """Of what a membership has at its end."""
        return await self._offer(
            caller,
            last.plan_id,
            seat_id=last.seat_id,
            zone_id=last.zone_id,
            shift_ids=[shift.shift_id for shift in last.shifts],
            starts_on=starts_on,
            quantity=quantity,
            student_id=student_id,
            coupon_code=coupon_code,
        )

    async def of_any_seat(self, caller: Caller, wanted: NewWaiting | Waiting, *, starts_on: date) -> Offer:
        """On a seat that is not known yet: its term is on none there is, and its price without a zone's."""
        return await self._offer(
            caller,
            wanted.plan_id,
            seat_id=ANY_SEAT,
            zone_id=wanted.zone_id,
            shift_ids=wanted.shift_ids,
            starts_on=starts_on,
        )

    async def of_change(
        self, caller: Caller, change: PlanChange, *, student_id: UUID, starts_on: date
    ) -> Offer:
        return await self._offer(
            caller,
            change.plan_id,
            seat_id=change.seat_id,
            zone_id=change.zone_id,
            shift_ids=change.shift_ids,
            starts_on=starts_on,
            student_id=student_id,
        )

    async def of_hours(self, caller: Caller, wanted: NewBooking, *, seat_id: UUID) -> Hours | None:
        """None without a plan. :raises NotFound: :raises NotByTheHour: :raises UnknownSeat:"""
        if wanted.plan_id is None:
            return None
        asking = on_own_account(caller)
        plan = await self._libraries.get_plan(asking, plan_id=wanted.plan_id)
        rules.check_hourly(plan, library_id=wanted.library_id)
        library = await self._libraries.get_library(asking, library_id=plan.library_id)
        request = QuoteRequest(
            starts_on=wanted.starts_at.astimezone(ZoneInfo(library.time_zone)).date(),
            quantity=rules.hours_begun(wanted.starts_at, wanted.ends_at),
            zone_id=await self._zone_of(caller, library, seat_id),
            is_first=False,
            student_id=wanted.student_id,
        )
        quote = await self._libraries.quote_plan(asking, plan_id=plan.id, request=request)
        return Hours(quote, clock.today_in(library.time_zone))

    async def check_hours_cost_the_same(self, caller: Caller, before: Booking, *, seat_id: UUID) -> None:
        """On another seat of the library. :raises OtherPrice: :raises UnknownSeat:"""
        if before.plan_id is None or seat_id == before.seat_id:
            return
        asking = on_own_account(caller)
        try:
            plan = await self._libraries.get_plan(asking, plan_id=before.plan_id)
        except NotFound:  # not sold any more
            return
        library = await self._libraries.get_library(asking, library_id=before.library_id)
        extras = {one.zone_id: one.extra for one in plan.zone_prices}
        zones = [await self._zone_of(caller, library, one) for one in (before.seat_id, seat_id)]
        if len({extras.get(zone_id, 0) for zone_id in zones}) > 1:
            raise OtherPrice(f"This seat has another price in {plan.name}. Cancel, and book it anew.")

    async def extras_of(self, caller: Caller, *membership_ids: UUID) -> dict[UUID, dict[UUID | None, int]]:
        """What a seat in each zone costs besides, by the plans that memberships have from today on."""
        plan_ids: set[UUID] = set()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            for membership_id in membership_ids:
                terms = await store.list_terms(connection, membership_id)
                plan_ids |= {
                    term.plan_id
                    for term in terms
                    if term.ends_on >= clock.today_in(term.time_zone) or term is terms[-1]
                }
        extras: dict[UUID, dict[UUID | None, int]] = {}
        for plan_id in plan_ids:
            with contextlib.suppress(NotFound):
                plan = await self._libraries.get_plan(on_own_account(caller), plan_id=plan_id)
                extras[plan_id] = {one.zone_id: one.extra for one in plan.zone_prices}
        return extras

    async def _offer(
        self,
        caller: Caller,
        plan_id: UUID,
        *,
        seat_id: UUID | None,
        zone_id: UUID | None,
        shift_ids: Sequence[UUID],
        starts_on: date,
        quantity: int = 1,
        is_first: bool = False,
        student_id: UUID | None = None,
        coupon_code: str | None = None,
    ) -> Offer:
        asking = on_own_account(caller)
        plan = await self._libraries.get_plan(asking, plan_id=plan_id)
        rules.check_plan(plan, seat_id=seat_id)
        library = await self._libraries.get_library(asking, library_id=plan.library_id)
        rules.check_active(library)
        rules.check_start(starts_on, today=clock.today_in(library.time_zone))
        if seat_id is not None and seat_id != ANY_SEAT:
            zone_id = await self._zone_of(caller, library, seat_id)
        request = QuoteRequest(
            starts_on=starts_on,
            quantity=quantity,
            shift_ids=tuple(shift_ids),
            zone_id=zone_id,
            is_first=is_first,
            student_id=student_id,
            coupon_code=coupon_code,
        )
        quote = await self._libraries.quote_plan(asking, plan_id=plan_id, request=request)
        shifts = await self._shifts(asking, library, shift_ids, starts_on)
        term = _term(plan, quote, library, seat_id, zone_id, shifts)
        return Offer(library, term, quote, plan.grace_days, renews=plan.period not in {"daily", "weekly"})

    async def _zone_of(self, caller: Caller, library: Library, seat_id: UUID) -> UUID:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            seat = await store.find_seat(connection, seat_id)
        if seat is None or not seat.is_there or seat.library_id != library.id:
            raise unknown_seat()
        return seat.zone_id

    async def _shifts(
        self, asking: Caller, library: Library, shift_ids: Sequence[UUID], day: date
    ) -> tuple[HeldShift, ...]:
        """With their times on that day. That they are the library's, its quote has checked."""
        if not shift_ids:
            return ()
        page = await self._libraries.list_shifts(asking, library_id=library.id, page=1, limit=SHIFTS_MAX)
        return tuple(rules.held(shift, day) for shift in page.items if shift.id in shift_ids)


def _term(
    plan: FeePlan,
    quote: Quote,
    library: Library,
    seat_id: UUID | None,
    zone_id: UUID | None,
    shifts: tuple[HeldShift, ...],
) -> Term:
    return Term(
        id=new_id(),
        library_id=library.id,
        time_zone=library.time_zone,
        plan_id=plan.id,
        plan_name=plan.name,
        kind=plan.kind,
        seat_id=seat_id,
        seat_code=None,
        zone_id=zone_id,
        shifts=shifts,
        hours_a_day=plan.hours_a_day,
        starts_on=quote.starts_on,
        ends_on=quote.ends_on,
        price=quote.fee,
    )
