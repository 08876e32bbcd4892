"""What happens in a branch of 120 seats in April, day by day: who comes, pays, pays late or in parts or not
at all, moves, rests, leaves, waits; and what the owner spends.

The days are of the April that comes next year, so that they are always to come, and as long.
"""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import time_machine
from tests.journeys.desk import Desk
from tests.journeys.own_books import Charge
from tests.journeys.own_floor import DAY, OwnFloor, Plan, Stay, Term
from tests.journeys.register_of_300 import Member, Register
from tests.people import PASSWORD

from studyspot.client import AsyncStudySpot
from studyspot.client.models import Method, SeatRows
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller, tenant_of

INDIA = ZoneInfo("Asia/Kolkata")
EVE = date(datetime.now(UTC).year + 1, 3, 31)
DAYS = [EVE + number * DAY for number in range(1, 31)]
MAIN, ANNEXE = "Main hall", "Annexe"
SHIFTS = {"Morning": ("09:00", "14:00"), "Evening": ("14:00", "20:00"), "Night": ("21:00", "06:00")}
PLANS = {
    plan.name: plan
    for plan in (
        Plan("Monthly", MAIN, 120_000, registration=20_000, deposit=50_000, late_fee=5_000, tax_rate=1800),
        Plan("Premium", MAIN, 150_000, registration=20_000, deposit=100_000, late_fee=7_500, tax_rate=1800),
        Plan("Weekly", MAIN, 40_000, months=0, days=7, tax_rate=1800),
        Plan("Any chair", MAIN, 79_900, is_reserved=False, registration=10_000, tax_rate=1800),
        Plan("Annexe", ANNEXE, 99_900, deposit=50_000, late_fee=5_000, grace_days=3),
    )
}
METHODS: tuple[Method, ...] = ("cash", "cash", "cash", "upi", "upi", "upi", "cheque", "bank_transfer")
HABITS = {"at once": 9, "on the last day": 5, "in parts": 3, "late": 2, "never": 2}
MAPPED = {EVE + number * DAY for number in (1, 10, 20, 30)}


def at(day: date, clock: str) -> "time_machine.travel":
    return time_machine.travel(datetime.combine(day, time.fromisoformat(clock), INDIA))


class Month:
    def __init__(self, api: AsyncStudySpot, platform: Platform, owner: Caller, floor: OwnFloor) -> None:
        self.api = api
        self.desk = Desk(api, floor)
        self.floor = floor
        self.books = floor.books
        self._platform = platform
        self._as_job = owner
        self.chance = random.Random(120)
        self._promises: dict[date, list[tuple[Stay, Charge, str]]] = {}
        self._old_dues: dict[date, list[tuple[str, str]]] = {}
        self.waiting: list[tuple[str, date]] = []
        self._known: set[Charge] = set()
        self._overnight: list[Stay] = []
        self._busy: set[Stay] = set()

    async def sign_in(self, email: str) -> None:
        await self.api.auth.login(email=email, password=PASSWORD)

    async def open(self) -> None:
        await self.desk.open(MAIN, SeatRows(first="A", last="F", each=20), SHIFTS)
        await self.desk.open(ANNEXE, SeatRows(first="A", last="A", each=8), {"Day": ("08:00", "20:00")})
        await self.desk.register_for_tax(MAIN, since=EVE)
        for plan in PLANS.values():
            await self.desk.offer_plan(plan)

    async def bring_in(self) -> None:
        """With faults, mended, and once more: each row once."""
        planted, mended = (Register(EVE, PLANS, planted=planted) for planted in (True, False))
        assert len(planted.faults) == 6
        counts = []
        for register, dry_run in ((planted, True), (planted, False), (mended, True), (mended, False)):
            report = await self.api.register_imports.create(
                register.content, library_id=self.desk.branches[MAIN].id, dry_run=dry_run
            )
            found = {(row.row, one.column, one.code) for row in report.rows for one in row.faults}
            assert found == register.faults
            counts.append((report.created, report.skipped, report.failed))
            if not dry_run:
                members = {one.row: one for one in register.members}
                for row in report.rows:
                    if row.status == "created":
                        self._brought_in(members[row.row], str(row.student_id), str(row.membership_id))
        assert counts == [(294, 0, 6), (294, 0, 6), (6, 294, 0), (6, 294, 0)]

    def _brought_in(self, member: Member, student: str, membership: str) -> None:
        term = Term(member.plan, member.seat, member.shift, member.first, member.last, member.fee * 100)
        stay = Stay(membership, student, [term])
        money = {name: getattr(member, name) * 100 for name in ("dues", "advance", "deposit")}
        self.floor.bring_in(stay, **money, as_of=EVE)
        if member.dues:
            how = self.chance.choice(["all", "a part", "nothing"])
            self._old_dues.setdefault(self.chance.choice(DAYS), []).append((student, how))

    async def live(self, today: date, email: str) -> None:
        with at(today, "08:40"):
            if today.day % 14 == 1:
                await self.sign_in(email)
            await self._run(today)
            await self._run(today)
            if today in MAPPED:
                await self.check_map(today)
            await self._offer_seats(today, accept=today.day != 16)
            await self.desk.check_out(self._overnight)
            self._overnight = []
            morning = self._some("Morning", 4, today)
            await self.desk.check_in(morning, today)
            await self.events(today)
            await self._collect(today)
            await self._settled()
        with at(today, "14:20"):
            if today.day == 16:  # the first in line did not come for it
                self.waiting.pop(0)
                await self._offer_seats(today, accept=True, from_on=today + DAY)
            await self.desk.check_out(morning)
            evening = [*self._some("Evening", 2, today), *self._some(None, 1, today)]
            await self.desk.check_in(evening, today)
            await self._settled()
        with at(today, "22:20"):
            await self.desk.check_out(evening)
            if today.day % 3 == 0 and today != DAYS[-1]:
                self._overnight = self._some("Night", 1, today)
                await self.desk.check_in(self._overnight, today)
            await self._run(today)
            await self.desk.close(today, MAIN, missing=10_000 if today.day == 12 else 0)
            await self.desk.close(today, ANNEXE)

    async def check_map(self, today: date) -> None:
        for day in (today, today + 7 * DAY):
            for library in (MAIN, ANNEXE):
                branch = self.desk.branches[library]
                for shift, shift_id in branch.shifts.items():
                    found = await self.api.bookings.seat_map(branch.id, day=day, shift_id=shift_id)
                    taken = {one.code: str(one.student_id) for one in found.seats if one.state != "free"}
                    assert taken == self.floor.map(library, shift, day), (day, shift)

    async def _settled(self) -> None:
        """No job that offers seats is left for a later hour."""
        tenant_id = str(tenant_of(self._as_job))
        async with self._platform.control.connection() as control, asyncio.timeout(20):
            while await control.value(  # noqa: ASYNC110 - the worker tells nobody
                """
                SELECT EXISTS (
                    SELECT FROM jobs.procrastinate_jobs
                    WHERE task_name = 'bookings.offer_seats' AND args ->> 'tenant_id' = $1
                        AND (status = 'doing' OR status = 'todo' AND scheduled_at IS NULL)
                )
                """,
                tenant_id,
            ):
                await asyncio.sleep(0.02)

    async def _run(self, today: date) -> None:
        counts = await self._platform.bookings.run_renewals(self._as_job)
        own = self.floor.run_renewals(today)
        assert {name: getattr(counts, name) for name in own} == own, today
        for stay in self.floor.stays:
            if stay.offered is not None and stay.offered.charge not in self._known:
                self._known.add(stay.offered.charge)
                self._promise(today, stay, stay.offered.charge)

    def _promise(self, today: date, stay: Stay, charge: Charge) -> None:
        [habit] = self.chance.choices(list(HABITS), list(HABITS.values()))
        last = max(stay.ends_on, today)
        promised = {
            "at once": [(today, self.chance.choice(["all", "bill"]))],
            "on the last day": [(last, "all")],
            "in parts": [(today, "a part"), (last, "bill")],
            "late": [(last + 2 * DAY, "all")],
            "never": [],
        }[habit]
        for day, how in promised:
            self._promises.setdefault(day, []).append((stay, charge, how))

    async def _collect(self, today: date) -> None:
        """Part payments come to odd paise."""
        for stay, charge, how in self._promises.pop(today, []):
            if not charge.open:
                continue
            owed = sum(one.open for one in self.books.open_of(stay.student))
            amount = {"all": owed, "bill": charge.open, "a part": charge.open * 4 // 9}[how]
            only = None if how == "all" else charge
            await self.take(today, stay.last.plan.library, stay.student, amount, only=only)
        for student, how in self._old_dues.get(today, []):
            owed = sum(one.open for one in self.books.open_of(student))
            if owed and how != "nothing":
                await self.take(today, MAIN, student, owed if how == "all" else owed // 3)

    async def take(
        self, today: date, library: str, student: str, amount: int, *, only: Charge | None = None
    ) -> None:
        method = self.chance.choice(METHODS)
        await self.desk.take(today, library, student, method, amount, only=only)

    async def _offer_seats(self, today: date, *, accept: bool, from_on: date | None = None) -> None:
        """As the job does it: the first in line gets the first seat that is free on all days to come."""
        branch, plan = self.desk.branches[MAIN], PLANS["Monthly"]
        await self._platform.bookings.offer_seats(self._as_job, library_id=branch.id)
        offered = [one async for one in self.api.waitlist.iterate(library_id=branch.id, status="offered")]
        free = self.free(plan, "Morning", today, from_on=from_on)
        happy = self.waiting[: len(free)]
        assert [(str(one.student_id), one.seat_code) for one in offered] == [
            (student, seat) for (student, _), seat in zip(happy, free, strict=False)
        ]
        if accept:
            for one in offered:
                self.waiting.pop(0)
                await self.join(today, await self.desk.accept(today, one.id, plan, "Morning"))

    async def join(self, today: date, stay: Stay) -> None:
        """Who comes new pays at once."""
        owed = sum(one.open for one in self.books.open_of(stay.student))
        await self.take(today, stay.last.plan.library, stay.student, owed)

    def free(self, plan: Plan, shift: str, first: date, *, from_on: date | None = None) -> list[str]:
        """On all days of a term and in its grace."""
        last = plan.last_day(first) + (plan.grace_days if plan.renews else 0) * DAY
        from_on = from_on or first
        taken = {
            seat
            for number in range((last - from_on).days + 1)
            for seat in self.floor.map(plan.library, shift, from_on + number * DAY)
        }
        return sorted(set(self.desk.branches[plan.library].seats) - taken)

    def _some(self, shift: str | None, number: int, today: date) -> list[Stay]:
        there = [stay for stay in self.floor.of(MAIN, shift=shift) if stay.state(today) == "active"]
        here = [stay for stay in there if stay.last.first <= today]
        return self.chance.sample(here, number)

    def choose(self, shift: str, today: date) -> Iterator[Stay]:
        """Who has days left, nothing offered, and nothing special yet."""
        for stay in self.floor.of(MAIN, shift=shift):
            has_days = stay.state(today) == "active" and stay.ends_on > today + 12 * DAY
            if has_days and stay.offered is None and stay not in self._busy and stay.last.first < today:
                self._busy.add(stay)
                yield stay

    async def events(self, today: date) -> None:
        """What happens on no other day."""
