"""Hours that are left to others are those of a day, whatever else the member has and whatever comes of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall, at, today, tomorrow
from tests.services.bookings.test_absences import absences, come, declare, patient
from tests.services.bookings.test_memberships import DAY, do, read

HOUR = timedelta(hours=1)


def times(found: list[dict[str, Any]]) -> list[tuple[datetime, datetime]]:
    return [
        (datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"])) for one in found
    ]


async def sell_day_and_night(hall: Hall) -> dict[str, Any]:
    """To Meera, from tomorrow on: A1 around the clock, in two shifts that overlap at both ends."""
    shifts = [await hall.add_shift(*hours) for hours in (("07:00", "21:00"), ("20:00", "08:00"))]
    student, starts_on = await hall.enrol("Meera"), str(today() + DAY)
    return await hall.sell(student, await hall.add_plan(), "A1", *shifts, starts_on=starts_on)


async def withdraw(hall: Hall, absence: dict[str, Any]) -> Any:
    return await hall.owner.delete(f"/memberships/absences/{absence['id']}")


async def is_free(hall: Hall, seat: str, day: int, clock: str = "09:00") -> bool:
    """Whether a stranger could have the seat then, in days from today."""
    starts = tomorrow(clock, days=day)
    answer = await hall.try_to_book(await hall.enrol("Ravi"), seat, starts, starts + HOUR)
    if answer.status_code == 201:
        await hall.owner.post(f"/bookings/{answer.json()['data']['id']}/cancel", {})
    return bool(answer.status_code == 201)


async def test_of_shifts_around_the_clock_one_day_can_be_left(hall: Hall):
    membership = await sell_day_and_night(hall)

    released = (await declare(hall, membership, 4, 4)).json()["data"]

    assert times(released) == [(tomorrow("08:00", days=4), tomorrow("08:00", days=5))]
    assert [await is_free(hall, "A1", day) for day in (3, 4, 5, 20)] == [False, True, False, False]


async def test_of_shifts_around_the_clock_one_day_is_lost_by_not_coming(hall: Hall):
    membership = await sell_day_and_night(hall)
    await patient(hall, 60)

    async with at(hall, "08:30"):
        assert (await hall.states())["A1"] == "free"
        (released,) = times(await absences(hall, membership))
        assert released[1] == tomorrow("08:00", days=1)
        assert [await is_free(hall, "A1", day) for day in (1, 2, 20)] == [False] * 3


async def test_an_absence_of_a_cancelled_membership_is_not_withdrawn(hall: Hall):
    shift, plan = await hall.add_shift("08:00", "20:00"), await hall.add_plan()
    student = await hall.enrol("Meera")
    membership = await hall.sell(student, plan, "A1", shift, starts_on=str(today() + DAY))
    (absence,) = (await declare(hall, membership, 3, 3)).json()["data"]
    await do(hall, membership, "cancel", reason="Goes elsewhere")

    assert code_of(await withdraw(hall, absence)) == (409, "MEMBERSHIP_OVER")

    assert (await hall.states(day=str(today() + 5 * DAY)))["A1"] == "free"
    await hall.sell(await hall.enrol("Ravi"), plan, "A1", shift)


async def test_who_leaves_has_no_days_of_grace_however_often_it_is_tried(hall: Hall):
    membership = await hall.sell(
        await hall.enrol("Meera"), await hall.add_plan(), "A1", await hall.add_shift("08:00", "20:00")
    )
    (absence,) = (await declare(hall, membership, 3, 3)).json()["data"]
    await do(hall, membership, "cancel", reason="Goes elsewhere", last_on=str(today() + 5 * DAY))

    assert code_of(await withdraw(hall, absence)) == (409, "MEMBERSHIP_OVER")

    assert (await hall.states(day=str(today() + 6 * DAY)))["A1"] == "free"
    assert len(await absences(hall, membership)) == 1


async def test_an_absence_does_not_bring_back_what_an_import_brought(hall: Hall):
    await hall.add_shift("08:00", "20:00")
    await hall.add_plan()
    days = f"{today():%d/%m/%Y},{today() + 29 * DAY:%d/%m/%Y}"
    register = f"Name,Mobile,Seat,From,To,Fee\nMeera,9800000001,A1,{days},3000"
    brought = await hall.owner.post(
        "/memberships/import",
        files={"file": ("register.csv", register.encode())},
        params={"library_id": hall.id},
    )
    report = brought.json()["data"]
    (line,) = report["rows"]
    (absence,) = (await declare(hall, {"id": line["membership_id"]}, 3, 3)).json()["data"]
    undone = await hall.owner.post(f"/memberships/imports/{report['import_id']}/undo")
    assert undone.json()["data"]["undone"] == 1

    assert code_of(await withdraw(hall, absence)) == (409, "MEMBERSHIP_OVER")

    assert (await hall.states(day=str(today() + 5 * DAY)))["A1"] == "free"


async def test_who_comes_late_on_the_last_night_has_their_seat(hall: Hall):
    night, weekly = await hall.add_shift("22:00", "06:00"), await hall.add_plan(period="weekly")
    membership = await hall.sell(await hall.enrol("Owl"), weekly, "A1", night)
    await patient(hall, 60)

    async with at(hall, "01:00", days=7):
        await hall.states()
        assert (await read(hall, membership))["status"] == "expired"
        came = await come(hall, membership["student_id"])
        assert came.json()["data"]["seat_code"] == "A1"


async def test_of_a_longer_day_only_the_hours_that_were_left_are_others(hall: Hall):
    shifts = [await hall.add_shift(*hours) for hours in (("08:00", "14:00"), ("06:00", "22:00"))]
    plan = await hall.add_plan()
    membership = await hall.sell(await hall.enrol("Meera"), plan, "A1", shifts[0])
    (absence,) = (await declare(hall, membership, 2, 2)).json()["data"]

    seat_id = hall.seats["A1"]["id"]
    change = {"plan_id": plan["id"], "seat_id": seat_id, "shift_ids": [shifts[1]["id"]]}
    await do(hall, membership, "change", **change)

    clocks = ("06:00", "07:30", "10:00", "13:00", "14:00")
    assert [await is_free(hall, "A1", 2, clock) for clock in clocks] == [False, False, True, True, False]
    starts = tomorrow("08:00", days=2)
    booking = await hall.book(await hall.enrol("Ravi"), "A1", starts, starts + HOUR)
    for clock in ("07:40", "15:00"):
        async with at(hall, clock, days=2):
            assert (await come(hall, membership["student_id"])).json()["data"]["seat_code"] == "A1"
            await hall.owner.post("/attendance/check-out", {"student_id": membership["student_id"]})
    async with at(hall, "06:30", days=1):
        await hall.owner.post(f"/bookings/{booking['id']}/cancel", {})
        assert (await withdraw(hall, absence)).status_code == 204
        assert not await is_free(hall, "A1", 1, "10:00")


async def test_what_is_left_of_a_night_is_of_the_day_on_which_it_began(hall: Hall):
    shifts = [await hall.add_shift(*hours) for hours in (("22:00", "06:00"), ("20:00", "08:00"))]
    plan = await hall.add_plan()
    membership = await hall.sell(await hall.enrol("Owl"), plan, "A1", shifts[0])
    await declare(hall, membership, 2, 2)
    seat_id = hall.seats["A1"]["id"]
    change = {"plan_id": plan["id"], "seat_id": seat_id, "shift_ids": [shifts[1]["id"]]}
    await do(hall, membership, "change", **change)

    next_day = (await declare(hall, membership, 3, 3)).json()["data"]
    same_day = (await declare(hall, membership, 2, 2)).json()["data"]

    assert times(next_day) == [(tomorrow("20:00", days=3), tomorrow("08:00", days=4))]
    assert times(same_day) == [
        (tomorrow("20:00", days=2), tomorrow("22:00", days=2)),
        (tomorrow("06:00", days=3), tomorrow("08:00", days=3)),
    ]


async def test_a_locker_is_not_left_to_others(hall: Hall):
    await hall.add_zone("Lockers", ["L1"], kind="locker")
    shift, plan, student = (
        await hall.add_shift("08:00", "20:00"),
        await hall.add_plan(),
        await hall.enrol("Meera"),
    )
    locker = await hall.sell(student, plan, "L1", shift)

    assert code_of(await declare(hall, locker, 2, 2)) == (409, "NOTHING_TO_RELEASE")

    assert not await is_free(hall, "L1", 2)


@pytest.mark.parametrize("is_draft", [False, True])
async def test_a_day_pass_is_sold_on_the_seat_of_who_did_not_come(hall: Hall, is_draft: bool):
    shift = await hall.add_shift("08:00", "20:00")
    await hall.sell(await hall.enrol("Meera"), await hall.add_plan(), "A1", shift)
    day_pass = await hall.add_plan("Day pass", period="daily")
    await patient(hall, 60)
    ravi = await hall.enrol("Ravi")

    async with at(hall, "08:59"):
        early = await hall.try_to_sell(ravi, day_pass, "A1", shift, draft=is_draft)
        assert code_of(early) == (409, "SEAT_TAKEN")
    async with at(hall, "09:01"):
        await hall.sell(ravi, day_pass, "A1", shift, draft=is_draft)


@pytest.mark.parametrize("action", ["check-out", "back"])
async def test_who_is_back_before_they_went_by_another_clock_was_out_for_no_time(hall: Hall, action: str):
    library = (await hall.owner.get(f"/libraries/{hall.id}")).json()["data"]
    change = {"version": library["version"], "leave_minutes_max": 30}
    assert (await hall.owner.put(f"/libraries/{hall.id}", change)).status_code == 200
    student = await hall.enrol()
    async with at(hall, "09:00"):
        await come(hall, student["id"])
        now = tomorrow("09:10", days=0)
        with time_machine.travel(now + timedelta(seconds=1), tick=False):
            left = await hall.owner.post("/attendance/leave", {"student_id": student["id"]})
            assert left.status_code == 200, left.text
        with time_machine.travel(now, tick=False):
            answer = await hall.owner.post(f"/attendance/{action}", {"student_id": student["id"]})
            assert answer.status_code == 200, answer.text
        (leave,) = (await hall.owner.get("/attendance/leaves")).json()["data"]
        assert leave["back_at"] == leave["since"]
