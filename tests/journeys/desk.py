"""The desk of a business with two branches: whatever is done goes through the Python client, and is written
down a second time in the books and on the floor plan of somebody who does not trust it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from uuid import UUID

import pytest
from tests.journeys.own_books import Charge, Expense, Payment
from tests.journeys.own_floor import OwnFloor, Plan, Stay, Term

from studyspot.client import AsyncStudySpot
from studyspot.client.errors import Conflict
from studyspot.client.models import (
    Cancellation,
    Extension,
    Membership,
    Method,
    NewCharge,
    NewDayClose,
    NewExpense,
    NewFeePlan,
    NewLibrary,
    NewMembership,
    NewPause,
    NewPayment,
    NewRefund,
    NewSeats,
    NewShift,
    NewStudent,
    NewTaxRegistration,
    NewWaiting,
    NewZone,
    Outlay,
    PlanChange,
    Renewal,
    SeatRows,
    SeatSwap,
    UpiCredit,
    Waiver,
)
from studyspot.client.models.expenses import ExpenseCategory
from studyspot.client.models.payments import ChargeShare


@dataclass
class Branch:
    name: str
    id: UUID
    seats: dict[str, UUID]
    shifts: dict[str, UUID]
    plans: dict[str, UUID] = field(default_factory=dict)


class Desk:
    def __init__(self, api: AsyncStudySpot, floor: OwnFloor) -> None:
        self.api = api
        self.floor = floor
        self.books = floor.books
        self.branches: dict[str, Branch] = {}
        self.visits = 0
        self._numbers = count(1)
        self._upi: dict[tuple[str, date], list[UpiCredit]] = {}
        self._ids: dict[int, UUID] = {}
        """Of payments that may come back."""

    async def open(self, name: str, rows: SeatRows, shifts: dict[str, tuple[str, str]]) -> Branch:
        library = await self.api.libraries.create(NewLibrary(name=name, city="Pune", state="Maharashtra"))
        zone = await self.api.zones.create(library.id, NewZone(name="Hall"))
        seats = await self.api.seats.create(library.id, NewSeats(zone_id=zone.id, rows=rows))
        made = {
            word: await self.api.shifts.create(library.id, NewShift(name=word, starts=starts, ends=ends))
            for word, (starts, ends) in shifts.items()
        }
        branch = Branch(
            name,
            library.id,
            {seat.code: seat.id for seat in seats},
            {word: shift.id for word, shift in made.items()},
        )
        self.branches[name] = branch
        return branch

    async def register_for_tax(self, library: str, *, since: date) -> None:
        registration = NewTaxRegistration(
            from_on=since, status="regular", legal_name="Abhyas", gstin="27AAPFU0939F1ZV", state_code="27"
        )
        await self.api.tax_registrations.add(self.branches[library].id, registration)

    async def offer_plan(self, plan: Plan) -> None:
        branch = self.branches[plan.library]
        made = await self.api.fee_plans.create(
            NewFeePlan(
                library_id=branch.id,
                name=plan.name,
                kind="reserved" if plan.is_reserved else "unreserved",
                period="monthly" if plan.months else "weekly",
                hours_a_day=None if plan.is_reserved else 8,
                price=plan.price,
                registration_fee=plan.registration,
                deposit=plan.deposit,
                late_fee=plan.late_fee,
                grace_days=plan.grace_days,
                tax_rate=plan.tax_rate,
            )
        )
        branch.plans[plan.name] = made.id

    async def enrol(self, name: str, library: str) -> str:
        new = NewStudent(
            first_name=name, phone=f"97{next(self._numbers):08}", library_id=self.branches[library].id
        )
        return str((await self.api.students.create(new)).id)

    async def sell(
        self, today: date, student: str, plan: Plan, seat: str | None, shift: str | None, first: date
    ) -> Stay:
        branch = self.branches[plan.library]
        sold = await self.api.memberships.create(
            NewMembership(
                student_id=UUID(student),
                plan_id=branch.plans[plan.name],
                starts_on=first,
                seat_id=None if seat is None else branch.seats[seat],
                shift_ids=[] if shift is None else [branch.shifts[shift]],
            )
        )
        return self._sold(today, sold, plan, shift)

    async def wait(self, student: str, plan: Plan, shift: str, first: date) -> None:
        branch = self.branches[plan.library]
        waiting = NewWaiting(
            student_id=UUID(student),
            plan_id=branch.plans[plan.name],
            shift_ids=[branch.shifts[shift]],
            starts_on=first,
        )
        await self.api.waitlist.join(waiting)

    async def accept(self, today: date, waiting_id: UUID, plan: Plan, shift: str) -> Stay:
        return self._sold(today, await self.api.waitlist.accept(waiting_id), plan, shift)

    async def change(self, today: date, stay: Stay, plan: Plan, seat: str, shift: str) -> None:
        branch = self.branches[plan.library]
        change = PlanChange(
            version=(await self._read(stay)).version,
            plan_id=branch.plans[plan.name],
            seat_id=branch.seats[seat],
            shift_ids=[branch.shifts[shift]],
        )
        await self.api.memberships.change(UUID(stay.id), change)
        self.floor.change(today, stay, plan, seat, shift)

    async def swap(self, today: date, one: Stay, other: Stay) -> None:
        swap = SeatSwap(
            version=(await self._read(one)).version,
            other_id=UUID(other.id),
            other_version=(await self._read(other)).version,
        )
        await self.api.memberships.swap(UUID(one.id), swap)
        self.floor.swap(today, one, other)

    async def pause(self, stay: Stay, first: date, last: date) -> None:
        version = (await self._read(stay)).version
        pause = NewPause(version=version, first_on=first, last_on=last, reason="Home for a wedding")
        await self.api.memberships.pause(UUID(stay.id), pause)
        self.floor.pause(stay, first, last)

    async def extend(self, stay: Stay, days: int) -> None:
        version = (await self._read(stay)).version
        extension = Extension(version=version, days=days, reason="The fan was broken")
        await self.api.memberships.extend(UUID(stay.id), extension)
        self.floor.extend(stay, days)

    async def renew(self, today: date, stay: Stay, quantity: int) -> None:
        version = (await self._read(stay)).version
        await self.api.memberships.renew(UUID(stay.id), Renewal(version=version, quantity=quantity))
        self.floor.renew(today, stay, quantity)

    async def resume(self, today: date, stay: Stay) -> None:
        await self.api.memberships.resume(UUID(stay.id))
        self.floor.resume(stay, today)

    async def cancel(self, today: date, stay: Stay) -> None:
        """The last day is today, and whatever is kept for them is paid out in cash."""
        version = (await self._read(stay)).version
        await self.api.memberships.cancel(
            UUID(stay.id), Cancellation(version=version, last_on=today, reason="Moves home")
        )
        self.floor.cancel(today, stay)
        library, student = stay.last.plan.library, stay.student
        advance, deposit = self.books.advances[student], self.books.deposits[student]
        for source, amount in (("advance", advance), ("deposit", deposit)):
            if amount:
                refund = NewRefund(
                    library_id=self.branches[library].id,
                    student_id=UUID(student),
                    source="advance" if source == "advance" else "deposit",
                    method="cash",
                    amount=amount,
                    reason="Left",
                )
                await self.api.payments.refund(refund)
        self.books.refund(today, library, student, advance=advance, deposit=deposit, method="cash")

    async def take(
        self,
        today: date,
        library: str,
        student: str,
        method: Method,
        amount: int,
        *,
        only: Charge | None = None,
    ) -> Payment:
        reference = None if method == "cash" else f"{method[:3].upper()}{next(self._numbers)}"
        new = NewPayment(
            library_id=self.branches[library].id,
            student_id=UUID(student),
            method=method,
            reference=reference,
            amount=amount,
            allocations=None if only is None else await self._shares(only, amount),
        )
        key = f"payment {len(self.books.payments)}"
        taken = await self.api.payments.take(new, key=key)
        if len(self.books.payments) % 10 == 0:  # the answer was lost on the way
            assert await self.api.payments.take(new, key=key) == taken
        if reference is not None and method == "upi":
            self._upi.setdefault((library, today), []).append(UpiCredit(reference, amount))
        payment = self.books.pay(today, library, student, method, amount, only=only, reference=reference)
        told = [share.amount for share in taken.allocations]
        assert (told, taken.day) == ([part for _, part in payment.shares], today)
        self._ids[len(self.books.payments)] = taken.id
        return payment

    async def send_back(self, today: date, payment: Payment) -> None:
        """A cheque that the bank did not pay."""
        payment_id = self._ids[self.books.payments.index(payment) + 1]
        await self.api.payments.reverse(payment_id, reason="The cheque came back")
        self.books.reverse(today, payment)

    async def fine(self, today: date, library: str, student: str, amount: int, *, due_on: date) -> None:
        fine = NewCharge(
            library_id=self.branches[library].id,
            student_id=UUID(student),
            kind="fine",
            label="Lost a key",
            amount=amount,
            due_on=due_on,
        )
        await self.api.charges.create(fine)
        self.books.fine(today, library, student, amount, due_on=due_on)

    async def waive(self, today: date, charge: Charge, amount: int) -> None:
        [share] = await self._shares(charge, amount)
        await self.api.charges.waive(share.charge_id, Waiver(amount=amount, reason="Was ill"))
        self.books.waive(today, charge, amount)

    async def spend(
        self, today: date, library: str, category: ExpenseCategory, amount: int, method: Method | None = None
    ) -> tuple[UUID, Expense]:
        expense = NewExpense(
            library_id=self.branches[library].id,
            category=category,
            amount_paise=amount,
            paid=None if method is None else self._outlay(method),
        )
        made = await self.api.expenses.create(expense)
        return made.id, self.books.spend(today, library, category, amount, method=method)

    async def settle(self, today: date, expense: tuple[UUID, Expense], method: Method) -> None:
        await self.api.expenses.pay(expense[0], self._outlay(method))
        self.books.pay_for(today, expense[1], method)

    async def check_in(self, stays: Iterable[Stay], today: date) -> None:
        """Each to the seat that is theirs, or to a chair that is nobody's now."""
        for stay in stays:
            library, shift = stay.last.plan.library, stay.last.shift
            visit = await self.api.attendance.check_in(
                library_id=self.branches[library].id, student_id=UUID(stay.student)
            )
            self.visits += 1
            assert visit.membership_id == UUID(stay.id)
            if shift is not None:
                assert visit.seat_code == stay.seat_on(library, shift, today)
            else:
                assert visit.seat_code not in self.floor.map(library, "Evening", today)

    async def check_out(self, stays: Iterable[Stay]) -> None:
        for stay in stays:
            assert (await self.api.attendance.check_out(UUID(stay.student))).left_at is not None

    async def close(self, today: date, library: str, *, missing: int = 0) -> None:
        """With what is in the drawer; what is missing is not taken without a word."""
        expected = self.books.drawer(library)
        close = NewDayClose(
            library_id=self.branches[library].id,
            day=today,
            counted=expected - missing,
            upi_seen=self._upi.get((library, today), []),
            explanation="A note was torn" if missing else None,
        )
        if missing:
            silent = NewDayClose(library_id=close.library_id, day=today, counted=close.counted)
            with pytest.raises(Conflict) as refusal:
                await self.api.day_closes.create(silent)
            assert refusal.value.code == "NOT_EXPLAINED"
            self.books.miss(today, library, missing)
        closed = await self.api.day_closes.create(close)
        assert (closed.expected, closed.upi_missing, closed.upi_unknown) == (expected, (), ())

    def _sold(self, today: date, sold: Membership, plan: Plan, shift: str | None) -> Stay:
        term = Term(plan, sold.seat_code, shift, sold.starts_on, plan.last_day(sold.starts_on), plan.price)
        stay = Stay(str(sold.id), str(sold.student_id), [term])
        if term.seat is not None:
            assert shift is not None
            assert term.seat not in self.floor.map(plan.library, shift, term.first)
        self.floor.sell(today, stay)
        return stay

    async def _shares(self, charge: Charge, amount: int) -> list[ChargeShare]:
        """The charge as the platform knows it."""
        listed = await self.api.charges.list(student_id=UUID(charge.student), is_open=True, limit=100)
        [found] = [
            one
            for one in listed.items
            if (one.kind, one.due_on, one.amount, one.open)
            == (charge.kind, charge.due_on, charge.amount, charge.open)
        ]
        return [ChargeShare(charge_id=found.id, amount=min(amount, charge.open))]

    def _outlay(self, method: Method) -> Outlay:
        return Outlay(method=method, reference=None if method == "cash" else f"OUT{next(self._numbers)}")

    async def _read(self, stay: Stay) -> Membership:
        return await self.api.memberships.get(UUID(stay.id))
