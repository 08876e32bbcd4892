"""A sale that is asked for again under its key is answered again, and not made again."""

import asyncio
from typing import Any

import pytest
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall
from tests.services.bookings.test_memberships import do
from tests.services.payments.till import Till


@pytest.fixture
async def plan(hall: Hall) -> dict[str, Any]:
    """For no seat of one's own: nothing else refuses a second one."""
    return await hall.add_plan(kind="unreserved")


async def sold(hall: Hall) -> int:
    total: int = (await hall.owner.get("/memberships")).json()["pagination"]["total"]
    return total


async def test_the_same_sale_is_made_once(hall: Hall, plan: dict[str, Any]):
    student = await hall.enrol()
    first = await hall.sell(student, plan, None, key="form 1")
    longer = await do(hall, first, "extend", days=2, reason="No light")

    again = await hall.sell(student, plan, None, key="form 1")

    assert again == longer
    assert await sold(hall) == 1
    assert (await Till(hall).statement(student))["open"] == 3000
    assert (await hall.sell(student, plan, None, key="form 2"))["id"] != first["id"]
    assert (await hall.sell(student, plan, None))["id"] != first["id"]


async def test_of_the_same_sale_at_once_one_is_made(hall: Hall, plan: dict[str, Any]):
    student = await hall.enrol()

    answers = await asyncio.gather(*(hall.sell(student, plan, None, key="form") for _ in range(8)))

    assert len({one["id"] for one in answers}) == 1
    assert await sold(hall) == 1
    assert (await Till(hall).statement(student))["open"] == 3000


async def test_another_sale_under_the_same_key_is_refused(hall: Hall, plan: dict[str, Any]):
    student = await hall.enrol()
    await hall.sell(student, plan, None, key="form")

    other = await hall.try_to_sell(student, plan, None, key="form", quantity=2)

    assert code_of(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await sold(hall) == 1
    assert code_of(await hall.try_to_sell(student, plan, None, key="x" * 201))[0] in {400, 422}


async def test_a_sale_that_was_refused_may_be_made_under_its_key(hall: Hall, plan: dict[str, Any]):
    student = await hall.enrol()
    refused = await hall.try_to_sell(student, plan, None, key="form", seat_id=hall.seats["A1"]["id"])
    assert code_of(refused) == (422, "NOT_FOR_MEMBERS")

    await hall.sell(student, plan, None, key="form")
