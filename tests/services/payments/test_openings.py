"""What a library brings along from its old books: owed, paid ahead, kept; and how it is taken back."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.services.payments.till import Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.services.payments.contract import UsedSince
from studyspot.services.payments.contract.charges import MoreThanOpen

NOTHING = {"open": 0, "overdue": 0, "advance": 0, "deposit": 0}


async def take_back(till: Till, platform: Platform, bill_id: UUID) -> None:
    caller = system(tenant_id=TenantId(UUID(till.owner.tenant_id)))
    await platform.payments.reverse_opening(caller, bill_id=bill_id, reason="Import undone")


async def brought(till: Till, platform: Platform, student: dict[str, Any]) -> UUID:
    """Of a month for 1,200 it paid 1,000; 300 are older; 500 ahead, 700 deposit."""
    bill_id = uuid4()
    opening = {"paid": 1000, "advance": 500, "deposit": 700}
    await till.bill(
        platform,
        student,
        ("fee", 1200),
        ("other", 300),
        bill_id=bill_id,
        membership_id=uuid4(),
        opening=opening,
    )
    return bill_id


async def test_what_is_brought_along_is_owed_and_kept_and_neither_earned_nor_received(
    till: Till, platform: Platform
):
    student = await till.hall.enrol()
    await brought(till, platform, student)

    assert await till.statement(student) == {"open": 500, "overdue": 0, "advance": 500, "deposit": 700}
    assert await till.totals() == {
        "receivable": 500,
        "advances": 500,
        "deposits": 700,
        "opening_balances": -700,
    }


async def test_it_is_taken_back_whole_and_once(till: Till, platform: Platform):
    student = await till.hall.enrol()
    bill_id = await brought(till, platform, student)

    for _ in range(2):
        await take_back(till, platform, bill_id)
    await take_back(till, platform, uuid4())

    assert await till.statement(student) == NOTHING
    assert await till.totals() == {}
    charges = (await till.owner.get("/payments/charges", params={"student_id": student["id"]})).json()["data"]
    assert [(one["billed"], one["paid"], one["open"]) for one in charges] == [(0, 0, 0), (0, 0, 0)]


async def test_it_is_not_taken_back_once_the_student_paid_unless_that_is_reversed(
    till: Till, platform: Platform
):
    student = await till.hall.enrol()
    bill_id = await brought(till, platform, student)
    payment = await till.pay(student, 100)

    with pytest.raises(UsedSince):
        await take_back(till, platform, bill_id)
    assert (await till.statement(student))["open"] == 400
    answer = await till.owner.post(f"/payments/{payment['id']}/reverse", {"reason": "Wrong student"})
    assert answer.status_code == 200
    await take_back(till, platform, bill_id)

    assert await till.statement(student) == NOTHING


async def test_what_an_advance_from_the_old_books_paid_since_is_open_again(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.fine(student, 40)
    bill_id = await brought(till, platform, student)
    await till.fine(student, 20)  # what is paid ahead pays what is due first
    assert await till.statement(student) == {"open": 60, "overdue": 0, "advance": 0, "deposit": 700}

    await take_back(till, platform, bill_id)

    assert await till.statement(student) == NOTHING | {"open": 60}
    assert await till.totals() == {"receivable": 60, "fines": 60}


async def test_days_that_are_given_back_were_paid_in_the_old_books(till: Till, platform: Platform):
    student, membership_id = await till.hall.enrol(), uuid4()
    await till.bill(platform, student, ("fee", 1200), membership_id=membership_id, opening={"paid": 1000})
    await till.bill(platform, student, membership_id=membership_id, credit=600)

    assert await till.statement(student) == NOTHING | {"advance": 400}


async def test_no_more_was_paid_in_the_old_books_than_was_charged(till: Till, platform: Platform):
    student = await till.hall.enrol()

    with pytest.raises(MoreThanOpen):
        await till.bill(platform, student, ("fee", 100), opening={"paid": 101})
