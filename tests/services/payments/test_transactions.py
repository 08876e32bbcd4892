"""Why a student's account stands where it stands: each thing that happened to it, and what it changed."""

from typing import Any
from uuid import uuid4

from tests.people import People
from tests.services.answers import code_of, faults_of
from tests.services.payments.test_approvals import act, approved
from tests.services.payments.test_credits import credit
from tests.services.payments.test_ledger import refund
from tests.services.payments.till import RUPEE, Till

from studyspot.entrypoints.platform import Platform


async def transactions(till: Till, student: dict[str, Any], **params: int) -> list[dict[str, Any]]:
    answer = await till.owner.get(f"/payments/students/{student['id']}/transactions", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def effect(transaction: dict[str, Any]) -> tuple[float, ...]:
    """In rupees, on what is receivable, ahead, kept."""
    return tuple(transaction[f"{what}_paise"] / RUPEE for what in ("receivable", "advance", "deposit"))


async def test_a_mixed_history_says_what_each_thing_changed(till: Till, platform: Platform):
    student = await till.hall.enrol()
    await till.bill(platform, student, ("fee", 800), ("deposit", 500), membership_id=uuid4())
    cheque = await till.pay(student, 1500, "cheque", note="By her father")
    await credit(till.owner, await till.fine(student, 150), 100)
    await refund(till, student, 30)
    await credit(till.owner, await till.fine(student, 135), 15, deed="waive")
    await till.owner.post(f"/payments/{cheque['id']}/reverse", {"reason": "Came back"})

    *found, paid, billed = await transactions(till, student)

    assert [(one["kind"], effect(one)) for one in (billed, paid, *reversed(found))] == [
        ("bill", (1300, 0, 0)),
        ("payment", (-1300, 200, 500)),
        ("bill", (150, 0, 0)),
        ("allocation", (-150, -150, 0)),
        ("credit", (0, 100, 0)),
        ("refund", (0, -30, 0)),
        ("bill", (135, 0, 0)),
        ("allocation", (-120, -120, 0)),
        ("waiver", (-15, 0, 0)),
        ("reversal", (1470, 0, -500)),
        ("bill", (30, 0, 0)),
    ]
    assert await till.statement(student) == {"open": 1500, "overdue": 0, "advance": 0, "deposit": 0}
    assert (paid["number"], paid["reference"], paid["note"]) == (
        cheque["number"],
        cheque["reference"],
        "By her father",
    )
    assert (paid["account_id"], paid["library_id"]) == (till.owner.account_id, till.hall.id)
    assert (paid["is_reversed"], paid["reverses"], billed["is_reversed"]) == (True, None, False)
    reversal = found[1]
    assert (reversal["reverses"], reversal["note"], reversal["number"]) == (paid["id"], "Came back", None)


async def test_pages_follow_each_other_and_name_one_student(till: Till):
    student, other = await till.hall.enrol(), await till.hall.enrol()
    for rupees in range(1, 6):
        await till.fine(student, rupees)
    await till.fine(other, 77)

    pages = [await transactions(till, student, page=page, limit=2) for page in (1, 2, 3, 4)]

    assert [[effect(one)[0] for one in page] for page in pages] == [[5, 4], [3, 2], [1], []]
    path = f"/payments/students/{student['id']}/transactions"
    for page in (1, 9):
        answer = await till.owner.get(path, params={"page": page, "limit": 2})
        assert answer.json()["pagination"]["total"] == 5


async def test_a_student_of_another_business_has_none(till: Till, people: People):
    student, stranger = await till.hall.enrol(), await people.owner()
    path = "/payments/students/{}/transactions"

    assert code_of(await stranger.get(path.format(student["id"]))) == (404, "RESOURCE_NOT_FOUND")
    assert code_of(await till.owner.get(path.format(uuid4()))) == (404, "RESOURCE_NOT_FOUND")
    assert await transactions(till, student) == []


async def test_a_refund_that_is_no_cash_tells_its_reference(till: Till, people: People):
    student = await till.hall.enrol()
    await till.pay(student, 900)

    assert (await refund(till, student, 100, method="upi", reference="utr 77")).status_code == 200
    assert (await refund(till, student, 100, method="bank_transfer")).status_code == 200
    longer = await refund(till, student, 100, method="upi", reference="ß" * 60)  # SS in capital letters
    assert faults_of(longer) == {("reference", "too_long")}
    staff = await people.member(till.owner, "staff")
    wanted = {"library_id": till.hall.id, "student_id": student["id"], "source": "advance", "method": "upi"}
    wanted |= {"amount": 600 * RUPEE, "reason": "Moves away", "reference": "UTR 78"}
    asked = await approved(staff, till.owner, refund=wanted)
    assert (await act(staff, asked, "carry-out")).status_code == 200

    *refunds, paid = await transactions(till, student)
    assert [one["reference"] for one in refunds] == ["UTR 78", None, "UTR 77"]
    assert paid["reference"] is None


async def test_cash_that_is_paid_back_has_no_reference(till: Till):
    student = await till.hall.enrol()
    await till.pay(student, 900)
    body = {"library_id": till.hall.id, "student_id": student["id"], "source": "advance", "method": "cash"}
    body |= {"amount": 100, "reason": "Moves away"}

    for reference, code in (("X", "not_allowed"), ("R" * 101, "too_long"), ("", "too_short")):
        answer = await till.owner.post("/payments/refunds", body | {"reference": reference})
        assert faults_of(answer) == {("reference", code)}
    asked = await till.owner.post("/payments/approvals", {"refund": body | {"reference": "X"}})
    assert faults_of(asked) == {("refund.reference", "not_allowed")}
    assert (await till.statement(student))["advance"] == 900
