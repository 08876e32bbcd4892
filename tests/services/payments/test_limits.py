"""What staff give away alone: so much a day and no more, by whatever way and in whichever library."""

import asyncio
from contextvars import copy_context
from typing import Any
from uuid import UUID

import httpx2
import pytest
import time_machine
from tests.people import People, Person
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall, signed_in_again, today, tomorrow
from tests.services.payments.outlays import CASH, spend
from tests.services.payments.till import DAY, RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId
from studyspot.services.payments import store

NEEDED = (403, "APPROVAL_NEEDED")


@pytest.fixture
async def staff(till: Till, people: People) -> Person:
    return await people.member(till.owner, "staff")


async def refund(
    till: Till, who: Person, student: dict[str, Any], rupees: int, **fields: Any
) -> httpx2.Response:
    body = {
        "library_id": till.hall.id,
        "student_id": student["id"],
        "source": "advance",
        "method": "cash",
        "amount": rupees * RUPEE,
        "reason": "Moves",
    }
    return await who.post("/payments/refunds", body | fields)


async def close_day(till: Till, who: Person, rupees: int, *, days_ago: int = 0) -> httpx2.Response:
    body = {
        "library_id": till.hall.id,
        "day": str(today() - days_ago * DAY),
        "counted": rupees * RUPEE,
        "explanation": "It is gone",
    }
    return await who.post("/payments/day-closes", body)


async def waive(who: Person, charge_id: Any, rupees: int) -> httpx2.Response:
    body = {"amount": rupees * RUPEE, "reason": "Was ill"}
    return await who.post(f"/payments/charges/{charge_id}/waive", body)


async def test_what_was_paid_out_and_what_is_missing_are_one_limit(till: Till, staff: Person):
    student = await till.hall.enrol()
    await till.pay(student, 5000)
    assert (await refund(till, staff, student, 300)).status_code == 200

    assert code_of(await close_day(till, staff, 4499)) == NEEDED
    assert (await close_day(till, staff, 4500)).status_code == 201
    assert code_of(await refund(till, staff, student, 1)) == NEEDED
    assert (await till.totals())["cash_difference"] == 200


async def test_several_days_that_are_closed_in_one_sitting_are_one_limit(till: Till, staff: Person):
    student = await till.hall.enrol()
    for days_ago in (2, 1, 0):
        await till.pay(student, 1000, day=str(today() - days_ago * DAY))

    assert (await close_day(till, staff, 500, days_ago=2)).status_code == 201
    assert code_of(await close_day(till, staff, 1499, days_ago=1)) == NEEDED
    assert (await close_day(till, staff, 1500, days_ago=1)).status_code == 201
    assert (await close_day(till, till.owner, 2000)).status_code == 201


async def test_the_limit_is_one_in_all_libraries(till: Till, staff: Person):
    branches = [till, *[Till(await Hall.opened(till.owner)) for _ in range(2)]]
    student = await till.hall.enrol()
    await till.pay(student, 5000)

    answers = [await refund(branch, staff, student, 400) for branch in branches]

    assert [code_of(one) for one in answers] == [(200, ""), NEEDED, NEEDED]
    assert (await refund(branches[1], staff, student, 100)).status_code == 200


async def test_what_is_written_on_the_next_day_of_the_books_counts_to_the_day_it_was_written(
    till: Till, staff: Person
):
    student = await till.hall.enrol()
    await till.pay(student, 5000)
    assert (await refund(till, staff, student, 400)).status_code == 200
    assert (await close_day(till, till.owner, 4600)).status_code == 201

    assert code_of(await refund(till, staff, student, 101)) == NEEDED
    with time_machine.travel(tomorrow("00:05")):
        assert (await refund(till, await signed_in_again(staff), student, 500)).status_code == 200


async def test_a_deposit_that_is_given_away_is_counted_once(
    till: Till, staff: Person, people: People, platform: Platform
):
    student = await till.hall.enrol()
    [deposit] = await till.bill(platform, student, ("deposit", 1000))
    assert (await waive(staff, deposit.id, 300)).status_code == 200
    assert (await waive(staff, deposit.id, 200)).status_code == 200
    assert code_of(await waive(staff, deposit.id, 1)) == NEEDED

    colleague = await people.member(till.owner, "staff")
    paid = await till.pay(student, 260)
    back = await colleague.post(f"/payments/{paid['id']}/reverse", {"reason": "Wrong"})
    assert back.status_code == 200
    assert (await waive(colleague, deposit.id, 240)).status_code == 200
    assert code_of(await waive(colleague, deposit.id, 1)) == NEEDED


async def test_what_was_spent_and_is_taken_back_counts(till: Till, staff: Person):
    rent = await spend(till, 50_000, paid={"method": "bank_transfer", "reference": "N1"})
    tea, owed = await spend(till, 300, "other", paid=CASH), await spend(till, 900, "internet")

    async def take_back(who: Person, expense: dict[str, Any]) -> tuple[int, str]:
        return code_of(await who.post(f"/payments/expenses/{expense['id']}/reverse", {"reason": "Wrong"}))

    assert await take_back(staff, rent) == NEEDED
    assert await take_back(staff, tea) == (200, "")
    assert await take_back(staff, owed) == (200, "")
    charge = await till.fine(await till.hall.enrol(), 900)
    assert code_of(await waive(staff, charge["id"], 201)) == NEEDED
    assert (await waive(staff, charge["id"], 200)).status_code == 200
    assert await take_back(till.owner, rent) == (200, "")


@pytest.mark.parametrize("short", [500, 501])
async def test_who_closes_a_day_beside_what_they_pay_out_gives_no_more(till: Till, staff: Person, short: int):
    """Whatever comes first: what was paid out by then is missing already."""
    students = [await till.hall.enrol() for _ in range(4)]
    for student in students:
        await till.pay(student, 1000)
    owed = [await spend(till, 100, "other") for _ in range(4)]
    outlay = CASH | {"day": str(today())}

    close, *answers = await asyncio.gather(
        close_day(till, staff, 4000 - short),
        *(staff.post(f"/payments/expenses/{one['id']}/pay", outlay) for one in owed),
        *(refund(till, staff, student, 100) for student in students),
    )

    assert code_of(close) == ((201, "") if short == 500 else NEEDED)
    assert {code_of(one) for one in answers} <= {(200, ""), NEEDED, (409, "DAY_CLOSED")}
    totals = await till.totals()
    assert 4000 - totals["cash"] <= 500


async def test_a_day_is_closed_after_what_is_being_paid_out_for_it(
    till: Till, staff: Person, platform: Platform
):
    await till.pay(await till.hall.enrol(), 1000)
    owed = await spend(till, 100, "other")
    outlay = CASH | {"day": str(today())}
    apart = copy_context()

    async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
        await store.lock_giver(tx, UUID(staff.account_id))
        pay = staff.post(f"/payments/expenses/{owed['id']}/pay", outlay)
        paying = asyncio.create_task(pay, context=apart.copy())
        await asyncio.sleep(0.3)
        closing = asyncio.create_task(close_day(till, staff, 800), context=apart.copy())
        await asyncio.sleep(0.3)

    assert [(await one).status_code for one in (paying, closing)] == [200, 201]
    assert (await till.totals())["cash_difference"] == 100
