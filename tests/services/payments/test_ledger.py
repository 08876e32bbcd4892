"""What students owe and pay, to the paisa, and nothing that was written is ever changed. D87, D89, D90."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.people import People
from tests.services.answers import code_of, faults_of
from tests.services.bookings.hall import Hall, today
from tests.services.payments.till import DAY, RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.ids import TenantId, new_id
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.books import UpiCredit
from studyspot.services.payments.rules import Entry


async def test_a_bill_is_paid_in_parts_what_is_due_first_first(till: Till, platform: Platform):
    student = await till.hall.enrol("Asha")
    await till.bill(platform, student, ("registration", 200), ("deposit", 500), due_in=-2)
    await till.bill(platform, student, ("fee", 1180), tax=180)

    first = await till.pay(student, 600)
    assert [(one["label"], one["amount"]) for one in first["allocations"]] == [
        ("Registration", 200 * RUPEE),
        ("Deposit", 400 * RUPEE),
    ]
    assert await till.statement(student) == {"open": 1280, "overdue": 100, "advance": 0, "deposit": 400}
    second = await till.pay(student, 1500, "upi", reference="ab12")
    assert (second["advance"], second["reference"]) == (220 * RUPEE, "AB12")

    assert [one["number"] for one in (first, second)] == ["RC-000001", "RC-000002"]
    assert await till.statement(student) == {"open": 0, "overdue": 0, "advance": 220, "deposit": 500}
    assert await till.totals() == {
        "cash": 600,
        "upi": 1500,
        "advances": 220,
        "deposits": 500,
        "tax": 180,
        "fees": 1000,
        "registration": 200,
    }
    listed = (await till.owner.get("/payments", params={"student_id": student["id"]})).json()
    assert listed["data"] == [second, first]
    assert (await till.owner.get(f"/payments/{first['id']}")).json()["data"] == first


async def test_what_was_paid_ahead_pays_the_next_bill(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.pay(student, 1000)
    [charge] = await till.bill(platform, student, ("fee", 800))

    assert (charge.open, charge.paid) == (0, 800 * RUPEE)
    assert (await till.statement(student))["advance"] == 200
    await till.fine(student, 300)
    assert await till.statement(student) == {"open": 100, "overdue": 0, "advance": 0, "deposit": 0}


async def test_a_bill_is_posted_once_however_often_it_comes(till: Till, platform: Platform):
    student, bill_id = await till.hall.enrol(), uuid4()

    posted = await asyncio.gather(
        *(till.bill(platform, student, ("fee", 500), bill_id=bill_id) for _ in range(8))
    )

    assert all(one == posted[0] for one in posted)
    assert (await till.statement(student))["open"] == 500


async def test_the_same_payment_under_one_key_is_taken_once(till: Till):
    student = await till.hall.enrol()

    answers = await asyncio.gather(*(till.try_to_pay(student, 100, key="till-1") for _ in range(6)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert (await till.statement(student))["advance"] == 100
    other = await till.try_to_pay(student, 101, key="till-1")
    assert code_of(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (await till.try_to_pay(student, 100, key="till-2")).status_code == 201


async def test_payments_at_once_never_pay_more_than_is_open(till: Till):
    student = await till.hall.enrol()
    charge = await till.fine(student, 500)
    others = [await till.hall.enrol() for _ in range(3)]
    share = [{"charge_id": charge["id"], "amount": 100 * RUPEE}]

    answers = await asyncio.gather(
        *(till.try_to_pay(student, 100, allocations=share) for _ in range(12)),
        *(till.try_to_pay(other, 50) for other in others * 4),
    )

    codes = sorted(map(code_of, answers))
    assert codes == [(201, "")] * (5 + 12) + [(409, "MORE_THAN_OPEN")] * 7
    numbers = sorted(answer.json()["data"]["number"] for answer in answers if answer.status_code == 201)
    assert numbers == [f"RC-{number:06}" for number in range(1, 18)]


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"reference": "X"}, {("reference", "not_allowed")}),
        ({"method": "upi", "reference": None}, {("reference", "required")}),
        ({"day": str(today() + DAY)}, {("day", "out_of_range")}),
        ({"day": "2001-01-01"}, {("day", "out_of_range")}),
        ({"allocations": [{"charge_id": str(UUID(int=1)), "amount": 1}] * 2}, {("allocations", "duplicate")}),
        (
            {"allocations": [{"charge_id": str(UUID(int=1)), "amount": 10_001}]},
            {("allocations", "too_large")},
        ),
        (
            {"allocations": [{"charge_id": str(UUID(int=1)), "amount": 1}]},
            {("allocations[0].charge_id", "unknown")},
        ),
    ],
)
async def test_a_payment_that_does_not_fit_is_told_why(
    till: Till, fields: dict[str, Any], faults: set[tuple[str, str]]
):
    answer = await till.try_to_pay(await till.hall.enrol(), 100, **fields)

    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert faults_of(answer) == faults
    assert await till.totals() == {}


async def test_a_charge_is_due_within_a_year(till: Till):
    student, year = await till.hall.enrol(), 366 * DAY
    body = {"library_id": till.hall.id, "student_id": student["id"], "kind": "fine", "label": "Late book"}

    for due_on in ("0001-01-01", "9999-12-31", today() - year - DAY, today() + year + DAY):
        answer = await till.owner.post("/payments/charges", body | {"amount": 100, "due_on": str(due_on)})
        assert code_of(answer) == (400, "VALIDATION_ERROR")
        assert faults_of(answer) == {("due_on", "out_of_range")}
    for due_on in (today() - year, today() + year):
        assert (await till.fine(student, 1, due_on=str(due_on)))["due_on"] == str(due_on)
    assert await till.totals() == {"receivable": 2, "fines": 2}


async def test_totals_are_of_days_in_their_order(till: Till):
    await till.fine(await till.hall.enrol(), 1)
    turned = {"since": str(today()), "until": str(today() - DAY)}

    assert faults_of(await till.owner.get("/payments/totals", params=turned)) == {("until", "wrong_order")}
    for days in ({"since": str(today()), "until": str(today())}, {"since": "2001-01-01"}):
        found = (await till.owner.get("/payments/totals", params=days)).json()["data"]
        assert {one["account"] for one in found} >= {"receivable", "fines"}


async def test_unknown_students_and_libraries_are_refused(till: Till):
    student = await till.hall.enrol()
    nobody = await till.try_to_pay({"id": str(uuid4())}, 1)
    nowhere = await till.try_to_pay(student, 1, library_id=str(uuid4()))

    assert code_of(nobody) == (422, "UNKNOWN_STUDENT")
    assert code_of(nowhere) == (404, "RESOURCE_NOT_FOUND")
    assert code_of(await till.owner.get(f"/payments/students/{uuid4()}")) == (404, "RESOURCE_NOT_FOUND")


async def test_a_upi_reference_is_taken_once_unless_it_was_reversed(till: Till):
    student = await till.hall.enrol()
    payment = await till.pay(student, 100, "upi", reference="UTR 1")

    assert code_of(await till.try_to_pay(student, 5, "upi", reference="utr 1")) == (409, "DUPLICATE_ENTRY")
    body = {"reason": "Wrong student"}
    assert (await till.owner.post(f"/payments/{payment['id']}/reverse", body)).status_code == 200
    assert (await till.pay(student, 100, "upi", reference="UTR 1"))["number"] == "RC-000002"


async def test_a_reference_fits_also_in_capital_letters(till: Till):
    student = await till.hall.enrol()

    for method in ("upi", "cheque"):
        long = await till.try_to_pay(student, 5, method, reference="ß" * 51)
        assert (long.status_code, faults_of(long)) == (400, {("reference", "too_long")})
    assert (await till.pay(student, 5, "upi", reference="ß" * 50))["reference"] == "SS" * 50


async def test_a_cheque_that_comes_back_opens_what_it_paid(till: Till):
    student = await till.hall.enrol()
    charge = await till.fine(student, 300)
    cheque = await till.pay(student, 500, "cheque")
    await till.fine(student, 150)  # paid from what was paid ahead
    assert await till.statement(student) == {"open": 0, "overdue": 0, "advance": 50, "deposit": 0}

    path, body = f"/payments/{cheque['id']}/reverse", {"reason": "Came back"}
    back = (await till.owner.post(path, body)).json()["data"]

    assert (back["is_reversed"], back["number"]) == (True, cheque["number"])
    assert await till.statement(student) == {"open": 450, "overdue": 0, "advance": 0, "deposit": 0}
    assert (await till.owner.get(f"/payments/charges/{charge['id']}")).json()["data"]["open"] == 300 * RUPEE
    assert await till.totals() == {"receivable": 450, "fines": 450}
    assert code_of(await till.owner.post(path, body)) == (409, "ALREADY_REVERSED")


async def test_what_is_paid_ahead_pays_what_a_cheque_that_comes_back_did(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.fine(student, 400)
    await till.bill(platform, student, ("deposit", 300), due_in=3)
    cheque = await till.pay(student, 700, "cheque")
    await till.pay(student, 500)

    answer = await till.owner.post(f"/payments/{cheque['id']}/reverse", {"reason": "Came back"})

    assert (answer.status_code, answer.json()["data"]["is_reversed"]) == (200, True)
    assert await till.statement(student) == {"open": 200, "overdue": 0, "advance": 0, "deposit": 100}
    assert await till.totals() == {
        "cash": 500,
        "receivable": 200,
        "fines": 400,
        "deposits": 100,
        "deposits_due": 200,
    }


async def test_what_was_paid_out_of_a_cheque_that_comes_back_is_owed(till: Till):
    student = await till.hall.enrol()
    cheque = await till.pay(student, 500, "cheque")
    assert (await refund(till, student, 400)).json()["data"]["advance"] == 100 * RUPEE

    answer = await till.owner.post(f"/payments/{cheque['id']}/reverse", {"reason": "Came back"})

    assert answer.status_code == 200
    assert await till.statement(student) == {"open": 400, "overdue": 0, "advance": 0, "deposit": 0}
    assert await till.totals() == {"receivable": 400, "cash": -400}


async def test_a_deposit_that_was_given_back_and_never_came_in_is_owed(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.bill(platform, student, ("fee", 800), ("deposit", 500))
    cheque = await till.pay(student, 1300, "cheque")
    assert (await refund(till, student, 500, "deposit")).status_code == 200

    answer = await till.owner.post(f"/payments/{cheque['id']}/reverse", {"reason": "Came back"})

    assert answer.status_code == 200, answer.text
    assert await till.statement(student) == {"open": 1300, "overdue": 0, "advance": 0, "deposit": 0}
    await till.pay(student, 1300)
    assert await till.statement(student) == {"open": 0, "overdue": 0, "advance": 0, "deposit": 0}
    assert await till.totals() == {"fees": 800, "cash": 800}


async def refund(
    till: Till, student: dict[str, Any], rupees: int, source: str = "advance", **fields: Any
) -> Any:
    body = {"library_id": till.hall.id, "student_id": student["id"], "source": source, "method": "cash"}
    body |= {"amount": rupees * RUPEE, "reason": "Moves away"} | fields
    return await till.owner.post("/payments/refunds", body)


async def test_a_refund_is_never_more_than_is_kept(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.bill(platform, student, ("deposit", 500))
    assert code_of(await refund(till, student, 1, "deposit")) == (409, "MORE_THAN_OPEN")
    await till.pay(student, 700)

    answers = await asyncio.gather(
        *(refund(till, student, 100) for _ in range(4)),
        *(refund(till, student, 250, "deposit") for _ in range(4)),
    )

    assert sorted(map(code_of, answers)) == [(200, "")] * 4 + [(409, "MORE_THAN_OPEN")] * 4
    assert await till.statement(student) == {"open": 0, "overdue": 0, "advance": 0, "deposit": 0}
    assert await till.totals() == {}


async def test_what_is_waived_is_owed_no_more(till: Till):
    student = await till.hall.enrol()
    charge = await till.fine(student, 300)
    path = f"/payments/charges/{charge['id']}/waive"

    waived = (await till.owner.post(path, {"amount": 120 * RUPEE, "reason": "Was ill"})).json()["data"]
    assert (waived["open"], waived["waived"], waived["billed"]) == (180 * RUPEE, 120 * RUPEE, 300 * RUPEE)
    over = await till.owner.post(path, {"amount": 181 * RUPEE, "reason": "x"})
    assert code_of(over) == (409, "MORE_THAN_OPEN")
    await till.pay(student, 180)
    assert await till.totals() == {"cash": 180, "fines": 300, "waivers": 120}


async def test_a_key_is_for_one_charge(till: Till):
    student = await till.hall.enrol()
    one, other = await till.fine(student, 30), await till.fine(student, 30)
    waiver, headers = {"amount": 1000, "reason": "Kindness"}, {"Idempotency-Key": "waive-1"}

    answers = [
        await till.owner.post(f"/payments/charges/{charge['id']}/waive", waiver, headers=headers)
        for charge in (one, one, other)
    ]

    assert [answer.json().get("data", {}).get("waived") for answer in answers] == [1000, 1000, None]
    assert code_of(answers[2]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_days_not_used_are_taken_off_what_is_open_and_the_rest_is_paid_ahead(
    till: Till, platform: Platform
):
    student, membership = await till.hall.enrol(), uuid4()
    await till.bill(platform, student, ("fee", 1180), tax=180, membership_id=membership)
    await till.pay(student, 700)

    await till.bill(platform, student, membership_id=membership, credit=590)

    assert await till.statement(student) == {"open": 0, "overdue": 0, "advance": 110, "deposit": 0}
    assert await till.totals() == {"cash": 700, "advances": 110, "tax": 90, "fees": 500}
    with pytest.raises(Exception, match="more than was billed"):
        await till.bill(platform, student, membership_id=membership, credit=591)


async def test_dues_are_told_by_how_old_they_are(till: Till):
    asha, ravi, mira = [await till.hall.enrol(name) for name in ("Asha", "Ravi", "Mira")]
    for student, rupees, days in (
        (asha, 1, 0),
        (asha, 2, -7),
        (asha, 4, -8),
        (asha, 8, -15),
        (asha, 16, -16),
        (asha, 32, -30),
        (asha, 64, -31),
        (ravi, 5, 3),
        (ravi, 6, -40),
        (mira, 9, -1),
    ):
        await till.fine(student, rupees, due_on=str(today() + days * DAY))
    await till.pay(mira, 9)

    dues = (await till.owner.get("/payments/dues", params={"library_id": till.hall.id})).json()

    assert [(one["student_name"], one["open"]) for one in dues["data"]] == [("Ravi", 1100), ("Asha", 12700)]
    ages = ("upcoming", "days_0_to_7", "days_8_to_15", "days_16_to_30", "days_over_30")
    assert [[one[age] // RUPEE for age in ages] for one in dues["data"]] == [
        [5, 0, 0, 0, 6],
        [0, 3, 12, 48, 64],
    ]
    assert dues["pagination"]["total"] == 2


async def test_staff_give_away_little_and_date_nothing_back(till: Till, people: People):
    student = await till.hall.enrol()
    charge = await till.fine(student, 2000)
    staff = await people.member(till.owner, "staff")
    path = f"/payments/charges/{charge['id']}/waive"

    assert (await staff.post(path, {"amount": 500 * RUPEE, "reason": "x"})).status_code == 200
    refused = await staff.post(path, {"amount": 500 * RUPEE + 1, "reason": "x"})
    assert code_of(refused) == (403, "APPROVAL_NEEDED")
    assert "₹500.00" in refused.json()["error"]["message"]
    payment = {"library_id": till.hall.id, "student_id": student["id"], "method": "cash", "amount": 1}
    yesterday = payment | {"day": str(today() - DAY)}
    assert code_of(await staff.post("/payments", yesterday)) == (403, "APPROVAL_NEEDED")
    assert (await staff.post("/payments", payment)).status_code == 201
    assert (await till.owner.post("/payments", yesterday)).status_code == 201
    assert code_of(await staff.get("/payments/totals")) == (403, "INSUFFICIENT_PERMISSIONS")


async def test_little_by_little_staff_give_away_no_more(till: Till, people: People):
    student = await till.hall.enrol()
    charges = [await till.fine(student, 2000) for _ in range(2)]
    staff = await people.member(till.owner, "staff")
    paths = [f"/payments/charges/{charge['id']}/waive" for charge in charges]
    body = {"amount": 200 * RUPEE, "reason": "x"}

    answers = await asyncio.gather(*(staff.post(path, body) for path in paths * 4))

    assert sorted(map(code_of, answers)) == [(200, "")] * 2 + [(403, "APPROVAL_NEEDED")] * 6
    other = await people.member(till.owner, "staff")
    assert (await other.post(paths[0], body)).status_code == 200
    assert (await till.owner.post(paths[0], body)).status_code == 200


async def test_another_business_finds_nothing(till: Till, people: People):
    student = await till.hall.enrol()
    charge, payment = await till.fine(student, 5), await till.pay(student, 1)
    stranger = await people.owner()

    for path in (f"/payments/{payment['id']}", f"/payments/charges/{charge['id']}"):
        assert code_of(await stranger.get(path)) == (404, "RESOURCE_NOT_FOUND")
    reversal = await stranger.post(f"/payments/{payment['id']}/reverse", {"reason": "x"})
    assert code_of(reversal) == (404, "RESOURCE_NOT_FOUND")
    assert (await stranger.get("/payments/dues")).json()["data"] == []


async def test_the_database_refuses_what_is_not_in_balance(till: Till, platform: Platform):
    student = await till.hall.enrol()
    charge = await till.fine(student, 100)
    who, what = UUID(student["id"]), UUID(charge["id"])
    wrong = {
        "ledger_balance": [Entry("cash", 100), Entry("fees", -99)],
        "advance_held": [Entry("advances", 1, student_id=who), Entry("cash", -1)],
        "deposit_held": [Entry("deposits", 1, student_id=who), Entry("cash", -1)],
        "charge_open": [Entry("cash", 10_001), Entry("receivable", -10_001, what)],
        "charge_in_balance": [Entry("fines", 5_000, what), Entry("cash", -5_000)],
        "entry_of_charge": [Entry("cash", 1), Entry("receivable", -1)],
        "entry_of_student": [Entry("cash", 1), Entry("advances", -1)],
    }
    tenant = TenantId(UUID(till.owner.tenant_id))

    async def write(entries: list[Entry]) -> None:
        async with platform.tenancy.transaction(tenant) as tx:
            transaction_id, library = new_id(), UUID(till.hall.id)
            await store.insert_transaction(
                tx, transaction_id, "bill", library_id=library, student_id=who, day=today()
            )
            await store.insert_entries(tx, transaction_id, entries)

    for constraint, entries in wrong.items():
        with pytest.raises(ConstraintViolated, match=constraint):
            await write(entries)
    assert await till.totals() == {"receivable": 100, "fines": 100}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments.entries SET amount = amount + 1",
        "DELETE FROM payments.entries",
        "UPDATE payments.transactions SET day = day - 1",
        "DELETE FROM payments.transactions",
        "UPDATE payments.charges SET open = 0",
        "UPDATE payments.holdings SET advance = 0",
        "UPDATE payments.payments SET amount = 1",
        "DELETE FROM payments.payments",
        "DELETE FROM payments.day_closes",
    ],
)
async def test_what_was_written_stays(till: Till, platform: Platform, statement: str):
    await till.pay(await till.hall.enrol(), 5)

    with pytest.raises(Exception, match="permission denied"):
        async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
            await tx.run(statement)


def test_payments_are_compared_with_what_the_bank_saw():
    booked = [UpiCredit("A", 1), UpiCredit("B", 2), UpiCredit("C", 3)]
    seen = [UpiCredit("C", 3), UpiCredit("B", 9), UpiCredit("D", 4)]

    assert rules.compare(booked, seen) == (booked[:2], seen[1:])


async def test_a_hall_has_its_own_books(till: Till):
    other = Till(await Hall.opened(till.owner))
    await till.pay(await till.hall.enrol(), 10)
    await other.pay(await other.hall.enrol(), 20)

    found = (await till.owner.get("/payments/totals", params={"library_id": other.hall.id})).json()["data"]
    assert {one["account"]: one["amount"] for one in found} == {"cash": 2000, "advances": 2000}


async def test_who_owes_or_has_something_is_not_deleted(till: Till):
    owes, has, neither = [await till.hall.enrol() for _ in range(3)]
    await till.fine(owes, 10)
    await till.pay(has, 10)
    await till.fine(neither, 5)
    await till.pay(neither, 5)

    for student in (owes, has):
        refused = await till.owner.delete(f"/students/{student['id']}")
        assert code_of(refused) == (409, "STUDENT_IN_USE")
    assert (await till.owner.delete(f"/students/{neither['id']}")).status_code == 204


async def test_who_owes_is_let_in_with_a_warning_or_not_at_all_as_the_owner_says(till: Till):
    student = await till.hall.enrol()
    await till.fine(student, 30, due_on=str(today() - 8 * DAY))
    await till.fine(student, 20, due_on=str(today() - 2 * DAY))
    await till.fine(student, 10)
    comes = {"library_id": till.hall.id, "student_id": student["id"]}

    visit = (await till.owner.post("/attendance/check-in", comes)).json()["data"]
    assert visit["overdue"] == 50 * RUPEE
    await till.owner.post("/attendance/check-out", {"student_id": student["id"]})
    strict = {"version": 1, "overdue_days_max": 7}
    assert (await till.owner.put(f"/libraries/{till.hall.id}", strict)).status_code == 200
    refused = await till.owner.post("/attendance/check-in", comes)
    assert code_of(refused) == (409, "OVERDUE")
    assert "₹30.00" in refused.json()["error"]["message"]
    await till.pay(student, 30)
    assert (await till.owner.post("/attendance/check-in", comes)).json()["data"]["overdue"] == 20 * RUPEE
