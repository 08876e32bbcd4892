"""What the desk gives for nothing: some free days, with their reason, and no dearer seat."""

from typing import Any

import pytest
from tests.people import People, Person
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall
from tests.services.bookings.test_memberships import do, history, read, try_to


@pytest.fixture
async def morning(hall: Hall) -> dict[str, Any]:
    return await hall.add_shift("06:00", "14:00")


async def extend(person: Person, membership: dict[str, Any], days: int) -> tuple[int, str]:
    body = {"version": membership["version"], "days": days, "reason": "Was ill"}
    return code_of(await person.post(f"/memberships/{membership['id']}/extend", body))


async def test_who_may_not_approve_gives_seven_free_days_in_all(
    hall: Hall, people: People, morning: dict[str, Any]
):
    sold = await hall.sell(await hall.enrol(), await hall.add_plan(), "A1", morning)
    staff = await people.member(hall.owner, "staff")
    assert await extend(staff, sold, 366) == (403, "APPROVAL_NEEDED")
    assert await extend(staff, sold, 8) == (403, "APPROVAL_NEEDED")
    assert await extend(staff, sold, 5) == (200, "")
    sold = await read(hall, sold)
    assert await extend(staff, sold, 3) == (403, "APPROVAL_NEEDED")
    assert await extend(staff, sold, 2) == (200, "")
    sold = await read(hall, sold)
    assert await extend(staff, sold, 1) == (403, "APPROVAL_NEEDED")

    longer = await do(hall, sold, "extend", days=30, reason="The hall was flooded")

    assert await extend(staff, longer, 1) == (403, "APPROVAL_NEEDED")
    free = [one for one in (await history(hall, longer))["terms"] if one["is_free"]]
    assert [(one["price"], one["reason"]) for one in free] == [
        (0, "Was ill"),
        (0, "Was ill"),
        (0, "The hall was flooded"),
    ]
    refused = await staff.post(
        f"/memberships/{sold['id']}/extend", {"version": longer["version"], "days": 1, "reason": "x"}
    )
    assert "a colleague who may approve" in refused.json()["error"]["message"]


@pytest.fixture
async def plan(hall: Hall) -> dict[str, Any]:
    """₹3,000 a month in the hall and in the gallery, ₹500 more at the windows and in the loft."""
    await hall.add_zone("Gallery", ["G1", "G2"])
    await hall.add_zone("Windows", ["W1", "W2"])
    await hall.add_zone("Loft", ["T1"])
    extra = [{"zone_id": hall.zones[name]["id"], "extra": 50_000} for name in ("Windows", "Loft")]
    return await hall.add_plan(zone_prices=extra)


async def test_a_seat_that_costs_more_or_less_is_a_change_and_no_move(
    hall: Hall, plan: dict[str, Any], morning: dict[str, Any]
):
    cheap = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    dear = await hall.sell(await hall.enrol("Ravi"), plan, "W1", morning)
    assert (cheap["price"], dear["price"]) == (300_000, 350_000)

    up = await try_to(hall, cheap, "move", seat_id=hall.seats["W2"]["id"])
    down = await try_to(hall, dear, "move", seat_id=hall.seats["A2"]["id"])
    exchanged = await try_to(hall, cheap, "swap", other_id=dear["id"], other_version=1)

    for refused in (up, down, exchanged):
        assert code_of(refused) == (409, "OTHER_PRICE")
        assert "Change the plan" in refused.json()["error"]["message"]
    changed = await do(
        hall,
        cheap,
        "change",
        plan_id=plan["id"],
        seat_id=hall.seats["W2"]["id"],
        shift_ids=[morning["id"]],
    )
    assert (changed["seat_code"], changed["price"]) == ("W2", 350_000)
    swapped = await do(hall, changed, "swap", other_id=dear["id"], other_version=1)
    assert [one["seat_code"] for one in swapped] == ["W1", "W2"]


async def test_another_zone_at_the_same_price_is_a_move(
    hall: Hall, plan: dict[str, Any], morning: dict[str, Any]
):
    cheap = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    dear = await hall.sell(await hall.enrol("Ravi"), plan, "W1", morning)

    moved = [
        await do(hall, cheap, "move", seat_id=hall.seats["G1"]["id"]),
        await do(hall, dear, "move", seat_id=hall.seats["T1"]["id"]),
    ]

    assert [(one["seat_code"], one["price"]) for one in moved] == [("G1", 300_000), ("T1", 350_000)]


async def test_a_member_of_a_plan_that_is_gone_still_moves(
    hall: Hall, plan: dict[str, Any], morning: dict[str, Any]
):
    sold = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    assert (await hall.owner.delete(f"/fee-plans/{plan['id']}")).status_code == 204

    assert (await do(hall, sold, "move", seat_id=hall.seats["G1"]["id"]))["seat_code"] == "G1"
