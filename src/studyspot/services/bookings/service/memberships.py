"""Memberships: sold, activated, cancelled. How one changes meanwhile is in `changes`, and how it goes on in
`renewals`.
"""

from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.idempotency import fingerprint_of, key_of
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.bookings import LibraryFull
from studyspot.services.bookings.contract.memberships import (
    Cancellation,
    Membership,
    MembershipFilter,
    MembershipHistory,
    MembershipOver,
    MembershipPage,
    NewMembership,
)
from studyspot.services.bookings.service.absences import Absences
from studyspot.services.bookings.service.billing import Billing
from studyspot.services.bookings.service.continuing import Continuing
from studyspot.services.bookings.service.freeing import Freeing
from studyspot.services.bookings.service.offers import Offers
from studyspot.services.bookings.service.seating import Seating, check_running, found, seating
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import KeyReused
from studyspot.tenancy.engine import Tenancy


class Memberships:
    _tenancy: Tenancy
    _libraries: Libraries
    _offers: Offers
    _billing: Billing
    _freeing: Freeing
    _continuing: Continuing
    _absences: Absences

    async def list_memberships(
        self, caller: Caller, *, filter: MembershipFilter, page: int, limit: int
    ) -> MembershipPage:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_memberships(
                connection, filter, now=now, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_memberships(connection, filter, now=now)
            return MembershipPage(items, total)

    async def get_membership(self, caller: Caller, *, membership_id: UUID) -> Membership:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return found(await store.find_membership(connection, membership_id, now=clock.now()))

    async def get_membership_history(self, caller: Caller, *, membership_id: UUID) -> MembershipHistory:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found(await store.find_membership(connection, membership_id, now=clock.now()))
            terms = await store.list_terms(connection, membership_id)
            pauses = await store.list_pauses(connection, membership_id)
            next_terms = await store.list_next_terms(connection, membership_id)
            absences = await store.list_absences(connection, membership_id)
            redemptions = await store.list_redemptions(connection, membership_id)
            return MembershipHistory(terms, next_terms, pauses, absences, redemptions)

    async def create_membership(
        self, caller: Caller, *, membership: NewMembership, key: str | None = None
    ) -> Membership:
        key = key_of(caller, key)
        sold = await self._sold(caller, membership, key)
        if sold is not None:
            return sold
        try:
            return await self._sell(caller, membership, key=key)
        except KeyReused:
            sold = await self._sold(caller, membership, key)  # at the same moment
            if sold is None:
                raise
            return sold

    async def _sold(self, caller: Caller, membership: NewMembership, key: str | None) -> Membership | None:
        """Under the key before. :raises KeyReused: when that was something else."""
        if key is None:
            return None
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            before = await store.find_sold(connection, key)
        if before is None:
            return None
        if before.fingerprint != fingerprint_of(membership):
            raise KeyReused("Something else was asked under this Idempotency-Key before. Use a new one.")
        return await self.get_membership(caller, membership_id=before.id)

    async def _sell(
        self,
        caller: Caller,
        membership: NewMembership,
        *,
        waiting_id: UUID | None = None,
        key: str | None = None,
    ) -> Membership:
        """Or offers it to somebody on the waitlist."""
        now, membership_id = clock.now(), new_id()
        offer = await self._offers.of_new(caller, membership)
        await self._continuing.begin_paid(caller, offer.term.library_id)
        await self._billing.announce(caller, membership_id)
        await self._absences.release_no_shows(caller, offer.library, now=now)
        async with seating(self._tenancy, caller, now=now) as hall:
            hold = timedelta(minutes=offer.library.hold_minutes)
            held_until = now + hold if membership.draft else None
            await store.insert_membership(
                hall.tx,
                membership_id,
                student_id=membership.student_id,
                term=offer.term,
                grace_days=offer.grace_days,
                renews=offer.renews if membership.renews is None else membership.renews,
                held_until=held_until,
                key=key,
                fingerprint=None if key is None else fingerprint_of(membership),
            )
            created = await hall.read(membership_id)
            begins = None if membership.draft else offer.term
            await hall.take(created, [offer.term], held_until=held_until, begins=begins)
            if offer.term.kind == "unreserved" and not await store.has_chairs(hall.tx, offer.term.library_id):
                raise LibraryFull("The library has no chair to sit on yet.")
            charges = rules.charges_of(offer.quote, offer.term)
            if not membership.draft:
                charges = await hall.owed(created, charges)
            await hall.bill(created, offer.term, charges)
            await hall.redeem(created, offer.quote)
            if waiting_id is not None:
                await hall.offer(waiting_id, membership_id)
            created = await hall.recorded("memberships:create", created, before=None)
        await self._billing.post_soon(caller, membership_id)
        return created

    async def activate_membership(self, caller: Caller, *, membership_id: UUID) -> Membership:
        now = clock.now()
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            activated = await self._activate(hall, await hall.open(membership_id))
        await self._billing.post_soon(caller, membership_id)
        return activated

    async def _activate(self, hall: Seating, before: Membership) -> Membership:
        """Unless it is active already."""
        if before.status == "cancelled":
            raise MembershipOver("This membership is cancelled. Make a new one.")
        if before.held_until is None:
            return before
        terms = await store.list_terms(hall.tx, before.id)
        if terms[-1].ends_on < clock.today_in(terms[-1].time_zone):
            raise MembershipOver("The days of this draft are over. Make a new one.")
        await hall.take(before, terms, begins=terms[-1])
        await hall.write(before, terms)
        await hall.redeem_draft(before)
        bill = await store.find_bill_of_draft(hall.tx, before.id)
        if bill is not None:
            owed = await hall.owed(before, bill.charges)
            await store.update_bill(hall.tx, replace(bill, charges=owed))
        return await hall.recorded("memberships:activate", before, before=before)

    async def cancel_membership(
        self, caller: Caller, *, membership_id: UUID, cancellation: Cancellation
    ) -> Membership:
        now = clock.now()
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            before = await hall.open(membership_id, version=cancellation.version)
            check_running(before, "draft", "active", "paused", "grace")
            terms = await store.list_terms(hall.tx, membership_id)
            today = clock.today_in(terms[-1].time_zone)
            last_on = today if cancellation.last_on is None else cancellation.last_on
            rules.check_near("last_on", last_on, first=today - rules.DAY, last=max(before.ends_on, today))
            first_gone = terms[0].starts_on if before.status == "draft" else last_on + rules.DAY
            cut = rules.cut(terms, first_gone)
            left = cut.terms or [replace(terms[0], price=0)]  # what never began had a plan, too
            if before.status == "draft":
                await store.delete_unposted(hall.tx, membership_id)
            elif cancellation.gives_back:
                offered = await store.find_open_renewal(hall.tx, membership_id)
                if offered is not None:  # first: what is given back is taken off what was billed last
                    await hall.withdraw(before, offered)
                await hall.bill(before, left[-1], gone=cut.gone, is_void=not cut.terms)
            else:
                left[-1] = replace(left[-1], price=left[-1].price + cut.unused, is_free=False)
            if cut.terms:
                await hall.keep(replace(before, renews=False), left)
            else:
                await hall.vacate(before)
            await hall.write(
                before,
                left,
                ends_on=min(first_gone - rules.DAY, left[-1].ends_on),
                status="cancelled",
                reason=cancellation.reason,
            )
            if before.status == "draft":
                await store.give_back_uses(hall.tx, membership_id)
            cancelled = await hall.recorded("memberships:cancel", before, before=before)
        await self._billing.post_soon(caller, membership_id)
        await self._freeing.seats_may_be_free(caller, cancelled.library_id)
        return cancelled

    async def post_bills(
        self, caller: Caller, *, membership_id: UUID | None = None, booking_id: UUID | None = None
    ) -> None:
        for sold_id in (membership_id, booking_id):
            if sold_id is not None:
                await self._billing.post(caller, sold_id)
