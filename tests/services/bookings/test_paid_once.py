"""Registration and deposit are owed once of a student, by the first membership that was really sold."""

import asyncio
from typing import Any

import pytest
from tests.services.bookings.hall import Hall, today
from tests.services.bookings.test_bills import charges
from tests.services.bookings.test_memberships import DAY, do, try_to
from tests.services.payments.till import Till

ONCE = [("deposit", 500, 500), ("registration", 200, 200)]


@pytest.fixture
async def till(hall: Hall) -> Till:
    return Till(hall)


@pytest.fixture
async def morning(hall: Hall) -> dict[str, Any]:
    return await hall.add_shift("06:00", "14:00")


@pytest.fixture
async def plan(hall: Hall) -> dict[str, Any]:
    return await hall.add_plan(registration_fee=20_000, deposit=50_000)


async def once(till: Till, membership: dict[str, Any]) -> list[tuple[str, float, float]]:
    return [one for one in await charges(till, membership) if one[0] != "fee"]


async def test_a_draft_that_nobody_wanted_was_no_membership(
    till: Till, morning: dict[str, Any], plan: dict[str, Any]
):
    hall, student = till.hall, await till.hall.enrol()
    draft = await hall.sell(student, plan, "A1", morning, draft=True)
    await do(hall, draft, "cancel", reason="No")

    sold = await hall.sell(student, plan, "A1", morning)

    assert await once(till, sold) == ONCE
    assert (
        await once(till, await hall.sell(student, plan, "A2", await hall.add_shift("14:00", "20:00"))) == []
    )


async def test_of_two_drafts_one_owes_them(till: Till, morning: dict[str, Any], plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    evening = await hall.add_shift("14:00", "20:00")
    drafts = [await hall.sell(student, plan, "A1", shift, draft=True) for shift in (morning, evening)]

    answers = await asyncio.gather(*(try_to(hall, draft, "activate") for draft in drafts))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [len(await charges(till, draft)) for draft in drafts] in ([1, 3], [3, 1])


async def test_of_sales_at_once_one_owes_them(till: Till, morning: dict[str, Any], plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    await hall.add_zone("Lockers", ["L1", "L2"], kind="locker")
    shifts = [morning, await hall.add_shift("14:00", "20:00"), await hall.add_shift("20:00", "23:00")]

    sold = await asyncio.gather(*(hall.sell(student, plan, "A1", shift) for shift in shifts))

    assert sorted([await once(till, one) for one in sold]) == [[], [], ONCE]


async def test_what_is_cancelled_before_it_begins_owes_nothing(
    till: Till, morning: dict[str, Any], plan: dict[str, Any]
):
    hall, student = till.hall, await till.hall.enrol()
    sold = await hall.sell(student, plan, "A1", morning, starts_on=str(today() + 5 * DAY))
    await till.pay(student, 100)

    await do(hall, sold, "cancel", reason="Does not come")

    assert (await till.statement(student))["open"] == 0
    assert await charges(till, sold) == [("deposit", 0, 0), ("fee", 0, 0), ("registration", 0, 0)]
    assert await till.totals() == {"cash": 100, "advances": 100}
    assert await once(till, await hall.sell(student, plan, "A1", morning)) == ONCE


async def test_what_was_paid_of_them_stays_paid(till: Till, morning: dict[str, Any], plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    sold = await hall.sell(student, plan, "A1", morning, starts_on=str(today() + 5 * DAY))
    await till.pay(student, 3500)

    await do(hall, sold, "cancel", reason="Does not come")

    statement = await till.statement(student)
    assert (statement["open"], statement["advance"] + statement["deposit"]) == (0, 3300)
    assert [one[2] for one in await charges(till, sold)] == [0, 0, 0]
    assert await once(till, await hall.sell(student, plan, "A1", morning)) == []


async def test_who_was_there_has_paid_once(till: Till, morning: dict[str, Any], plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    left = await do(hall, await hall.sell(student, plan, "A1", morning), "cancel", reason="Leaves")
    assert await once(till, left) == ONCE

    assert await once(till, await hall.sell(student, plan, "A2", morning, starts_on=str(today() + DAY))) == []
