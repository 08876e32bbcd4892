"""Members without a seat of their own sit where nobody else has the right to, and no longer."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.services.answers import code_of, made
from tests.services.bookings.hall import INDIA, Hall, at, today, tomorrow
from tests.services.bookings.test_memberships import do

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def come(hall: Hall, student: dict[str, Any]) -> Any:
    return await hall.owner.post("/attendance/check-in", {"library_id": hall.id, "student_id": student["id"]})


async def leave(hall: Hall, student: dict[str, Any]) -> Any:
    return await hall.owner.post("/attendance/check-out", {"student_id": student["id"]})


async def floating(hall: Hall, name: str = "Floating", **fields: Any) -> list[dict[str, Any]]:
    """Five members who may sit anywhere."""
    plan = await hall.add_plan(name, kind="unreserved", hours_a_day=8, **fields)
    members = [await hall.enrol(f"Member {number}") for number in range(5)]
    for member in members:
        await hall.sell(member, plan, None)
    return members


def clock_of(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(INDIA).strftime("%H:%M")


def has_it_for(visit: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(visit["seat_until"]) - datetime.fromisoformat(visit["came_at"])


async def test_they_sit_where_nobody_does_and_leave_the_chair(hall: Hall):
    member, *_ = await floating(hall)
    async with at(hall, "09:00"):
        visit = (await come(hall, member)).json()["data"]

        assert (visit["seat_code"] in hall.seats, clock_of(visit["seat_until"])) == (True, "17:00")
        assert (await hall.states())[visit["seat_code"]] == "taken"
        assert code_of(await come(hall, member)) == (409, "ALREADY_IN")
    async with at(hall, "11:00"):
        left = (await leave(hall, member)).json()["data"]
        assert (left["seat_code"], clock_of(left["seat_until"])) == (visit["seat_code"], "11:00")
        assert set((await hall.states()).values()) == {"free"}


async def test_when_only_owned_seats_remain_nobody_else_sits_down(hall: Hall):
    morning, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    for seat in ("A1", "A2"):
        await hall.sell(await hall.enrol(), plan, seat, morning, starts_on=str(today() + DAY))
    members = await floating(hall)
    async with at(hall, "09:00"):
        answers = await asyncio.gather(*(come(hall, member) for member in members))

        assert sorted(map(code_of, answers)) == [(201, ""), *[(409, "LIBRARY_FULL")] * 4]
        [sits] = [answer.json()["data"] for answer in answers if answer.status_code == 201]
        assert sits["seat_code"] == "A3"
    async with at(hall, "14:00"):  # the owners' shift is over
        answers = await asyncio.gather(*(come(hall, member) for member in members))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]


async def test_a_chair_is_theirs_until_its_owner_comes(hall: Hall):
    evening, plan = await hall.add_shift("14:00", "22:00"), await hall.add_plan()
    for seat in hall.seats:
        await hall.sell(await hall.enrol(), plan, seat, evening, starts_on=str(today() + DAY))
    member, *_ = await floating(hall)

    async with at(hall, "09:00"):
        visit = (await come(hall, member)).json()["data"]
        assert clock_of(visit["seat_until"]) == "14:00"
        await leave(hall, member)
    async with at(hall, "13:45"):  # a quarter of an hour is not worth it
        assert code_of(await come(hall, member)) == (409, "LIBRARY_FULL")


@pytest.mark.parametrize("hold", [False, True])
async def test_a_chair_is_theirs_until_they_have_a_seat_of_their_own(hall: Hall, hold: bool):
    member, *_ = await floating(hall)
    async with at(hall, "09:00"):
        noon = tomorrow("12:00", days=0)
        await hall.book(member, "A1", noon, noon + HOUR, hold=hold)

        assert clock_of((await come(hall, member)).json()["data"]["seat_until"]) == "12:00"


@pytest.mark.parametrize("how", ["change", "sell", "later"])
async def test_who_gets_a_seat_of_their_own_gives_the_chair_back(hall: Hall, how: str):
    day, plan = await hall.add_shift("06:00", "22:00"), await hall.add_plan()
    member, *_ = await floating(hall)
    [mine] = (await hall.owner.get("/memberships", params={"student_id": member["id"]})).json()["data"]
    async with at(hall, "09:00"):
        chair = (await come(hall, member)).json()["data"]["seat_code"]
        seat = next(code for code in hall.seats if code != chair)
        if how == "change":
            asked = {"plan_id": plan["id"], "seat_id": hall.seats[seat]["id"], "shift_ids": [day["id"]]}
            await do(hall, mine, "change", **asked)
        else:
            await hall.sell(member, plan, seat, day, starts_on=str(today() + DAY * (how == "later")))

        states = await hall.states()
        assert [states[chair], states[seat]] == (["taken", "free"] if how == "later" else ["free", "taken"])
        assert (await leave(hall, member)).status_code == 200
        assert (await come(hall, member)).status_code == 201


async def test_the_hours_of_a_day_are_counted_together(hall: Hall):
    member, *_ = await floating(hall)
    for comes, goes, until in (("08:00", "13:00", "16:00"), ("15:00", "17:30", "18:00")):
        async with at(hall, comes):
            assert clock_of((await come(hall, member)).json()["data"]["seat_until"]) == until
        async with at(hall, goes):
            await leave(hall, member)
    async with at(hall, "20:00"):
        assert clock_of((await come(hall, member)).json()["data"]["seat_until"]) == "20:30"
    async with at(hall, "20:40"):
        await leave(hall, member)
        assert code_of(await come(hall, member)) == (409, "HOURS_USED")
    async with at(hall, "08:00", days=2):
        assert (await come(hall, member)).status_code == 201


async def test_they_sit_in_their_zone_while_the_library_is_open(hall: Hall):
    await hall.add_zone("Cool", ["C1"])
    plan = await hall.add_plan("Cool", kind="unreserved")
    members = [await hall.enrol() for _ in range(2)]
    for member in members:
        await hall.sell(member, plan, None, zone_id=hall.zones["Cool"]["id"])
    calendar = (await hall.owner.get(f"/libraries/{hall.id}/calendar")).json()["data"]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    week = {day: {"opens": "08:00", "closes": "20:00"} for day in days}
    changed = await hall.owner.put(
        f"/libraries/{hall.id}/calendar", {"version": calendar["version"], "week": week}
    )
    assert changed.status_code == 200, changed.text

    async with at(hall, "19:00"):
        visit = (await come(hall, members[0])).json()["data"]
        assert (visit["seat_code"], clock_of(visit["seat_until"])) == ("C1", "20:00")
        assert code_of(await come(hall, members[1])) == (409, "LIBRARY_FULL")
    async with at(hall, "20:00"):
        assert code_of(await come(hall, members[1])) == (422, "LIBRARY_CLOSED")


@pytest.mark.parametrize(("comes", "until"), [("10:00", "00:00"), ("22:30", "06:30")])
async def test_where_it_never_closes_a_chair_is_theirs_for_the_day_or_the_night(
    hall: Hall, comes: str, until: str
):
    member, plan = await hall.enrol(), await hall.add_plan("All day", kind="unreserved")
    await hall.sell(member, plan, None)
    async with at(hall, comes):
        visit = (await come(hall, member)).json()["data"]

        assert (clock_of(visit["seat_until"]), has_it_for(visit) < DAY) == (until, True)
        morning, monthly = await hall.add_shift("07:00", "14:00"), await hall.add_plan()
        for seat in hall.seats:
            await hall.sell(await hall.enrol(), monthly, seat, morning, starts_on=str(today() + DAY))


async def test_on_the_last_day_a_chair_is_theirs_until_midnight(hall: Hall):
    plan = await hall.add_plan("Day", kind="unreserved", period="daily")
    member = await hall.enrol()
    await hall.sell(member, plan, None, starts_on=str(today() + DAY))

    async with at(hall, "22:30"):
        visit = (await come(hall, member)).json()["data"]
        assert (clock_of(visit["seat_until"]), has_it_for(visit) < DAY) == ("00:00", True)


async def test_who_has_a_seat_comes_to_it(hall: Hall):
    morning = await hall.add_shift("06:00", "14:00")
    member = await hall.enrol()
    membership = await hall.sell(member, await hall.add_plan(), "A2", morning, starts_on=str(today() + DAY))

    async with at(hall, "05:45"):
        visit = (await come(hall, member)).json()["data"]
        assert (visit["seat_code"], visit["membership_id"]) == ("A2", membership["id"])
        assert clock_of(visit["seat_until"]) == "14:00"
    async with at(hall, "12:00"):
        await leave(hall, member)
        assert (await hall.states())["A2"] == "taken"


@pytest.mark.parametrize("status", ["draft", "cancelled", "over"])
async def test_who_has_no_membership_now_has_no_chair(hall: Hall, status: str):
    plan = await hall.add_plan("Floating", kind="unreserved", period="daily")
    member = await hall.enrol()
    made = await hall.sell(member, plan, None, starts_on=str(today() + DAY), draft=status == "draft")
    if status == "cancelled":
        await hall.owner.post(f"/memberships/{made['id']}/cancel", {"version": 1, "reason": "Ill"})

    async with at(hall, "09:00", days=2 if status == "over" else 1):
        visit = (await come(hall, member)).json()["data"]
        assert (visit["seat_code"], visit["membership_id"]) == (None, None)


async def test_where_there_is_no_chair_none_is_sold(hall: Hall):
    empty = Hall(hall.owner, await made(hall.owner, "/libraries", {"name": "Empty"}))
    plan, member = await empty.add_plan(kind="unreserved"), await empty.enrol()
    await empty.add_zone("Lockers", ["L1"], kind="locker")

    assert code_of(await empty.try_to_sell(member, plan, None)) == (409, "LIBRARY_FULL")
    assert code_of(await empty.try_to_sell(member, plan, None, draft=True)) == (409, "LIBRARY_FULL")
    await empty.add_zone("Hall", ["A1"])
    sold = await empty.sell(member, plan, None)
    assert sold["status"] == "active"
    assert (await hall.owner.delete(f"/libraries/seats/{empty.seats['A1']['id']}")).status_code == 204
    assert code_of(await empty.try_to_sell(await empty.enrol(), plan, None)) == (409, "LIBRARY_FULL")
