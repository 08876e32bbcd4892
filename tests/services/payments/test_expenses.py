"""What a library spends stands in the books, the drawer and the result, and nothing of it is rubbed out."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from tests.people import People
from tests.services.answers import code_of, faults_of
from tests.services.bookings.hall import at, today
from tests.services.payments.outlays import CASH, JPEG, act, spend, try_to_spend
from tests.services.payments.till import DAY, RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId
from studyspot.services.payments import rules


async def cash_book(till: Till, since: Any, until: Any) -> Any:
    params = {"library_id": till.hall.id, "since": str(since), "until": str(until)}
    return (await till.owner.get("/payments/cash-book", params=params)).json()["data"]


async def test_cash_that_is_spent_is_missing_in_the_drawer_and_stands_in_the_cash_book(till: Till):
    await till.pay(await till.hall.enrol(), 1000)
    expense = await spend(till, 300, "cleaning", payee="Ramesh", note="Bill 12", paid=CASH)

    assert (expense["billed_on"], expense["paid_on"]) == (str(today()), str(today()))
    assert (expense["payee"], expense["note"], expense["method"]) == ("Ramesh", "Bill 12", "cash")
    assert await till.totals() == {"cash": 700, "advances": 1000, "cleaning": 300}
    assert (await till.owner.get(f"/payments/expenses/{expense['id']}")).json()["data"] == expense
    book = await cash_book(till, today(), today())
    assert (book["opening"], book["closing"]) == (0, 700 * RUPEE)
    assert [(one["received"], one["paid_out"]) for one in book["lines"]] == [(1000 * RUPEE, 300 * RUPEE)]
    close = {"library_id": till.hall.id, "day": str(today()), "counted": 700 * RUPEE}
    assert (await till.owner.post("/payments/day-closes", close)).json()["data"]["expected"] == 700 * RUPEE


async def test_what_is_owed_is_payable_until_it_is_paid(till: Till):
    owed = await spend(till, 20_000, "rent", billed_on=str(today() - 3 * DAY))
    await spend(till, 900, "internet", paid={"method": "upi", "reference": "ab1"})
    assert await till.totals() == {"payable": 20_000, "rent": 20_000, "internet": 900, "upi": -900}

    async def found(**params: Any) -> list[str]:
        listed = await till.owner.get("/payments/expenses", params={"library_id": till.hall.id} | params)
        return [one["category"] for one in listed.json()["data"]]

    assert await found() == ["internet", "rent"]
    assert (await found(is_paid=False), await found(is_paid=True)) == (["rent"], ["internet"])
    assert await found(category="rent", until=str(today() - 3 * DAY)) == ["rent"]
    assert await found(page=3) == []
    early = await act(till, owed, "pay", method="cash", day=str(today() - 4 * DAY))
    assert faults_of(early) == {("day", "wrong_order")}
    paid = await act(till, owed, "pay", method="bank_transfer", reference="N1", day=str(today() - DAY))
    assert paid.json()["data"] == owed | {
        "paid_on": str(today() - DAY),
        "method": "bank_transfer",
        "reference": "N1",
    }
    again = await act(till, owed, "pay", method="cash")
    assert code_of(again) == (409, "ALREADY_PAID")
    assert await till.totals() == {"bank": -20_000, "rent": 20_000, "internet": 900, "upi": -900}


async def test_what_was_written_wrongly_is_taken_back_as_a_whole(till: Till):
    paid, owed = await spend(till, 50, "supplies", paid=CASH), await spend(till, 70, "other")

    for expense in (paid, owed):
        back = (await act(till, expense, "reverse", reason="Typed twice")).json()["data"]
        assert back == expense | {"is_reversed": True, "reversal_reason": "Typed twice"}
        assert code_of(await act(till, expense, "reverse", reason="x")) == (409, "ALREADY_REVERSED")
    assert code_of(await act(till, owed, "pay", method="cash")) == (409, "ALREADY_REVERSED")
    assert await till.totals() == {}
    book = await cash_book(till, today(), today())
    assert [(one["received"], one["paid_out"]) for one in book["lines"]] == [(0, 0)]
    params = {"library_id": till.hall.id, "is_paid": False}
    assert (await till.owner.get("/payments/expenses", params=params)).json()["data"] == []


async def test_the_same_expense_under_one_key_is_written_once(till: Till):
    answers = await asyncio.gather(*(try_to_spend(till, 10, key="rent-1", paid=CASH) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    [expense] = {answer.json()["data"]["id"]: answer.json()["data"] for answer in answers}.values()
    assert await till.totals() == {"rent": 10, "cash": -10}
    assert code_of(await try_to_spend(till, 11, key="rent-1")) == (422, "IDEMPOTENCY_KEY_REUSED")
    owed = await spend(till, 20)
    path, headers = f"/payments/expenses/{owed['id']}/pay", {"Idempotency-Key": "pay-1"}
    once, twice = [await till.owner.post(path, CASH, headers=headers) for _ in range(2)]
    assert once.json() == twice.json()
    other = await till.owner.post(f"/payments/expenses/{expense['id']}/pay", CASH, headers=headers)
    assert code_of(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (await till.totals())["cash"] == -30


async def test_what_is_paid_at_once_by_several_goes_out_once(till: Till):
    owed = await spend(till, 20)

    answers = await asyncio.gather(
        *(act(till, owed, "pay", method="cash") for _ in range(4)),
        *(act(till, owed, "reverse", reason="Wrong") for _ in range(2)),
    )

    assert sorted(answer.status_code for answer in answers[4:]) == [200, 409]
    assert await till.totals() == {}


async def test_a_closed_day_takes_no_expense_and_one_that_is_over_needs_approval(till: Till, people: People):
    owed = await spend(till, 20)
    close = {"library_id": till.hall.id, "day": str(today()), "counted": 0}
    assert (await till.owner.post("/payments/day-closes", close)).status_code == 201

    for fields in ({"billed_on": str(today())}, {"paid": CASH | {"day": str(today())}}):
        assert code_of(await try_to_spend(till, 5, **fields)) == (409, "DAY_CLOSED")
    on_the_day = await act(till, owed, "pay", method="cash", day=str(today()))
    assert code_of(on_the_day) == (409, "DAY_CLOSED")
    late = await spend(till, 5, paid=CASH)
    assert (late["billed_on"], late["paid_on"]) == (str(today() + DAY), str(today() + DAY))
    assert (await act(till, owed, "reverse", reason="Wrong")).status_code == 200
    async with at(till.hall, "12:00"):
        staff = await people.member(till.owner, "staff")
        body = {"library_id": till.hall.id, "category": "rent", "amount_paise": 10**9}
        yesterday = {"billed_on": str(today() - DAY)}
        assert code_of(await staff.post("/payments/expenses", body | yesterday)) == (403, "APPROVAL_NEEDED")
        assert (await staff.post("/payments/expenses", body)).status_code == 201
        refused = await staff.get("/payments/profit-and-loss?month=2026-01&basis=cash")
        assert code_of(refused) == (403, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"billed_on": str(today() + DAY)}, {("billed_on", "out_of_range")}),
        ({"billed_on": "2001-01-01"}, {("billed_on", "out_of_range")}),
        ({"paid": {"method": "cash", "reference": "X"}}, {("paid.reference", "not_allowed")}),
        (
            {"paid": {"method": "cheque", "day": str(today() + DAY)}},
            {("paid.reference", "required"), ("paid.day", "out_of_range")},
        ),
        ({"paid": CASH | {"day": str(today() - DAY)}}, {("paid.day", "wrong_order")}),
        ({"category": "tea"}, {("category", "invalid_choice")}),
        ({"amount_paise": 0}, {("amount_paise", "too_small")}),
    ],
)
async def test_an_expense_that_does_not_fit_is_told_why(
    till: Till, fields: dict[str, Any], faults: set[tuple[str, str]]
):
    answer = await try_to_spend(till, 100, **fields)

    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert faults_of(answer) == faults
    assert await till.totals() == {}


async def attach(till: Till, expense: dict[str, Any], content: bytes) -> httpx2.Response:
    path = f"/payments/expenses/{expense['id']}/attachment"
    return await till.owner.post(path, files={"file": ("bill", content)})


async def test_the_photo_of_a_bill_comes_back_as_what_it_is(till: Till):
    expense = await spend(till, 100, paid=CASH)
    path = f"/payments/expenses/{expense['id']}/attachment"
    assert code_of(await till.owner.get(path)) == (404, "RESOURCE_NOT_FOUND")

    photos = {
        "image/webp": b"RIFF\x01\x00\x00\x00WEBP",
        "image/png": b"\x89PNG\r\n\x1a\n",
        "image/jpeg": JPEG,
        "application/pdf": b"%PDF-1.7 a bill",
    }
    for media_type, content in photos.items():
        assert (await attach(till, expense, content)).json()["data"]["file_type"] == media_type
        answer = await till.owner.get(path)
        assert (answer.content, answer.headers["content-type"]) == (content, media_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="expense-{expense["id"]}.pdf"'
    assert (await attach(till, expense, JPEG)).status_code == 200
    assert code_of(await attach(till, expense, JPEG)) == (409, "TOO_MANY_FILES")


async def test_what_is_no_photo_or_too_large_is_not_kept(till: Till, people: People):
    expense = await spend(till, 100)
    path = f"/payments/expenses/{expense['id']}/attachment"

    for content in (b"<html>", b"", b"RIFF....WAVE"):
        refused = await attach(till, expense, content)
        assert code_of(refused) == (422, "UNREADABLE_FILE")
    large = JPEG + b"." * (5 * 2**20)
    assert code_of(await attach(till, expense, large)) == (413, "BODY_TOO_LARGE")
    assert (await attach(till, expense, large[: 5 * 2**20])).status_code == 200
    assert len((await till.owner.get(path)).content) == 5 * 2**20
    stranger = await people.owner()
    for answer in (await stranger.get(path), await stranger.post(path, files={"file": ("x", JPEG)})):
        assert code_of(answer) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments.expenses SET amount = 1",
        "DELETE FROM payments.settlements",
        "UPDATE payments.settlements SET method = 'cash'",
        "DELETE FROM payments.expense_files",
    ],
)
async def test_an_expense_stays_as_it_was_written(till: Till, platform: Platform, statement: str):
    await spend(till, 5, paid=CASH)

    with pytest.raises(Exception, match="permission denied"):
        async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
            await tx.run(statement)


async def test_an_unknown_library_or_expense_is_not_found(till: Till):
    nowhere = await try_to_spend(till, 1, library_id=str(uuid4()))
    nothing = await act(till, {"id": str(uuid4())}, "pay", method="cash")

    assert code_of(nowhere) == code_of(nothing) == (404, "RESOURCE_NOT_FOUND")


async def test_what_is_done_to_an_expense_is_recorded(till: Till, platform: Platform):
    expense = await spend(till, 5)
    await act(till, expense, "pay", method="cash")
    await act(till, expense, "reverse", reason="Wrong")

    async with platform.tenancy.connection(TenantId(UUID(till.owner.tenant_id))) as connection:
        actions = await connection.column(
            "SELECT action FROM audit.entries WHERE entity_id = $1 ORDER BY at, id", UUID(expense["id"])
        )
    assert actions == ["expenses:create", "expenses:pay", "expenses:reverse"]


def test_a_month_ends_on_its_last_day():
    for month, days in (("2024-02", 29), ("2026-02", 28), ("2026-12", 31), ("2026-04", 30)):
        first, last = rules.month_days(month)
        assert (first.isoformat(), last) == (f"{month}-01", first + timedelta(days=days - 1))
