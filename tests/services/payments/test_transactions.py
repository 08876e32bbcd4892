"""Why a student's account stands where it stands: each thing that happened to it, and what it changed."""

from typing import Any
from uuid import uuid4

from tests.people import People
from tests.services.answers import code_of
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
