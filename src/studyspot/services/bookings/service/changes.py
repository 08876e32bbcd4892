"""How a membership changes while it lasts: another plan or seat, a pause, more days."""

from uuid import UUID

from msgspec.structs import replace

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.database import Connection
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.absences import Absence, NewAbsence
from studyspot.services.bookings.contract.memberships import (
    Extension,
    Membership,
    MembershipOver,
    NewPause,
    Pause,
    PlanChange,
    SeatMove,
    SeatSwap,
)
from studyspot.services.bookings.contract.seats import SeatKind, UnknownSeat
from studyspot.services.bookings.service.absences import Absences
from studyspot.services.bookings.service.billing import Billing
from studyspot.services.bookings.service.continuing import Continuing
from studyspot.services.bookings.service.freeing import Freeing
from studyspot.services.bookings.service.offers import Offers
from studyspot.services.bookings.service.seating import check_running, found, seating
from studyspot.services.bookings.service.seats import unknown_seat
from studyspot.tenancy.engine import Tenancy


class MembershipChanges:
    _tenancy: Tenancy
    _offers: Offers
    _billing: Billing
    _freeing: Freeing
    _continuing: Continuing
    _absences: Absences

    async def change_plan(self, caller: Caller, *, membership_id: UUID, change: PlanChange) -> Membership:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            student_id = found(await store.find_membership(connection, membership_id, now=now)).student_id
            read = await store.list_terms(connection, membership_id)
        first = max(clock.today_in(read[-1].time_zone), read[0].starts_on)
        from_on = first if change.from_on is None else change.from_on
        rules.check_near("from_on", from_on, first=first, last=max(first, read[-1].ends_on))
        offer = await self._offers.of_change(caller, change, student_id=student_id, starts_on=from_on)
        await self._continuing.begin_paid(caller, offer.term.library_id)
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            before = await hall.open(membership_id, version=change.version)
            check_running(before)
            sold = await store.list_terms(hall.tx, membership_id)
            terms = rules.replanned(sold, offer.term)
            renews = before.renews if change.renews is None else change.renews
            changing = replace(before, grace_days=offer.grace_days, renews=renews)
            await hall.take(changing, terms)
            await hall.write(changing, terms)
            cut = rules.cut(sold, from_on)
            price = sum(term.price for term in terms[len(cut.terms) :])
            fee = rules.fee_of(offer.quote, replace(offer.term, ends_on=terms[-1].ends_on), price)
            await hall.bill(before, offer.term, fee, gone=cut.gone)
            changed = await hall.recorded("memberships:change", before, before=before)
        await self._billing.post_soon(caller, membership_id)
        await self._freeing.seats_may_be_free(caller, read[-1].library_id)
        return changed

    async def move_membership(self, caller: Caller, *, membership_id: UUID, move: SeatMove) -> Membership:
        now = clock.now()
        extras = await self._offers.extras_of(caller, membership_id)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            read = found(await store.find_membership(connection, membership_id, now=now))
        await self._continuing.begin_paid(caller, read.library_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            before = await hall.open(membership_id, version=move.version)
            check_running(before, "active", "paused", "grace")
            kind = await _kind_of(hall.tx, before)
            seat = await store.find_seat(hall.tx, move.seat_id)
            terms = await store.list_terms(hall.tx, membership_id)
            # In grace the last day stands for those after it, and for the seat that goes on.
            from_on = min(clock.today_in(terms[-1].time_zone), terms[-1].ends_on)
            if seat is None or seat.library_id not in rules.libraries_from(terms, from_on):
                raise unknown_seat()
            if seat.kind != kind:
                raise UnknownSeat(f"They have a {kind}. Name another {kind}.")
            rules.check_same_price(
                terms, from_on, library_id=seat.library_id, zone_id=seat.zone_id, extras=extras
            )
            moved = rules.reseated(
                terms, from_on, library_id=seat.library_id, seat_id=seat.id, zone_id=seat.zone_id
            )
            await hall.take(before, moved)
            await hall.write(before, moved)
            after = await hall.recorded("memberships:move", before, before=before)
        await self._freeing.seats_may_be_free(caller, after.library_id)
        await self._freeing.renew_soon(tenant_of(caller))
        return after

    async def swap_memberships(
        self, caller: Caller, *, membership_id: UUID, swap: SeatSwap
    ) -> list[Membership]:
        now = clock.now()
        extras = await self._offers.extras_of(caller, membership_id, swap.other_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            await store.lock_memberships(hall.tx, {membership_id, swap.other_id})
            one = await hall.open(membership_id, version=swap.version)
            other = await hall.open(swap.other_id, version=swap.other_version)
            if one.library_id != other.library_id or one.id == other.id:
                raise MembershipOver("Only two memberships of one library can swap seats.")
            moved = {}
            check_running(one)
            check_running(other)
            if await _kind_of(hall.tx, one) != await _kind_of(hall.tx, other):
                raise MembershipOver("A seat is exchanged for a seat, a locker for a locker.")
            for mine, theirs in ((one, other), (other, one)):
                seat_id, zone_id = theirs.seat_id, theirs.zone_id
                assert seat_id is not None and zone_id is not None  # noqa: S101, PT018 - it is reserved
                terms = await store.list_terms(hall.tx, mine.id)
                today = clock.today_in(terms[-1].time_zone)
                rules.check_same_price(
                    terms, today, library_id=mine.library_id, zone_id=zone_id, extras=extras
                )
                moved[mine.id] = rules.reseated(
                    terms, today, library_id=mine.library_id, seat_id=seat_id, zone_id=zone_id
                )
            await hall.lock([one, other], [*moved[one.id], *moved[other.id]])
            await hall.vacate(one, other)
            for mine in (one, other):
                await hall.occupy(mine, moved[mine.id])
                await hall.check(mine, moved[mine.id])
                await hall.write(mine, moved[mine.id])
            return [await hall.recorded("memberships:swap", mine, before=mine) for mine in (one, other)]

    async def pause_membership(self, caller: Caller, *, membership_id: UUID, pause: NewPause) -> Membership:
        now = clock.now()
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            before = await hall.open(membership_id, version=pause.version)
            check_running(before, "active")
            terms = await store.list_terms(hall.tx, membership_id)
            rules.check_pause(
                pause.first_on,
                pause.last_on,
                today=clock.today_in(terms[-1].time_zone),
                terms=terms,
                pauses=await store.list_pauses(hall.tx, membership_id),
            )
            made = Pause(new_id(), pause.first_on, pause.last_on, pause.reason)
            await store.insert_pause(hall.tx, membership_id, made)
            put_off = rules.paused(terms, made)
            await hall.keep(before, put_off)
            await hall.write(before, put_off)
            after = await hall.recorded("memberships:pause", before, before=before)
        await self._billing.post_soon(caller, membership_id)
        await self._freeing.seats_may_be_free(caller, after.library_id)
        return after

    async def resume_membership(self, caller: Caller, *, membership_id: UUID) -> Membership:
        now = clock.now()
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            before = await hall.open(membership_id)
            check_running(before)
            terms = await store.list_terms(hall.tx, membership_id)
            today = clock.today_in(terms[-1].time_zone)
            pauses = await store.list_pauses(hall.tx, membership_id)
            if not pauses or pauses[-1].last_on < today:
                raise MembershipOver("This membership does not rest.")
            from_on = max(today, pauses[-1].first_on)
            await store.end_pause(hall.tx, pauses[-1].id, last_on=from_on - rules.DAY)
            brought_forward = rules.resumed(terms, pauses[-1], from_on)
            await hall.keep(before, brought_forward)
            await hall.write(before, brought_forward)
            after = await hall.recorded("memberships:resume", before, before=before)
        await self._billing.post_soon(caller, membership_id)
        return after

    async def extend_membership(
        self, caller: Caller, *, membership_id: UUID, extension: Extension
    ) -> Membership:
        now = clock.now()
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=now) as hall:
            before = await hall.open(membership_id, version=extension.version)
            check_running(before, "active", "paused", "grace")
            sold = await store.list_terms(hall.tx, membership_id)
            rules.check_free_days(caller, sold, extension.days)
            terms = rules.extended(sold, extension.days, extension.reason)
            await hall.keep(before, terms)
            await hall.write(before, terms)
            after = await hall.recorded("memberships:extend", before, before=before)
        await self._billing.post_soon(caller, membership_id)
        return after

    async def declare_absence(
        self, caller: Caller, *, membership_id: UUID, absence: NewAbsence
    ) -> list[Absence]:
        return await self._absences.declare(caller, membership_id, absence)

    async def withdraw_absence(self, caller: Caller, *, absence_id: UUID) -> None:
        await self._absences.withdraw(caller, absence_id)


async def _kind_of(tx: Connection, membership: Membership) -> SeatKind:
    """Of what they have. :raises MembershipOver: when it is nothing of their own."""
    seat = membership.seat_id and await store.find_seat(tx, membership.seat_id)
    if not seat:
        raise MembershipOver("This membership has no seat of its own.")
    return seat.kind
