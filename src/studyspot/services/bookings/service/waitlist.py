"""The waitlist: who came first is offered the first seat that is free on all of their days.

An offer is a draft of a membership: the seat is kept by the same constraints as any other, and to accept it
is to activate it.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import NotFound, Refusal, is_our_fault
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.memberships import Cancellation, Membership, NewMembership
from studyspot.services.bookings.contract.seats import SeatTaken
from studyspot.services.bookings.contract.waitlist import (
    NewWaiting,
    NothingOffered,
    Waiting,
    WaitingFilter,
    WaitingPage,
    WaitsAlready,
)
from studyspot.services.bookings.service.memberships import Memberships
from studyspot.services.bookings.service.seats import CHOICE_MAX, active, free_seats, refusal_of

ALIKE_MAX = 20
"""Of those who wait for the same seats; who comes after them is not looked at yet."""
IN_LINE_MAX = 500
"""However different what they wait for is."""


class Waitlist(Memberships):
    async def list_waitlist(
        self, caller: Caller, *, filter: WaitingFilter, page: int, limit: int
    ) -> WaitingPage:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_waitlist(
                connection, filter, now=now, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_waitlist(connection, filter, now=now)
            return WaitingPage(items, total)

    async def get_waiting(self, caller: Caller, *, waiting_id: UUID) -> Waiting:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found(await store.find_waiting(connection, waiting_id, now=clock.now()))

    async def join_waitlist(self, caller: Caller, *, waiting: NewWaiting) -> Waiting:
        now, waiting_id = clock.now(), new_id()
        offer = await self._offers.of_any_seat(caller, waiting, starts_on=waiting.starts_on)
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.note_lapsed(tx, offer.term.library_id, now=now)
                await store.insert_waiting(tx, waiting_id, offer.term.library_id, waiting)
                active(await store.find_student(tx, waiting.student_id))
                joined = await _recorded(tx, caller, "waitlist:join", waiting_id, None)
        except ConstraintViolated as violation:
            if violation.constraint == "waits_once":
                raise WaitsAlready("This student is on the waitlist already.") from None
            raise refusal_of(violation) from None
        await self._freeing.seats_may_be_free(caller, offer.term.library_id)
        return joined

    async def accept_offer(self, caller: Caller, *, waiting_id: UUID) -> Membership:
        waiting = await self.get_waiting(caller, waiting_id=waiting_id)
        if waiting.status not in {"offered", "accepted"} or waiting.membership_id is None:
            raise NothingOffered("There is no offer, or its time is over.")
        accepted = await self.activate_membership(caller, membership_id=waiting.membership_id)
        await self._end(caller, waiting_id, "accepted")
        return accepted

    async def leave_waitlist(self, caller: Caller, *, waiting_id: UUID) -> Waiting:
        waiting = await self.get_waiting(caller, waiting_id=waiting_id)
        if waiting.status == "offered" and waiting.membership_id is not None:
            draft = await self.get_membership(caller, membership_id=waiting.membership_id)
            cancellation = Cancellation(version=draft.version, reason="The offer was not wanted")
            await self.cancel_membership(caller, membership_id=draft.id, cancellation=cancellation)
        if waiting.status in {"waiting", "offered"}:
            await self._end(caller, waiting_id, "left")
        return await self.get_waiting(caller, waiting_id=waiting_id)

    async def offer_seats(self, caller: Caller, *, library_id: UUID) -> int:
        now, offered = clock.now(), 0
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.note_lapsed(tx, library_id, now=now)
            line = await store.list_in_line(tx, library_id, now=now, alike=ALIKE_MAX, limit=IN_LINE_MAX)
        while (happy := await self._offer_to_first(caller, line)) is not None:
            line.remove(happy)
            offered += 1
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if await store.is_anybody_waiting(connection, library_id):
                await self._freeing.look_again(caller, library_id)
        return offered

    async def _offer_to_first(self, caller: Caller, line: Sequence[Waiting]) -> Waiting | None:
        """Of those for whom a seat is free."""
        for number, waiting in enumerate(line):
            if await self._find_seats(caller, waiting):
                # It may have come free after those before were asked, so they are asked again.
                for first in line[: number + 1]:
                    if await self._offer(caller, first):
                        return first
        return None

    async def _offer(self, caller: Caller, waiting: Waiting) -> bool:
        """Whether a seat could be had for the whole time."""
        for starts_on, seat_id in await self._find_seats(caller, waiting):
            wanted = NewMembership(
                student_id=waiting.student_id,
                plan_id=waiting.plan_id,
                starts_on=starts_on,
                seat_id=seat_id,
                shift_ids=waiting.shift_ids,
                draft=True,
            )
            try:
                await self._sell(caller, wanted, waiting_id=waiting.id)
            except SeatTaken:
                continue
            except Refusal as refusal:  # such as: another run has made the offer
                if is_our_fault(refusal):
                    raise
                return False
            return True
        return False

    async def _find_seats(self, caller: Caller, waiting: Waiting) -> list[tuple[date, UUID]]:
        """Free on all of the days, and the first of these; none when the plan is not sold any more."""
        now, asking = clock.now(), on_own_account(caller)
        try:
            library = await self._libraries.get_library(asking, library_id=waiting.library_id)
            starts_on = max(waiting.starts_on, clock.today_in(library.time_zone))
            any_seat = await self._offers.of_any_seat(caller, waiting, starts_on=starts_on)
            grace_days = any_seat.grace_days if any_seat.renews else 0
            places = rules.places([any_seat.term], grace_days=grace_days, now=now)
            async with self._tenancy.connection(tenant_of(caller)) as connection:
                free = await free_seats(
                    connection,
                    waiting.library_id,
                    waiting.student_id,
                    zone_id=waiting.zone_id,
                    times=[(place.starts_at, place.ends_at) for place in places],
                    now=now,
                    limit=CHOICE_MAX,
                )
        except Refusal as refusal:
            if is_our_fault(refusal):
                raise
            return []
        return [(starts_on, seat.id) for seat in free]

    async def _end(self, caller: Caller, waiting_id: UUID, status: str) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found(await store.find_waiting(tx, waiting_id, now=clock.now(), for_update=True))
            await store.end_waiting(tx, waiting_id, status)
            await _recorded(tx, caller, f"waitlist:{status}", waiting_id, before)


async def _recorded(
    tx: Connection, caller: Caller, action: str, waiting_id: UUID, before: Waiting | None
) -> Waiting:
    """The place in line as it is now."""
    after = _found(await store.find_waiting(tx, waiting_id, now=clock.now()))
    await audit.record(tx, caller, action, entity="waiting", entity_id=waiting_id, before=before, after=after)
    return after


def _found(waiting: Waiting | None) -> Waiting:
    if waiting is None:
        raise NotFound("There is no such place on a waitlist.")
    return waiting
