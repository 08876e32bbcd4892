"""Everybody wants a seat for a week, or for some hours, at the same time: over HTTP, with cancellations and
moves between. Each seat's time is sold once, and what was sold is all there.
"""

import asyncio
import random
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from tests.people import Person
from tests.services.bookings.hall import Hall, tomorrow
from tests.services.bookings.test_memberships import try_to

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId
from studyspot.services.bookings import store

SHIFTS = [("06:00", "14:00"), ("12:00", "20:00"), ("22:00", "06:00")]
REFUSED = {"SEAT_TAKEN", "STUDENT_ELSEWHERE", "LIBRARY_FULL", "VERSION_CONFLICT", "MEMBERSHIP_OVER"}


class Storm:
    def __init__(self, hall: Hall, seed: int) -> None:
        self.hall, self.dice = hall, random.Random(seed)
        self.outcomes: Counter[Any] = Counter()
        self.sold: list[dict[str, Any]] = []

    async def rage(self, *, students: int, attempts: int, at_once: int) -> None:
        self.plan = await self.hall.add_plan("Weekly", period="weekly", price=70_000)
        self.shifts = [await self.hall.add_shift(*times) for times in SHIFTS]
        self.people = [await self.hall.enrol(f"Student {number}") for number in range(students)]
        waiting = iter(range(attempts))

        async def client() -> None:
            for _ in waiting:
                answer = await self.dice.choice([self.sell, self.sell, self.book, self.change])()
                code = answer.json().get("error", {}).get("code", "")
                self.outcomes[answer.status_code, code] += 1

        await asyncio.gather(*(client() for _ in range(at_once)))

    async def sell(self) -> Any:
        dice = self.dice
        answer = await self.hall.try_to_sell(
            dice.choice(self.people),
            self.plan,
            dice.choice(list(self.hall.seats)),
            *dice.sample(self.shifts, dice.randint(1, 2)),
            draft=dice.random() < 0.1,
        )
        if answer.status_code == 201:
            self.sold.append(answer.json()["data"])
        return answer

    async def book(self) -> Any:
        starts, ends = (tomorrow(clock, days=self.dice.randint(1, 9)) for clock in ("09:00", "10:00"))
        ends = starts.replace(hour=ends.hour)
        seat = self.dice.choice([*self.hall.seats, None])
        return await self.hall.try_to_book(self.dice.choice(self.people), seat, starts, ends)

    async def change(self) -> Any:
        if not self.sold:
            return await self.sell()
        one, other = self.dice.choice(self.sold), self.dice.choice(self.sold)
        one["version"] = self.dice.randint(1, 2)
        match self.dice.randint(1, 4):
            case 1:
                return await try_to(self.hall, one, "cancel", reason="Changed my mind")
            case 2:
                seat = self.hall.seats[self.dice.choice(list(self.hall.seats))]
                return await try_to(self.hall, one, "move", seat_id=seat["id"])
            case 3:
                return await try_to(self.hall, one, "swap", other_id=other["id"], other_version=1)
            case _:
                return await try_to(self.hall, one, "activate")


async def check(hall: Hall, platform: Platform) -> None:
    async with platform.tenancy.connection(TenantId(UUID(hall.owner.tenant_id))) as connection:
        twice = await connection.value(
            """
            SELECT count(*) FROM bookings.occupancy a JOIN bookings.occupancy b
                ON a.id < b.id AND a.during && b.during
                AND (a.seat_id = b.seat_id OR a.student_id = b.student_id)
            """
        )
        lost = await connection.value(
            """
            SELECT count(*) FROM bookings.memberships m WHERE status = 'sold' AND (
                SELECT count(DISTINCT date_trunc('day', lower(during) AT TIME ZONE 'Asia/Kolkata'))
                FROM bookings.occupancy WHERE membership_id = m.id
            ) < ends_on - starts_on
            """
        )
    assert (twice, lost) == (0, 0)


@pytest.mark.parametrize("is_locked", [True, False], ids=["as it is", "without the application's locks"])
async def test_members_and_guests_get_what_they_were_sold(
    hall: Hall, platform: Platform, monkeypatch: pytest.MonkeyPatch, *, is_locked: bool
):
    """Without the locks a deadlock may reach a client as "try again"; nothing is sold twice for it."""
    if not is_locked:

        async def nobody_waits(*_: Any, **__: Any) -> None:
            return

        monkeypatch.setattr(store, "lock", nobody_waits)
    storm = Storm(hall, seed=5)

    await storm.rage(students=10, attempts=250, at_once=25)

    await check(hall, platform)
    assert storm.outcomes[201, ""] > 5
    statuses = {status for status, _ in storm.outcomes} - (set() if is_locked else {503})
    assert statuses <= {200, 201, 409}, storm.outcomes
    assert {code for _, code in storm.outcomes} - REFUSED <= {"", "SERVICE_UNAVAILABLE"}, storm.outcomes


@pytest.mark.drill
async def test_a_great_storm_of_members(owner: Person, platform: Platform):
    hall = await Hall.opened(owner)
    await hall.add_zone("More", [f"B{number}" for number in range(1, 18)])
    storm = Storm(hall, seed=9)

    await storm.rage(students=200, attempts=10_000, at_once=200)

    await check(hall, platform)
    assert {status for status, _ in storm.outcomes} <= {200, 201, 409}, storm.outcomes
