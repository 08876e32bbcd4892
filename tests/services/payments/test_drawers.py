"""Who has the drawer: counted at the start and at the end, explained, and closed for good."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.people import People
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import at, today
from tests.services.payments.drawer import (
    close_day,
    close_drawer,
    open_drawer,
    pay_as,
    session_of,
    try_to_open,
)
from tests.services.payments.outlays import CASH, spend
from tests.services.payments.till import DAY, RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel import clock
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.ids import TenantId, new_id
from studyspot.services.payments import store
from studyspot.services.payments.rules import Entry


async def test_cash_is_counted_to_the_drawer_of_who_takes_it(till: Till, people: People):
    mohan, meera = [await people.member(till.owner, "staff") for _ in range(2)]
    student = await till.hall.enrol()
    hers, his = await open_drawer(till, meera, 500), await open_drawer(till, mohan)
    assert (hers["account_id"], hers["day"], hers["expected_paise"]) == (
        meera.account_id,
        str(today()),
        500 * RUPEE,
    )

    await pay_as(till, meera, student, 300)
    await pay_as(till, mohan, student, 40)
    await pay_as(till, meera, student, 1000, method="upi", reference="U1")
    refund = {"library_id": till.hall.id, "student_id": student["id"], "source": "advance", "method": "cash"}
    await meera.post("/payments/refunds", refund | {"amount": 50 * RUPEE, "reason": "Change"})
    expense = {"library_id": till.hall.id, "category": "cleaning", "amount_paise": 70 * RUPEE, "paid": CASH}
    await made(meera, "/payments/expenses", expense)
    wrong = (await pay_as(till, meera, student, 9)).json()["data"]
    await meera.post(f"/payments/{wrong['id']}/reverse", {"reason": "Typed wrongly"})
    await till.pay(student, 7)

    assert (await session_of(meera, hers))["expected_paise"] == 680 * RUPEE
    assert (await session_of(meera, his))["expected_paise"] == 40 * RUPEE
    path = f"/payments/drawer-sessions/{hers['id']}/movements"
    lines = (await till.owner.get(path)).json()["data"]
    assert [(one["kind"], one["amount_paise"] // RUPEE) for one in lines] == [
        ("reversal", -9),
        ("payment", 9),
        ("settlement", -70),
        ("refund", -50),
        ("payment", 300),
    ]
    assert (lines[0]["note"], lines[0]["account_id"]) == ("Typed wrongly", meera.account_id)
    assert (await till.owner.get(path, params={"page": 9})).json()["pagination"]["total"] == 5
    closed = (await close_drawer(hers, meera, 680)).json()["data"]
    assert (closed["counted_paise"], closed["difference_paise"]) == (680 * RUPEE, 0)
    assert (closed["closed_by"], closed["explanation"]) == (meera.account_id, None)
    open_ones = await till.owner.get(
        "/payments/drawer-sessions", params={"library_id": till.hall.id, "is_open": True}
    )
    assert [one["id"] for one in open_ones.json()["data"]] == [his["id"]]
    everything = (await till.owner.get("/payments/drawer-sessions", params={"limit": 1})).json()
    assert (everything["data"][0]["id"], everything["pagination"]["total"]) == (his["id"], 2)
    of_her = {"account_id": meera.account_id, "since": str(today()), "until": str(today()), "page": 2}
    assert (await till.owner.get("/payments/drawer-sessions", params=of_her)).json()["data"] == []


async def test_what_is_missing_at_the_hand_over_is_explained_and_in_the_books(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    session = await open_drawer(till, staff, 200)
    await pay_as(till, staff, await till.hall.enrol(), 1000)
    notes = [{"value_paise": 50000, "count": 2}, {"value_paise": 5000, "count": 3}]

    refused = await close_drawer(session, staff, denominations=notes)

    assert code_of(refused) == (409, "NOT_EXPLAINED")
    told = [(one["code"], one["message"]) for one in refused.json()["error"]["details"]]
    assert told == [("cash_differs", "There should be ₹1,200.00: ₹50.00 missing.")]
    closed = await close_drawer(session, staff, denominations=notes, explanation="Gave change twice")
    found = closed.json()["data"]
    assert (found["expected_paise"], found["difference_paise"]) == (1200 * RUPEE, -50 * RUPEE)
    assert found["denominations"] == notes
    assert await session_of(staff, session) == found
    assert await till.totals() == {"cash": 950, "advances": 1000, "cash_difference": 50}
    day = (await close_day(till, 950)).json()["data"]
    assert (day["expected"], day["sessions"]) == (
        950 * RUPEE,
        [{"session_id": session["id"], "account_id": staff.account_id, "moved_paise": 950 * RUPEE}],
    )


@pytest.mark.parametrize(
    ("count", "faults"),
    [
        ({}, {("counted_paise", "required")}),
        ({"counted_paise": 0, "denominations": []}, {("counted_paise", "not_allowed")}),
        ({"denominations": [{"value_paise": 100, "count": 1}] * 2}, {("denominations", "duplicate")}),
        (
            {"denominations": [{"value_paise": 300, "count": 1}]},
            {("denominations[0].value_paise", "invalid_choice")},
        ),
        ({"counted_paise": -1}, {("counted_paise", "too_small")}),
    ],
)
async def test_what_is_no_count_is_told_why(till: Till, count: dict[str, Any], faults: set[tuple[str, str]]):
    session = await open_drawer(till, till.owner)

    answer = await close_drawer(session, till.owner, **count)

    assert faults_of(answer) == faults
    assert (await session_of(till.owner, session))["closed_at"] is None


async def test_staff_write_off_little_and_no_more_by_counting_often(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    session = await open_drawer(till, staff, 1000)
    large = await close_drawer(session, staff, 499, explanation="It is gone")
    assert code_of(large) == (403, "APPROVAL_NEEDED")
    assert (await close_drawer(session, staff, 700, explanation="It is gone")).status_code == 200

    again = await open_drawer(till, staff, 700)
    assert code_of(await close_drawer(again, staff, 499, explanation="It is gone")) == (
        403,
        "APPROVAL_NEEDED",
    )
    closed = (await close_drawer(again, till.owner, 499, explanation="Counted with Mohan")).json()["data"]
    assert (closed["account_id"], closed["closed_by"]) == (staff.account_id, till.owner.account_id)


async def test_who_went_home_has_the_drawer_closed_by_who_may_approve(till: Till, people: People):
    gone, colleague = [await people.member(till.owner, "staff") for _ in range(2)]
    manager = await people.member(till.owner, "manager")
    session = await open_drawer(till, gone, 100)

    assert code_of(await close_drawer(session, colleague, 100)) == (403, "APPROVAL_NEEDED")
    closed = (await close_drawer(session, manager, 100)).json()["data"]

    assert (closed["account_id"], closed["closed_by"]) == (gone.account_id, manager.account_id)
    assert code_of(await close_drawer(session, gone, 100)) == (409, "DRAWER_CLOSED")
    assert code_of(await try_to_open(till, gone)) == (201, "")


async def test_of_two_who_open_at_once_as_one_person_one_does(till: Till, people: People):
    staff = await people.member(till.owner, "staff")

    answers = await asyncio.gather(*(try_to_open(till, staff) for _ in range(5)))

    assert sorted(map(code_of, answers)) == [(201, "")] + [(409, "DRAWER_OPEN")] * 4
    assert code_of(await try_to_open(till, till.owner)) == (201, "")


async def test_what_is_paid_while_the_drawer_is_counted_is_in_it_or_outside(till: Till):
    students = [await till.hall.enrol() for _ in range(6)]
    session = await open_drawer(till, till.owner)

    answers = await asyncio.gather(
        *(till.try_to_pay(one, 10) for one in students),
        close_drawer(session, till.owner, 0, explanation="Counted in a hurry"),
        close_drawer(session, till.owner, 0, explanation="Counted in a hurry"),
        *(till.try_to_pay(one, 10) for one in students),
    )

    codes = [code_of(one) for one in answers]
    assert sorted(codes[6:8]) == [(200, ""), (409, "DRAWER_CLOSED")]
    assert {*codes[:6], *codes[8:]} == {(201, "")}
    closed = await session_of(till.owner, session)
    counted = closed["expected_paise"] // RUPEE
    day = (await close_day(till, 120 - counted)).json()["data"]
    assert {one["session_id"]: one["moved_paise"] for one in day["sessions"]} == {
        session["id"]: 0,
        **({None: (120 - counted) * RUPEE} if counted < 120 else {}),
    }


async def test_a_library_may_ask_for_a_drawer_before_cash(till: Till):
    student = await till.hall.enrol()
    cash = await till.pay(student, 100)
    strict = {"version": 1, "needs_drawer_session": True}
    assert (await till.owner.put(f"/libraries/{till.hall.id}", strict)).status_code == 200

    refund = {"library_id": till.hall.id, "student_id": student["id"], "source": "advance", "method": "cash"}
    owed = await spend(till, 5)
    for answer in (
        await till.try_to_pay(student, 10),
        await till.owner.post("/payments/refunds", refund | {"amount": 100, "reason": "Change"}),
        await till.owner.post(f"/payments/{cash['id']}/reverse", {"reason": "Wrong"}),
        await till.owner.post(f"/payments/expenses/{owed['id']}/pay", CASH),
    ):
        assert code_of(answer) == (409, "DRAWER_NEEDED")
    await till.pay(student, 10, "upi")
    await open_drawer(till, till.owner)
    await till.pay(student, 10)
    assert (await till.totals())["cash"] == 110


async def test_a_day_waits_for_its_drawers_and_says_what_was_in_them(till: Till, people: People):
    staff, student = await people.member(till.owner, "staff"), await till.hall.enrol()
    session = await open_drawer(till, staff)
    await pay_as(till, staff, student, 30)
    await till.pay(student, 5)

    refused = await close_day(till, 35)
    assert code_of(refused) == (409, "DRAWER_OPEN")
    [detail] = refused.json()["error"]["details"]
    assert session["id"] in detail["message"]
    assert (await close_drawer(session, staff, 30)).status_code == 200
    closed = (await close_day(till, 35)).json()["data"]
    assert closed["sessions"] == [
        {"session_id": session["id"], "account_id": staff.account_id, "moved_paise": 30 * RUPEE},
        {"session_id": None, "account_id": None, "moved_paise": 5 * RUPEE},
    ]
    listed = await till.owner.get("/payments/day-closes", params={"library_id": till.hall.id})
    assert listed.json()["data"] == [closed]
    assert (await open_drawer(till, staff, 30))["day"] == str(today() + DAY)


async def test_a_drawer_that_is_forgotten_over_night_is_counted_on_its_own_day(till: Till):
    session = await open_drawer(till, till.owner, 100)
    await till.pay(await till.hall.enrol(), 50)

    async with at(till.hall, "08:00"):
        yesterday = today() - DAY
        close = {"library_id": till.hall.id, "day": str(yesterday), "counted": 30 * RUPEE}
        assert code_of(await till.owner.post("/payments/day-closes", close)) == (409, "DRAWER_OPEN")
        assert (await close_drawer(session, till.owner, 130, explanation="Tea")).status_code == 200
        closed = (await till.owner.post("/payments/day-closes", close)).json()["data"]
        assert (closed["expected"], closed["counted"]) == (30 * RUPEE, 30 * RUPEE)


async def test_cash_that_goes_to_the_bank_is_neither_income_nor_spending(till: Till, people: People):
    staff = await people.member(till.owner, "staff")
    session = await open_drawer(till, staff)
    await pay_as(till, staff, await till.hall.enrol(), 900)
    drop = {"library_id": till.hall.id, "direction": "out", "pocket": "bank", "amount_paise": 600 * RUPEE}
    headers = {"Idempotency-Key": "drop-1"}

    once, twice = [await staff.post("/payments/cash-transfers", drop, headers=headers) for _ in range(2)]

    assert once.json()["data"] == twice.json()["data"]
    moved = once.json()["data"]
    assert (moved["drawer_session_id"], moved["direction"], moved["pocket"]) == (session["id"], "out", "bank")
    other = await staff.post("/payments/cash-transfers", drop | {"note": "x"}, headers=headers)
    assert code_of(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    pocket = drop | {"pocket": "owner", "amount_paise": 100 * RUPEE, "drawer_session_id": session["id"]}
    assert code_of(await staff.post("/payments/cash-transfers", pocket)) == (403, "APPROVAL_NEEDED")
    taken = await made(till.owner, "/payments/cash-transfers", pocket | {"note": "Evening"})
    await made(staff, "/payments/cash-transfers", drop | {"direction": "in", "amount_paise": 50 * RUPEE})
    assert (await session_of(staff, session))["expected_paise"] == 250 * RUPEE
    assert await till.totals() == {"cash": 250, "bank": 550, "owner": -100, "advances": 900}
    params = {"library_id": till.hall.id, "since": str(today()), "until": str(today())}
    book = (await till.owner.get("/payments/cash-book", params=params)).json()["data"]
    assert [(one["method"], one["received"] // RUPEE, one["paid_out"] // RUPEE) for one in book["lines"]] == [
        ("bank_transfer", 600, 50),
        ("cash", 950, 700),
    ]
    listed = await staff.get("/payments/cash-transfers", params={"library_id": till.hall.id, "limit": 2})
    assert [one["amount_paise"] // RUPEE for one in listed.json()["data"]] == [50, 100]
    assert listed.json()["data"][1] == taken
    far = await staff.get("/payments/cash-transfers", params={"page": 9})
    assert far.json()["pagination"]["total"] == 3


async def test_cash_leaves_no_drawer_that_is_closed_or_anothers(till: Till, people: People):
    staff, colleague = [await people.member(till.owner, "staff") for _ in range(2)]
    session = await open_drawer(till, staff)
    drop = {"library_id": till.hall.id, "direction": "in", "pocket": "bank", "amount_paise": 100}
    named = drop | {"drawer_session_id": session["id"]}

    assert code_of(await colleague.post("/payments/cash-transfers", named)) == (403, "APPROVAL_NEEDED")
    unknown = await staff.post("/payments/cash-transfers", drop | {"drawer_session_id": str(uuid4())})
    assert faults_of(unknown) == {("drawer_session_id", "unknown")}
    assert (await close_drawer(session, staff, 0)).status_code == 200
    assert code_of(await staff.post("/payments/cash-transfers", named)) == (409, "DRAWER_CLOSED")
    assert (await staff.post("/payments/cash-transfers", drop)).json()["data"]["drawer_session_id"] is None


async def test_another_business_finds_no_drawer(till: Till, people: People):
    session = await open_drawer(till, till.owner)
    stranger = await people.owner()

    for answer in (
        await stranger.get(f"/payments/drawer-sessions/{session['id']}"),
        await stranger.get(f"/payments/drawer-sessions/{session['id']}/movements"),
        await close_drawer(session, stranger, 0),
        await try_to_open(till, stranger),
    ):
        assert code_of(answer) == (404, "RESOURCE_NOT_FOUND")
    assert (await stranger.get("/payments/drawer-sessions")).json()["data"] == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM payments.drawer_sessions", "permission denied"),
        ("UPDATE payments.drawer_sessions SET opening = 1", "permission denied"),
        ("UPDATE payments.drawer_sessions SET counted = 1", "ledger_append_only"),
    ],
)
async def test_a_count_stays_as_it_was(till: Till, platform: Platform, statement: str, told: str):
    assert (await close_drawer(await open_drawer(till, till.owner), till.owner, 0)).status_code == 200

    with pytest.raises(Exception, match=told):
        async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
            await tx.run(statement)


async def test_the_database_keeps_what_was_counted_true(till: Till, platform: Platform):
    tenant, library = TenantId(UUID(till.owner.tenant_id)), UUID(till.hall.id)
    session = await open_drawer(till, till.owner, 10)
    session_id, person = UUID(session["id"]), UUID(till.owner.account_id)

    async def written(constraint: str, work: Any) -> None:
        with pytest.raises(ConstraintViolated, match=constraint):
            async with platform.tenancy.transaction(tenant) as tx:
                await work(tx)

    async def post(tx: Any, amount: int) -> None:
        transaction_id = new_id()
        await store.insert_transaction(
            tx, transaction_id, "transfer", library_id=library, day=today(), drawer_session_id=session_id
        )
        await store.insert_entries(tx, transaction_id, [Entry("cash", amount), Entry("bank", -amount)])

    async def count(tx: Any, counted: int, explanation: str | None = None) -> None:
        await store.close_session(
            tx,
            session_id,
            expected=1000,
            counted=counted,
            denominations=(),
            explanation=explanation,
            closed_by=person,
            closed_at=clock.now(),
        )

    await written("session_explained", lambda tx: count(tx, 900))
    await written("session_in_balance", lambda tx: count(tx, 900, "It is gone"))
    close = {"library_id": till.hall.id, "day": str(today()), "counted": 0}
    assert code_of(await till.owner.post("/payments/day-closes", close)) == (409, "DRAWER_OPEN")
    assert (await close_drawer(session, till.owner, 10)).status_code == 200
    await written("drawer_closed", lambda tx: post(tx, 5))


async def test_what_is_done_to_a_drawer_is_recorded(till: Till, platform: Platform):
    session = await open_drawer(till, till.owner)
    await close_drawer(session, till.owner, 0)

    async with platform.tenancy.connection(TenantId(UUID(till.owner.tenant_id))) as connection:
        actions = await connection.column(
            "SELECT action FROM audit.entries WHERE entity_id = $1 ORDER BY at, id", UUID(session["id"])
        )
    assert actions == ["drawers:open", "drawers:close"]
