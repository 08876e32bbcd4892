"""Everybody wants the same seats at the same time, over HTTP: each seat's time is sold once at most, whoever
does not get it is told so, and no request fails.
"""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.people import Person
from tests.services.bookings.hall import Hall, tomorrow

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId

SHIFTS = [("06:00", 8), ("12:00", 8), ("22:00", 8)]
"""When they start, and for how many hours: the second begins before the first ends, the third ends on the
next day.
"""


async def storm(
    hall: Hall, *, students: int, days: int, attempts: int, at_once: int, seed: int
) -> Counter[Any]:
    """How often there was which answer. A tenth of what is got is given back."""
    dice = random.Random(seed)
    people = [await hall.enrol(f"Student {number}") for number in range(students)]
    outcomes: Counter[Any] = Counter()
    waiting = iter(range(attempts))

    async def client() -> None:
        for _ in waiting:
            clock, hours = dice.choice(SHIFTS)
            starts = tomorrow(clock, days=dice.randint(1, days))
            seat = dice.choice([*hall.seats, None])
            answer = await hall.try_to_book(
                dice.choice(people), seat, starts, starts + timedelta(hours=hours), hold=dice.random() < 0.1
            )
            outcomes[answer.status_code, answer.json().get("error", {}).get("code")] += 1
            if answer.status_code == 201 and dice.random() < 0.1:
                booking = answer.json()["data"]["id"]
                cancelled = await hall.owner.post(f"/bookings/{booking}/cancel", {})
                outcomes["cancel", cancelled.status_code] += 1

    await asyncio.gather(*(client() for _ in range(at_once)))
    return outcomes


async def sold_twice(hall: Hall, platform: Platform) -> int:
    """Bookings that overlap another of the same seat, or of the same student."""
    async with platform.tenancy.connection(TenantId(UUID(hall.owner.tenant_id))) as connection:
        return int(
            await connection.value(
                """
                SELECT count(*) FROM bookings.bookings a JOIN bookings.bookings b ON a.id < b.id
                    AND (a.seat_id = b.seat_id OR a.student_id = b.student_id)
                    AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
                WHERE a.status IN ('held', 'confirmed') AND b.status IN ('held', 'confirmed')
                """
            )
        )


async def check(hall: Hall, platform: Platform, outcomes: Counter[Any], attempts: int) -> None:
    refused = {(409, "SEAT_TAKEN"), (409, "LIBRARY_FULL"), (409, "STUDENT_ELSEWHERE")}
    assert set(outcomes) - refused <= {(201, None), ("cancel", 200)}, outcomes
    assert sum(count for (status, _), count in outcomes.items() if status != "cancel") == attempts
    assert await sold_twice(hall, platform) == 0
    sold = outcomes[201, None] - outcomes["cancel", 200]
    live = [
        (await hall.owner.get("/bookings", params={"status": status, "limit": "1"})).json()["pagination"]
        for status in ("confirmed", "held")
    ]
    assert sum(one["total"] for one in live) == sold


async def test_in_a_storm_nothing_is_sold_twice(hall: Hall, platform: Platform):
    outcomes = await storm(hall, students=8, days=2, attempts=300, at_once=30, seed=7)

    await check(hall, platform, outcomes, 300)
    assert outcomes[201, None] > 9


@pytest.mark.drill
async def test_in_a_great_storm_nothing_is_sold_twice(owner: Person, platform: Platform):
    hall = await Hall.opened(owner)
    await hall.add_zone("More", [f"B{number}" for number in range(1, 18)])

    outcomes = await storm(hall, students=200, days=30, attempts=10_000, at_once=200, seed=11)

    await check(hall, platform, outcomes, 10_000)
    assert outcomes[201, None] > 1_000
