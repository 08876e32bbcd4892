"""A deposit pays what its student owes, and is not given back while they owe it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from tests.people import People
from tests.services.answers import code_of, faults_of, taxed
from tests.services.payments.test_approvals import act, approved
from tests.services.payments.test_ledger import refund
from tests.services.payments.test_papers import papers
from tests.services.payments.test_transactions import effect, transactions
from tests.services.payments.till import RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId


async def use(
    till: Till, student: dict[str, Any], rupees: int, *, key: str | None = None, **fields: Any
) -> httpx2.Response:
    body = {"library_id": till.hall.id, "amount": rupees * RUPEE} | fields
    headers = {} if key is None else {"Idempotency-Key": key}
    return await till.owner.post(f"/payments/students/{student['id']}/deposit-use", body, headers=headers)


async def kept_for(till: Till, platform: Platform, rupees: int) -> dict[str, Any]:
    """A student with a deposit."""
    student = await till.hall.enrol()
    await till.bill(platform, student, ("deposit", rupees))
    await till.pay(student, rupees)
    return student


async def test_a_deposit_pays_what_is_due_first_without_cash(till: Till, platform: Platform):
    student = await kept_for(till, platform, 500)
    later, first = await till.fine(student, 300), await till.fine(student, 350, due_on="2026-01-01")

    answer = await use(till, student, 400, note="Moved away")

    assert answer.status_code == 200, answer.text
    stands = answer.json()["data"]
    assert (stands["open"], stands["deposit"]) == (250 * RUPEE, 100 * RUPEE)
    assert [(one["id"], one["paid"]) for one in stands["charges"]] == [(later["id"], 50 * RUPEE)]
    assert first["id"] not in {one["id"] for one in stands["charges"]}
    assert await till.totals() == {"cash": 500, "receivable": 250, "deposits": 100, "fines": 650}
    last, *_ = await transactions(till, student)
    assert (last["kind"], last["note"], effect(last)) == ("deposit_use", "Moved away", (-400, 0, -400))


async def test_it_pays_the_charges_that_are_named(till: Till, platform: Platform):
    student = await kept_for(till, platform, 500)
    first, later = await till.fine(student, 100, due_on="2026-01-01"), await till.fine(student, 100)

    assert (await use(till, student, 60, charge_ids=[later["id"]])).status_code == 200

    charges = [(await till.owner.get(f"/payments/charges/{one['id']}")).json() for one in (first, later)]
    assert [one["data"]["paid"] for one in charges] == [0, 60 * RUPEE]
    over = await use(till, student, 41, charge_ids=[later["id"]])
    assert code_of(over) == (409, "MORE_THAN_OPEN")
    assert "₹40.00" in over.json()["error"]["message"]


async def test_it_is_never_more_than_is_kept_or_open(till: Till, platform: Platform):
    student = await kept_for(till, platform, 500)
    await till.bill(platform, student, ("deposit", 900))
    assert code_of(await use(till, student, 1)) == (409, "MORE_THAN_OPEN"), "a deposit pays no deposit"
    await till.fine(student, 450)
    assert code_of(await use(till, student, 451)) == (409, "MORE_THAN_OPEN")
    await till.fine(student, 500)
    assert code_of(await use(till, student, 501)) == (409, "MORE_THAN_OPEN")

    answers = await asyncio.gather(*(use(till, student, 100) for _ in range(8)))

    assert sorted(map(code_of, answers)) == [(200, "")] * 5 + [(409, "MORE_THAN_OPEN")] * 3
    assert await till.statement(student) == {"open": 1350, "overdue": 0, "advance": 0, "deposit": 0}


async def test_what_is_not_theirs_is_not_paid(till: Till, platform: Platform, people: People):
    student, other = await kept_for(till, platform, 500), await till.hall.enrol()
    [deposit] = await till.bill(platform, student, ("deposit", 100))
    await till.fine(student, 100)
    theirs = await till.fine(other, 100)

    for wrong in (str(uuid4()), str(deposit.id), theirs["id"]):
        answer = await use(till, student, 10, charge_ids=[wrong])
        assert (answer.status_code, faults_of(answer)) == (400, {("charge_ids[0]", "unknown")})
    stranger = await people.owner()
    path = "/payments/students/{}/deposit-use"
    body = {"library_id": till.hall.id, "amount": 1}
    for who, student_id in ((stranger, student["id"]), (till.owner, str(uuid4()))):
        assert code_of(await who.post(path.format(student_id), body)) == (404, "RESOURCE_NOT_FOUND")


async def test_it_is_used_once_for_a_key_and_audited(till: Till, platform: Platform):
    student, other = [await kept_for(till, platform, 500) for _ in range(2)]
    for one in (student, other):
        await till.fine(one, 500)

    answers = [await use(till, student, 100, key="use-1") for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    for who, rupees in ((student, 101), (other, 100)):
        assert code_of(await use(till, who, rupees, key="use-1")) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (await till.statement(student))["deposit"] == 400
    async with platform.tenancy.connection(TenantId(UUID(till.owner.tenant_id))) as connection:
        amounts = await connection.column(
            "SELECT after ->> 'amount' FROM audit.entries WHERE action = 'deposits:use'"
        )
    assert amounts == [str(100 * RUPEE)]


async def test_no_paper_is_written_as_when_an_advance_pays(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id)
    student = await kept_for(till, platform, 500)
    await till.fine(student, 118, kind="late_fee")
    before = await papers(till)

    assert (await use(till, student, 118)).status_code == 200

    assert await papers(till) == before


async def test_a_payment_of_a_deposit_that_was_used_opens_what_it_paid(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.bill(platform, student, ("deposit", 500))
    cheque = await till.pay(student, 500, "cheque")
    await till.fine(student, 300)
    assert (await use(till, student, 300)).status_code == 200

    answer = await till.owner.post(f"/payments/{cheque['id']}/reverse", {"reason": "Came back"})

    assert answer.status_code == 200, answer.text
    assert await till.statement(student) == {"open": 500, "overdue": 0, "advance": 0, "deposit": 0}


@pytest.mark.parametrize(("owed", "alone"), [(0, 500), (120, 380), (700, 0)])
async def test_staff_give_back_no_deposit_that_is_owed(
    till: Till, platform: Platform, people: People, owed: int, alone: int
):
    student, staff = await kept_for(till, platform, 500), await people.member(till.owner, "staff")
    body = {"library_id": till.hall.id, "student_id": student["id"], "source": "deposit", "method": "cash"}
    body |= {"reason": "Moves away"}
    if owed:
        await till.fine(student, owed)
        refused = await staff.post("/payments/refunds", body | {"amount": alone * RUPEE + 1})
        assert code_of(refused) == (403, "APPROVAL_NEEDED")
        assert f"Dues of ₹{owed}.00 are open" in refused.json()["error"]["message"]
    if alone:
        answer = await staff.post("/payments/refunds", body | {"amount": alone * RUPEE})
        assert answer.status_code == 200, answer.text
    if owed:
        rest = {"refund": body | {"amount": (500 - alone) * RUPEE}}
        asked = await approved(staff, till.owner, **rest)
        assert (await act(staff, asked, "carry-out")).status_code == 200
    assert (await till.statement(student))["deposit"] == 0


async def test_who_may_approve_gives_back_a_deposit_that_is_owed(till: Till, platform: Platform):
    student = await kept_for(till, platform, 500)
    await till.fine(student, 900)

    assert (await refund(till, student, 500, "deposit")).status_code == 200
    assert code_of(await refund(till, student, 1, "deposit")) == (409, "MORE_THAN_OPEN")
