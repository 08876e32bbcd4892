"""Who is in and who was: nobody twice, by name, with hours on the right days. D120-D125."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from tests.people import People
from tests.services.answers import code_of
from tests.services.bookings.hall import INDIA, Hall, signed_in_again, tomorrow

HOUR = timedelta(hours=1)


async def come(hall: Hall, student: dict[str, Any]) -> dict[str, Any]:
    answer = await try_to_come(hall, student)
    assert answer.status_code == 201, answer.text
    visit: dict[str, Any] = answer.json()["data"]
    return visit


async def try_to_come(hall: Hall, student: dict[str, Any]) -> Any:
    return await hall.owner.post("/attendance/check-in", {"library_id": hall.id, "student_id": student["id"]})


async def leave(hall: Hall, student: dict[str, Any]) -> Any:
    return await hall.owner.post("/attendance/check-out", {"student_id": student["id"]})


async def names(hall: Hall, **params: str) -> list[str]:
    answer = await hall.owner.get("/attendance", params={"library_id": hall.id, **params})
    assert answer.status_code == 200, answer.text
    return [visit["student_name"] for visit in answer.json()["data"]]


async def test_who_is_in_is_known_by_name_until_they_leave(hall: Hall):
    asha, ravi = await hall.enrol("Asha"), await hall.enrol("Ravi")
    came = await come(hall, asha)
    await come(hall, ravi)

    assert [came[name] for name in ("left_at", "booking_id", "membership_id", "seat_code")] == [None] * 4
    assert await names(hall, is_in="true") == ["Ravi", "Asha"]
    left = (await leave(hall, asha)).json()["data"]
    assert (left["id"], left["left_at"] >= left["came_at"]) == (came["id"], True)
    assert await names(hall, is_in="true") == ["Ravi"]
    assert await names(hall, is_in="false") == ["Asha"]
    assert await names(hall) == ["Ravi", "Asha"]


async def test_nobody_is_in_twice(hall: Hall):
    elsewhere = await Hall.opened(hall.owner)
    student = await hall.enrol()

    answers = await asyncio.gather(*(try_to_come(one, student) for one in (hall, elsewhere) * 4))

    assert sorted(map(code_of, answers)) == [(201, ""), *[(409, "ALREADY_IN")] * 7]


async def test_who_is_not_in_does_not_leave(hall: Hall):
    student = await hall.enrol()
    assert code_of(await leave(hall, student)) == (409, "NOT_IN")
    await come(hall, student)
    answers = await asyncio.gather(*(leave(hall, student) for _ in range(4)))

    assert sorted(map(code_of, answers)) == [(200, ""), *[(409, "NOT_IN")] * 3]
    await come(hall, student)


async def test_who_may_not_come_is_told_why(hall: Hall, people: People):
    stranger = await Hall.opened(await people.owner())
    foreign = await stranger.enrol()
    idle = await hall.enrol()
    await hall.owner.put(f"/students/{idle['id']}", {"version": 1, "status": "inactive"})

    assert code_of(await try_to_come(hall, {"id": str(uuid4())})) == (422, "UNKNOWN_STUDENT")
    assert code_of(await try_to_come(hall, foreign)) == (422, "UNKNOWN_STUDENT")
    assert code_of(await try_to_come(hall, idle)) == (409, "STUDENT_NOT_ACTIVE")
    body = {"library_id": stranger.id, "student_id": idle["id"]}
    assert code_of(await hall.owner.post("/attendance/check-in", body)) == (404, "RESOURCE_NOT_FOUND")
    assert await names(hall) == []


@pytest.mark.parametrize("status", ["inactive", "under_maintenance"])
async def test_a_library_that_is_not_active_sells_nothing_and_lets_nobody_in(hall: Hall, status: str):
    plan, floating = await hall.add_plan(), await hall.add_plan("Floating", kind="unreserved")
    shift, student, inside = await hall.add_shift("06:00", "14:00"), await hall.enrol(), await hall.enrol()
    await come(hall, inside)
    changed = await hall.owner.put(f"/libraries/{hall.id}", {"version": 1, "status": status})
    assert changed.status_code == 200, changed.text
    ten = tomorrow("10:00")

    answers = [
        await hall.try_to_book(student, "A1", ten, ten + HOUR),
        await hall.try_to_sell(student, plan, "A1", shift),
        await hall.try_to_sell(student, floating, None),
        await try_to_come(hall, student),
    ]

    assert [code_of(answer) for answer in answers] == [(422, "LIBRARY_CLOSED")] * 4
    assert (await leave(hall, inside)).status_code == 200


async def test_who_comes_for_a_booking_has_its_seat(hall: Hall):
    soon = datetime.now(UTC) + timedelta(minutes=20)
    student, later = await hall.enrol(), await hall.enrol()
    booking = await hall.book(student, "A2", soon, soon + HOUR)
    await hall.book(later, "A3", soon + HOUR, soon + 2 * HOUR)

    came = await come(hall, student)

    assert (came["booking_id"], came["seat_code"]) == (booking["id"], "A2")
    assert (await come(hall, later))["booking_id"] is None


@pytest.mark.together
async def test_a_night_counts_to_both_of_its_days(hall: Hall):  # D124
    student = await hall.enrol()
    evening, morning = tomorrow("22:30"), tomorrow("06:15", days=2)
    for moment in (evening, morning):
        with time_machine.travel(moment, tick=False):
            hall.owner = await signed_in_again(hall.owner)
            if moment == evening:
                await come(hall, student)
            else:
                assert (await leave(hall, student)).status_code == 200
    hall.owner = await signed_in_again(hall.owner)
    first, second = str(evening.date()), str(morning.date())

    async def hours(since: str, until: str) -> list[tuple[str, int]]:
        path = f"/attendance/students/{student['id']}/hours"
        answer = await hall.owner.get(path, params={"since": since, "until": until})
        assert answer.status_code == 200, answer.text
        return [(one["day"], one["minutes"]) for one in answer.json()["data"]]

    assert await hours(first, second) == [(first, 90), (second, 375)]
    assert await hours(second, second) == [(second, 375)]
    assert await names(hall, day=first) == await names(hall, day=second) == [student["first_name"]]
    assert await names(hall, day=str(evening.date() - timedelta(days=1))) == []


@pytest.mark.parametrize(("since", "until"), [("2026-03-02", "2026-03-01"), ("2026-01-01", "2027-01-02")])
async def test_days_that_cannot_be_counted_are_refused(hall: Hall, since: str, until: str):
    student = await hall.enrol()
    path = f"/attendance/students/{student['id']}/hours"

    answer = await hall.owner.get(path, params={"since": since, "until": until})

    assert code_of(answer) == (400, "VALIDATION_ERROR")
    nobody = f"/attendance/students/{uuid4()}/hours"
    today = str(datetime.now(INDIA).date())
    unknown = await hall.owner.get(nobody, params={"since": today, "until": today})
    assert code_of(unknown) == (404, "RESOURCE_NOT_FOUND")
