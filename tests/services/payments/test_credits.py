"""A charge that was written by hand and is wrong is taken back, with its tax and its paper."""

from typing import Any
from uuid import UUID, uuid4

from tests.people import People, Person
from tests.services.answers import code_of, taxed
from tests.services.payments.test_approvals import act, approved
from tests.services.payments.test_papers import papers
from tests.services.payments.till import RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId


async def credit(
    who: Person, charge: dict[str, Any], rupees: float, *, key: str | None = None, deed: str = "credit"
) -> Any:
    body = {"amount": round(rupees * RUPEE), "reason": "Typed wrongly"}
    headers = {} if key is None else {"Idempotency-Key": key}
    return await who.post(f"/payments/charges/{charge['id']}/{deed}", body, headers=headers)


async def credited(till: Till, charge: dict[str, Any], rupees: float) -> dict[str, float]:
    """In rupees, what the charge came to."""
    answer = await credit(till.owner, charge, rupees)
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    return {name: found[name] / RUPEE for name in ("billed", "paid", "waived", "open")}


async def test_a_wrong_charge_is_taken_back_with_its_tax_and_a_credit_note(till: Till):
    await taxed(till.owner, till.hall.id)
    student = await till.hall.enrol()
    charge = await till.fine(student, 118, kind="late_fee")
    assert await till.totals() == {"receivable": 118, "late_fees": 100, "tax": 18}

    assert await credited(till, charge, 59) == {"billed": 59, "paid": 0, "waived": 0, "open": 59}
    assert await till.totals() == {"receivable": 59, "late_fees": 50, "tax": 9}
    assert await credited(till, charge, 59) == {"billed": 0, "paid": 0, "waived": 0, "open": 0}

    assert await till.totals() == {}
    (invoice,) = await papers(till, kind="tax_invoice")
    notes = await papers(till, kind="credit_note")
    assert [(one["taxable"], one["total"], one["refers_to"]) for one in notes] == [
        (50 * RUPEE, 59 * RUPEE, [invoice["number"]])
    ] * 2


async def test_what_was_paid_of_a_wrong_charge_pays_what_is_open(till: Till):
    student = await till.hall.enrol()
    charge = await till.fine(student, 300)
    await till.pay(student, 200)
    other = await till.fine(student, 150)

    assert await credited(till, charge, 300) == {"billed": 0, "paid": 0, "waived": 0, "open": 0}

    assert await till.statement(student) == {"open": 0, "overdue": 0, "advance": 50, "deposit": 0}
    assert (await till.owner.get(f"/payments/charges/{other['id']}")).json()["data"]["paid"] == 150 * RUPEE
    assert await till.totals() == {"cash": 200, "advances": 50, "fines": 150}
    assert await papers(till, kind="credit_note") == []


async def test_no_more_is_taken_back_than_is_billed_and_not_waived(till: Till):
    student = await till.hall.enrol()
    charge = await till.fine(student, 100)
    assert (await credit(till.owner, charge, 30, deed="waive")).status_code == 200
    await till.pay(student, 70)

    over = await credit(till.owner, charge, 70.01)
    assert code_of(over) == (409, "MORE_THAN_OPEN")
    assert "₹70.00" in over.json()["error"]["message"]
    assert await credited(till, charge, 70) == {"billed": 30, "paid": 0, "waived": 30, "open": 0}
    assert await till.totals() == {"cash": 70, "advances": 70, "fines": 30, "waivers": 30}
    assert code_of(await credit(till.owner, charge, 0.01)) == (409, "MORE_THAN_OPEN")


async def test_what_was_sold_is_not_credited_by_hand(till: Till, platform: Platform, people: People):
    student, stranger = await till.hall.enrol(), await people.owner()
    [fee] = await till.bill(platform, student, ("fee", 500), membership_id=uuid4())
    [deposit] = await till.bill(platform, student, ("deposit", 500))
    fine = await till.fine(student, 10)

    for charge in (fee, deposit):
        assert code_of(await credit(till.owner, {"id": charge.id}, 1)) == (409, "NOT_BY_HAND")
    for who, charge in ((stranger, fine), (till.owner, {"id": uuid4()})):
        assert code_of(await credit(who, charge, 1)) == (404, "RESOURCE_NOT_FOUND")
    assert (await till.statement(student))["open"] == 1010


async def test_staff_credit_as_little_alone_as_they_waive(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    charge = await till.fine(await till.hall.enrol(), 2000)

    assert (await credit(staff, charge, 300)).status_code == 200
    assert code_of(await credit(staff, charge, 201)) == (403, "APPROVAL_NEEDED")
    assert code_of(await credit(staff, charge, 201, deed="waive")) == (403, "APPROVAL_NEEDED")
    wanted = {"charge_id": charge["id"], "amount": 900 * RUPEE, "reason": "Typed wrongly"}
    asked = await approved(staff, till.owner, credit=wanted)
    assert (asked["kind"], asked["amount_paise"]) == ("credit", 900 * RUPEE)
    assert (await act(staff, asked, "carry-out")).json()["data"]["status"] == "used"

    assert (await credit(staff, charge, 200)).status_code == 200, "what was approved is not counted"
    assert await till.totals() == {"receivable": 600, "fines": 600}


async def test_a_credit_is_written_once_for_a_key_and_audited(till: Till, platform: Platform):
    charge = await till.fine(await till.hall.enrol(), 300)

    answers = [await credit(till.owner, charge, 100, key="credit-1") for _ in range(2)]

    assert [answer.json()["data"]["billed"] for answer in answers] == [200 * RUPEE] * 2
    for rupees, deed in ((101, "credit"), (100, "waive")):
        other = await credit(till.owner, charge, rupees, key="credit-1", deed=deed)
        assert code_of(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    async with platform.tenancy.connection(TenantId(UUID(till.owner.tenant_id))) as connection:
        billed = await connection.column(
            "SELECT after ->> 'billed' FROM audit.entries WHERE entity_id = $1 AND action = 'charges:credit'",
            UUID(charge["id"]),
        )
    assert billed == [str(200 * RUPEE)]
