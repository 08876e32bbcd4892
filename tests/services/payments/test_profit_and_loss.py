"""What a month came to, as it was billed and as it was paid, is what the ledger and the drawer say."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from tests.people import People
from tests.services.answers import code_of, faults_of
from tests.services.bookings.hall import Hall, today
from tests.services.payments.outlays import CASH, act, result, spend
from tests.services.payments.test_openings import take_back
from tests.services.payments.till import DAY, RUPEE, Till

from studyspot.entrypoints.platform import Platform

THIS_MONTH = today()
LAST_MONTH = today().replace(day=1) - DAY
BEFORE = LAST_MONTH.replace(day=1) - DAY


def on(day: date) -> dict[str, Any]:
    return {"day": str(day)}


async def test_a_fee_counts_when_it_is_billed_or_when_it_is_paid_with_its_part_of_the_tax(
    till: Till, platform: Platform
):
    student = await till.hall.enrol()
    await till.bill(platform, student, ("fee", 1180), ("deposit", 500), tax=180, day=BEFORE)
    await till.pay(student, 590, **on(BEFORE))
    await till.pay(student, 1090, "upi", **on(LAST_MONTH))

    assert await result(till, BEFORE) == {"fee": 1000, "profit": 1000, "tax": 180}
    assert await result(till, LAST_MONTH) == {"profit": 0, "tax": 0}
    assert await result(till, BEFORE, "cash") == {"fee": 500, "profit": 500, "tax": 90}
    assert await result(till, LAST_MONTH, "cash") == {"fee": 500, "profit": 500, "tax": 90}


async def test_what_is_paid_ahead_counts_when_it_pays_for_something(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.pay(student, 900, **on(BEFORE))
    assert await result(till, BEFORE, "cash") == {"profit": 0, "tax": 0}

    await till.bill(platform, student, ("registration", 600), day=LAST_MONTH)

    assert await result(till, BEFORE, "cash") == {"profit": 0, "tax": 0}
    assert await result(till, LAST_MONTH, "cash") == {"registration": 600, "profit": 600, "tax": 0}


async def test_a_deposit_counts_when_it_pays_for_something(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.bill(platform, student, ("deposit", 590), day=BEFORE)
    await till.pay(student, 590, **on(LAST_MONTH))
    await till.bill(platform, student, ("fee", 1180), tax=180, day=LAST_MONTH)
    assert await result(till, LAST_MONTH, "cash") == {"profit": 0, "tax": 0}

    path = f"/payments/students/{student['id']}/deposit-use"
    answer = await till.owner.post(path, {"library_id": till.hall.id, "amount": 590 * RUPEE})

    assert answer.status_code == 200, answer.text
    assert await result(till, THIS_MONTH, "cash") == {"fee": 500, "profit": 500, "tax": 90}
    assert await result(till, THIS_MONTH) == {"profit": 0, "tax": 0}


async def test_what_is_taken_back_lowers_both_and_paying_it_out_changes_nothing(
    till: Till, platform: Platform
):
    student, membership = await till.hall.enrol(), uuid4()
    await till.bill(platform, student, ("fee", 1180), membership_id=membership, tax=180, day=LAST_MONTH)
    await till.pay(student, 1180, **on(LAST_MONTH))
    await till.bill(platform, student, membership_id=membership, credit=590)
    for basis in ("accrual", "cash"):
        assert await result(till, LAST_MONTH, basis) == {"fee": 1000, "profit": 1000, "tax": 180}
        assert await result(till, THIS_MONTH, basis) == {"fee": -500, "profit": -500, "tax": -90}

    refund = {"library_id": till.hall.id, "student_id": student["id"], "source": "advance"}
    refund |= CASH | {"amount": 590 * RUPEE, "reason": "Moves away"}
    assert (await till.owner.post("/payments/refunds", refund)).status_code == 200

    for basis in ("accrual", "cash"):
        assert await result(till, THIS_MONTH, basis) == {"fee": -500, "profit": -500, "tax": -90}


async def test_money_that_never_came_and_was_paid_out_is_gone_until_it_is_paid_for(till: Till):
    student = await till.hall.enrol()
    cheque = await till.pay(student, 500, "cheque")
    refund = {"library_id": till.hall.id, "student_id": student["id"], "source": "advance"}
    refund |= CASH | {"amount": 300 * RUPEE, "reason": "Moves away"}
    assert (await till.owner.post("/payments/refunds", refund)).status_code == 200
    bounced = await till.owner.post(f"/payments/{cheque['id']}/reverse", {"reason": "Bounced"})
    assert bounced.status_code == 200, bounced.text

    assert await result(till, THIS_MONTH) == {"profit": 0, "tax": 0}
    assert await result(till, THIS_MONTH, "cash") == {"other": -300, "profit": -300, "tax": 0}

    await till.pay(student, 300)
    assert await result(till, THIS_MONTH, "cash") == {"profit": 0, "tax": 0}


async def test_what_is_waived_was_earned_and_given_away_and_never_came_in(till: Till):
    student = await till.hall.enrol()
    charge = await till.fine(student, 300)
    waiver = {"amount": 120 * RUPEE, "reason": "Was ill"}
    await till.owner.post(f"/payments/charges/{charge['id']}/waive", waiver)
    payment = await till.pay(student, 180)

    assert await result(till, THIS_MONTH) == {"fine": 300, "waivers": -120, "profit": 180, "tax": 0}
    assert await result(till, THIS_MONTH, "cash") == {"fine": 180, "profit": 180, "tax": 0}
    await till.owner.post(f"/payments/{payment['id']}/reverse", {"reason": "Wrong"})
    assert await result(till, THIS_MONTH, "cash") == {"profit": 0, "tax": 0}


async def test_an_expense_counts_on_the_day_of_its_bill_or_of_its_payment(till: Till):
    rent = await spend(till, 20_000, billed_on=str(BEFORE))
    await spend(till, 40, "supplies", billed_on=str(LAST_MONTH), paid=CASH | on(LAST_MONTH))
    await act(till, rent, "pay", method="cheque", reference="1", day=str(LAST_MONTH))

    assert await result(till, BEFORE) == {"-rent": 20_000, "profit": -20_000, "tax": 0}
    assert await result(till, BEFORE, "cash") == {"profit": 0, "tax": 0}
    assert await result(till, LAST_MONTH) == {"-supplies": 40, "profit": -40, "tax": 0}
    paid = {"-rent": 20_000, "-supplies": 40, "profit": -20_040, "tax": 0}
    assert await result(till, LAST_MONTH, "cash") == paid
    await act(till, rent, "reverse", reason="Not ours")
    for basis in ("accrual", "cash"):
        assert await result(till, THIS_MONTH, basis) == {"-rent": -20_000, "profit": 20_000, "tax": 0}


async def test_what_the_drawer_was_short_of_is_lost_and_the_result_is_what_was_counted(till: Till):
    student = await till.hall.enrol()
    await till.fine(student, 1000)
    await till.pay(student, 1000)
    await spend(till, 300, "cleaning", paid=CASH)
    close = {"library_id": till.hall.id, "day": str(today()), "counted": 650 * RUPEE, "explanation": "Tea"}
    closed = (await till.owner.post("/payments/day-closes", close)).json()["data"]

    found = await result(till, THIS_MONTH, "cash")

    assert found == {"fine": 1000, "-cleaning": 300, "-cash_difference": 50, "profit": 650, "tax": 0}
    assert found == await result(till, THIS_MONTH)
    assert found["profit"] * RUPEE == closed["counted"]
    assert closed["expected"] == 700 * RUPEE


async def test_money_counts_in_the_branch_that_took_it(till: Till, platform: Platform, people: People):
    other = Till(await Hall.opened(till.owner))
    student = await till.hall.enrol()
    await till.bill(platform, student, ("fee", 100))
    await other.pay(student, 100)

    assert await result(till, THIS_MONTH) == {"fee": 100, "profit": 100, "tax": 0}
    assert await result(till, THIS_MONTH, "cash") == {"profit": 0, "tax": 0}
    assert await result(other, THIS_MONTH, "cash") == {"fee": 100, "profit": 100, "tax": 0}
    params = {"month": str(THIS_MONTH)[:7], "basis": "cash"}
    both = (await till.owner.get("/payments/profit-and-loss", params=params)).json()["data"]
    assert (both["library_id"], both["profit_paise"]) == (None, 100 * RUPEE)
    stranger = await people.owner()
    foreign = await stranger.get("/payments/profit-and-loss", params=params | {"library_id": till.hall.id})
    assert code_of(foreign) == (404, "RESOURCE_NOT_FOUND")


async def test_what_was_paid_in_the_old_books_is_no_income_here_but_what_is_paid_of_it_now(
    till: Till, platform: Platform
):
    student, bill_id = await till.hall.enrol(), uuid4()
    await till.bill(
        platform, student, ("fee", 1200), bill_id=bill_id, opening={"paid": 1000, "deposit": 500}, day=BEFORE
    )
    for basis in ("accrual", "cash"):
        assert await result(till, BEFORE, basis) == {"profit": 0, "tax": 0}

    payment = await till.pay(student, 150, **on(LAST_MONTH))

    assert await result(till, LAST_MONTH) == {"profit": 0, "tax": 0}
    assert await result(till, LAST_MONTH, "cash") == {"fee": 150, "profit": 150, "tax": 0}
    await till.owner.post(f"/payments/{payment['id']}/reverse", {"reason": "Wrong"})
    await take_back(till, platform, bill_id)
    assert await result(till, THIS_MONTH) == {"profit": 0, "tax": 0}
    assert await result(till, THIS_MONTH, "cash") == {"fee": -150, "profit": -150, "tax": 0}


@pytest.mark.parametrize(
    ("month", "code"),
    [
        ("2026-13", "invalid_format"),
        ("1926-01", "invalid_format"),
        ("2026-1", "too_short"),
        ("2026-01-01", "too_long"),
    ],
)
async def test_what_is_no_month_is_refused(till: Till, month: str, code: str):
    params = {"month": month, "basis": "cash"}

    answer = await till.owner.get("/payments/profit-and-loss", params=params)

    assert faults_of(answer) == {("month", code)}
