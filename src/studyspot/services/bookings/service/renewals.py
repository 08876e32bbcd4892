"""Memberships go on: the next term is billed ahead of time and begins when it is paid. Who does not pay keeps
the seat in grace, owes a late fee once, and loses it.

A run does what is due, whenever it comes: twice, late, or after a week in which nothing ran.
"""

from datetime import timedelta
from uuid import UUID

import structlog

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import NotFound, Refusal, is_our_fault
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.memberships import Membership, Renewal, RenewalCounts, Term
from studyspot.services.bookings.service.continuing import check_renewable
from studyspot.services.bookings.service.memberships import Memberships
from studyspot.services.bookings.service.rewards import Rewards
from studyspot.services.bookings.service.seating import seating
from studyspot.services.libraries.contract import PlanInactive

AHEAD = timedelta(days=5)
"""So long before the last day the next term is billed."""
log = structlog.get_logger(__name__)


class Renewals(Memberships):
    _rewards: Rewards

    async def plan_renewals(self, caller: Caller) -> None:
        del caller  # it is nobody's wish
        for tenant_id in await self._tenancy.served():
            await self._freeing.renew_soon(tenant_id)

    async def run_renewals(self, caller: Caller) -> RenewalCounts:
        await self._billing.post_the_rest(caller)
        counts = {"offered": 0, "renewed": 0, "late": 0, "lapsed": 0}
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            renewals = await store.list_open_renewals(connection)
        for renewal in renewals:
            outcome = await self._settle(caller, renewal)
            if outcome is not None:
                counts[outcome] += 1
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            ending = await store.list_to_offer(connection, now=clock.now(), ahead=AHEAD)
        for membership_id in ending:
            counts["offered"] += await self._offer_next(caller, membership_id)
        return RenewalCounts(**counts, rewarded=await self._rewards.give(caller))

    async def renew_membership(self, caller: Caller, *, membership_id: UUID, renewal: Renewal) -> Membership:
        """As it was offered, before it is paid; other quantities, and with a coupon, are sold anew."""
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            offered = await store.find_open_renewal(tx, membership_id)
        if offered is not None and renewal.quantity == 1 and renewal.coupon_code is None:
            renewed = await self._continuing.renew(caller, offered, version=renewal.version)
            if renewed is not None:
                return renewed
        return await self._sell_more(caller, membership_id, renewal)

    async def _sell_more(self, caller: Caller, membership_id: UUID, renewal: Renewal) -> Membership:
        """Instead of what was offered, if anything was."""
        now = clock.now()
        read, last = await self._read(caller, membership_id)
        starts_on = last.ends_on + rules.DAY
        if read.status == "expired":
            starts_on = max(starts_on, clock.today_in(last.time_zone))
        try:
            offer = await self._offers.of_more(
                caller,
                last,
                student_id=read.student_id,
                starts_on=starts_on,
                quantity=renewal.quantity,
                coupon_code=renewal.coupon_code,
            )
        except (NotFound, PlanInactive):
            raise PlanInactive(
                f"{last.plan_name} is not sold any more. Change the membership to another plan, or sell one."
            ) from None
        await self._continuing.begin_paid(caller, last.library_id)
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            before = await hall.open(membership_id, version=renewal.version)
            check_renewable(before)
            offered = await store.find_open_renewal(hall.tx, membership_id)
            if offered is not None:
                await hall.withdraw(before, offered)
            terms = [*await store.list_terms(hall.tx, membership_id), offer.term]
            await hall.take(before, terms, begins=offer.term)
            await hall.write(before, terms)
            await hall.bill(before, offer.term, rules.charges_of(offer.quote, offer.term))
            await hall.redeem(before, offer.quote)
            renewed = await hall.recorded("memberships:renew", before, before=before)
        await self._billing.post_soon(caller, membership_id)
        return renewed

    async def _settle(self, caller: Caller, renewal: store.OpenRenewal) -> str | None:
        """What became of it, if anything did."""
        membership = await self.get_membership(caller, membership_id=renewal.membership_id)
        today = clock.today_in(renewal.term.time_zone)
        if renewal.is_paid and await self._continuing.renew_paid(caller, renewal):
            return "renewed"
        if today > membership.ends_on + timedelta(days=membership.grace_days):
            await self._lapse(caller, renewal)
            return "lapsed"
        is_late = today > membership.ends_on and today >= renewal.late_from and not renewal.is_paid
        if is_late and renewal.late_fee and await self._charge_late(caller, renewal):
            return "late"
        return None

    async def _offer_next(self, caller: Caller, membership_id: UUID) -> bool:
        """Unless the plan is not sold any more."""
        now = clock.now()
        read, last = await self._read(caller, membership_id)
        asking = on_own_account(caller)
        try:
            plan = await self._libraries.get_plan(asking, plan_id=last.plan_id)
            offer = await self._offers.of_more(
                caller,
                last,
                student_id=read.student_id,
                starts_on=last.ends_on + rules.DAY,
                quantity=1,
            )
        except Refusal as refusal:
            if is_our_fault(refusal):
                raise
            return False
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            before = await hall.open(membership_id)
            if before.version != read.version or await store.find_open_renewal(hall.tx, membership_id):
                return False
            charges = rules.charges_of(offer.quote, offer.term)
            bill_id = await hall.bill(before, offer.term, charges, is_free_too=True)
            await store.insert_renewal(
                hall.tx,
                bill_id,
                membership_id,
                offer.term,
                late_fee=plan.late_fee,
                late_tax=rules.tax_of_late_fee(plan.late_fee, offer.quote),
                late_from=rules.late_from(last.ends_on, clock.today_in(last.time_zone)),
            )
        await self._billing.post_soon(caller, membership_id)
        return True

    async def _read(self, caller: Caller, membership_id: UUID) -> tuple[Membership, Term]:
        """With its last term."""
        read = await self.get_membership(caller, membership_id=membership_id)
        history = await self.get_membership_history(caller, membership_id=membership_id)
        return read, history.terms[-1]

    async def _charge_late(self, caller: Caller, renewal: store.OpenRenewal) -> bool:
        """Unless it was before, or they have just paid."""
        if renewal.late_bill_id is not None:
            return False
        await self._billing.announce(caller, renewal.membership_id)
        async with seating(self._tenancy, caller, now=clock.now()) as hall:
            membership = await hall.open(renewal.membership_id)
            read = await store.find_open_renewal(hall.tx, renewal.membership_id)
            if read is None or read.late_bill_id is not None or read.is_paid:
                return False
            today = clock.today_in(renewal.term.time_zone)
            late = rules.late_fee_of(renewal.late_fee, renewal.late_tax, today)
            bill_id = await hall.bill(membership, renewal.term, late)
            await store.note_late_bill(hall.tx, renewal.id, bill_id)
        await self._billing.post_soon(caller, renewal.membership_id)
        return True

    async def _lapse(self, caller: Caller, renewal: store.OpenRenewal) -> None:
        await self._billing.announce(caller, renewal.membership_id)
        async with seating(self._tenancy, caller, now=clock.now()) as hall:
            membership = await hall.open(renewal.membership_id)
            offered = await store.find_open_renewal(hall.tx, renewal.membership_id)
            if offered is not None and offered.id == renewal.id and offered.is_paid == renewal.is_paid:
                await hall.withdraw(membership, offered)
        await self._billing.post_soon(caller, renewal.membership_id)
