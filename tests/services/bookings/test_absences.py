"""Hours of members who do not come can be sold, while the membership goes on."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall, at, tomorrow
from tests.services.bookings.test_presence import as_student, portal

HOUR = timedelta(hours=1)


@pytest.fixture
async def day_shift(hall: Hall) -> dict[str, Any]:
    return await hall.add_shift("08:00", "20:00")


@pytest.fixture
async def member(hall: Hall, day_shift: dict[str, Any]) -> dict[str, Any]:
    """Who has A1 by day."""
    student = await hall.enrol("Meera")
    return await hall.sell(student, await hall.add_plan(), "A1", day_shift)


async def declare(hall: Hall, membership: dict[str, Any], first: int, last: int) -> Any:
    """From one day to another, counted from today."""
    days = [str(tomorrow("00:00", days=number).date()) for number in (first, last)]
    body = {"first_on": days[0], "last_on": days[1]}
    return await hall.owner.post(f"/memberships/{membership['id']}/absences", body)


async def come(hall: Hall, student_id: str) -> Any:
    return await hall.owner.post("/attendance/check-in", {"library_id": hall.id, "student_id": student_id})


async def absences(hall: Hall, membership: dict[str, Any]) -> list[dict[str, Any]]:
    history = await hall.owner.get(f"/memberships/{membership['id']}/history")
    found: list[dict[str, Any]] = history.json()["data"]["absences"]
    return found


async def patient(hall: Hall, minutes: int) -> None:
    change = {"version": hall.library["version"], "no_show_minutes": minutes}
    answer = await hall.owner.put(f"/libraries/{hall.id}", change)
    assert answer.status_code == 200, answer.text


async def test_days_that_a_member_leaves_can_be_sold_and_no_others(hall: Hall, member: dict[str, Any]):
    ravi = await hall.enrol("Ravi")
    released = await declare(hall, member, 1, 2)

    assert (released.status_code, len(released.json()["data"])) == (201, 2)
    first, second = (tomorrow("09:00", days=number) for number in (1, 2))
    await hall.book(ravi, "A1", first, first + HOUR)
    await hall.book(ravi, "A1", second, second + HOUR)
    third = tomorrow("09:00", days=3)
    assert (await hall.try_to_book(ravi, "A1", third, third + HOUR)).status_code == 409
    (after,) = (await hall.owner.get("/memberships")).json()["data"]
    assert (after["status"], after["ends_on"]) == ("active", member["ends_on"])


async def test_a_night_belongs_to_the_day_on_which_it_begins(hall: Hall):
    student, ravi = await hall.enrol("Owl"), await hall.enrol("Ravi")
    night = await hall.add_shift("22:00", "06:00")
    membership = await hall.sell(student, await hall.add_plan(), "A1", night)

    (released,) = (await declare(hall, membership, 2, 2)).json()["data"]
    assert datetime.fromisoformat(released["starts_at"]) == tomorrow("22:00", days=2)
    before, within = tomorrow("05:00", days=2), tomorrow("05:00", days=3)
    assert (await hall.try_to_book(ravi, "A1", before, before + HOUR)).status_code == 409
    await hall.book(ravi, "A1", within, within + HOUR)


async def test_what_is_left_to_others_stays_so_when_the_membership_changes(
    hall: Hall, member: dict[str, Any]
):
    ravi = await hall.enrol("Ravi")
    await declare(hall, member, 2, 2)
    day = tomorrow("09:00", days=2)
    await hall.book(ravi, "A1", day, day + HOUR)

    body = {"version": member["version"], "days": 3, "reason": "Power cut"}
    assert (await hall.owner.post(f"/memberships/{member['id']}/extend", body)).status_code == 200
    assert (await hall.states(day=str(day.date())))["A1"] == "taken"


async def test_hours_are_theirs_again_unless_somebody_has_them(hall: Hall, member: dict[str, Any]):
    ravi = await hall.enrol("Ravi")
    sold, free = (await declare(hall, member, 1, 2)).json()["data"]
    day = tomorrow("09:00")
    booking = await hall.book(ravi, "A1", day, day + HOUR)

    def take_back(one: dict[str, Any]) -> Any:
        return hall.owner.delete(f"/memberships/absences/{one['id']}")

    assert (await take_back(free)).status_code == 204
    assert code_of(await take_back(free)) == (404, "RESOURCE_NOT_FOUND")
    assert code_of(await take_back(sold)) == (409, "SEAT_TAKEN")
    assert [one["id"] for one in await absences(hall, member)] == [sold["id"]]
    await hall.owner.post(f"/bookings/{booking['id']}/cancel", {})
    assert (await take_back(sold)).status_code == 204
    assert (await hall.try_to_book(ravi, "A1", day, day + HOUR)).status_code == 409


async def test_only_days_to_come_can_be_left(hall: Hall, member: dict[str, Any]):
    for first, last, field in ((-1, 1, "first_on"), (2, 1, "last_on"), (1, 61, "last_on")):
        answer = await declare(hall, member, first, last)
        assert code_of(answer) == (400, "VALIDATION_ERROR")
        assert [fault["field"] for fault in answer.json()["error"]["details"]] == [field]
    assert code_of(await declare(hall, member, 50, 55)) == (409, "NOTHING_TO_RELEASE")


async def test_who_has_not_come_in_time_loses_the_hours_of_the_day(hall: Hall, member: dict[str, Any]):
    ravi = await hall.enrol("Ravi")
    await patient(hall, 60)
    async with at(hall, "08:59"):
        now = tomorrow("09:30", days=0)
        assert (await hall.try_to_book(ravi, "A1", now, now + HOUR)).status_code == 409
    async with at(hall, "09:01"):
        assert (await hall.states())["A1"] == "free"
        now = tomorrow("09:30", days=0)
        await hall.book(ravi, "A1", now, now + HOUR)
        next_day = tomorrow("09:30", days=1)
        assert (await hall.try_to_book(ravi, "A1", next_day, next_day + HOUR)).status_code == 409
        (absence,) = await absences(hall, member)
        assert absence["reason"] == "no_show"


async def test_who_has_come_a_minute_before_keeps_the_hours(hall: Hall, member: dict[str, Any]):
    ravi = await hall.enrol("Ravi")
    await patient(hall, 60)
    async with at(hall, "08:59"):
        assert (await come(hall, member["student_id"])).json()["data"]["seat_code"] == "A1"
        await hall.owner.post("/attendance/check-out", {"student_id": member["student_id"]})
    async with at(hall, "12:00"):
        now = tomorrow("13:00", days=0)
        assert (await hall.try_to_book(ravi, "A1", now, now + HOUR)).status_code == 409


async def test_who_comes_early_and_stays_keeps_the_hours(hall: Hall, member: dict[str, Any]):
    await patient(hall, 60)
    async with at(hall, "06:30"):
        assert (await come(hall, member["student_id"])).json()["data"]["seat_code"] is None
    async with at(hall, "12:00"):
        assert (await hall.states())["A1"] == "taken"


async def test_where_nobody_asked_for_it_hours_are_never_released(hall: Hall, member: dict[str, Any]):
    async with at(hall, "19:00"):
        assert (await hall.states())["A1"] == "taken"


async def test_who_comes_after_all_has_their_seat_or_another(hall: Hall, member: dict[str, Any]):
    ravi = await hall.enrol("Ravi")
    await patient(hall, 60)
    async with at(hall, "10:00"):
        await hall.states()
        assert (await come(hall, member["student_id"])).json()["data"]["seat_code"] == "A1"
        assert (await hall.states())["A1"] == "taken"
        await hall.owner.post("/attendance/check-out", {"student_id": member["student_id"]})
    async with at(hall, "10:00", days=2):
        starts = tomorrow("11:00", days=0)
        await hall.book(ravi, "A1", starts, starts + HOUR)
    async with at(hall, "10:10", days=2):
        visit = (await come(hall, member["student_id"])).json()["data"]
        assert visit["seat_code"] in {"A2", "A3"}
        assert visit["membership_id"] == member["id"]


async def test_a_member_who_comes_while_the_hours_are_released_is_not_robbed(
    hall: Hall, day_shift: dict[str, Any]
):
    students = [await hall.enrol(name) for name in ("One", "Two", "Three")]
    plan = await hall.add_plan()
    for student, seat in zip(students, ("A1", "A2", "A3"), strict=True):
        await hall.sell(student, plan, seat, day_shift)
    await patient(hall, 15)
    async with at(hall, "09:00"):
        came = asyncio.gather(*(come(hall, student["id"]) for student in students))
        maps = asyncio.gather(*(hall.states() for _ in range(6)))
        answers = await came
        assert [code_of(answer) for answer in answers] == [(201, "")] * 3
        visits = [answer.json()["data"] for answer in answers]
        await maps
        assert [visit["seat_code"] for visit in visits] == ["A1", "A2", "A3"]
        assert await hall.states() == dict.fromkeys(("A1", "A2", "A3"), "taken")


async def test_a_student_leaves_hours_to_others(hall: Hall, member: dict[str, Any], sent_code: Any):
    student = (await hall.owner.get(f"/students/{member['student_id']}")).json()["data"]
    await portal(hall, student, sent_code)
    me = await as_student(hall, student)
    day = str(tomorrow("00:00", days=3).date())

    answer = await me.post("/attendance/me/absences", {"first_on": day, "last_on": day})
    assert (answer.status_code, len(answer.json()["data"])) == (201, 1)
    again = await me.post("/attendance/me/absences", {"first_on": day, "last_on": day})
    assert code_of(again) == (409, "NOTHING_TO_RELEASE")
    assert (await hall.states(day=day))["A1"] == "free"
