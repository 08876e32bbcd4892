"""A sibling pays less while the other is a member, a student whom another brought the first time, and who did
is rewarded once.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.people import People
from tests.services.answers import code_of, made
from tests.services.bookings.hall import Hall, at, today
from tests.services.bookings.test_bills import assert_terms_are_what_was_billed, charges
from tests.services.bookings.test_memberships import DAY, do, history, try_to
from tests.services.bookings.test_renewals import Month
from tests.services.payments.till import Till
from tests.services.students.test_personal_data import signed_in

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import InsufficientPermissions
from studyspot.kernel.ids import TenantId
from studyspot.services.auth.rules import PERMISSIONS
from studyspot.services.libraries.contract import QuoteRequest

MOTHER = "+919811100123"


@pytest.fixture
async def till(hall: Hall) -> Till:
    return Till(hall)


@pytest.fixture
async def plan(hall: Hall) -> dict[str, Any]:
    """₹3,000 a month; 10 % less for siblings, 20 % for whom another brought, and ₹250 for who did."""
    return await hall.add_plan(
        kind="unreserved", sibling_rate=1000, welcome_rate=2000, referral_reward=25_000
    )


async def guard(hall: Hall, student: dict[str, Any], relation: str = "mother", **fields: Any) -> Any:
    body = {"name": "Sunita", "relation": relation, "phone": MOTHER} | fields
    return await made(hall.owner, f"/students/{student['id']}/guardians", body)


async def asked(hall: Hall, plan: dict[str, Any], student: dict[str, Any], **fields: Any) -> dict[str, int]:
    """The lines of a quote for the student, in rupees."""
    body = {"starts_on": str(today()), "student_id": student["id"]} | fields
    answer = await hall.owner.post(f"/fee-plans/{plan['id']}/quote", body)
    assert answer.status_code == 200, answer.text
    assert student["first_name"] not in answer.text
    return {line["kind"]: line["amount"] // 100 for line in answer.json()["data"]["lines"]}


async def bring(hall: Hall, friend: dict[str, Any], student: dict[str, Any]) -> dict[str, Any]:
    body = {"code": friend["student_code"], "student_id": student["id"]}
    referral: dict[str, Any] = await made(hall.owner, "/referrals", body)
    return referral


async def test_a_sibling_pays_less_while_the_other_is_a_member(till: Till, plan: dict[str, Any]):
    hall = till.hall
    asha, binod = await hall.enrol("Asha", parent_phone=MOTHER), await hall.enrol("Binod")
    await guard(hall, binod)
    assert await asked(hall, plan, binod) == {"fee": 3000}
    draft = await hall.sell(asha, plan, None, draft=True)
    assert await asked(hall, plan, binod) == {"fee": 3000}

    first = await do(hall, draft, "activate")

    assert await asked(hall, plan, binod) == {"fee": 3000, "sibling": -300}
    assert await asked(hall, plan, asha) == {"fee": 3000}
    sold = await hall.sell(binod, plan, None)
    assert (first["price"], sold["price"]) == (300_000, 270_000)
    assert await charges(till, sold) == [("fee", 2700, 2700)]
    # Each renewal asks anew: now both are members, and then one is.
    first = await do(hall, first, "renew")
    assert [term["price"] for term in (await history(hall, first))["terms"]] == [300_000, 270_000]
    await do(hall, first, "cancel", reason="Leaves", last_on=str(today() - DAY))
    renewed = await do(hall, sold, "renew")
    assert [term["price"] for term in (await history(hall, renewed))["terms"]] == [270_000, 300_000]
    await assert_terms_are_what_was_billed(till, renewed)
    assert await asked(hall, plan, asha) == {"fee": 3000, "sibling": -300}


@pytest.mark.parametrize(("starts_in", "off"), [(31, -300), (32, None), (365, None)])
async def test_a_sibling_who_is_to_come_counts_a_month_ahead(
    hall: Hall, plan: dict[str, Any], starts_in: int, off: int | None
):
    asha, binod = [await hall.enrol(name, parent_phone=MOTHER) for name in ("Asha", "Binod")]
    free = await hall.add_plan("Nothing", kind="unreserved", price=0)
    await hall.sell(asha, free, None, starts_on=str(today() + starts_in * DAY))

    assert (await asked(hall, plan, binod)).get("sibling") == off


async def test_a_sibling_whose_membership_rests_is_a_member(hall: Hall, plan: dict[str, Any]):
    asha, binod = [await hall.enrol(name, parent_phone=MOTHER) for name in ("Asha", "Binod")]
    sold = await hall.sell(asha, plan, None, starts_on=str(today() - DAY))
    await do(hall, sold, "pause", first_on=str(today()), last_on=str(today() + 100 * DAY))

    assert (await asked(hall, plan, binod))["sibling"] == -300


async def test_who_shares_a_wardens_phone_is_nobodys_sibling(hall: Hall, plan: dict[str, Any]):
    asha, binod, chitra = [await hall.enrol(name) for name in ("Asha", "Binod", "Chitra")]
    await hall.sell(asha, plan, None)
    await guard(hall, asha)
    await guard(hall, binod, "other")
    of_chitra = await guard(hall, chitra, "grandparent")

    assert await asked(hall, plan, binod) == {"fee": 3000}
    assert await asked(hall, plan, chitra) == {"fee": 3000, "sibling": -300}
    assert (await hall.owner.delete(f"/students/guardians/{of_chitra['id']}")).status_code == 204
    assert await asked(hall, plan, chitra) == {"fee": 3000}


async def test_a_number_that_students_enter_themselves_makes_nobody_siblings_until_the_staff_wrote_it(
    hall: Hall, plan: dict[str, Any], people: People, sent_code: Callable[[str], Awaitable[str]]
):
    asha, binod = await hall.enrol("Asha", parent_phone=MOTHER), await hall.enrol("Binod")
    await hall.sell(asha, plan, None)
    student = await signed_in(hall.owner, binod, people, sent_code)
    path = f"/students/{binod['id']}"

    changed = await student.put("/students/me", {"version": 1, "parent_phone": MOTHER})
    assert changed.json()["data"]["parent_phone"] == MOTHER, changed.text
    assert await asked(hall, plan, binod) == {"fee": 3000}
    assert (await hall.owner.put(path, {"version": 2, "city": "Kota"})).status_code == 200
    assert await asked(hall, plan, binod) == {"fee": 3000}

    assert (await hall.owner.put(path, {"version": 3, "parent_phone": MOTHER})).status_code == 200
    assert await asked(hall, plan, binod) == {"fee": 3000, "sibling": -300}
    same = {"version": 4, "parent_phone": MOTHER, "city": "Goa"}
    assert (await student.put("/students/me", same)).status_code == 200
    assert await asked(hall, plan, binod) == {"fee": 3000, "sibling": -300}


async def test_an_import_that_gives_a_parents_number_is_the_staffs(
    hall: Hall, plan: dict[str, Any], people: People, sent_code: Callable[[str], Awaitable[str]]
):
    asha, binod = await hall.enrol("Asha", parent_phone=MOTHER), await hall.enrol("Binod")
    await hall.sell(asha, plan, None)
    student = await signed_in(hall.owner, binod, people, sent_code)
    entered = {"version": 1, "parent_phone": "+919811100124"}
    assert (await student.put("/students/me", entered)).status_code == 200

    row = {"first_name": "Binod", "phone": binod["phone"], "parent_phone": MOTHER}
    assert (await hall.owner.post("/students/bulk-import", {"students": [row]})).status_code == 200
    assert await asked(hall, plan, binod) == {"fee": 3000, "sibling": -300}


async def test_the_next_month_is_offered_at_a_siblings_price(
    hall: Hall, plan: dict[str, Any], platform: Platform
):
    month = Month(hall, platform)
    asha, binod = (
        await hall.enrol("Asha", parent_phone=MOTHER),
        await hall.enrol("Binod", parent_phone=MOTHER),
    )
    month.membership = await hall.sell(asha, plan, None)
    await hall.sell(binod, plan, None, starts_on=str(today() + 2 * DAY))
    async with at(hall, "07:00", days=month.days - 5):
        assert (await month.run())["offered"] == 1
        assert (await month.charges())[1:] == [("fee", 2700, 2700)]
        assert await month.run() == {}


async def test_another_plan_in_the_middle_is_at_a_siblings_price(till: Till, plan: dict[str, Any]):
    hall = till.hall
    asha, binod = (
        await hall.enrol("Asha", parent_phone=MOTHER),
        await hall.enrol("Binod", parent_phone=MOTHER),
    )
    await hall.sell(asha, plan, None)
    dear = await hall.add_plan("Dear", kind="unreserved", price=600_000, sibling_rate=5000)
    sold = await hall.sell(binod, plan, None)

    changed = await do(hall, sold, "change", plan_id=dear["id"])

    assert changed["price"] == 300_000
    await assert_terms_are_what_was_billed(till, changed)


async def test_who_was_brought_is_welcomed_once(till: Till, plan: dict[str, Any]):
    hall = till.hall
    friend, student = await hall.enrol("Friend"), await hall.enrol("Ravi")
    await bring(hall, friend, student)
    assert await asked(hall, plan, student) == {"fee": 3000, "referral": -600}
    assert await asked(hall, plan, student, is_first=False) == {"fee": 3000}
    drafts = [await hall.sell(student, plan, None, draft=True) for _ in range(2)]

    sold = await do(hall, drafts[0], "activate")

    assert await charges(till, sold) == [("fee", 2400, 2400)]
    assert await asked(hall, plan, student) == {"fee": 3000}
    assert code_of(await try_to(hall, drafts[1], "activate")) == (409, "PRICE_CHANGED")
    renewed = await do(hall, sold, "renew")
    found = await history(hall, renewed)
    assert [term["price"] for term in found["terms"]] == [240_000, 300_000]
    assert [(one["code"], one["amount"], one["is_given_back"]) for one in found["redemptions"]] == [
        (None, 60_000, False)
    ]


async def test_what_is_taken_off_adds_up_in_its_order(till: Till, plan: dict[str, Any]):
    hall = till.hall
    friend = await hall.enrol("Asha", parent_phone=MOTHER)
    student = await hall.enrol("Ravi", parent_phone=MOTHER)
    await hall.sell(friend, plan, None)
    await bring(hall, friend, student)
    await made(hall.owner, "/coupons", {"code": "ADD", "kind": "fixed", "value": 6_000})
    lines = {"fee": 3000, "sibling": -300, "referral": -540, "coupon": -60}
    assert await asked(hall, plan, student, coupon_code="add") == lines

    sold = await hall.sell(student, plan, None, coupon_code="ADD")

    assert await charges(till, sold) == [("fee", 2100, 2100)]
    params = {"membership_id": sold["id"]}
    (charge,) = (await hall.owner.get("/payments/charges", params=params)).json()["data"]
    assert charge["label"] == ("Monthly, less Sibling 10 % ₹300.00, Welcome 20 % ₹540.00, Coupon ADD ₹60.00")


async def test_who_brought_one_is_rewarded_once_that_one_has_paid(
    till: Till, plan: dict[str, Any], platform: Platform
):
    hall, month = till.hall, Month(till.hall, platform)
    friend, student = await hall.enrol("Friend"), await hall.enrol("Ravi")
    referral = await bring(hall, friend, student)
    await hall.sell(student, plan, None)
    await till.pay(student, 2399)
    await hall.sell(friend, plan, None)
    assert await month.run() == {}
    dearer = await hall.owner.put(f"/fee-plans/{plan['id']}", {"version": 1, "referral_reward": 99_999})
    assert dearer.status_code == 200

    await till.pay(student, 1)

    assert await month.run() == {"rewarded": 1}
    assert await month.run() == {}
    assert (await till.statement(friend))["open"] == 2750
    rewarded = (await hall.owner.get(f"/referrals/{referral['id']}")).json()["data"]
    assert (rewarded["status"], rewarded["reward_paise"]) == ("rewarded", 25_000)


async def test_a_first_bill_that_was_let_off_is_not_paid(
    till: Till, plan: dict[str, Any], platform: Platform
):
    hall, month = till.hall, Month(till.hall, platform)
    friend = await hall.enrol("Friend")
    dear = await hall.add_plan("Dear", kind="unreserved", referral_reward=25_000, deposit=50_000)
    await hall.sell(friend, plan, None)

    async def brought(waived: int, paid: int) -> None:
        student = await hall.enrol("Ravi")
        await bring(hall, friend, student)
        sold = await hall.sell(student, dear, None)
        params = {"membership_id": sold["id"]}
        found = (await hall.owner.get("/payments/charges", params=params)).json()["data"]
        (fee,) = [one["id"] for one in found if one["kind"] == "fee"]
        waiver = {"amount": waived * 100, "reason": "A friend of the house"}
        assert (await hall.owner.post(f"/payments/charges/{fee}/waive", waiver)).status_code == 200
        await till.pay(student, paid)
        assert (await till.statement(student))["open"] == 0

    await brought(waived=3000, paid=500)
    assert await month.run() == {}
    await brought(waived=2999, paid=501)
    assert await month.run() == {"rewarded": 1}


async def test_a_reward_waits_for_a_fee_to_let_it_off(till: Till, plan: dict[str, Any], platform: Platform):
    hall, month = till.hall, Month(till.hall, platform)
    friend, student = await hall.enrol("Friend"), await hall.enrol("Ravi")
    await bring(hall, friend, student)
    await hall.sell(student, plan, None)
    await till.pay(student, 2400)
    await till.fine(friend, 300)
    small = await hall.sell(friend, await hall.add_plan("Small", kind="unreserved", price=10_000), None)
    assert await month.run() == {}

    sold = await hall.sell(friend, plan, None)

    assert await month.run() == {"rewarded": 1}
    assert await charges(till, small) == [("fee", 100, 100)]
    assert await charges(till, sold) == [("fee", 3000, 2750)]


async def test_a_reward_that_was_given_by_hand_is_not_given_again(
    till: Till, plan: dict[str, Any], platform: Platform
):
    hall, month = till.hall, Month(till.hall, platform)
    friend, student = await hall.enrol("Friend"), await hall.enrol("Ravi")
    referral = await bring(hall, friend, student)
    await hall.sell(student, plan, None)
    await till.pay(student, 2400)
    charge = await till.fine(friend, 300)
    await hall.sell(friend, plan, None)
    body = {"charge_id": charge["id"], "amount_paise": 10_000}
    assert (await hall.owner.post(f"/referrals/{referral['id']}/reward", body)).status_code == 200

    assert await month.run() == {}


async def test_a_student_asks_about_nobody_else(hall: Hall, plan: dict[str, Any], platform: Platform):
    asha, binod = (
        await hall.enrol("Asha", parent_phone=MOTHER),
        await hall.enrol("Binod", parent_phone=MOTHER),
    )
    await hall.sell(asha, plan, None)
    caller = Caller(
        account_id=None,
        role="student",
        permissions=frozenset(PERMISSIONS["student@tenant"]),
        tenant_id=TenantId(UUID(hall.owner.tenant_id)),
        subject_id=UUID(binod["id"]),
    )
    own = QuoteRequest(starts_on=today(), student_id=UUID(binod["id"]))

    quote = await platform.libraries.quote_plan(caller, plan_id=UUID(plan["id"]), request=own)

    assert quote.total == 270_000
    others = msgspec.structs.replace(own, student_id=UUID(asha["id"]))
    with pytest.raises(InsufficientPermissions):
        await platform.libraries.quote_plan(caller, plan_id=UUID(plan["id"]), request=others)
