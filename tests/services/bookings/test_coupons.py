"""Coupons are used as often as they may be, and what they took off stays taken off."""

import asyncio
from collections import Counter
from datetime import date
from typing import Any

import pytest
from tests.services.answers import code_of, made
from tests.services.bookings.hall import Hall, at, today, tomorrow
from tests.services.bookings.test_bills import assert_terms_are_what_was_billed, charges
from tests.services.bookings.test_memberships import DAY, do, history, read, try_to
from tests.services.bookings.test_renewals import Month
from tests.services.payments.till import Till

from studyspot.entrypoints.platform import Platform


@pytest.fixture
async def till(hall: Hall) -> Till:
    return Till(hall)


@pytest.fixture
async def plan(hall: Hall) -> dict[str, Any]:
    """For no seat of one's own, at ₹3,000: nothing else refuses a sale."""
    return await hall.add_plan(kind="unreserved", registration_fee=20_000)


async def coupon(hall: Hall, code: str = "DIWALI", **fields: Any) -> dict[str, Any]:
    body = {"code": code, "kind": "fixed", "value": 50_000} | fields
    made_one: dict[str, Any] = await made(hall.owner, "/coupons", body)
    return made_one


async def used(hall: Hall, one: dict[str, Any]) -> tuple[int, int]:
    """How often, and what that was worth in rupees."""
    found = (await hall.owner.get(f"/coupons/{one['id']}")).json()["data"]
    return found["used"], found["given"] // 100


async def once(hall: Hall, membership: dict[str, Any]) -> list[tuple[str | None, int, bool]]:
    found = (await history(hall, membership))["redemptions"]
    return [(one["code"], one["amount"] // 100, one["is_given_back"]) for one in found]


async def test_a_sale_is_at_the_price_that_was_quoted_and_keeps_it(till: Till, plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    diwali = await coupon(hall)
    asked = {"starts_on": str(today()), "student_id": student["id"], "coupon_code": "diwali"}
    quote = (await hall.owner.post(f"/fee-plans/{plan['id']}/quote", asked)).json()["data"]

    sold = await hall.sell(student, plan, None, coupon_code="Diwali")

    assert (quote["total"], sold["price"]) == (270_000, 250_000)
    assert await charges(till, sold) == [("fee", 2500, 2500), ("registration", 200, 200)]
    params = {"membership_id": sold["id"]}
    labels = {
        one["label"] for one in (await hall.owner.get("/payments/charges", params=params)).json()["data"]
    }
    assert labels == {"Monthly, less Coupon DIWALI ₹500.00", "Registration"}
    assert await used(hall, diwali) == (1, 500)
    change = {"version": 1, "value": 100_000, "code": "OTHER"}
    assert (await hall.owner.put(f"/coupons/{diwali['id']}", change)).status_code == 200
    assert (await read(hall, sold))["price"] == 250_000
    assert await once(hall, sold) == [("DIWALI", 500, False)]
    assert await used(hall, diwali) == (1, 500)
    assert (await hall.owner.delete(f"/coupons/{diwali['id']}")).status_code == 204
    assert await once(hall, sold) == [("DIWALI", 500, False)]


async def test_of_many_at_once_one_has_the_last_use(hall: Hall, plan: dict[str, Any]):
    last = await coupon(hall, uses_max=1)
    students = [await hall.enrol(f"Student {number}") for number in range(20)]

    answers = await asyncio.gather(
        *(hall.try_to_sell(student, plan, None, coupon_code="DIWALI") for student in students)
    )

    assert Counter(code_of(one) for one in answers) == {(201, ""): 1, (409, "COUPON_USED_UP"): 19}
    assert await used(hall, last) == (1, 500)
    assert (await hall.owner.get("/memberships")).json()["pagination"]["total"] == 1


async def test_one_student_has_their_own_uses_and_no_more_though_they_come_at_once(
    hall: Hall, plan: dict[str, Any]
):
    twice = await coupon(hall, uses_each=2, uses_max=4)
    asha, binod = await hall.enrol("Asha"), await hall.enrol("Binod")

    answers = await asyncio.gather(
        *(hall.try_to_sell(who, plan, None, coupon_code="DIWALI") for who in [asha, binod] * 5)
    )

    assert Counter(code_of(one) for one in answers) == {(201, ""): 4, (409, "COUPON_USED_UP"): 6}
    assert await used(hall, twice) == (4, 2000)


async def test_a_draft_that_nobody_wanted_gives_its_use_back(hall: Hall, plan: dict[str, Any]):
    last = await coupon(hall, uses_max=1)
    asha, binod = await hall.enrol("Asha"), await hall.enrol("Binod")
    draft = await hall.sell(asha, plan, None, coupon_code="DIWALI", draft=True)
    assert code_of(await hall.try_to_sell(binod, plan, None, coupon_code="DIWALI")) == (409, "COUPON_USED_UP")

    await do(hall, draft, "cancel", reason="No")

    assert await once(hall, draft) == [("DIWALI", 500, True)]
    assert await used(hall, last) == (0, 0)
    sold = await hall.sell(binod, plan, None, coupon_code="DIWALI")
    await do(hall, sold, "cancel", reason="Was sold, though")
    assert await used(hall, last) == (1, 500)


async def test_a_draft_that_ran_out_has_its_use_while_nobody_else_took_it(hall: Hall, plan: dict[str, Any]):
    await coupon(hall, uses_max=2)
    drafts = [
        await hall.sell(await hall.enrol(name), plan, None, coupon_code="DIWALI", draft=True)
        for name in ("Asha", "Binod")
    ]
    async with at(hall, "09:00"):
        sold = await hall.sell(await hall.enrol("Chitra"), plan, None, coupon_code="DIWALI")
        assert sold["price"] == 250_000

        first = await try_to(hall, drafts[0], "activate")
        second = await try_to(hall, drafts[1], "activate")

        assert (code_of(first), code_of(second)) == ((200, ""), (409, "COUPON_USED_UP"))
        assert await once(hall, drafts[0]) == [("DIWALI", 500, False)]


async def test_a_coupon_for_new_students_is_for_whoever_bought_nothing_yet(hall: Hall, plan: dict[str, Any]):
    await coupon(hall, is_for_new=True, uses_each=9)
    student = await hall.enrol()
    drafts = [await hall.sell(student, plan, None, coupon_code="DIWALI", draft=True) for _ in range(2)]

    await do(hall, drafts[0], "activate")

    assert code_of(await try_to(hall, drafts[1], "activate")) == (409, "PRICE_CHANGED")
    refused = await hall.try_to_sell(student, plan, None, coupon_code="DIWALI")
    assert code_of(refused) == (422, "COUPON_NOT_FOR_THIS")
    renewed = await try_to(hall, await read(hall, drafts[0]), "renew", coupon_code="DIWALI")
    assert code_of(renewed) == (422, "COUPON_NOT_FOR_THIS")
    ahead = {"starts_on": str(today() + 5 * DAY)}
    other = await hall.enrol("Binod")
    gone = await hall.sell(other, plan, None, coupon_code="DIWALI", **ahead)
    await do(hall, gone, "cancel", reason="Does not come")
    assert (await hall.sell(other, plan, None, coupon_code="DIWALI"))["price"] == 250_000


async def test_of_sales_at_once_one_is_a_new_students(hall: Hall, plan: dict[str, Any]):
    await coupon(hall, is_for_new=True, uses_each=9)
    student = await hall.enrol()

    answers = await asyncio.gather(
        *(hall.try_to_sell(student, plan, None, coupon_code="DIWALI") for _ in range(6))
    )

    codes = Counter(answer.status_code for answer in answers)
    assert (codes[201], codes[409] + codes[422]) == (1, 5)


async def test_a_renewal_repeats_no_coupon_and_may_name_one(till: Till, plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    one = await coupon(hall, uses_each=2)
    sold = await hall.sell(student, plan, None, coupon_code="DIWALI")

    plain = await do(hall, sold, "renew")
    with_coupon = await do(hall, plain, "renew", coupon_code="DIWALI")

    assert [term["price"] for term in (await history(hall, sold))["terms"]] == [250_000, 300_000, 250_000]
    assert await once(hall, sold) == [("DIWALI", 500, False)] * 2
    assert await used(hall, one) == (2, 1000)
    assert code_of(await try_to(hall, with_coupon, "renew", coupon_code="DIWALI")) == (409, "COUPON_USED_UP")
    await assert_terms_are_what_was_billed(till, sold)
    cancelled = await do(hall, with_coupon, "cancel", reason="Leaves")
    await assert_terms_are_what_was_billed(till, cancelled)


async def test_a_next_term_that_was_offered_is_sold_anew_with_a_coupon(
    till: Till, plan: dict[str, Any], platform: Platform
):
    hall = till.hall
    month = Month(hall, platform)
    month.membership = await hall.sell(await hall.enrol(), plan, None)
    await coupon(hall)
    async with at(hall, "07:00", days=month.days - 5):
        assert await month.run() == {"offered": 1}
        renewed = await do(hall, await month.read(), "renew", coupon_code="DIWALI")
        assert date.fromisoformat(renewed["ends_on"]) > tomorrow("07:00").date()
        found = await history(hall, renewed)
        assert [one["status"] for one in found["next_terms"]] == ["lapsed"]
        assert [term["price"] for term in found["terms"]] == [300_000, 250_000]
        await assert_terms_are_what_was_billed(till, renewed)


async def test_a_coupon_changes_the_price_of_the_days_that_come_back(till: Till):
    hall, student = till.hall, await till.hall.enrol()
    dear = await hall.add_plan("Dear", kind="unreserved", price=400_000)
    cheap = await hall.add_plan("Cheap", kind="unreserved", price=200_000)
    await coupon(hall, kind="percentage", value=10_000)
    sold = await hall.sell(student, dear, None, coupon_code="DIWALI")
    assert (sold["price"], (await till.statement(student))["open"]) == (0, 0)

    await do(hall, sold, "change", plan_id=cheap["id"])

    assert (await till.statement(student))["open"] == 2000
    await assert_terms_are_what_was_billed(till, sold)


async def test_the_same_sale_again_uses_the_coupon_once(hall: Hall, plan: dict[str, Any]):
    one = await coupon(hall)
    student = await hall.enrol()

    sold = [await hall.sell(student, plan, None, key="form", coupon_code="DIWALI") for _ in range(2)]

    assert sold[0] == sold[1]
    assert await used(hall, one) == (1, 500)


async def test_a_use_is_not_lost_to_a_sale_that_is_refused(hall: Hall):
    one = await coupon(hall)
    plan = await hall.add_plan()
    shift = await hall.add_shift("06:00", "14:00")
    await hall.sell(await hall.enrol("Asha"), plan, "A1", shift)
    student = await hall.enrol("Binod")

    taken = await hall.try_to_sell(student, plan, "A1", shift, coupon_code="DIWALI")

    assert code_of(taken) == (409, "SEAT_TAKEN")
    assert await used(hall, one) == (0, 0)
    await hall.sell(student, plan, "A2", shift, coupon_code="DIWALI")
