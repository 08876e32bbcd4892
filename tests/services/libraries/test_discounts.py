"""What is taken off a fee, line by line: the golden table, and what holds whatever the numbers are."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, strategies as st
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.libraries.halls import furnish, open_hall
from tests.services.libraries.test_plans import RUPEE, TODAY, monthly, plan_of

from studyspot.kernel.clock import now
from studyspot.kernel.ids import new_id
from studyspot.services.libraries import rules
from studyspot.services.libraries.contract import CouponNotForThis
from studyspot.services.libraries.contract.coupons import Coupon
from studyspot.services.libraries.contract.plans import Discount, Quote, QuoteRequest
from studyspot.services.libraries.rules import Buyer

SIBLING = Buyer(is_new=False, has_sibling=True)
WELCOME = Buyer(is_referred=True)
BOTH = Buyer(has_sibling=True, is_referred=True)


def coupon_of(**fields: Any) -> Coupon:
    known: dict[str, Any] = {
        "id": new_id(),
        "code": "DIWALI",
        "kind": "percentage",
        "value": 1000,
        "plan_ids": (),
        "library_ids": (),
        "uses_each": 1,
        "is_for_new": False,
        "is_active": True,
        "used": 0,
        "given": 0,
        "version": 1,
        "created_at": now(),
        "updated_at": now(),
    }
    return Coupon(**dict.fromkeys(Coupon.__struct_fields__) | known | fields)


def priced(buyer: Buyer, coupon: Coupon | None = None, *, is_first: bool = True, **fields: Any) -> Quote:
    """Of a plan at ₹1,000, with 10 % off for siblings and 20 % for whom another brought."""
    plan = plan_of(**{"sibling_rate": 1000, "welcome_rate": 2000, "referral_reward": 5000} | fields)
    request = QuoteRequest(starts_on=TODAY, is_first=is_first)
    return rules.quote(plan, request, shifts={}, zone=None, today=TODAY, buyer=buyer, coupon=coupon)


FIXED, SHARE, CAPPED = (
    coupon_of(kind="fixed", value=15_000),
    coupon_of(),
    coupon_of(value=5000, off_max=12_345),
)
TAXED = {"tax_rate": 1800, "is_tax_included": False, "registration_fee": 20_000, "deposit": 50_000}


@pytest.mark.parametrize(
    ("buyer", "coupon", "fields", "lines", "total"),
    [
        (Buyer(), None, {}, [], 100_000),
        (SIBLING, None, {}, [("sibling", "Sibling 10 %", -10_000)], 90_000),
        (WELCOME, None, {}, [("referral", "Welcome 20 %", -20_000)], 80_000),
        (Buyer(is_new=False, is_referred=True), None, {}, [], 100_000),
        (Buyer(), FIXED, {}, [("coupon", "Coupon DIWALI", -15_000)], 85_000),
        (Buyer(), SHARE, {}, [("coupon", "Coupon DIWALI", -10_000)], 90_000),
        (Buyer(), CAPPED, {}, [("coupon", "Coupon DIWALI", -12_345)], 87_655),
        (
            BOTH,
            SHARE,
            {"discount": Discount(kind="percentage", value=1000)},
            [
                ("discount", "Discount", -10_000),
                ("sibling", "Sibling 10 %", -9_000),
                ("referral", "Welcome 20 %", -16_200),
                ("coupon", "Coupon DIWALI", -6_480),
            ],
            58_320,
        ),
        (
            BOTH,
            FIXED,
            TAXED,
            [
                ("sibling", "Sibling 10 %", -10_000),
                ("referral", "Welcome 20 %", -18_000),
                ("coupon", "Coupon DIWALI", -15_000),
                ("registration", "Registration", 20_000),
                ("tax", "Tax 18 %", 13_860),
                ("deposit", "Deposit, given back", 50_000),
            ],
            140_860,
        ),
        (
            Buyer(),
            coupon_of(kind="fixed", value=10**9),
            TAXED,
            [
                ("coupon", "Coupon DIWALI", -100_000),
                ("registration", "Registration", 20_000),
                ("tax", "Tax 18 %", 3_600),
                ("deposit", "Deposit, given back", 50_000),
            ],
            73_600,
        ),
        (
            SIBLING,
            None,
            TAXED,
            [("sibling", "Sibling 10 %", -10_000), ("tax", "Tax 18 %", 16_200)],
            106_200,
        ),
        (SIBLING, None, {"sibling_rate": 3333, "price": 5}, [("sibling", "Sibling 33.33 %", -2)], 3),
    ],
)
def test_the_lines_of_a_quote(
    buyer: Buyer, coupon: Coupon | None, fields: dict[str, Any], lines: list[Any], total: int
):
    found = priced(buyer, coupon, **fields)

    assert found.lines[0].kind == "fee"
    assert [(one.kind, one.label, one.amount) for one in found.lines[1:]] == lines
    assert found.total == total == sum(one.amount for one in found.lines)
    assert found.coupon_id == (None if coupon is None else coupon.id)


def test_a_welcome_and_its_reward_are_for_the_first_sale():
    assert (priced(WELCOME).referral_reward, priced(WELCOME, welcome_rate=0).total) == (5000, 100_000)
    later = priced(WELCOME, is_first=False)
    assert (later.referral_reward, later.total) == (0, 100_000)
    assert priced(Buyer()).referral_reward == 0


def test_a_coupon_that_would_take_nothing_off_is_refused():
    with pytest.raises(CouponNotForThis):
        priced(SIBLING, SHARE, sibling_rate=10_000)


_paise, _rate = st.integers(0, 10**9), st.integers(0, 10_000)


@given(
    price=st.integers(1, 10**9),
    discount=_paise,
    rates=st.tuples(_rate, _rate, _rate),
    off_max=st.none() | st.integers(1, 10**9),
    kind=st.sampled_from(["fixed", "percentage"]),
    registration=_paise,
    is_included=st.booleans(),
    is_first=st.booleans(),
)
def test_lines_add_up_and_nothing_is_below_nothing(
    price: int,
    discount: int,
    rates: tuple[int, int, int],
    off_max: int | None,
    kind: str,
    registration: int,
    is_included: bool,
    is_first: bool,
):
    """In fractions, rounded where money changes hands."""
    coupon = coupon_of(kind=kind, value=rates[2] or 1, off_max=off_max if kind == "percentage" else None)
    fields = {
        "price": price,
        "discount": Discount(kind="fixed", value=discount) if discount else None,
        "sibling_rate": rates[0],
        "welcome_rate": rates[1],
        "registration_fee": registration,
        "tax_rate": 1800,
        "is_tax_included": is_included,
    }

    def rounded(amount: Fraction) -> int:
        return int(amount + Fraction(1, 2))

    left = max(price - discount, 0)
    left -= rounded(Fraction(left * rates[0], 10_000))
    left -= rounded(Fraction(left * rates[1], 10_000)) if is_first else 0
    try:
        found = priced(BOTH, coupon, is_first=is_first, **fields)
    except CouponNotForThis:
        assert left == 0
        return
    share = min(rounded(Fraction(left * coupon.value, 10_000)), coupon.off_max or left)
    left -= min(coupon.value if kind == "fixed" else share, left)

    once = registration if is_first else 0
    assert found.total == sum(line.amount for line in found.lines)
    assert found.total == left + once + (0 if is_included else found.tax)
    assert found.fee == left + (0 if is_included else found.fee_tax)
    assert min(found.total, found.tax, found.fee, found.fee_tax, found.deposit) >= 0
    taxed = {"fee", "zone", "registration"}
    assert all((line.amount > 0) == (line.kind in taxed | {"tax"}) for line in found.lines)


async def test_a_coupon_is_kept_whole_and_changed_in_part(owner: Person, people: People):
    library, _ = await furnish(owner)
    plan = await made(owner, "/fee-plans", monthly(library))
    body = {
        "code": "New-Year",
        "description": "For the fair",
        "kind": "percentage",
        "value": 2500,
        "off_max": 50_000,
        "valid_from": "2026-12-01",
        "valid_until": "2026-12-31",
        "plan_ids": [plan["id"]],
        "library_ids": [library["id"]],
        "uses_max": 100,
        "uses_each": 2,
        "is_for_new": True,
    }

    coupon = await made(owner, "/coupons", body)

    assert coupon.items() >= (body | {"code": "NEW-YEAR", "is_active": True, "used": 0, "given": 0}).items()
    assert (await owner.get(f"/coupons/{coupon['id']}")).json()["data"] == coupon
    change = {"version": 1, "valid_until": None, "uses_max": None, "code": "year-end"}
    changed = (await owner.put(f"/coupons/{coupon['id']}", change)).json()["data"]
    assert changed | {"updated_at": ""} == coupon | {
        "code": "YEAR-END",
        "valid_until": None,
        "uses_max": None,
        "version": 2,
        "updated_at": "",
    }
    assert code_of(await owner.put(f"/coupons/{coupon['id']}", change)) == (409, "VERSION_CONFLICT")
    staff = await people.member(owner, "staff")
    assert (await staff.get(f"/coupons/{coupon['id']}")).status_code == 200
    assert (await staff.post("/coupons", body)).status_code == 403
    assert (await staff.delete(f"/coupons/{coupon['id']}")).status_code == 403
    assert (await owner.delete(f"/coupons/{coupon['id']}")).status_code == 204
    assert code_of(await owner.get(f"/coupons/{coupon['id']}")) == (404, "RESOURCE_NOT_FOUND")
    await made(owner, "/coupons", {"code": "Year-End", "kind": "fixed", "value": 1})


async def test_a_code_is_one_coupons_and_its_parts_fit(owner: Person, people: People):
    body = {"code": "SUMMER", "kind": "fixed", "value": 100}
    first = await made(owner, "/coupons", body)
    other = await made(owner, "/coupons", body | {"code": "WINTER"})

    assert code_of(await owner.post("/coupons", body | {"code": "summer"})) == (409, "DUPLICATE_ENTRY")
    taken = await owner.put(f"/coupons/{other['id']}", {"version": 1, "code": "Summer"})
    assert code_of(taken) == (409, "DUPLICATE_ENTRY")
    wrong = {
        "off_max": 5,
        "valid_from": "2026-12-02",
        "valid_until": "2026-12-01",
        "plan_ids": [str(uuid4())] * 2,
    }
    assert faults_of(await owner.post("/coupons", body | {"code": "OTHER"} | wrong)) == {
        ("off_max", "not_allowed"),
        ("valid_until", "wrong_order"),
        ("plan_ids", "duplicate"),
    }
    much = await owner.put(f"/coupons/{other['id']}", {"version": 1, "kind": "percentage", "value": 10_001})
    assert faults_of(much) == {("value", "too_large")}
    stranger = await people.owner()
    far, _ = await furnish(stranger)
    for field, code in (("plan_ids", "UNKNOWN_PLAN"), ("library_ids", "UNKNOWN_LIBRARY")):
        refused = await owner.put(f"/coupons/{other['id']}", {"version": 1, field: [far["id"]]})
        assert code_of(refused) == (422, code)
    assert code_of(await stranger.get(f"/coupons/{first['id']}")) == (404, "RESOURCE_NOT_FOUND")

    async def codes(**params: str) -> list[str]:
        return [one["code"] for one in (await owner.get("/coupons", params=params)).json()["data"]]

    await owner.put(f"/coupons/{first['id']}", {"version": 1, "is_active": False})
    assert await codes() == ["WINTER", "SUMMER"]
    assert await codes(search="umm") == ["SUMMER"]
    assert await codes(is_active="true") == ["WINTER"]
    assert await codes(page="2") == []


async def test_a_quote_says_why_a_coupon_does_not_count(owner: Person, people: People):
    library, _ = await furnish(owner)
    plan = await made(owner, "/fee-plans", monthly(library, kind="unreserved"))
    elsewhere = await open_hall(owner, "Elsewhere")
    other = await made(owner, "/fee-plans", monthly(elsewhere, kind="unreserved"))
    today = date.today()  # noqa: DTZ011 - a day off the mark in either direction is as good
    coupons: dict[str, dict[str, Any]] = {
        "GOOD": {"plan_ids": [plan["id"]], "library_ids": [library["id"]]},
        "OFF": {"is_active": False},
        "EARLY": {"valid_from": str(today + timedelta(days=3))},
        "LATE": {"valid_until": str(today - timedelta(days=3))},
        "OTHER-PLAN": {"plan_ids": [other["id"]]},
        "OTHER-HALL": {"library_ids": [elsewhere["id"]]},
    }
    for code, fields in coupons.items():
        await made(owner, "/coupons", {"code": code, "kind": "percentage", "value": 1000} | fields)

    async def ask(who: Person, **fields: Any) -> Any:
        return await who.post(f"/fee-plans/{plan['id']}/quote", {"starts_on": str(today)} | fields)

    good = (await ask(owner, coupon_code="good")).json()["data"]
    assert [(one["kind"], one["amount"]) for one in good["lines"]] == [
        ("fee", 1200 * RUPEE),
        ("coupon", -120 * RUPEE),
    ]
    refused = {code: code_of(await ask(owner, coupon_code=code)) for code in (*coupons, "NO-SUCH")}
    del refused["GOOD"]
    assert refused == {
        "OFF": (422, "COUPON_NOT_VALID"),
        "EARLY": (422, "COUPON_NOT_VALID"),
        "LATE": (422, "COUPON_NOT_VALID"),
        "OTHER-PLAN": (422, "COUPON_NOT_FOR_THIS"),
        "OTHER-HALL": (422, "COUPON_NOT_FOR_THIS"),
        "NO-SUCH": (422, "UNKNOWN_COUPON"),
    }
    stranger = await people.owner()
    far = await made(stranger, "/students", {"first_name": "Far", "phone": "+919811177001"})
    assert code_of(await ask(owner, student_id=far["id"])) == (422, "UNKNOWN_STUDENT")
    await made(stranger, "/coupons", {"code": "FAR", "kind": "fixed", "value": 1})
    assert code_of(await ask(owner, coupon_code="FAR")) == (422, "UNKNOWN_COUPON")
