"""What happens on single days of the month: seats are swapped and left, somebody rests, moves, waits, is let
off, brings a bad cheque.
"""

from collections.abc import Callable
from datetime import date

from tests.journeys.own_books import Charge
from tests.journeys.own_floor import DAY, Stay
from tests.journeys.the_month import ANNEXE, MAIN, PLANS, Month

from studyspot.client.models.expenses import ExpenseCategory


class EventfulMonth(Month):
    async def events(self, today: date) -> None:
        await self._spend(today)
        event = {
            3: self._new_people_wait,
            4: self._a_week_is_sold,
            5: self._two_swap_seats,
            6: self._one_rests_and_one_comes_for_any_chair,
            8: self._some_pay_ahead,
            9: self._one_moves_to_the_annexe,
            10: self._who_moved_pays_there,
            11: self._one_takes_a_better_plan,
            12: self._who_rests_is_back_early,
            13: self._one_leaves_and_is_paid_out,
            14: self._new_people_wait,
            15: self._one_leaves_and_is_paid_out,
            17: self._one_gets_days_for_nothing,
            18: self._two_are_let_off,
            20: self._one_loses_a_key,
            21: self._one_pays_two_months,
            22: self._a_cheque_comes_back,
            23: self._new_people_wait,
            24: self._one_leaves_who_paid_a_part_of_the_next_month,
            25: self._one_leaves_and_is_paid_out,
            30: self._many_owe_something_of_every_age,
        }.get(today.day)
        if event is not None:
            await event(today)

    async def _spend(self, today: date) -> None:
        desk, paise = self.desk, 100
        bills: dict[int, tuple[ExpenseCategory, int]] = {
            1: ("rent", 25_000 * paise),
            2: ("internet", 1_499_50),
            10: ("supplies", 245_25),
            22: ("repairs", 1_200 * paise),
        }
        if today.day in bills:
            category, amount = bills[today.day]
            library = ANNEXE if category == "repairs" else MAIN
            await desk.spend(today, library, category, amount, "bank_transfer")
        if today.day % 7 == 0:
            await desk.spend(today, MAIN, "cleaning", 800 * paise, "cash")
        if today.day == 5:
            self._electricity = await desk.spend(today, MAIN, "electricity", 8_345_67)
        if today.day == 19:
            await desk.settle(today, self._electricity, "cheque")
        if today.day == 30:
            await desk.spend(today, MAIN, "salary", 18_000 * paise)

    async def _new_people_wait(self, today: date) -> None:
        """For a morning seat from tomorrow on."""
        for number in range(4):
            student = await self.desk.enrol(f"Waits {today.day}{'abcd'[number]}", MAIN)
            await self.desk.wait(student, PLANS["Monthly"], "Morning", today + DAY)
            self.waiting.append((student, today + DAY))

    async def _a_week_is_sold(self, today: date) -> None:
        plan = PLANS["Weekly"]
        student = await self.desk.enrol("Exam in a week", MAIN)
        seat = self.free(plan, "Night", today)[-1]
        await self.join(today, await self.desk.sell(today, student, plan, seat, "Night", today))

    async def _two_swap_seats(self, today: date) -> None:
        people = self.choose("Evening", today)
        await self.desk.swap(today, next(people), next(people))

    async def _one_rests_and_one_comes_for_any_chair(self, today: date) -> None:
        self._resting = next(self.choose("Evening", today))
        await self.desk.pause(self._resting, today + 2 * DAY, today + 8 * DAY)
        student = await self.desk.enrol("Any chair will do", MAIN)
        await self.join(today, await self.desk.sell(today, student, PLANS["Any chair"], None, None, today))

    async def _who_rests_is_back_early(self, today: date) -> None:
        await self.desk.resume(today, self._resting)

    async def _some_pay_ahead(self, today: date) -> None:
        people = self.choose("Night", today)
        for amount in (50_000, 133_33, 200_000):
            await self.take(today, MAIN, next(people).student, amount)

    async def _one_moves_to_the_annexe(self, today: date) -> None:
        """Somebody who owes something from before."""
        people = self.choose("Evening", today)
        self._moved = next(one for one in people if self.books.open_of(one.student))
        await self.desk.change(today, self._moved, PLANS["Annexe"], "A3", "Day")

    async def _who_moved_pays_there(self, today: date) -> None:
        """Also what is open in the other branch, and something ahead."""
        owed = sum(one.open for one in self.books.open_of(self._moved.student))
        await self.take(today, ANNEXE, self._moved.student, owed + 100_01)

    async def _one_takes_a_better_plan(self, today: date) -> None:
        stay = next(one for one in self.choose("Morning", today) if one.last.plan is PLANS["Monthly"])
        assert stay.last.seat is not None
        await self.desk.change(today, stay, PLANS["Premium"], stay.last.seat, "Morning")

    async def _one_leaves_and_is_paid_out(self, today: date) -> None:
        stay = next(one for one in self.choose("Morning", today) if self.books.deposits[one.student])
        await self.desk.cancel(today, stay)

    async def _one_leaves_who_paid_a_part_of_the_next_month(self, today: date) -> None:
        stay = self._with_offer(lambda charge: charge.paid, today)
        await self.desk.cancel(today, stay)

    async def _one_gets_days_for_nothing(self, today: date) -> None:
        await self.desk.extend(next(self.choose("Evening", today)), 3)

    async def _one_pays_two_months(self, today: date) -> None:
        stay = self._with_offer(lambda charge: not charge.paid, today)
        await self.desk.renew(today, stay, 2)
        await self.join(today, stay)

    async def _two_are_let_off(self, today: date) -> None:
        """A part of an old fee, and of a next month that is not paid."""
        old = next(one for one in self.books.charges if one.open and one.is_opening)
        await self.desk.waive(today, old, old.open * 2 // 3)
        stay = self._with_offer(lambda charge: not charge.paid, today)
        assert stay.offered is not None
        await self.desk.waive(today, stay.offered.charge, 333_33)

    def _with_offer(self, is_so: Callable[[Charge], object], today: date) -> Stay:
        """Whose next term is billed, and not paid yet; the one whose turn comes last."""
        return next(
            one
            for one in reversed(self.floor.stays)
            if one.offered is not None
            and one.offered.charge.open
            and one.last.plan.is_reserved
            and one.ends_on > today
            and is_so(one.offered.charge)
        )

    async def _one_loses_a_key(self, today: date) -> None:
        """And has paid something ahead, which pays for it."""
        people = self.choose("Evening", today)
        student = next(one.student for one in people if self.books.advances[one.student])
        await self.desk.fine(today, MAIN, student, 25_000, due_on=today)

    async def _many_owe_something_of_every_age(self, today: date) -> None:
        """On both sides of each day on which it becomes older."""
        people = [one for one in self.floor.of(MAIN, shift="Night") if not self.books.advances[one.student]]
        for number, days in enumerate((-1, 0, 7, 8, 15, 16, 30, 31)):
            student = people[number].student
            await self.desk.fine(today, MAIN, student, 101_01 + number, due_on=today - days * DAY)

    async def _a_cheque_comes_back(self, today: date) -> None:
        payment = next(
            one
            for one in self.books.payments
            if one.method == "cheque"
            and sum(part for _, part in one.shares) == one.amount
            and all(charge.kind == "fee" and charge.paid >= part for charge, part in one.shares)
        )
        await self.desk.send_back(today, payment)
