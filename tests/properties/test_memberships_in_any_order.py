"""Whatever happens to the memberships of a hall, in any order and over months: the days that are taken are
those that were sold, and what was sold is what was billed.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import pytest
import time_machine
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tests.people import Person
from tests.services.answers import made
from tests.services.bookings.hall import INDIA, Hall, today

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import TenantId
from studyspot.kernel.jobs import JobQueue
from studyspot.services.bookings.contract import (
    Cancellation,
    Extension,
    Membership,
    MembershipHistory,
    NewAbsence,
    NewMembership,
    NewPause,
    PlanChange,
    Renewal,
    SeatMove,
    SeatSwap,
)
from studyspot.services.bookings.contract.absences import Absence, NothingToRelease
from studyspot.services.payments.contract import ChargeFilter

T = TypeVar("T")
DAY = timedelta(days=1)
STUDENTS = 4
SHIFTS = [("06:00", "14:00"), ("12:00", "20:00"), ("22:00", "06:00"), ("07:00", "21:00"), ("20:00", "08:00")]
DAY_AND_NIGHT = {3, 4}
"""They overlap at both ends."""
_shifts = st.one_of(st.sets(st.integers(0, len(SHIFTS) - 1), min_size=1, max_size=2), st.just(DAY_AND_NIGHT))
_seats = st.sampled_from(["A1", "A2", "A3"])
_days = st.integers(0, 12)
_codes = st.sampled_from([None, "THIRD", "AMOUNT"])


class Floor(msgspec.Struct):
    """A hall of three seats, furnished once: each example leaves it empty."""

    hall: Hall
    plans: list[UUID]
    shifts: list[UUID]
    students: list[UUID]


class MembershipsOfAHall(RuleBasedStateMachine):
    sold = Bundle("sold")
    left = Bundle("left")

    def __init__(self, loop: asyncio.AbstractEventLoop, platform: Platform, floor: Floor) -> None:
        super().__init__()
        self._loop, self._platform, self._floor = loop, platform, floor
        self._bookings = platform.bookings
        self._tenant = TenantId(UUID(str(floor.hall.owner.tenant_id)))
        self._caller = system(tenant_id=self._tenant)
        self._ids: list[UUID] = []
        self._left: dict[UUID, set[datetime]] = {}
        self._clock = time_machine.travel(datetime.now(UTC))
        self._clock.start()

    def teardown(self) -> None:
        self._clock.stop()
        self._do(self._leave_it_empty())

    async def _leave_it_empty(self) -> None:
        async with self._platform.tenancy.transaction(self._tenant) as tx:
            await tx.run("DELETE FROM bookings.occupancy")

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def _seat(self, code: str) -> UUID:
        return UUID(self._floor.hall.seats[code]["id"])

    @initialize(target=sold, seats=st.permutations(["A1", "A2", "A3"]))
    def begin(self, seats: list[str]) -> Any:
        """With two members, so that there is something to do."""
        return multiple(
            self._sell(0, seats[0], {0}, 0, 1, None), self._sell(1, seats[1], DAY_AND_NIGHT, 0, 1, None)
        )

    @rule(
        target=sold,
        student=st.integers(0, STUDENTS - 1),
        seat=_seats,
        shifts=_shifts,
        starts_in=_days,
        quantity=st.integers(1, 2),
        code=_codes,
    )
    def sell(
        self, student: int, seat: str, shifts: set[int], starts_in: int, quantity: int, code: str | None
    ) -> Any:
        found = self._sell(student, seat, shifts, starts_in, quantity, code)
        return multiple() if found is None else found

    def _sell(
        self, student: int, seat: str, shifts: set[int], starts_in: int, quantity: int, code: str | None
    ) -> UUID | None:
        wanted = NewMembership(
            student_id=self._floor.students[student],
            plan_id=self._floor.plans[0],
            starts_on=today() + starts_in * DAY,
            quantity=quantity,
            seat_id=self._seat(seat),
            shift_ids=tuple(self._floor.shifts[number] for number in sorted(shifts)),
            renews=True,
            coupon_code=code,
        )
        try:
            new = self._do(self._bookings.create_membership(self._caller, membership=wanted))
        except Refusal:
            return None
        self._ids.append(new.id)
        self._left[new.id] = set()
        return new.id

    def _ask(self, work: Any) -> None:
        """Does it, unless it is refused: then nothing may have changed, which the invariants tell."""
        try:
            self._do(self._asking(work))
        except Refusal:
            return

    async def _asking(self, work: Any) -> None:
        await work(self._read)

    async def _read(self, membership_id: UUID) -> Membership:
        return await self._bookings.get_membership(self._caller, membership_id=membership_id)

    async def _cancelling(self, membership_id: UUID, read: Any, **fields: Any) -> None:
        version = (await read(membership_id)).version
        cancellation = Cancellation(version=version, reason="Leaves", **fields)
        await self._bookings.cancel_membership(
            self._caller, membership_id=membership_id, cancellation=cancellation
        )

    @rule(membership_id=sold, used=st.integers(-2, 10), gives_back=st.booleans())
    def cancel(self, membership_id: UUID, used: int, gives_back: bool) -> None:
        last_on = today() + used * DAY
        self._ask(lambda read: self._cancelling(membership_id, read, last_on=last_on, gives_back=gives_back))

    @rule(membership_id=sold, quantity=st.integers(1, 2), code=_codes)
    def renew(self, membership_id: UUID, quantity: int, code: str | None) -> None:
        async def work(read: Any) -> None:
            version = (await read(membership_id)).version
            renewal = Renewal(version=version, quantity=quantity, coupon_code=code)
            await self._bookings.renew_membership(self._caller, membership_id=membership_id, renewal=renewal)

        self._ask(work)

    @rule(membership_id=sold, plan=st.integers(0, 1), seat=_seats, shifts=_shifts, starts_in=_days)
    def change(self, membership_id: UUID, plan: int, seat: str, shifts: set[int], starts_in: int) -> None:
        async def work(read: Any) -> None:
            change = PlanChange(
                version=(await read(membership_id)).version,
                plan_id=self._floor.plans[plan],
                from_on=today() + starts_in * DAY,
                seat_id=self._seat(seat),
                shift_ids=tuple(self._floor.shifts[number] for number in sorted(shifts)),
            )
            await self._bookings.change_plan(self._caller, membership_id=membership_id, change=change)

        self._ask(work)

    @rule(membership_id=sold, seat=_seats)
    def move(self, membership_id: UUID, seat: str) -> None:
        async def work(read: Any) -> None:
            move = SeatMove(version=(await read(membership_id)).version, seat_id=self._seat(seat))
            await self._bookings.move_membership(self._caller, membership_id=membership_id, move=move)

        self._ask(work)

    @rule(one=sold, other=sold)
    def swap(self, one: UUID, other: UUID) -> None:
        async def work(read: Any) -> None:
            swap = SeatSwap(
                version=(await read(one)).version,
                other_id=other,
                other_version=(await read(other)).version,
            )
            await self._bookings.swap_memberships(self._caller, membership_id=one, swap=swap)

        self._ask(work)

    @rule(membership_id=sold, starts_in=_days, days=st.integers(1, 9))
    def pause(self, membership_id: UUID, starts_in: int, days: int) -> None:
        async def work(read: Any) -> None:
            first = today() + starts_in * DAY
            pause = NewPause(
                version=(await read(membership_id)).version, first_on=first, last_on=first + (days - 1) * DAY
            )
            await self._bookings.pause_membership(self._caller, membership_id=membership_id, pause=pause)

        self._ask(work)

    @rule(membership_id=sold)
    def resume(self, membership_id: UUID) -> None:
        async def work(_: Any) -> None:
            await self._bookings.resume_membership(self._caller, membership_id=membership_id)

        self._ask(work)

    @rule(membership_id=sold, days=st.integers(1, 5))
    def extend(self, membership_id: UUID, days: int) -> None:
        async def work(read: Any) -> None:
            extension = Extension(version=(await read(membership_id)).version, days=days, reason="No light")
            await self._bookings.extend_membership(
                self._caller, membership_id=membership_id, extension=extension
            )

        self._ask(work)

    @rule(target=left, membership_id=sold, starts_in=_days, days=st.integers(1, 3))
    def leave_to_others(self, membership_id: UUID, starts_in: int, days: int) -> Any:
        """The hours of these days, and no others."""
        first = today() + starts_in * DAY
        last, found = first + (days - 1) * DAY, list[Absence]()

        async def work(_: Any) -> None:
            absence = NewAbsence(first_on=first, last_on=last)
            had = _had(*await self._sold(membership_id), datetime.now(UTC))
            theirs = {quarter for quarter, (day, _) in had.items() if first <= day <= last}
            try:
                found.extend(
                    await self._bookings.declare_absence(
                        self._caller, membership_id=membership_id, absence=absence
                    )
                )
            except NothingToRelease:
                assert theirs <= self._left[membership_id]
                raise
            self._left[membership_id] |= theirs

        self._ask(work)
        return multiple(*found)

    @rule(absence=left)
    def come_after_all(self, absence: Absence) -> None:
        async def work(_: Any) -> None:
            now = datetime.now(UTC)
            await self._bookings.withdraw_absence(self._caller, absence_id=absence.id)
            self._left[absence.membership_id] -= _quarters(max(absence.starts_at, now), absence.ends_at)

        self._ask(work)

    @rule(absence=left, used=st.integers(-1, 10))
    def cancel_and_come_after_all(self, absence: Absence, used: int) -> None:
        self.cancel(absence.membership_id, used, gives_back=True)
        self.come_after_all(absence)

    @rule(absence=left, plan=st.integers(0, 1), shifts=_shifts)
    def change_hours_after_leaving_some(self, absence: Absence, plan: int, shifts: set[int]) -> None:
        membership = self._do(self._read(absence.membership_id))
        self.change(membership.id, plan, str(membership.seat_code), shifts, 0)

    @rule()
    def run_renewals(self) -> None:
        """Nobody pays, so that nothing goes on by itself."""
        self._do(self._bookings.run_renewals(self._caller))

    @rule(hours=st.integers(1, 24 * 9))
    def time_goes_by(self, hours: int) -> None:
        later = datetime.now(UTC) + timedelta(hours=hours)
        self._clock.stop()
        self._clock = time_machine.travel(later)
        self._clock.start()

    @invariant()
    def what_is_taken_is_what_was_sold(self) -> None:
        self._do(self._check_all())

    async def _check_all(self) -> None:
        await asyncio.gather(*map(self._check, self._ids))

    async def _sold(self, membership_id: UUID) -> tuple[Membership, MembershipHistory]:
        history = await self._bookings.get_membership_history(self._caller, membership_id=membership_id)
        return await self._read(membership_id), history

    async def _check(self, membership_id: UUID) -> None:
        membership, history = await self._sold(membership_id)
        charges = await self._platform.payments.list_charges(
            self._caller, filter=ChargeFilter(membership_id=membership_id), page=1, limit=100
        )
        offered = sum(one.price for one in history.next_terms if one.status == "offered")
        assert sum(term.price for term in history.terms) + offered == sum(one.billed for one in charges.items)
        now = datetime.now(UTC)
        had = _had(membership, history, now)
        assert await self._taken(membership_id, now) == {
            (seat, quarter) for quarter, (_, seat) in had.items() if quarter not in self._left[membership_id]
        }

    async def _taken(self, membership_id: UUID, now: datetime) -> set[Any]:
        """Each quarter of an hour from now on."""
        async with self._platform.tenancy.connection(self._tenant) as connection:
            rows = await connection.all(
                _Row,
                """
                SELECT s.code, lower(o.during) AS starts_at, upper(o.during) AS ends_at
                FROM bookings.occupancy o JOIN libraries.published_seats s ON s.id = o.seat_id
                WHERE o.membership_id = $1 AND upper(o.during) > $2
                """,
                membership_id,
                now,
            )
        return {
            (row.code, quarter) for row in rows for quarter in _quarters(max(row.starts_at, now), row.ends_at)
        }


class _Row(msgspec.Struct):
    code: str
    starts_at: datetime
    ends_at: datetime


def _had(
    membership: Membership, history: MembershipHistory, now: datetime
) -> dict[datetime, tuple[date, str | None]]:
    """The day and the seat of each quarter of an hour that is sold: the earlier day's, if two have it."""
    rests = {
        pause.first_on + number * DAY
        for pause in history.pauses
        for number in range((pause.last_on - pause.first_on).days + 1)
    }
    found: dict[datetime, tuple[date, str | None]] = {}
    for term in history.terms:
        days = (term.ends_on - term.starts_on).days + 1
        is_kept = term is history.terms[-1] and membership.status != "cancelled"
        for number in range(days + (membership.grace_days if is_kept else 0)):
            day = term.starts_on + number * DAY
            assert number >= days or day not in rests
            if number < days and membership.status == "cancelled" and day > membership.ends_on:
                continue
            for shift in term.shifts:
                for quarter in _quarters_of(day, shift.starts, shift.ends, now):
                    found.setdefault(quarter, (day, term.seat_code))
    return found


def _quarters(starts: datetime, ends: datetime) -> set[datetime]:
    """Whole quarters of an hour, by when they begin."""
    begins = datetime.fromtimestamp(-(-starts.timestamp() // 900) * 900, UTC)
    found = set()
    while begins < ends:
        found.add(begins)
        begins += timedelta(minutes=15)
    return found


def _quarters_of(day: date, starts: str, ends: str, now: datetime) -> set[datetime]:
    opens = datetime.fromisoformat(f"{day}T{starts}").replace(tzinfo=INDIA)
    closes = datetime.fromisoformat(f"{day}T{ends}").replace(tzinfo=INDIA)
    if closes <= opens:
        closes += DAY
    return _quarters(max(opens, now).astimezone(UTC), closes.astimezone(UTC))


async def furnished(owner: Person) -> Floor:
    """Two of the students are siblings, and both coupons are used up one day."""
    hall = await Hall.opened(owner)
    plans = [
        await hall.add_plan("Weekly", period="weekly", price=70_001, grace_days=2, sibling_rate=1_111),
        await hall.add_plan("Monthly", price=299_999, grace_days=2, sibling_rate=777),
    ]
    shifts = [await hall.add_shift(*times) for times in SHIFTS]
    students = [await hall.enrol(parent_phone="+919811100123") for _ in range(2)]
    students += [await hall.enrol() for _ in range(STUDENTS - 2)]
    third = {"code": "THIRD", "kind": "percentage", "value": 3_333, "uses_each": 100, "uses_max": 60}
    amount = {"code": "AMOUNT", "kind": "fixed", "value": 60_007, "uses_each": 20}
    for coupon in (third, amount):
        await made(owner, "/coupons", coupon)
    return Floor(hall, *([UUID(one["id"]) for one in some] for some in (plans, shifts, students)))


@pytest.fixture
def nobody_works_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a job that was queued would be in the middle of something while we look."""

    async def forget(*_: object, **__: object) -> None: ...

    monkeypatch.setattr(JobQueue, "defer", forget)


@pytest.mark.usefixtures("nobody_works_aside")
def test_a_hall_is_right_whatever_happens(loop: asyncio.AbstractEventLoop, platform: Platform, owner: Person):
    floor = loop.run_until_complete(furnished(owner))

    run_state_machine_as_test(
        lambda: MembershipsOfAHall(loop, platform, floor),
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
