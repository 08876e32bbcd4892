"""Memberships go on: the next term is billed ahead of time and begins when it is paid. Who does not pay keeps
the seat in grace, owes a late fee once, and loses it.

A run does what is due, whenever it comes: twice, late, or after a week in which nothing ran.
"""

from datetime import timedelta
from uuid import UUID

import structlog
from msgspec.structs import replace

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import Refusal, is_our_fault
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.memberships import Membership, Renewal, RenewalCounts
from studyspot.services.bookings.service.memberships import Memberships
from studyspot.services.bookings.service.seating import Seating, seating

AHEAD = timedelta(days=5)
"""So long before the last day the next term is billed."""
log = structlog.get_logger(__name__)


class Renewals(Memberships):
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
        return RenewalCounts(**counts)

    async def renew_membership(self, caller: Caller, *, membership_id: UUID, renewal: Renewal) -> Membership:
        """As it was offered, before it is paid; other quantities are sold anew."""
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            offered = await store.find_open_renewal(tx, membership_id)
        if offered is not None:
            if renewal.quantity == 1:
                return await self._renew(caller, offered, version=renewal.version)
            await self._lapse(caller, offered)
        return await super().renew_membership(caller, membership_id=membership_id, renewal=renewal)

    async def _settle(self, caller: Caller, renewal: store.OpenRenewal) -> str | None:
        """What became of it, if anything did."""
        membership = await self.get_membership(caller, membership_id=renewal.membership_id)
        today = clock.today_in(renewal.term.time_zone)
        is_paid = 0 in {renewal.open, renewal.term.price}
        if membership.status == "cancelled" or not _is_of(renewal, membership):
            await self._lapse(caller, renewal)
            return "lapsed"
        if is_paid:
            return "renewed" if await self._renew_paid(caller, renewal) else None
        if today > membership.ends_on + timedelta(days=membership.grace_days):
            await self._lapse(caller, renewal)
            return "lapsed"
        if today > membership.ends_on and renewal.late_fee and renewal.late_bill_id is None:
            await self._charge_late(caller, renewal)
            return "late"
        return None

    async def _offer_next(self, caller: Caller, membership_id: UUID) -> bool:
        """Unless the plan is not sold any more."""
        now = clock.now()
        read = await self.get_membership(caller, membership_id=membership_id)
        asking = on_own_account(caller)
        try:
            plan = await self._libraries.get_plan(asking, plan_id=read.plan_id)
            offer = await self._offers.of_more(caller, read, starts_on=read.ends_on + rules.DAY, quantity=1)
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
            await store.insert_renewal(hall.tx, bill_id, membership_id, offer.term, late_fee=plan.late_fee)
        await self._billing.post_soon(caller, membership_id)
        return True

    async def _renew_paid(self, caller: Caller, renewal: store.OpenRenewal) -> bool:
        """Whether its seat could be kept: if not, somebody has to find another one."""
        try:
            await self._renew(caller, renewal)
        except Refusal as refusal:
            if is_our_fault(refusal):
                raise
            log.warning("paid_renewal_without_seat", membership_id=str(renewal.membership_id))
            return False
        return True

    async def _renew(
        self, caller: Caller, renewal: store.OpenRenewal, *, version: int | None = None
    ) -> Membership:
        async with seating(self._tenancy, caller, now=clock.now()) as hall:
            before = await hall.open(renewal.membership_id, version=version)
            if await store.find_open_renewal(hall.tx, renewal.membership_id) is None:
                return before
            terms = await store.list_terms(hall.tx, renewal.membership_id)
            by = before.ends_on + rules.DAY - renewal.term.starts_on  # days were added meanwhile
            term = replace(
                renewal.term,
                starts_on=renewal.term.starts_on + by,
                ends_on=renewal.term.ends_on + by,
                seat_id=terms[-1].seat_id,
                zone_id=terms[-1].zone_id,
            )
            await hall.take(before, [*terms, term])
            await hall.write(before, [*terms, term])
            await store.end_renewal(hall.tx, renewal.id, "renewed")
            return await hall.recorded("memberships:renew", before, before=before)

    async def _charge_late(self, caller: Caller, renewal: store.OpenRenewal) -> None:
        await self._billing.announce(caller, renewal.membership_id)
        async with seating(self._tenancy, caller, now=clock.now()) as hall:
            membership = await hall.open(renewal.membership_id)
            read = await store.find_open_renewal(hall.tx, renewal.membership_id)
            if read is None or read.late_bill_id is not None:
                return
            late = rules.late_fee_of(renewal.late_fee, clock.today_in(renewal.term.time_zone))
            bill_id = await hall.bill(membership, renewal.term, late)
            await store.note_late_bill(hall.tx, renewal.id, bill_id)
        await self._billing.post_soon(caller, renewal.membership_id)

    async def _lapse(self, caller: Caller, renewal: store.OpenRenewal) -> None:
        """Nobody owes it any more; what was paid of it is the student's."""
        await self._billing.announce(caller, renewal.membership_id)
        async with seating(self._tenancy, caller, now=clock.now()) as hall:
            membership = await hall.open(renewal.membership_id)
            if await store.find_open_renewal(hall.tx, renewal.membership_id) is None:
                return
            await _give_back(hall, membership, renewal)
            await store.end_renewal(hall.tx, renewal.id, "lapsed")
        await self._billing.post_soon(caller, renewal.membership_id)


async def _give_back(hall: Seating, membership: Membership, renewal: store.OpenRenewal) -> None:
    late = renewal.late_fee if renewal.late_bill_id is not None else 0
    await hall.bill(membership, renewal.term, unused=renewal.term.price, late=late)


def _is_of(renewal: store.OpenRenewal, membership: Membership) -> bool:
    """Whether the membership still has the plan and the shifts that it was offered for."""
    return (renewal.term.plan_id, renewal.term.shifts) == (membership.plan_id, membership.shifts)
