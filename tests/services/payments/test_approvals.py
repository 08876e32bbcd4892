"""What somebody may not do alone: asked for, answered by another, and carried out once."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import time_machine
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import signed_in_again, today, tomorrow
from tests.services.payments.outlays import CASH, spend
from tests.services.payments.till import DAY, RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel import clock
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.ids import TenantId, new_id
from studyspot.services.payments import store

KINDS = ("waiver", "credit", "refund", "payment", "reversal", "expense", "outlay")


async def try_to_ask(who: Person, *, key: str | None = None, **what: Any) -> httpx2.Response:
    return await who.post(
        "/payments/approvals", what, headers={} if key is None else {"Idempotency-Key": key}
    )


async def ask(who: Person, **what: Any) -> dict[str, Any]:
    answer = await try_to_ask(who, **what)
    assert answer.status_code == 201, answer.text
    asked: dict[str, Any] = answer.json()["data"]
    return asked


async def act(who: Person, approval: dict[str, Any], deed: str) -> httpx2.Response:
    body = None if deed == "carry-out" else {"reason": "As agreed"}
    return await who.post(f"/payments/approvals/{approval['id']}/{deed}", body)


async def approved(who: Person, by: Person, **what: Any) -> dict[str, Any]:
    asked = await ask(who, **what)
    answer = await act(by, asked, "approve")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def waiver_of(till: Till, rupees: int = 800) -> dict[str, Any]:
    charge = await till.fine(await till.hall.enrol(), rupees)
    return {"charge_id": charge["id"], "amount": rupees * RUPEE, "reason": "Was ill"}


async def test_what_is_above_the_limit_is_asked_for_approved_and_done_once(
    till: Till, people: People, platform: Platform
):
    staff = await people.member(till.owner, "staff")
    waiver = await waiver_of(till)
    path = f"/payments/charges/{waiver['charge_id']}/waive"
    alone = await staff.post(path, {"amount": waiver["amount"], "reason": "Was ill"})
    assert code_of(alone) == (403, "APPROVAL_NEEDED")

    asked = await ask(staff, waiver=waiver)
    assert (asked["kind"], asked["status"], asked["amount_paise"]) == ("waiver", "asked", 800 * RUPEE)
    assert (asked["asked_by"], asked["asked"]["waiver"]) == (staff.account_id, waiver)
    assert code_of(await act(staff, asked, "carry-out")) == (409, "NOT_APPROVED")
    given = (await act(till.owner, asked, "approve")).json()["data"]
    assert (given["status"], given["answered_by"], given["answer"]) == (
        "approved",
        till.owner.account_id,
        "As agreed",
    )
    done = (await act(staff, asked, "carry-out")).json()["data"]
    assert (done["status"], done["used_by"]) == ("used", staff.account_id)
    assert code_of(await act(staff, asked, "carry-out")) == (409, "NOT_APPROVED")

    assert (await till.totals())["waivers"] == 800
    assert (await till.owner.get(f"/payments/approvals/{asked['id']}")).json()["data"] == done
    async with platform.tenancy.connection(TenantId(UUID(till.owner.tenant_id))) as connection:
        actions = await connection.column(
            "SELECT action FROM audit.entries WHERE entity_id = $1 ORDER BY at, id", UUID(asked["id"])
        )
        both = await connection.column(
            """
            SELECT concat_ws(' ', account_id, after ->> 'asked_by', after ->> 'answered_by')
            FROM audit.entries WHERE entity_id = $1 AND action = 'approvals:use'
            """,
            UUID(asked["id"]),
        )
    assert actions == ["approvals:ask", "approvals:approve", "approvals:use"]
    assert both == [f"{staff.account_id} {staff.account_id} {till.owner.account_id}"]


async def test_every_kind_is_carried_out_as_it_was_asked_for(till: Till, people: People):
    staff, student = await people.member(till.owner, "staff"), await till.hall.enrol()
    money = {"library_id": till.hall.id, "student_id": student["id"]}
    yesterday = str(today() - DAY)
    cheque = await till.pay(student, 900, "cheque")
    payment = money | {"method": "cash", "amount": 700 * RUPEE, "day": yesterday}
    refund = money | {"source": "advance", "method": "cash", "amount": 600 * RUPEE, "reason": "Moves"}
    expense = {"library_id": till.hall.id, "category": "rent", "amount_paise": 100, "billed_on": yesterday}
    reversal = {"payment_id": cheque["id"], "reason": "Came back"}
    owed = await spend(till, 20, "internet", billed_on=yesterday)
    expense |= {"paid": CASH | {"day": yesterday}}
    things: list[dict[str, Any]] = [
        {"payment": payment},
        {"refund": refund},
        {"expense": expense},
        {"reversal": reversal},
        {"outlay": CASH | {"expense_id": owed["id"], "day": yesterday}},
    ]

    done = [
        (await act(staff, await approved(staff, till.owner, **one), "carry-out")).json()["data"]
        for one in things
    ]

    assert [one["status"] for one in done] == ["used"] * 5
    assert [one["kind"] for one in done] == ["payment", "refund", "expense", "reversal", "outlay"]
    paid = (await till.owner.get(f"/payments/{done[0]['result_id']}")).json()["data"]
    assert (paid["day"], paid["amount"]) == (yesterday, 700 * RUPEE)
    spent = (await till.owner.get(f"/payments/expenses/{done[2]['result_id']}")).json()["data"]
    assert (spent["billed_on"], spent["paid_on"], spent["account_id"]) == (
        yesterday,
        yesterday,
        staff.account_id,
    )
    assert done[1]["result_id"] is done[3]["result_id"] is None
    assert (done[4]["result_id"], done[4]["amount_paise"]) == (owed["id"], 20 * RUPEE)
    assert await till.totals() == {"cash": 79, "advances": 100, "rent": 1, "internet": 20}


async def test_nobody_answers_what_they_asked_for_themselves(till: Till, people: People, platform: Platform):
    manager = await people.member(till.owner, "manager")
    asked = await ask(manager, waiver=await waiver_of(till))

    for deed in ("approve", "refuse"):
        assert code_of(await act(manager, asked, deed)) == (403, "APPROVAL_NEEDED")
    with pytest.raises(ConstraintViolated, match="approval_by_another"):
        async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
            await store.answer_approval(
                tx,
                UUID(asked["id"]),
                status="approved",
                answered_by=UUID(manager.account_id),
                answered_at=clock.now(),
                answer="Myself",
            )
    assert (await act(till.owner, asked, "approve")).status_code == 200


async def test_staff_neither_approve_nor_refuse(till: Till, people: People):
    staff, colleague = [await people.member(till.owner, "staff") for _ in range(2)]
    asked = await ask(staff, waiver=await waiver_of(till))

    for deed in ("approve", "refuse"):
        assert code_of(await act(colleague, asked, deed)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert (await act(till.owner, asked, "approve")).status_code == 200
    assert (await act(colleague, asked, "carry-out")).json()["data"]["used_by"] == colleague.account_id


async def test_what_is_refused_is_not_done_and_not_answered_again(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    asked = await ask(staff, waiver=await waiver_of(till))

    assert (await act(till.owner, asked, "refuse")).json()["data"]["status"] == "refused"
    assert code_of(await act(till.owner, asked, "approve")) == (409, "ALREADY_ANSWERED")
    assert code_of(await act(staff, asked, "carry-out")) == (409, "NOT_APPROVED")
    assert "waivers" not in await till.totals()


async def test_an_approval_is_used_once_however_many_use_it_at_once(till: Till, people: People):
    staff, student = await people.member(till.owner, "staff"), await till.hall.enrol()
    await till.pay(student, 5000)
    refund = {"library_id": till.hall.id, "student_id": student["id"], "source": "advance", "method": "cash"}
    refund |= {"amount": 900 * RUPEE, "reason": "Moves away"}
    approval = await approved(staff, till.owner, refund=refund)

    answers = await asyncio.gather(*(act(who, approval, "carry-out") for who in (staff, till.owner) * 3))

    assert sorted(map(code_of, answers)) == [(200, "")] + [(409, "NOT_APPROVED")] * 5
    assert (await till.totals())["advances"] == 4100


async def test_of_many_answers_at_once_one_counts(till: Till, people: People):
    staff, manager = [await people.member(till.owner, role) for role in ("staff", "manager")]
    asked = await ask(staff, waiver=await waiver_of(till))

    deeds = [(till.owner, "approve"), (manager, "refuse")] * 3
    answers = await asyncio.gather(*(act(who, asked, deed) for who, deed in deeds))

    assert sorted(map(code_of, answers)) == [(200, "")] + [(409, "ALREADY_ANSWERED")] * 5


async def test_what_cannot_be_done_any_more_stays_approved(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    student = await till.hall.enrol()
    charge = await till.fine(student, 800)
    waiver = {"charge_id": charge["id"], "amount": 800 * RUPEE, "reason": "Was ill"}
    approval = await approved(staff, till.owner, waiver=waiver)
    paid = await till.pay(student, 500)

    assert code_of(await act(staff, approval, "carry-out")) == (409, "MORE_THAN_OPEN")
    assert (await till.owner.get(f"/payments/approvals/{approval['id']}")).json()["data"] == approval
    await till.owner.post(f"/payments/{paid['id']}/reverse", {"reason": "Wrong"})
    assert (await act(staff, approval, "carry-out")).status_code == 200


async def test_what_staff_pay_for_expenses_counts_to_what_they_give_away_a_day(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    bill = {"library_id": till.hall.id, "category": "supplies"}

    async def spends(who: Person, rupees: int) -> httpx2.Response:
        return await who.post("/payments/expenses", bill | {"amount_paise": rupees * RUPEE, "paid": CASH})

    owed = await spend(till, 201)
    path = f"/payments/expenses/{owed['id']}/pay"
    assert code_of(await spends(staff, 501)) == (403, "APPROVAL_NEEDED")
    assert (await spends(staff, 300)).status_code == 201
    assert code_of(await staff.post(path, CASH)) == (403, "APPROVAL_NEEDED")
    charge = await till.fine(await till.hall.enrol(), 900)
    waive = f"/payments/charges/{charge['id']}/waive"
    assert code_of(await staff.post(waive, {"amount": 201 * RUPEE, "reason": "x"})) == (
        403,
        "APPROVAL_NEEDED",
    )
    assert (await spend(till, 900, paid=CASH))["paid_on"] == str(today())
    large = bill | {"amount_paise": 700 * RUPEE, "paid": CASH}
    for what in ({"expense": large}, {"outlay": CASH | {"expense_id": owed["id"]}}):
        done = await act(staff, await approved(staff, till.owner, **what), "carry-out")
        assert done.json()["data"]["status"] == "used"
    assert (await till.totals())["cash"] == -(300 + 900 + 700 + 201)
    # What was approved is not counted, an expense that was taken back gives nothing away, what is owed
    # neither; and an approval of what is owed is none of paying it.
    wrong = (await made(staff, "/payments/expenses", bill | {"amount_paise": 10**9}))["id"]
    reversed_ = await staff.post(f"/payments/expenses/{wrong}/reverse", {"reason": "Typed wrongly"})
    assert reversed_.status_code == 200
    late = bill | {"amount_paise": 150 * RUPEE, "billed_on": str(today() - DAY)}
    kept = (await act(staff, await approved(staff, till.owner, expense=late), "carry-out")).json()["data"]
    assert (await staff.post(f"/payments/expenses/{kept['result_id']}/pay", CASH)).status_code == 200
    assert code_of(await spends(staff, 51)) == (403, "APPROVAL_NEEDED")
    assert (await spends(staff, 50)).status_code == 201


async def test_who_pays_expenses_many_times_at_once_pays_no_more(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    body = {"library_id": till.hall.id, "category": "other", "amount_paise": 200 * RUPEE, "paid": CASH}

    answers = await asyncio.gather(*(staff.post("/payments/expenses", body) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 403, 403, 403]
    assert await till.totals() == {"cash": -400, "other_expenses": 400}


async def test_what_was_approved_is_not_counted_to_what_staff_give_alone(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    approval = await approved(staff, till.owner, waiver=await waiver_of(till))
    assert (await act(staff, approval, "carry-out")).status_code == 200

    charge = await till.fine(await till.hall.enrol(), 900)
    path = f"/payments/charges/{charge['id']}/waive"
    assert (await staff.post(path, {"amount": 500 * RUPEE, "reason": "x"})).status_code == 200
    assert code_of(await staff.post(path, {"amount": 1, "reason": "x"})) == (403, "APPROVAL_NEEDED")


async def test_after_seven_days_it_is_asked_for_anew(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    asked = await ask(staff, waiver=await waiver_of(till))
    approval = await approved(staff, till.owner, waiver=await waiver_of(till))

    with time_machine.travel(tomorrow("23:59", days=8)):
        owner, staff = await signed_in_again(till.owner), await signed_in_again(staff)
        assert code_of(await act(owner, asked, "approve")) == (409, "ALREADY_ANSWERED")
        assert code_of(await act(staff, approval, "carry-out")) == (409, "NOT_APPROVED")
        params = {"status": "expired", "asked_by": staff.account_id, "limit": 1}
        listed = (await owner.get("/payments/approvals", params=params)).json()
        assert (listed["data"][0]["id"], listed["pagination"]["total"]) == (approval["id"], 2)


async def test_cash_leaves_the_drawer_of_who_carries_it_out(till: Till, people: People):
    staff, student = await people.member(till.owner, "staff"), await till.hall.enrol()
    await till.pay(student, 900)
    drawer = {"library_id": till.hall.id, "opening_paise": 1000 * RUPEE}
    session = await made(staff, "/payments/drawer-sessions", drawer)
    refund = {"library_id": till.hall.id, "student_id": student["id"], "source": "advance", "method": "cash"}
    approval = await approved(
        staff, till.owner, refund=refund | {"amount": 900 * RUPEE, "reason": "Moves away"}
    )
    path = f"/payments/drawer-sessions/{session['id']}"

    assert (await staff.get(path)).json()["data"]["expected_paise"] == 1000 * RUPEE
    assert (await act(staff, approval, "carry-out")).status_code == 200
    assert (await staff.get(path)).json()["data"]["expected_paise"] == 100 * RUPEE


async def test_a_day_that_is_closed_stays_closed_whoever_approved(till: Till, people: People):
    staff, student = await people.member(till.owner, "staff"), await till.hall.enrol()
    payment = {"library_id": till.hall.id, "student_id": student["id"], "method": "cash", "amount": 100}
    approval = await approved(staff, till.owner, payment=payment | {"day": str(today() - DAY)})
    close = {"library_id": till.hall.id, "day": str(today()), "counted": 0}
    assert (await till.owner.post("/payments/day-closes", close)).status_code == 201

    assert code_of(await act(staff, approval, "carry-out")) == (409, "DAY_CLOSED")


async def test_who_is_alone_does_it_alone(till: Till):
    waiver = await waiver_of(till, 9000)
    body = {"amount": waiver["amount"], "reason": "Was ill"}

    answer = await till.owner.post(f"/payments/charges/{waiver['charge_id']}/waive", body)

    assert answer.status_code == 200


async def test_the_same_under_one_key_is_asked_once(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    waiver = await waiver_of(till)

    once, twice = [await try_to_ask(staff, waiver=waiver, key="ask-1") for _ in range(2)]

    assert once.json() == twice.json()
    other = await try_to_ask(staff, waiver=waiver | {"amount": 1}, key="ask-1")
    assert code_of(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    listed = await staff.get("/payments/approvals", params={"library_id": till.hall.id, "kind": "waiver"})
    assert listed.json()["data"] == [once.json()["data"]]
    assert (await staff.get("/payments/approvals", params={"page": 5})).json()["pagination"]["total"] == 1


async def test_the_same_under_one_key_at_once_is_asked_once(till: Till, people: People, platform: Platform):
    staff = await people.member(till.owner, "staff")
    waiver = await waiver_of(till)

    answers = await asyncio.gather(*(try_to_ask(staff, waiver=waiver, key="ask-1") for _ in range(6)))

    assert [code_of(answer) for answer in answers] == [(201, "")] * 6
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    less = waiver | {"amount": 1}
    answers = await asyncio.gather(
        *(try_to_ask(staff, waiver=one, key="ask-2") for one in (waiver, less) * 3)
    )
    assert sorted(map(code_of, answers)) == [(201, "")] * 3 + [(422, "IDEMPOTENCY_KEY_REUSED")] * 3
    async with platform.tenancy.connection(TenantId(UUID(till.owner.tenant_id))) as connection:
        asked = await connection.value("SELECT count(*) FROM audit.entries WHERE action = 'approvals:ask'")
    assert asked == 2


async def test_money_for_an_expense_is_asked_for_as_it_can_go_out(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    outlay = {"expense_id": (await spend(till, 900))["id"]}

    for what, fault in (
        ({"method": "upi"}, ("reference", "required")),
        (CASH | {"reference": "12"}, ("reference", "not_allowed")),
        (CASH | {"day": str(today() + DAY)}, ("day", "out_of_range")),
        (CASH | {"day": str(today() - DAY)}, ("day", "wrong_order")),
    ):
        alone = await till.owner.post(f"/payments/expenses/{outlay['expense_id']}/pay", what)
        assert faults_of(alone) == {fault}
        asked = await try_to_ask(staff, outlay=outlay | what)
        assert faults_of(asked) == {(f"outlay.{fault[0]}", fault[1])}
    paid = await approved(staff, till.owner, outlay=outlay | {"method": "upi", "reference": "UTR 9"})
    assert (await act(staff, paid, "carry-out")).json()["data"]["status"] == "used"


@pytest.mark.parametrize(
    ("what", "faults"),
    [
        (
            lambda money: {},
            {(kind, "required") for kind in KINDS},
        ),
        (
            lambda money: {
                "refund": money | {"source": "advance", "method": "cash", "reason": "x"},
                "payment": money | {"method": "cash"},
            },
            {("refund", "not_allowed"), ("payment", "not_allowed")},
        ),
        (lambda money: {"payment": money | {"method": "upi"}}, {("payment.reference", "required")}),
        (
            lambda money: {"waiver": {"amount": 1}},
            {("waiver.charge_id", "required"), ("waiver.reason", "required")},
        ),
    ],
)
async def test_what_cannot_be_asked_for_is_told_why(
    till: Till, what: Callable[[dict[str, Any]], dict[str, Any]], faults: set[tuple[str, str]]
):
    student = await till.hall.enrol()
    money = {"library_id": till.hall.id, "student_id": student["id"], "amount": 100}

    assert faults_of(await try_to_ask(till.owner, **what(money))) == faults


async def test_what_is_not_there_cannot_be_asked_for(till: Till, people: People):
    nothing = str(uuid4())
    money = {"library_id": till.hall.id, "student_id": nothing, "method": "cash", "amount": 100}
    stranger = await people.owner()
    waiver = await waiver_of(till)
    asked = await ask(till.owner, waiver=waiver)

    for answer in (
        await try_to_ask(till.owner, waiver={"charge_id": nothing, "amount": 1, "reason": "x"}),
        await try_to_ask(till.owner, reversal={"payment_id": nothing, "reason": "x"}),
        await try_to_ask(till.owner, payment=money | {"library_id": nothing}),
        await try_to_ask(till.owner, outlay=CASH | {"expense_id": nothing}),
        await try_to_ask(stranger, waiver=waiver),
        await stranger.get(f"/payments/approvals/{asked['id']}"),
        await act(stranger, asked, "approve"),
        await act(stranger, asked, "carry-out"),
    ):
        assert code_of(answer) == (404, "RESOURCE_NOT_FOUND")
    assert code_of(await try_to_ask(till.owner, payment=money)) == (422, "UNKNOWN_STUDENT")
    assert (await stranger.get("/payments/approvals")).json()["data"] == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM payments.approvals", "permission denied"),
        ("UPDATE payments.approvals SET amount = 1", "permission denied"),
        ("UPDATE payments.approvals SET asked = '{}'", "permission denied"),
        ("UPDATE payments.approvals SET status = 'asked'", "ledger_append_only"),
        ("UPDATE payments.approvals SET status = 'refused'", "ledger_append_only"),
        ("UPDATE payments.approvals SET status = 'approved'", "ledger_append_only"),
        ("UPDATE payments.approvals SET status = 'used', answer = 'Other'", "ledger_append_only"),
        ("UPDATE payments.approvals SET status = 'used'", "approval_used"),
    ],
)
async def test_what_was_answered_stays(
    till: Till, people: People, platform: Platform, statement: str, told: str
):
    staff = await people.member(till.owner, "staff")
    await approved(staff, till.owner, waiver=await waiver_of(till))

    with pytest.raises(Exception, match=told):
        async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
            await tx.run(statement)


async def test_two_approvals_are_not_used_by_one_transaction(till: Till, people: People, platform: Platform):
    staff = await people.member(till.owner, "staff")
    ids = [UUID((await approved(staff, till.owner, waiver=await waiver_of(till)))["id"]) for _ in range(2)]

    async def use_both() -> None:
        async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
            posted, person = new_id(), UUID(staff.account_id)
            await store.insert_transaction(tx, posted, "waiver", library_id=UUID(till.hall.id), day=today())
            for one in ids:
                await store.use_approval(tx, one, posted, used_by=person, used_at=clock.now())

    with pytest.raises(ConstraintViolated, match="approval_used_once"):
        await use_both()
