"""Hours that are sold: charged as they are quoted, once, and given back before they begin."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from tests.services.answers import code_of, taxed
from tests.services.bookings.hall import Hall, at, signed_in_again, tomorrow
from tests.services.bookings.test_families_and_referrals import bring
from tests.services.payments.till import RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.services.bookings.service.billing import Billing

NINE, NOON, THREE = tomorrow("09:00"), tomorrow("12:00"), tomorrow("15:00")
HOUR = timedelta(hours=1)


@pytest.fixture
async def till(hall: Hall) -> Till:
    return Till(hall)


@pytest.fixture
async def plan(hall: Hall) -> dict[str, Any]:
    return await hall.add_plan("By the hour", period="hourly", price=3_333)


async def charges(till: Till, student: dict[str, Any]) -> list[dict[str, Any]]:
    found = await till.owner.get("/payments/charges", params={"student_id": student["id"], "limit": "100"})
    return list(found.json()["data"])


async def papers(till: Till) -> list[tuple[str, int]]:
    found = await till.owner.get("/payments/papers")
    return sorted((one["kind"], one["total"]) for one in found.json()["data"])


async def do(till: Till, booking: dict[str, Any], action: str) -> dict[str, Any]:
    answer = await till.owner.post(f"/bookings/{booking['id']}/{action}", {} if action == "cancel" else None)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()["data"]
    return done


@pytest.mark.parametrize(
    ("ends", "hours"),
    [(NINE + timedelta(minutes=1), 1), (NINE + HOUR, 1), (NINE + HOUR * 1.01, 2), (NOON, 3)],
)
async def test_what_is_charged_is_what_was_quoted_to_the_paisa(till: Till, ends: datetime, hours: int):
    hall = till.hall
    await taxed(hall.owner, hall.id)
    await hall.add_zone("Window", ["B1"])
    window = hall.zones["Window"]["id"]
    plan = await hall.add_plan(
        "By the hour",
        period="hourly",
        price=3_333,
        tax_rate=1800,
        is_tax_included=False,
        zone_prices=[{"zone_id": window, "extra": 777}],
        discount={"kind": "percentage", "value": 333},
        registration_fee=10_000,
        deposit=50_000,
    )
    student = await hall.enrol()
    request = {"starts_on": str(NINE.date()), "quantity": hours, "zone_id": window, "is_first": False}
    quote = (await hall.owner.post(f"/fee-plans/{plan['id']}/quote", request)).json()["data"]

    booking = await hall.book(student, None, NINE, ends, zone_id=window, plan_id=plan["id"])

    assert (booking["plan_id"], booking["price"], booking["tax"]) == (
        plan["id"],
        quote["total"],
        quote["tax"],
    )
    [charge] = await charges(till, student)
    assert [charge[one] for one in ("kind", "amount", "tax", "open", "due_on")] == [
        "fee",
        quote["total"],
        quote["tax"],
        quote["total"],
        str(NINE.date()),
    ]
    assert charge["label"] == ("By the hour" if hours == 1 else f"By the hour × {hours}")
    assert await papers(till) == [("tax_invoice", quote["total"])]
    assert (await hall.owner.get(f"/bookings/{booking['id']}")).json()["data"] == booking


async def test_a_booking_without_a_plan_costs_nothing(till: Till, plan: dict[str, Any]):
    student = await till.hall.enrol()
    free = await till.hall.book(student, "A1", NINE, NOON)
    gift = await till.hall.add_plan("For nothing", period="hourly", price=0)
    given = await till.hall.book(student, "A1", NOON, THREE, plan_id=gift["id"])

    assert [(one["plan_id"], one["price"]) for one in (free, given)] == [(None, 0), (gift["id"], 0)]
    await do(till, given, "cancel")
    assert await charges(till, student) == []


async def test_a_welcome_is_for_members_and_not_for_hours(till: Till):
    """It is given once, and hours make nobody a member."""
    hall = till.hall
    plan = await hall.add_plan("By the hour", period="hourly", price=1_000, welcome_rate=5_000)
    student = await hall.enrol()
    await bring(hall, await hall.enrol("Ravi"), student)

    assert (await hall.book(student, "A1", NINE, NOON, plan_id=plan["id"]))["price"] == 3_000


async def test_only_an_hourly_plan_of_the_library_is_sold(till: Till, plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    monthly, elsewhere = await hall.add_plan(), await Hall.opened(hall.owner)
    theirs = await elsewhere.add_plan("By the hour", period="hourly")
    inactive = await hall.add_plan("Old", period="hourly", is_active=False)

    async def refused(plan_id: str) -> tuple[int, str]:
        return code_of(await hall.try_to_book(student, "A1", NINE, NOON, plan_id=plan_id))

    assert await refused(monthly["id"]) == (422, "NOT_BY_THE_HOUR")
    assert await refused(theirs["id"]) == (422, "NOT_BY_THE_HOUR")
    assert await refused(inactive["id"]) == (409, "PLAN_INACTIVE")
    assert await refused(str(UUID(int=1))) == (404, "RESOURCE_NOT_FOUND")
    assert await charges(till, student) == []


async def test_the_same_booking_is_made_and_charged_once(till: Till, plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    body = {
        "library_id": hall.id,
        "student_id": student["id"],
        "starts_at": NINE.isoformat(),
        "ends_at": NOON.isoformat(),
        "plan_id": plan["id"],
    }

    async def book(**fields: str) -> Any:
        return await hall.owner.post("/bookings", body | fields, headers={"Idempotency-Key": "form"})

    answers = await asyncio.gather(*(book() for _ in range(8)))

    assert {one.json()["data"]["id"] for one in answers} == {(await book()).json()["data"]["id"]}
    assert [one["billed"] for one in await charges(till, student)] == [3 * 3_333]
    assert code_of(await book(ends_at=THREE.isoformat())) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_the_last_seat_is_booked_once_under_a_key(till: Till, plan: dict[str, Any]):
    """Also when it is taken, by the same, while it is looked for."""
    hall, student = till.hall, await till.hall.enrol()
    for seat in ("A2", "A3"):
        await hall.book(await hall.enrol(), seat, NINE, NOON)
    body = {
        "library_id": hall.id,
        "student_id": student["id"],
        "starts_at": NINE.isoformat(),
        "ends_at": NOON.isoformat(),
        "plan_id": plan["id"],
    }

    answers = await asyncio.gather(
        *(hall.owner.post("/bookings", body, headers={"Idempotency-Key": "form"}) for _ in range(8))
    )

    assert {one.status_code for one in answers} == {201}
    assert len(await charges(till, student)) == 1


async def test_what_was_sold_while_the_payments_room_was_away_is_charged_later_and_once(
    till: Till, plan: dict[str, Any], platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    async def away(*_: Any) -> None:
        raise Unavailable("The payments room is away.")

    hall, student = till.hall, await till.hall.enrol()
    with monkeypatch.context() as broken:
        broken.setattr(Billing, "post", away)
        kept = await hall.book(student, "A1", NINE, NOON, plan_id=plan["id"])
        gone = await hall.book(student, "A1", NOON, THREE, plan_id=plan["id"])
        await do(till, gone, "cancel")
    assert (kept["price"], await charges(till, student)) == (3 * 3_333, [])

    caller = system(tenant_id=TenantId(UUID(hall.owner.tenant_id)))
    await platform.bookings.post_bills(caller, booking_id=UUID(kept["id"]))
    assert [one["billed"] for one in await charges(till, student)] == [3 * 3_333]
    for _ in range(2):
        await platform.bookings.run_renewals(caller)
    async with platform.tenancy.transaction(TenantId(UUID(hall.owner.tenant_id))) as tx:
        await tx.run("UPDATE bookings.bills SET posted_at = NULL")
    await platform.bookings.run_renewals(caller)

    assert sorted(one["billed"] for one in await charges(till, student)) == [0, 3 * 3_333]
    assert (await till.statement(student))["open"] == 3 * 3_333 / RUPEE


async def test_what_is_cancelled_before_it_begins_comes_back(till: Till):
    hall, student = till.hall, await till.hall.enrol()
    await taxed(hall.owner, hall.id)
    plan = await hall.add_plan("By the hour", period="hourly", price=1_001, tax_rate=1800)
    kept = await hall.book(student, "A1", NOON, THREE, plan_id=plan["id"])
    booking = await hall.book(student, "A1", NINE, NOON, plan_id=plan["id"])
    await till.pay(student, 3_003 / RUPEE)

    for _ in range(2):
        assert (await do(till, booking, "cancel"))["price"] == 3_003

    assert sorted((one["billed"], one["open"]) for one in await charges(till, student)) == [
        (0, 0),
        (3_003, 0),
    ]
    assert [kind for kind, _ in await papers(till) if kind != "receipt"] == [
        "credit_note",
        "tax_invoice",
        "tax_invoice",
    ]
    assert {(kind, total) for kind, total in await papers(till)} >= {("credit_note", 3_003)}
    await do(till, kept, "cancel")
    assert (await till.totals()).keys() == {"cash", "advances"}
    assert (await till.statement(student))["advance"] == 3_003 / RUPEE


async def test_what_is_cancelled_after_it_began_does_not(till: Till, plan: dict[str, Any]):
    hall, student = till.hall, await till.hall.enrol()
    booking = await hall.book(student, "A1", NINE, NOON, plan_id=plan["id"])

    async with at(hall, "09:00"):
        await do(till, booking, "cancel")
        await hall.book(await hall.enrol(), "A1", NINE + HOUR, NOON)
        assert [(one["billed"], one["open"]) for one in await charges(till, student)] == [(9_999, 9_999)]


async def test_a_hold_is_charged_when_it_is_confirmed(till: Till, plan: dict[str, Any], platform: Platform):
    hall, student = till.hall, await till.hall.enrol()
    caller = system(tenant_id=TenantId(UUID(hall.owner.tenant_id)))
    held = await hall.book(student, "A1", NINE, NOON, hold=True, plan_id=plan["id"])
    given_up = await hall.book(student, "A1", NOON, THREE, hold=True, plan_id=plan["id"])
    await do(till, given_up, "cancel")
    await platform.bookings.run_renewals(caller)
    assert (held["price"], await charges(till, student)) == (9_999, [])
    await hall.owner.put(f"/fee-plans/{plan['id']}", {"version": 1, "price": 5_000})

    confirmed = [await do(till, held, "confirm") for _ in range(2)]

    assert {one["price"] for one in confirmed} == {9_999}
    assert [one["billed"] for one in await charges(till, student)] == [9_999]
    lost = await hall.book(student, "A2", NOON, THREE, hold=True, plan_id=plan["id"])
    with time_machine.travel(datetime.fromisoformat(lost["held_until"]), tick=True):
        hall.owner = await signed_in_again(hall.owner)
        await hall.book(await hall.enrol(), "A2", NOON, THREE)
        await platform.bookings.run_renewals(caller)
        assert len(await charges(till, student)) == 1


async def test_what_was_sold_keeps_its_price_where_it_moves(till: Till):
    hall, student = till.hall, await till.hall.enrol()
    await hall.add_zone("Window", ["B1"])
    window = {"zone_id": hall.zones["Window"]["id"], "extra": 500}
    plan = await hall.add_plan("By the hour", period="hourly", price=1_000, zone_prices=[window])
    booking = await hall.book(student, "A1", NINE, NOON, plan_id=plan["id"])
    await hall.owner.put(f"/fee-plans/{plan['id']}", {"version": 1, "price": 2_000})

    async def change(version: int, **what: str) -> tuple[int, str]:
        return code_of(await hall.owner.put(f"/bookings/{booking['id']}", {"version": version, **what}))

    assert await change(1, seat_id=hall.seats["B1"]["id"]) == (409, "OTHER_PRICE")
    assert await change(1, ends_at=THREE.isoformat()) == (409, "OTHER_PRICE")
    assert await change(1, seat_id=hall.seats["A2"]["id"]) == (200, "")
    later = {"starts_at": NOON.isoformat(), "ends_at": THREE.isoformat()}
    assert await change(2, **later) == (200, "")

    read = (await hall.owner.get(f"/bookings/{booking['id']}")).json()["data"]
    assert (read["seat_code"], read["price"]) == ("A2", 3_000)
    assert [one["billed"] for one in await charges(till, student)] == [3_000]
    async with at(hall, "12:30"):
        again = {"starts_at": (NOON + 24 * HOUR).isoformat(), "ends_at": (THREE + 24 * HOUR).isoformat()}
        assert await change(3, **again) == (409, "WRONG_STATE")
        assert await change(3, seat_id=hall.seats["A3"]["id"]) == (200, "")


async def test_a_bill_is_for_a_membership_or_a_booking(till: Till, plan: dict[str, Any], platform: Platform):
    await till.hall.book(await till.hall.enrol(), "A1", NINE, NOON, plan_id=plan["id"])

    with pytest.raises(ConstraintViolated, match="bill_of_one"):
        async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
            await tx.run("UPDATE bookings.bills SET booking_id = NULL")
    with pytest.raises(ConstraintViolated, match="booking_sold"):
        async with platform.tenancy.transaction(TenantId(UUID(till.owner.tenant_id))) as tx:
            await tx.run("UPDATE bookings.bookings SET plan_id = NULL")


async def test_the_seat_map_shows_what_was_sold_as_what_was_not(till: Till, plan: dict[str, Any]):
    hall = till.hall
    await hall.book(await hall.enrol(), "A1", NINE, NOON, plan_id=plan["id"])
    await hall.book(await hall.enrol(), "A2", NINE, NOON)

    assert await hall.states(day=str(NINE.date())) == {"A1": "taken", "A2": "taken", "A3": "free"}
