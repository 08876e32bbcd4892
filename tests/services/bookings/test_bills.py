"""What memberships come to reaches the ledger, once each, to the paisa."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.services.answers import taxed
from tests.services.bookings.hall import Hall, today
from tests.services.bookings.test_memberships import DAY, do, history, try_to
from tests.services.payments.till import RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.services.bookings.service.billing import Billing


@pytest.fixture
async def till(hall: Hall) -> Till:
    return Till(hall)


@pytest.fixture
async def morning(hall: Hall) -> dict[str, Any]:
    return await hall.add_shift("06:00", "14:00")


async def charges(till: Till, membership: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Kind, what was billed, what is open, in rupees."""
    found = await till.owner.get(
        "/payments/charges", params={"membership_id": membership["id"], "limit": "100"}
    )
    return sorted((one["kind"], one["billed"] / RUPEE, one["open"] / RUPEE) for one in found.json()["data"])


async def assert_terms_are_what_was_billed(till: Till, membership: dict[str, Any]) -> None:
    terms = (await history(till.hall, membership))["terms"]
    billed = [amount for kind, amount, _ in await charges(till, membership) if kind == "fee"]
    assert sum(term["price"] for term in terms) == round(sum(billed) * RUPEE)


async def test_a_sale_is_charged_with_what_is_paid_once(till: Till, morning: dict[str, Any]):
    hall = till.hall
    await taxed(hall.owner, hall.id)
    plan = await hall.add_plan(
        price=100_000, registration_fee=20_000, deposit=50_000, tax_rate=1800, is_tax_included=False
    )
    student = await hall.enrol()
    membership = await hall.sell(student, plan, "A1", morning)

    assert membership["price"] == 118_000
    assert await charges(till, membership) == [
        ("deposit", 500, 500),
        ("fee", 1180, 1180),
        ("registration", 236, 236),
    ]
    assert await till.totals() == {
        "receivable": 1916,
        "deposits_due": 500,
        "tax": 216,
        "fees": 1000,
        "registration": 200,
    }
    renewed = await do(hall, membership, "renew")
    assert (await till.statement(student))["open"] == 1916 + 1180
    await assert_terms_are_what_was_billed(till, renewed)


async def test_a_draft_owes_nothing_until_it_is_activated(till: Till, morning: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    draft = await hall.sell(student, await hall.add_plan(registration_fee=100), "A1", morning, draft=True)
    assert await charges(till, draft) == []

    await asyncio.gather(*(try_to(hall, draft, "activate") for _ in range(5)))

    assert await charges(till, draft) == [("fee", 3000, 3000), ("registration", 1, 1)]
    other = await hall.sell(await hall.enrol(), await hall.add_plan("Other"), "A2", morning, draft=True)
    await do(hall, other, "cancel", reason="No")
    assert await charges(till, other) == []


async def test_days_not_used_come_back(till: Till, morning: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    plan = await hall.add_plan(period="weekly", price=70_000)
    membership = await hall.sell(student, plan, "A1", morning)
    await till.pay(student, 500)

    left = await do(hall, membership, "cancel", last_on=str(today() + 2 * DAY), reason="Moves home")

    assert await charges(till, left) == [("fee", 300, 0)]
    assert await till.statement(student) == {"open": 0, "overdue": 0, "advance": 200, "deposit": 0}
    await assert_terms_are_what_was_billed(till, left)


async def test_who_gets_nothing_back_pays_the_whole(till: Till, morning: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    membership = await hall.sell(student, await hall.add_plan(), "A1", morning)

    left = await do(hall, membership, "cancel", gives_back=False, reason="Broke the rules")

    assert await charges(till, left) == [("fee", 3000, 3000)]
    await assert_terms_are_what_was_billed(till, left)


async def test_another_plan_is_billed_for_the_difference(till: Till, morning: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    plan = await hall.add_plan(period="weekly", price=70_000)
    better = await hall.add_plan("Best", period="weekly", price=140_001)
    membership = await hall.sell(student, plan, "A1", morning)
    await till.pay(student, 700)
    change = {"plan_id": better["id"], "seat_id": hall.seats["A1"]["id"], "shift_ids": [morning["id"]]}

    changed = await do(hall, membership, "change", **change, from_on=str(today() + 3 * DAY))

    # Four days at 100 come back, and cost 200 each, and four sevenths of a paisa.
    assert await charges(till, changed) == [("fee", 300, 0), ("fee", 800.01, 400.01)]
    assert (await till.statement(student))["open"] == 400.01
    again = await do(hall, changed, "change", **change, from_on=str(today() + 5 * DAY))
    await assert_terms_are_what_was_billed(till, again)


async def test_pauses_moves_and_days_for_free_cost_nothing(till: Till, morning: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    membership = await hall.sell(student, await hall.add_plan(), "A1", morning)

    changed = await do(hall, membership, "move", seat_id=hall.seats["A2"]["id"])
    first = today() + 3 * DAY
    changed = await do(hall, changed, "pause", first_on=str(first), last_on=str(first + DAY))
    changed = await do(hall, changed, "extend", days=3, reason="No light")

    assert await charges(till, changed) == [("fee", 3000, 3000)]
    await assert_terms_are_what_was_billed(till, changed)


async def test_days_for_nothing_bring_no_money(till: Till, morning: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    plan = await hall.add_plan(period="weekly", price=70_000)
    membership = await hall.sell(student, plan, "A1", morning)
    longer = await do(hall, membership, "extend", days=60, reason="No light")
    same = {"plan_id": plan["id"], "seat_id": hall.seats["A1"]["id"], "shift_ids": [morning["id"]]}

    changed = await do(hall, longer, "change", **same)

    assert (changed["ends_on"], await charges(till, changed)) == (
        longer["ends_on"],
        [("fee", 0, 0), ("fee", 700, 700)],
    )
    assert [one["is_free"] for one in (await history(hall, changed))["terms"]] == [False, True]
    left = await do(hall, changed, "cancel", last_on=str(today() + 5 * DAY), reason="Leaves")
    assert (await till.statement(student))["open"] == 600
    await assert_terms_are_what_was_billed(till, left)


async def test_who_gets_nothing_back_pays_the_whole_also_on_a_free_day(till: Till, morning: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    membership = await hall.sell(student, await hall.add_plan(period="daily", price=5_000), "A1", morning)
    longer = await do(hall, membership, "extend", days=3, reason="No light")
    longer = await do(hall, longer, "renew")

    left = await do(
        hall, longer, "cancel", last_on=str(today() + DAY), gives_back=False, reason="Broke the rules"
    )

    assert (await till.statement(student))["open"] == 100
    await assert_terms_are_what_was_billed(till, left)


async def test_a_transfer_takes_the_money_along(till: Till, morning: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    there = Till(await Hall.opened(hall.owner))
    early = await there.hall.add_shift("06:00", "14:00")
    membership = await hall.sell(student, await hall.add_plan(period="weekly", price=70_000), "A1", morning)
    await till.pay(student, 700)

    moved = await do(
        hall,
        membership,
        "change",
        plan_id=(await there.hall.add_plan(period="weekly", price=105_000))["id"],
        seat_id=there.hall.seats["A1"]["id"],
        shift_ids=[early["id"]],
        from_on=str(today() + 2 * DAY),
    )

    assert await charges(till, moved) == [("fee", 200, 0), ("fee", 750, 250)]
    assert [await fees_of(one) for one in (hall, there.hall)] == [200, 750]
    found = (await hall.owner.get("/payments/dues", params={"library_id": there.hall.id})).json()["data"]
    assert [one["open"] for one in found] == [250 * RUPEE]
    await assert_terms_are_what_was_billed(till, moved)

    left = await do(hall, moved, "cancel", last_on=str(today()), reason="Leaves")

    assert [await fees_of(one) for one in (hall, there.hall)] == [100, 0]
    assert (await till.statement(student))["advance"] == 600
    await assert_terms_are_what_was_billed(till, left)


async def fees_of(hall: Hall) -> float:
    """What the library has earned, in rupees."""
    found = (await hall.owner.get("/payments/totals", params={"library_id": hall.id})).json()["data"]
    return next((one["amount"] / RUPEE for one in found if one["account"] == "fees"), 0)


async def test_a_bill_that_was_not_posted_is_posted_later_and_once(
    till: Till, morning: dict[str, Any], platform: Platform
):
    hall, student = till.hall, await till.hall.enrol()
    membership = await hall.sell(student, await hall.add_plan(), "A1", morning)
    tenant = TenantId(UUID(hall.owner.tenant_id))
    async with platform.tenancy.transaction(tenant) as tx:
        await tx.run("UPDATE bookings.bills SET posted_at = NULL")

    for _ in range(3):
        await platform.bookings.post_bills(system(tenant_id=tenant), membership_id=UUID(membership["id"]))
    await platform.bookings.post_bills(system(tenant_id=tenant), membership_id=UUID(int=1))

    assert await charges(till, membership) == [("fee", 3000, 3000)]


async def test_bills_of_a_membership_are_posted_in_their_order(
    till: Till, morning: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    """The payments room was away when it was sold: days cannot come back before they were billed."""

    async def later(*_: Any) -> None:
        return

    hall = till.hall
    plan = await hall.add_plan(period="weekly", price=70_000)
    with monkeypatch.context() as away:
        away.setattr(Billing, "post_soon", later)
        membership = await hall.sell(await hall.enrol(), plan, "A1", morning)
    assert await charges(till, membership) == []

    left = await do(hall, membership, "cancel", last_on=str(today()), reason="Leaves")

    assert await charges(till, left) == [("fee", 100, 100)]


async def test_the_bill_of_a_draft_is_not_lost_when_the_payments_room_was_away(
    till: Till, morning: dict[str, Any], platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    """It is activated long after what was to post it has looked: a repeat posts it, and so does the hourly
    run.
    """

    async def later(*_: Any) -> None:
        return

    hall, plan = till.hall, await till.hall.add_plan()
    drafts = [await hall.sell(await hall.enrol(), plan, seat, morning, draft=True) for seat in ("A1", "A2")]
    with monkeypatch.context() as away:
        away.setattr(Billing, "post_soon", later)
        for draft in drafts:
            await do(hall, draft, "activate")
    assert [await charges(till, draft) for draft in drafts] == [[], []]

    await do(hall, drafts[0], "activate")
    await platform.bookings.run_renewals(system(tenant_id=TenantId(UUID(hall.owner.tenant_id))))

    assert [await charges(till, draft) for draft in drafts] == [[("fee", 3000, 3000)]] * 2


async def test_the_evening_after_the_close_is_of_the_next_day(till: Till, morning: dict[str, Any]):
    hall = till.hall
    closed = {"library_id": hall.id, "day": str(today()), "counted": 0}
    assert (await hall.owner.post("/payments/day-closes", closed)).status_code == 201

    membership = await hall.sell(await hall.enrol(), await hall.add_plan(), "A1", morning)

    assert await charges(till, membership) == [("fee", 3000, 3000)]
    since = {"since": str(today() + timedelta(days=1))}
    tomorrows = (await hall.owner.get("/payments/totals", params=since)).json()["data"]
    assert {one["account"] for one in tomorrows} == {"receivable", "fees"}
    assert date.fromisoformat(membership["starts_on"]) == today()
