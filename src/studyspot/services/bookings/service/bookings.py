"""Bookings for some hours: made, sold, moved, confirmed, cancelled.

Nothing is looked up before a seat is taken: the constraints of the database decide, and what they refuse is
told with what is free instead.
"""

import contextlib
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version, on_own_account, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import NotFound, Refusal
from studyspot.kernel.idempotency import fingerprint_of, key_of
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.bookings import (
    Booking,
    BookingChange,
    BookingFilter,
    BookingPage,
    LibraryFull,
    NewBooking,
)
from studyspot.services.bookings.contract.seats import SeatTaken
from studyspot.services.bookings.service.absences import Absences
from studyspot.services.bookings.service.billing import Billing
from studyspot.services.bookings.service.continuing import Continuing
from studyspot.services.bookings.service.offers import Hours, Offers
from studyspot.services.bookings.service.seats import (
    ALTERNATIVES_MAX,
    CHOICE_MAX,
    TRIES_MAX,
    check_seat_and_student,
    free_seats,
    refusal_of,
    with_alternatives,
)
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import KeyReused, NewBill
from studyspot.tenancy.engine import Tenancy


class ShortBookings:
    _tenancy: Tenancy
    _libraries: Libraries
    _absences: Absences
    _continuing: Continuing
    _offers: Offers
    _billing: Billing

    async def list_bookings(
        self, caller: Caller, *, filter: BookingFilter, page: int, limit: int
    ) -> BookingPage:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_bookings(
                connection, filter, now=now, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_bookings(connection, filter, now=now)
            return BookingPage(items, total)

    async def get_booking(self, caller: Caller, *, booking_id: UUID) -> Booking:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found(await store.find_booking(connection, booking_id, now=clock.now()))

    async def create_booking(self, caller: Caller, *, booking: NewBooking, key: str | None = None) -> Booking:
        key = key_of(caller, key)
        made = await self._made(caller, booking, key)
        if made is not None:
            return made
        try:
            return await self._make(caller, booking, key=key)
        except Refusal:
            made = await self._made(caller, booking, key)  # at the same moment
            if made is None:
                raise
            return made

    async def _made(self, caller: Caller, booking: NewBooking, key: str | None) -> Booking | None:
        """Under the key before. :raises KeyReused: when that was something else."""
        if key is None:
            return None
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            before = await store.find_booked(connection, key)
        if before is None:
            return None
        if before.fingerprint != fingerprint_of(booking):
            raise KeyReused("Something else was asked under this Idempotency-Key before. Use a new one.")
        return await self.get_booking(caller, booking_id=before.id)

    async def _make(self, caller: Caller, booking: NewBooking, *, key: str | None) -> Booking:
        now = clock.now()
        await self._check_time(caller, booking.library_id, booking.starts_at, booking.ends_at, now=now)
        if booking.seat_id is None:
            return await self._take_any(caller, booking, key=key, now=now)
        try:
            return await self._take(caller, booking, booking.seat_id, key=key, now=now)
        except SeatTaken as refusal:
            raise await self._with_alternatives(caller, refusal, booking, now=now) from None

    async def change_booking(self, caller: Caller, *, booking_id: UUID, change: BookingChange) -> Booking:
        now = clock.now()
        read = await self.get_booking(caller, booking_id=booking_id)
        check_version("booking", read=change.version, found=read.version)
        wanted = msgspec.structs.replace(read, **changed_fields(change))
        await self._check_time(caller, read.library_id, wanted.starts_at, wanted.ends_at, now=now)
        if read.plan_id is not None:
            rules.check_changeable(read, now=now)
            rules.check_sold_hours(read, wanted, now=now)
            await self._offers.check_hours_cost_the_same(caller, read, seat_id=wanted.seat_id)
        try:
            return await self._move(caller, read, wanted, version=change.version, now=now)
        except SeatTaken as refusal:
            instead = NewBooking(
                library_id=read.library_id,
                student_id=read.student_id,
                seat_id=wanted.seat_id,
                starts_at=wanted.starts_at,
                ends_at=wanted.ends_at,
            )
            raise await self._with_alternatives(caller, refusal, instead, now=now) from None

    async def confirm_booking(self, caller: Caller, *, booking_id: UUID) -> Booking:
        now = clock.now()
        read = await self.get_booking(caller, booking_id=booking_id)
        async with self._billed(caller, booking_id, read.price):
            return await self._confirm(caller, read, now=now)

    async def _confirm(self, caller: Caller, read: Booking, *, now: datetime) -> Booking:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock(tx, seats=[read.seat_id], students=[read.student_id])
            before = _found(await store.find_booking(tx, read.id, now=now, for_update=True))
            if before.status == "confirmed":
                return before
            rules.check_changeable(before, now=now)
            await store.confirm_booking(tx, read.id)
            return await _recorded(tx, caller, "bookings:confirm", read.id, before, now=now)

    async def cancel_booking(self, caller: Caller, *, booking_id: UUID, reason: str | None = None) -> Booking:
        now = clock.now()
        read = await self.get_booking(caller, booking_id=booking_id)
        if read.status in {"cancelled", "expired"}:
            return read
        rules.check_changeable(read, now=now)
        back = await self._given_back(caller, read)
        async with self._billed(caller, booking_id, read.price):
            return await self._cancel(caller, booking_id, reason=reason, back=back, now=now)

    async def _given_back(self, caller: Caller, booking: Booking) -> NewBill | None:
        """When it is cancelled before it begins."""
        if not booking.price:
            return None
        library = await self._libraries.get_library(on_own_account(caller), library_id=booking.library_id)
        return rules.hours_given_back(new_id(), booking, day=clock.today_in(library.time_zone))

    async def _cancel(
        self, caller: Caller, booking_id: UUID, *, reason: str | None, back: NewBill | None, now: datetime
    ) -> Booking:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found(await store.find_booking(tx, booking_id, now=now, for_update=True))
            if before.status in {"cancelled", "expired"}:
                return before
            rules.check_changeable(before, now=now)
            await store.cancel_booking(tx, booking_id, reason=reason, now=now)
            if before.status == "held":
                await store.delete_unposted(tx, booking_id)
            elif back is not None and before.starts_at > now:
                await store.insert_bill(tx, back, booking_id=booking_id)
            return await _recorded(tx, caller, "bookings:cancel", booking_id, before, now=now)

    @contextlib.asynccontextmanager
    async def _billed(self, caller: Caller, booking_id: UUID, price: int) -> AsyncIterator[None]:
        """What is written within about what was sold reaches the payments room."""
        if price:
            await self._billing.announce_booking(caller, booking_id)
        yield
        if price:
            await self._billing.post_soon(caller, booking_id)

    async def _check_time(
        self, caller: Caller, library_id: UUID, starts_at: datetime, ends_at: datetime, *, now: datetime
    ) -> None:
        rules.check_times(starts_at, ends_at, now=now)
        asking = on_own_account(caller)
        library = await self._libraries.get_library(asking, library_id=library_id)
        calendar = await self._libraries.get_calendar(asking, library_id=library_id)
        rules.check_open(library, calendar, (starts_at, ends_at))
        await self._absences.release_no_shows(caller, library, now=now)
        await self._continuing.begin_paid(caller, library_id)

    async def _take_any(
        self, caller: Caller, booking: NewBooking, *, key: str | None, now: datetime
    ) -> Booking:
        tried: set[UUID] = set()
        for _ in range(TRIES_MAX):
            free = await self._free_seats(caller, booking, but=tried, now=now, limit=CHOICE_MAX)
            if not free:
                break
            # Not the first for all: those who come at once would wait for each other in vain.
            chosen = free[booking.student_id.int % len(free)].id
            tried.add(chosen)
            try:
                return await self._take(caller, booking, chosen, key=key, now=now)
            except SeatTaken:
                continue
        raise LibraryFull("No seat is free for the whole of this time.")

    async def _free_seats(
        self,
        caller: Caller,
        booking: NewBooking,
        *,
        but: Collection[UUID] = (),
        now: datetime,
        limit: int,
    ) -> list[store.Seat]:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await free_seats(
                connection,
                booking.library_id,
                booking.student_id,
                zone_id=booking.zone_id,
                times=[(booking.starts_at, booking.ends_at)],
                like=booking.seat_id,
                but=but,
                now=now,
                limit=limit,
            )

    async def _with_alternatives(
        self, caller: Caller, refusal: SeatTaken, booking: NewBooking, *, now: datetime
    ) -> SeatTaken:
        return with_alternatives(
            refusal, await self._free_seats(caller, booking, now=now, limit=ALTERNATIVES_MAX)
        )

    async def _take(
        self, caller: Caller, booking: NewBooking, seat_id: UUID, *, key: str | None, now: datetime
    ) -> Booking:
        booking_id = new_id()
        hours = await self._offers.of_hours(caller, booking, seat_id=seat_id)
        price = 0 if hours is None or booking.hold else hours.quote.fee
        async with self._billed(caller, booking_id, price):
            return await self._insert(caller, booking_id, booking, seat_id, hours, key=key, now=now)

    async def _insert(
        self,
        caller: Caller,
        booking_id: UUID,
        booking: NewBooking,
        seat_id: UUID,
        hours: Hours | None,
        *,
        key: str | None,
        now: datetime,
    ) -> Booking:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.lock(tx, seats=[seat_id], students=[booking.student_id])
                await store.drop_expired_holds(tx, seats=[seat_id], students=[booking.student_id], now=now)
                await store.insert_booking(
                    tx,
                    booking_id,
                    library_id=booking.library_id,
                    seat_id=seat_id,
                    student_id=booking.student_id,
                    starts_at=booking.starts_at,
                    ends_at=booking.ends_at,
                    held_until=now + rules.HOLD if booking.hold else None,
                    plan_id=booking.plan_id,
                    price=0 if hours is None else hours.quote.fee,
                    tax=0 if hours is None else hours.quote.fee_tax,
                    key=key,
                    fingerprint=None if key is None else fingerprint_of(booking),
                )
                await check_seat_and_student(tx, booking.library_id, seat_id, booking.student_id)
                created = await _recorded(tx, caller, "bookings:create", booking_id, None, now=now)
                if hours is not None:
                    bill = rules.bill_of_hours(created, hours.quote, day=hours.today)
                    if bill is not None:
                        await store.insert_bill(tx, bill, booking_id=booking_id)
                return created
        except ConstraintViolated as violation:
            raise refusal_of(violation) from None

    async def _move(
        self, caller: Caller, read: Booking, wanted: Booking, *, version: int, now: datetime
    ) -> Booking:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.lock(tx, seats={read.seat_id, wanted.seat_id}, students=[read.student_id])
                before = _found(await store.find_booking(tx, read.id, now=now, for_update=True))
                check_version("booking", read=version, found=before.version)
                rules.check_changeable(before, now=now)
                await store.drop_expired_holds(
                    tx, seats=[wanted.seat_id], students=[read.student_id], now=now
                )
                await store.move_booking(
                    tx,
                    read.id,
                    seat_id=wanted.seat_id,
                    starts_at=wanted.starts_at,
                    ends_at=wanted.ends_at,
                    now=now,
                )
                await check_seat_and_student(tx, wanted.library_id, wanted.seat_id, wanted.student_id)
                return await _recorded(tx, caller, "bookings:update", read.id, before, now=now)
        except ConstraintViolated as violation:
            raise refusal_of(violation) from None


async def _recorded(
    tx: Connection, caller: Caller, action: str, booking_id: UUID, before: Booking | None, *, now: datetime
) -> Booking:
    """The booking as it is now."""
    after = _found(await store.find_booking(tx, booking_id, now=now))
    await audit.record(tx, caller, action, entity="booking", entity_id=booking_id, before=before, after=after)
    return after


def _found(booking: Booking | None) -> Booking:
    if booking is None:
        raise NotFound("There is no such booking.")
    return booking
