"""The transaction in which memberships take their seats.

What a membership has is told by its terms; its days in `occupancy` are made from them, anew whenever they
change. The constraints decide, and what they refuse is told with what is free instead.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, check_version, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.bookings import StudentNotActive
from studyspot.services.bookings.contract.memberships import (
    Membership,
    MembershipOver,
    MembershipStatus,
    PriceChanged,
    Term,
)
from studyspot.services.bookings.contract.seats import SeatTaken
from studyspot.services.bookings.contract.waitlist import NothingOffered
from studyspot.services.bookings.rules import Place
from studyspot.services.bookings.service.seats import (
    ALTERNATIVES_MAX,
    active,
    check_consent,
    check_seat_and_student,
    free_seats,
    refusal_of,
    with_alternatives,
)
from studyspot.services.libraries.contract import Quote, check_uses
from studyspot.services.payments.contract import ChargeLine
from studyspot.tenancy.engine import Tenancy


class Seating:
    """Memberships are opened first, then their seats are locked: in this order, nobody waits in vain."""

    def __init__(self, tx: Connection, caller: Caller, now: datetime) -> None:
        self.tx = tx
        self._caller = caller
        self._now = now
        self.tried: tuple[Membership, Sequence[Place]] | None = None

    async def open(self, membership_id: UUID, *, version: int | None = None) -> Membership:
        """To be changed. :raises NotFound: :raises VersionConflict: when it is not the one that was read."""
        await store.lock_memberships(self.tx, [membership_id])
        membership = await self.read(membership_id)
        if version is not None:
            check_version("membership", read=version, found=membership.version)
        return membership

    async def read(self, membership_id: UUID) -> Membership:
        return found(await store.find_membership(self.tx, membership_id, now=self._now))

    async def take(
        self,
        membership: Membership,
        terms: Sequence[Term],
        *,
        held_until: datetime | None = None,
        begins: Term | None = None,
    ) -> None:
        """From now on what the terms say, instead of what it had and of a chair that was lent, if the student
        may have it.

        :raises UnknownSeat: :raises StudentNotActive: :raises SeatForWomen: :raises ConsentNeeded: when one
        of the terms `begins` so.
        """
        await self.lock([membership], terms)
        await self.vacate(membership)
        await store.end_lent_chair(self.tx, membership.student_id, self.places(membership, terms))
        await self.occupy(membership, terms, held_until=held_until)
        await self.check(membership, terms, begins=begins)

    async def keep(
        self, membership: Membership, terms: Sequence[Term], *, held_until: datetime | None = None
    ) -> None:
        """The same, of seats that were theirs already. A chair that is lent stays so."""
        await self.lock([membership], terms)
        await self.vacate(membership)
        await self.occupy(membership, terms, held_until=held_until)

    async def lock(self, memberships: Sequence[Membership], terms: Sequence[Term]) -> None:
        seats = {term.seat_id for term in terms if term.seat_id is not None}
        students = {membership.student_id for membership in memberships}
        await store.lock(self.tx, seats=seats, students=students)
        await store.drop_expired_holds(self.tx, seats=seats, students=students, now=self._now)

    async def vacate(self, *memberships: Membership) -> None:
        """From now on; a chair that is lent stays so."""
        await store.free_from(self.tx, self._now, memberships=[one.id for one in memberships])

    async def occupy(
        self, membership: Membership, terms: Sequence[Term], *, held_until: datetime | None = None
    ) -> None:
        places = self.places(membership, terms)
        self.tried = membership, places
        await store.occupy(self.tx, membership.id, places, held_until=held_until)

    def places(self, membership: Membership, terms: Sequence[Term]) -> list[Place]:
        grace_days = membership.grace_days if membership.renews else 0
        return rules.places(terms, grace_days=grace_days, now=self._now)

    async def check(
        self, membership: Membership, terms: Sequence[Term], *, begins: Term | None = None
    ) -> None:
        """Once the rows are written: from then on nothing they name is removed without our being seen. Nor is
        the student, whom not all of it names.

        :raises ConsentNeeded: when a term begins; what runs already is not cut short.
        """
        student = active(await store.hold_student(self.tx, membership.student_id))
        if begins is not None:
            check_consent(student, clock.today_in(begins.time_zone))
        to_come = {place.seat_id for place in self.tried[1]} if self.tried else set()
        for library_id, seat_id in {(term.library_id, term.seat_id) for term in terms}:
            if seat_id is not None and seat_id in to_come:
                await check_seat_and_student(self.tx, library_id, seat_id, membership.student_id)

    async def write(
        self,
        membership: Membership,
        terms: Sequence[Term],
        *,
        ends_on: date | None = None,
        status: str = "sold",
        reason: str | None = None,
    ) -> None:
        """The terms, and what follows from them: of what was offered as the next one, whether it still is."""
        await store.write_terms(self.tx, membership.id, terms)
        offered = await store.find_open_renewal(self.tx, membership.id)
        if offered is not None and (
            status == "cancelled"
            or not (membership.renews or offered.is_paid)
            or not rules.goes_on(offered.term, terms, is_paid=offered.is_paid)
        ):
            await self.withdraw(membership, offered)
        await store.update_membership(
            self.tx,
            membership.id,
            library_id=terms[-1].library_id,
            starts_on=terms[0].starts_on,
            ends_on=ends_on or terms[-1].ends_on,
            grace_days=membership.grace_days,
            renews=membership.renews,
            status=status,
            cancel_reason=reason,
        )

    async def bill(
        self,
        membership: Membership,
        term: Term,
        charges: tuple[ChargeLine, ...] = (),
        *,
        gone: Sequence[Term] = (),
        late: int = 0,
        is_void: bool = False,
        is_free_too: bool = False,
    ) -> UUID:
        """What it came to, of today in the books of the term's library: no bill when it came to nothing,
        unless one is wanted all the same. Days that are gone come back in the books of their own library.
        """
        elsewhere = [one for one in gone if one.library_id != term.library_id]
        if elsewhere:
            await self.bill(membership, elsewhere[-1], gone=elsewhere)
        bill = rules.bill(
            new_id(),
            membership,
            library_id=term.library_id,
            day=clock.today_in(term.time_zone),
            charges=charges,
            unused=sum(one.price for one in gone if one.library_id == term.library_id),
            late=late,
            is_void=is_void,
        )
        if bill.charges or bill.credits or is_void or is_free_too:
            await store.insert_bill(self.tx, bill)
        return bill.id

    async def owed(self, membership: Membership, charges: tuple[ChargeLine, ...]) -> tuple[ChargeLine, ...]:
        """Registration and deposit only once of a student, whose lock is ours since the seat was taken."""
        has_another = await store.has_other_membership(self.tx, membership)
        return rules.without_once(charges) if has_another else charges

    async def redeem(self, membership: Membership, quote: Quote) -> None:
        """What is taken off once. The student's lock is ours since the seat was taken.

        :raises CouponUsedUp: :raises PriceChanged:
        """
        for coupon_id, amount, reward in rules.taken_off_once(quote):
            redeemed = await store.insert_redemption(
                self.tx, membership, coupon_id=coupon_id, amount=amount, reward=reward
            )
            await self._count(membership, redeemed)

    async def redeem_draft(self, membership: Membership) -> None:
        """The same, of one that may have run out meanwhile."""
        for redeemed in await store.list_redeemed(self.tx, membership.id):
            await self._count(membership, redeemed)

    async def _count(self, membership: Membership, redeemed: store.Redeemed) -> None:
        if redeemed.is_for_new and await store.has_bought_another(self.tx, membership):
            raise PriceChanged("This student is not new any more. Ask for the price again.")
        if redeemed.coupon_id is None or redeemed.is_counted:
            return
        await store.lock_coupon(self.tx, redeemed.coupon_id)
        await store.give_back_uses_of_drafts(self.tx, redeemed.coupon_id, now=self._now)
        turn = await store.find_turn(self.tx, redeemed.coupon_id, membership.student_id)
        check_uses(
            redeemed.code,
            turn.used,
            turn.own_used,
            most=redeemed.uses_max,
            most_each=redeemed.uses_each,
        )
        await store.count_use(self.tx, redeemed.id, turn)

    async def withdraw(self, membership: Membership, offered: store.OpenRenewal) -> None:
        """Nobody owes the next term any more; what was paid of it is theirs. It may be offered anew."""
        late = offered.late_fee if offered.late_bill_id is not None else 0
        await self.bill(membership, offered.term, gone=[offered.term], late=late)
        await store.end_renewal(self.tx, offered.id, "lapsed")

    async def offer(self, waiting_id: UUID, membership_id: UUID) -> None:
        """To who waits. :raises NothingOffered: to one who does not wait any more."""
        waiting = await store.find_waiting(self.tx, waiting_id, now=self._now, for_update=True)
        if waiting is None or waiting.status != "waiting":
            raise NothingOffered("This student does not wait any more.")
        await store.offer(self.tx, waiting_id, membership_id)

    async def recorded(self, action: str, membership: Membership, *, before: Membership | None) -> Membership:
        """The membership as it is now."""
        after = await self.read(membership.id)
        await audit.record(
            self.tx,
            self._caller,
            action,
            entity="membership",
            entity_id=membership.id,
            before=before,
            after=after,
        )
        return after


@contextlib.asynccontextmanager
async def seating(tenancy: Tenancy, caller: Caller, *, now: datetime) -> AsyncIterator[Seating]:
    """:raises SeatTaken: with seats that are free. :raises StudentElsewhere: :raises UnknownSeat:"""
    hall: Seating | None = None
    try:
        async with tenancy.transaction(tenant_of(caller)) as tx:
            hall = Seating(tx, caller, now)
            yield hall
    except ConstraintViolated as violation:
        refusal = refusal_of(violation)
        if isinstance(refusal, SeatTaken) and hall is not None and hall.tried is not None:
            refusal = await _told_what_is_free(tenancy, caller, refusal, *hall.tried, now=now)
        raise refusal from None


async def _told_what_is_free(
    tenancy: Tenancy,
    caller: Caller,
    refusal: SeatTaken,
    membership: Membership,
    places: Sequence[Place],
    *,
    now: datetime,
) -> SeatTaken:
    """In the place of the seat that they were to get, of the same kind and in the same library."""
    tried = next(
        (place.seat_id for place in places if place.seat_id != membership.seat_id), places[0].seat_id
    )
    try:
        async with tenancy.connection(tenant_of(caller)) as connection:
            seat = await store.find_seat(connection, tried)
            if seat is None:
                return refusal
            free = await free_seats(
                connection,
                seat.library_id,
                membership.student_id,
                times=[(place.starts_at, place.ends_at) for place in places if place.seat_id == tried],
                like=tried,
                now=now,
                limit=ALTERNATIVES_MAX,
            )
    except StudentNotActive:
        return refusal
    return with_alternatives(refusal, free)


def found(membership: Membership | None) -> Membership:
    if membership is None:
        raise NotFound("There is no such membership.")
    return membership


def check_running(membership: Membership, *states: MembershipStatus) -> None:
    """:raises MembershipOver: unless it is in one of these states: active or paused, when none is given."""
    if membership.status not in (states or ("active", "paused")):
        raise MembershipOver(f"This cannot be done to a membership that is {membership.status}.")
    if membership.held_until is not None and "draft" not in states:
        raise MembershipOver("This draft has run out. Activate it, or make a new one.")
