"""Fee plans and what they cost. D133, D134."""

import asyncio
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, strategies as st
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made, taxed
from tests.services.libraries.halls import furnish, open_hall

from studyspot.kernel.clock import now
from studyspot.kernel.errors import ValidationFailed
from studyspot.kernel.ids import new_id
from studyspot.services.libraries import rules
from studyspot.services.libraries.contract.plans import Discount, FeePlan, QuoteRequest, ShiftPrice, ZonePrice

RUPEE = 100
TODAY = date(2026, 11, 27)


def monthly(library: dict[str, Any], **fields: Any) -> dict[str, Any]:
    plan = {"library_id": library["id"], "name": "Monthly", "kind": "reserved", "period": "monthly"}
    return plan | {"price": 1200 * RUPEE} | fields


async def make(owner: Person, body: dict[str, Any]) -> dict[str, Any]:
    return await made(owner, "/fee-plans", body)


async def with_shifts(
    owner: Person, hall: str = "Hall"
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    library = await open_hall(owner, hall)
    zone = await made(owner, f"/libraries/{library['id']}/zones", {"name": "Silent"})
    shifts = []
    for name, starts, ends in (("Morning", "06:00", "14:00"), ("Night", "22:00", "06:00")):
        body = {"name": name, "starts": starts, "ends": ends}
        shifts.append(await made(owner, f"/libraries/{library['id']}/shifts", body))
    return library, zone, shifts


async def test_a_plan_is_kept_whole_and_changed_in_part(owner: Person):
    library, zone, (_, night) = await with_shifts(owner)
    plan = await make(
        owner,
        monthly(
            library,
            description="A seat of your own",
            shift_prices=[{"shift_id": night["id"], "price": 900 * RUPEE}],
            zone_prices=[{"zone_id": zone["id"], "extra": 200 * RUPEE}],
            registration_fee=300 * RUPEE,
            deposit=500 * RUPEE,
            late_fee=50 * RUPEE,
            tax_rate=1800,
            discount={"kind": "percentage", "value": 1000, "valid_until": "2030-01-01"},
            is_popular=True,
            features=["Wi-Fi", "Tea"],
        ),
    )
    assert (await owner.get(f"/fee-plans/{plan['id']}")).json()["data"] == plan

    change = {"version": 1, "price": 1300 * RUPEE, "discount": None, "shift_prices": []}
    changed = (await owner.put(f"/fee-plans/{plan['id']}", change)).json()["data"]

    assert changed | {"updated_at": ""} == plan | {
        "price": 1300 * RUPEE,
        "discount": None,
        "shift_prices": [],
        "version": 2,
        "updated_at": "",
    }
    stale = await owner.put(f"/fee-plans/{plan['id']}", change)
    assert code_of(stale) == (409, "VERSION_CONFLICT")
    assert (await owner.delete(f"/fee-plans/{plan['id']}")).status_code == 204
    assert code_of(await owner.get(f"/fee-plans/{plan['id']}")) == (404, "RESOURCE_NOT_FOUND")
    await make(owner, monthly(library))


async def test_plans_are_listed_the_popular_ones_first(owner: Person):
    library, _ = await furnish(owner)
    for name, fields in (("B", {}), ("a", {}), ("Z", {"is_popular": True}), ("Old", {"is_active": False})):
        await make(owner, monthly(library, name=name, **fields))

    async def names(**params: str) -> list[str]:
        found = await owner.get("/fee-plans", params={"library_id": library["id"], **params})
        return [one["name"] for one in found.json()["data"]]

    assert await names() == ["Z", "a", "B", "Old"]
    assert await names(is_active="true") == ["Z", "a", "B"]
    assert await names(is_active="false", page="2") == []


async def test_a_name_is_one_plans_of_the_library_though_both_come_at_once(owner: Person):
    library, _ = await furnish(owner)

    answers = await asyncio.gather(
        *(owner.post("/fee-plans", monthly(library, name=name)) for name in ("Monthly", "MONTHLY") * 3)
    )

    assert sorted(one.status_code for one in answers) == [201, *[409] * 5]
    await make(owner, monthly(await open_hall(owner, "Other")))


async def test_what_does_not_fit_together_is_named_at_once(owner: Person):
    library, _, (morning, _) = await with_shifts(owner)
    twice = [{"shift_id": morning["id"], "price": 1}] * 2

    refused = await owner.post(
        "/fee-plans",
        monthly(
            library,
            hours_a_day=8,
            shift_prices=twice,
            discount={
                "kind": "percentage",
                "value": 10_001,
                "valid_from": "2026-02-01",
                "valid_until": "2026-01-01",
            },
        ),
    )

    assert code_of(refused) == (400, "VALIDATION_ERROR")
    assert faults_of(refused) == {
        ("hours_a_day", "not_allowed"),
        ("shift_prices", "duplicate"),
        ("discount.value", "too_large"),
        ("discount.valid_until", "wrong_order"),
    }
    unreserved = monthly(library, kind="unreserved", shift_prices=twice[:1])
    assert faults_of(await owner.post("/fee-plans", unreserved)) == {("shift_prices", "not_allowed")}


async def test_shifts_and_zones_are_the_librarys_own(owner: Person, people: People):
    library, _ = await furnish(owner)
    _, elsewhere, (shift, _) = await with_shifts(owner, "Elsewhere")
    stranger, _ = await furnish(await people.owner())

    async def refused(**fields: Any) -> tuple[int, str]:
        return code_of(await owner.post("/fee-plans", monthly(library, **fields)))

    assert await refused(shift_prices=[{"shift_id": shift["id"], "price": 1}]) == (422, "UNKNOWN_SHIFT")
    assert await refused(zone_prices=[{"zone_id": elsewhere["id"], "extra": 1}]) == (422, "UNKNOWN_ZONE")
    assert await refused(library_id=stranger["id"]) == (404, "RESOURCE_NOT_FOUND")
    plan = await make(owner, monthly(library))
    quote = f"/fee-plans/{plan['id']}/quote"
    asked = {"starts_on": "2026-12-01", "shift_ids": [shift["id"]]}
    assert code_of(await owner.post(quote, asked)) == (422, "UNKNOWN_SHIFT")
    assert code_of(await owner.post(quote, asked | {"zone_id": str(uuid4())})) == (422, "UNKNOWN_SHIFT")


async def test_a_plan_changes_though_a_shift_or_a_zone_that_it_prices_was_removed(owner: Person):
    library, zone, (morning, night) = await with_shifts(owner)
    prices = {
        "shift_prices": [{"shift_id": night["id"], "price": 900 * RUPEE}],
        "zone_prices": [{"zone_id": zone["id"], "extra": 200 * RUPEE}],
    }
    plan = await make(owner, monthly(library, **prices))
    for path in (f"/libraries/shifts/{night['id']}", f"/libraries/zones/{zone['id']}"):
        assert (await owner.delete(path)).status_code == 204

    async def change(version: int, **fields: Any) -> Any:
        return await owner.put(f"/fee-plans/{plan['id']}", {"version": version} | fields)

    assert (await change(1, price=1300 * RUPEE)).status_code == 200
    assert code_of(await change(2, shift_prices=prices["shift_prices"])) == (422, "UNKNOWN_SHIFT")
    assert code_of(await change(2, zone_prices=prices["zone_prices"])) == (422, "UNKNOWN_ZONE")
    other = [{"shift_id": morning["id"], "price": 800 * RUPEE}]
    assert (await change(2, shift_prices=other)).status_code == 200


async def test_a_quote_says_line_by_line_what_it_costs(owner: Person, people: People):
    library, zone, (morning, night) = await with_shifts(owner)
    plan = await make(
        owner,
        monthly(
            library,
            shift_prices=[{"shift_id": night["id"], "price": 900 * RUPEE}],
            zone_prices=[{"zone_id": zone["id"], "extra": 200 * RUPEE}],
            registration_fee=300 * RUPEE,
            deposit=500 * RUPEE,
            tax_rate=1800,
            is_tax_included=False,
            discount={"kind": "percentage", "value": 1000},
        ),
    )
    await taxed(owner, library["id"])
    asked = {
        "starts_on": "2027-01-31",
        "quantity": 2,
        "shift_ids": [morning["id"], night["id"]],
        "zone_id": zone["id"],
    }

    quote = (await owner.post(f"/fee-plans/{plan['id']}/quote", asked)).json()["data"]

    assert [(one["kind"], one["label"], one["amount"]) for one in quote["lines"]] == [
        ("fee", "Monthly, Morning × 2", 2400 * RUPEE),
        ("fee", "Monthly, Night × 2", 1800 * RUPEE),
        ("zone", "Silent × 2", 400 * RUPEE),
        ("discount", "Discount", -460 * RUPEE),
        ("registration", "Registration", 300 * RUPEE),
        ("tax", "Tax 18 %", 79920),
        ("deposit", "Deposit, given back", 500 * RUPEE),
    ]
    assert (quote["total"], quote["tax"], quote["deposit"]) == (573920, 79920, 50000)
    assert (quote["plan_version"], quote["ends_on"]) == (1, "2027-03-30")
    staff = await people.member(owner, "staff")
    assert (await staff.post(f"/fee-plans/{plan['id']}/quote", asked)).status_code == 200
    assert (await staff.post("/fee-plans", monthly(library, name="x"))).status_code == 403
    await owner.put(f"/fee-plans/{plan['id']}", {"version": 1, "is_active": False})
    assert code_of(await owner.post(f"/fee-plans/{plan['id']}/quote", asked)) == (409, "PLAN_INACTIVE")


def plan_of(**fields: Any) -> FeePlan:
    known: dict[str, Any] = {
        "id": new_id(),
        "library_id": new_id(),
        "name": "Plan",
        "kind": "unreserved",
        "period": "monthly",
        "price": 1000 * RUPEE,
        "shift_prices": (),
        "zone_prices": (),
        "registration_fee": 0,
        "deposit": 0,
        "late_fee": 0,
        "sibling_rate": 0,
        "welcome_rate": 0,
        "referral_reward": 0,
        "tax_rate": 0,
        "is_tax_included": True,
        "is_active": True,
        "is_popular": False,
        "features": (),
        "version": 1,
        "created_at": now(),
        "updated_at": now(),
    }
    return FeePlan(**dict.fromkeys(FeePlan.__struct_fields__) | known | fields)


def quoted(plan: FeePlan, starts_on: date = TODAY, **fields: Any) -> Any:
    request = QuoteRequest(starts_on=starts_on, **fields)
    shifts = dict.fromkeys(request.shift_ids, "Shift")
    return rules.quote(plan, request, shifts=shifts, zone="Zone", today=TODAY)


@pytest.mark.parametrize(
    ("period", "quantity", "starts", "ends"),
    [
        ("hourly", 5, "2026-11-27", "2026-11-27"),
        ("hourly", 1, "0001-01-01", "0001-01-01"),
        ("daily", 1, "9999-12-30", "9999-12-30"),
        ("daily", 1, "2026-11-27", "2026-11-27"),
        ("daily", 3, "2027-02-27", "2027-03-01"),
        ("weekly", 1, "2026-12-28", "2027-01-03"),
        ("monthly", 1, "2026-11-01", "2026-11-30"),
        ("monthly", 1, "2026-11-15", "2026-12-14"),
        ("monthly", 1, "2027-01-31", "2027-02-27"),
        ("monthly", 1, "2028-01-31", "2028-02-28"),  # a leap year
        ("monthly", 13, "2026-12-31", "2028-01-30"),
        ("quarterly", 1, "2026-11-30", "2027-02-27"),
        ("half_yearly", 1, "2026-08-31", "2027-02-27"),
        ("annual", 1, "2028-02-29", "2029-02-27"),
        ("annual", 3, "2026-01-01", "2028-12-31"),
    ],
)
def test_the_last_day_is_the_one_before_the_next_period(period: Any, quantity: int, starts: str, ends: str):
    found = quoted(plan_of(period=period), date.fromisoformat(starts), quantity=quantity)

    assert found.ends_on == date.fromisoformat(ends)


@pytest.mark.parametrize(("period", "quantity"), [("annual", 4), ("monthly", 366)])
def test_nobody_sells_more_than_three_years(period: Any, quantity: int):
    for starts in (TODAY, date(9999, 12, 1)):
        with pytest.raises(ValidationFailed) as refused:
            quoted(plan_of(period=period), starts, quantity=quantity)
        assert [one.field for one in refused.value.details] == ["quantity"]


def test_nothing_is_sold_for_more_than_one_charge_may_be():
    dear = plan_of(period="monthly", price=10**9)
    starts = date(2026, 4, 1)

    assert quoted(dear, starts, quantity=10).total == 10**10
    with pytest.raises(ValidationFailed) as refused:
        quoted(dear, starts, quantity=11)
    assert [(one.field, one.code) for one in refused.value.details] == [("quantity", "too_large")]


@pytest.mark.parametrize(
    ("valid", "off"),
    [
        ({}, 100),
        ({"valid_from": TODAY, "valid_until": TODAY}, 100),
        ({"valid_from": TODAY + timedelta(days=1)}, 0),
        ({"valid_until": TODAY - timedelta(days=1)}, 0),
    ],
)
def test_a_discount_holds_on_its_days_and_takes_no_more_than_there_is(valid: dict[str, date], off: int):
    plan = plan_of(discount=Discount(kind="fixed", value=100 * RUPEE, **valid))

    assert quoted(plan).total == (1000 - off) * RUPEE
    greedy = plan_of(discount=Discount(kind="fixed", value=10**9), deposit=5, registration_fee=7)
    assert (quoted(greedy).total, quoted(greedy, is_first=False).total) == (12, 0)


@pytest.mark.parametrize(
    ("plan", "shifts", "faults"),
    [
        ({"kind": "reserved"}, 0, {("shift_ids", "required")}),
        ({"kind": "reserved", "period": "hourly"}, 1, {("shift_ids", "not_allowed")}),
        ({"kind": "unreserved"}, 1, {("shift_ids", "not_allowed")}),
        ({"kind": "reserved"}, 2, {("shift_ids", "duplicate")}),
    ],
)
def test_a_seat_of_ones_own_is_sold_in_shifts(plan: dict[str, Any], shifts: int, faults: set[Any]):
    shift = new_id()
    with pytest.raises(ValidationFailed) as refused:
        quoted(plan_of(**plan), shift_ids=(shift,) * shifts)
    assert {(one.field, one.code) for one in refused.value.details} == faults


_paise = st.integers(0, 4 * 10**7)


@given(
    price=_paise,
    own=st.none() | _paise,
    extra=_paise,
    registration=_paise,
    deposit=_paise,
    percent=st.integers(0, 10_000),
    tax_rate=st.integers(0, 10_000),
    is_included=st.booleans(),
    quantity=st.integers(1, 36),
    is_first=st.booleans(),
)
def test_a_quote_is_what_a_calculator_says(
    price: int,
    own: int | None,
    extra: int,
    registration: int,
    deposit: int,
    percent: int,
    tax_rate: int,
    is_included: bool,
    quantity: int,
    is_first: bool,
):
    """In fractions, rounded where money changes hands."""
    first, second, zone = new_id(), new_id(), new_id()
    plan = plan_of(
        kind="reserved",
        price=price,
        shift_prices=() if own is None else (ShiftPrice(shift_id=second, price=own),),
        zone_prices=(ZonePrice(zone_id=zone, extra=extra),),
        registration_fee=registration,
        deposit=deposit,
        discount=Discount(kind="percentage", value=percent) if percent else None,
        tax_rate=tax_rate,
        is_tax_included=is_included,
    )

    found = quoted(plan, quantity=quantity, shift_ids=(first, second), zone_id=zone, is_first=is_first)

    def rounded(amount: Fraction) -> int:
        return int(amount + Fraction(1, 2))

    fee = quantity * (price + (price if own is None else own) + extra)
    taxed = fee - rounded(Fraction(fee * percent, 10_000)) + (registration if is_first else 0)
    rate = Fraction(tax_rate, 10_000)
    tax = rounded(taxed * rate / (1 + rate) if is_included else taxed * rate)
    paid_back = deposit if is_first else 0
    assert found.tax == tax
    assert found.deposit == paid_back
    assert found.total == taxed + paid_back + (0 if is_included else tax)
    assert sum(line.amount for line in found.lines) == found.total
    assert isinstance(found.plan_id, UUID)
