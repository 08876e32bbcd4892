"""The seat map and what is out of service."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from tests.people import People
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall, tomorrow

NINE, NOON, THREE = tomorrow("09:00"), tomorrow("12:00"), tomorrow("15:00")
TOMORROW = NINE.date()
HOUR = timedelta(hours=1)


async def test_the_map_of_a_shift_says_who_has_what_and_until_when(hall: Hall):
    morning, evening = await hall.add_shift("08:00", "12:00"), await hall.add_shift("18:00", "22:00")
    student = await hall.enrol("Asha", last_name="Rao")
    await hall.book(student, "A1", NINE, NOON)
    await hall.book(await hall.enrol(), "A2", NINE, NOON, hold=True)
    params = {"library_id": hall.id, "day": str(TOMORROW), "shift_id": morning["id"]}

    found = (await hall.owner.get("/bookings/seat-map", params=params)).json()["data"]

    assert [datetime.fromisoformat(found[name]) for name in ("starts_at", "ends_at")] == [
        tomorrow("08:00"),
        tomorrow("12:00"),
    ]
    first, second, third = found["seats"]
    assert (first["code"], first["state"], first["student_id"]) == ("A1", "taken", student["id"])
    assert (first["student_name"], datetime.fromisoformat(first["until"])) == ("Asha Rao", NOON)
    assert (second["state"], third["state"], third["student_name"]) == ("held", "free", None)
    assert await hall.states(day=str(TOMORROW), shift_id=evening["id"]) == dict.fromkeys(hall.seats, "free")
    assert (await hall.states(day=str(TOMORROW)))["A1"] == "taken"
    assert (await hall.states())["A1"] == "free"


async def test_a_night_shift_ends_on_the_next_day(hall: Hall):
    night = await hall.add_shift("22:00", "06:00")
    await hall.book(await hall.enrol(), "A1", tomorrow("05:00", days=2), tomorrow("08:00", days=2))

    assert (await hall.states(day=str(TOMORROW), shift_id=night["id"]))["A1"] == "taken"
    the_next = str(TOMORROW + timedelta(days=1))
    assert (await hall.states(day=the_next, shift_id=night["id"]))["A1"] == "free"


async def test_a_shift_that_is_not_sold_any_more_has_a_map_while_somebody_has_it(hall: Hall):
    morning, evening = await hall.add_shift("08:00", "12:00"), await hall.add_shift("18:00", "22:00")
    other = await Hall.opened(hall.owner)
    plan = await hall.add_plan(period="weekly", grace_days=2)
    await hall.sell(await hall.enrol("Asha"), plan, "A1", morning, renews=True)
    await hall.sell(await hall.enrol("Ravi"), plan, "A2", evening, draft=True)
    for shift in (morning, evening):
        assert (await hall.owner.delete(f"/libraries/shifts/{shift['id']}")).status_code == 204

    async def asked(days: int, shift_id: str = morning["id"], library_id: str = hall.id) -> tuple[int, str]:
        params = {"library_id": library_id, "day": str(tomorrow("08:00", days=days).date())}
        return code_of(await hall.owner.get("/bookings/seat-map", params=params | {"shift_id": shift_id}))

    assert (await hall.states(day=str(TOMORROW), shift_id=morning["id"]))["A1"] == "taken"
    assert [await asked(days) for days in (0, 6, 8)] == [(200, "")] * 3
    for days, shift_id, library_id in (
        (-1, morning["id"], hall.id),
        (9, morning["id"], hall.id),
        (1, evening["id"], hall.id),
        (1, morning["id"], other.id),
        (1, str(uuid4()), hall.id),
    ):
        assert await asked(days, shift_id, library_id) == (404, "RESOURCE_NOT_FOUND")


async def test_a_shift_that_was_not_there_has_no_map(hall: Hall, people: People):
    shift = await hall.add_shift("08:00", "12:00")
    other = await Hall.opened(hall.owner)
    stranger = await Hall.opened(await people.owner())

    async def asked(**params: str) -> tuple[int, str]:
        return code_of(await hall.owner.get("/bookings/seat-map", params={"library_id": hall.id} | params))

    assert await asked(shift_id=shift["id"]) == (200, "")
    assert await asked(shift_id=shift["id"], day=str(TOMORROW - timedelta(days=9))) == (
        404,
        "RESOURCE_NOT_FOUND",
    )
    assert await asked(shift_id=shift["id"], library_id=other.id) == (404, "RESOURCE_NOT_FOUND")
    assert await asked(library_id=stranger.id) == (404, "RESOURCE_NOT_FOUND")
    assert await asked(shift_id=str(uuid4())) == (404, "RESOURCE_NOT_FOUND")
    for day in ("0001-01-01", "9999-12-31", "2035-01-01"):
        assert await asked(day=day) == (400, "VALIDATION_ERROR")
        assert await asked(day=day, shift_id=shift["id"]) == (400, "VALIDATION_ERROR")


async def test_a_seat_out_of_service_is_nobodys(hall: Hall):
    body = {"seat_id": hall.seats["A1"]["id"], "reason": "The lamp is broken"}
    answer = await hall.owner.post("/bookings/outages", body)
    outage = answer.json()["data"]

    assert (answer.status_code, outage["seat_code"], outage["ends_at"]) == (201, "A1", None)
    assert (await hall.states())["A1"] == "out_of_service"
    assert (await hall.states(day=str(TOMORROW)))["A1"] == "out_of_service"
    assert code_of(await hall.try_to_book(await hall.enrol(), "A1", NINE, NOON)) == (409, "SEAT_TAKEN")
    assert code_of(await hall.owner.post("/bookings/outages", body)) == (409, "SEAT_TAKEN")

    for _ in range(2):
        assert (await hall.owner.delete(f"/bookings/outages/{outage['id']}")).status_code == 204
    await hall.book(await hall.enrol(), "A1", NINE, NOON)
    (kept,) = (await hall.owner.get("/bookings/outages", params={"library_id": hall.id})).json()["data"]
    assert (kept["id"], kept["reason"]) == (outage["id"], "The lamp is broken")
    assert kept["ends_at"] is not None


async def test_a_booked_seat_is_not_taken_out_of_service_and_who_has_it_is_named(hall: Hall):
    booking = await hall.book(await hall.enrol("Ravi"), "A1", NINE, NOON)
    body = {"seat_id": hall.seats["A1"]["id"], "reason": "Paint", "starts_at": (NOON - HOUR).isoformat()}

    answer = await hall.owner.post("/bookings/outages", body)

    assert code_of(answer) == (409, "SEAT_TAKEN")
    (named,) = answer.json()["error"]["details"]
    assert (named["field"], named["code"]) == ("bookings[0]", booking["id"])
    assert named["message"].startswith("Ravi has it from ")
    later = body | {"starts_at": NOON.isoformat(), "ends_at": THREE.isoformat()}
    outage = (await hall.owner.post("/bookings/outages", later)).json()["data"]
    # One that never began leaves nothing behind.
    assert (await hall.owner.delete(f"/bookings/outages/{outage['id']}")).status_code == 204
    assert (await hall.owner.get("/bookings/outages", params={"library_id": hall.id})).json()["data"] == []
    assert (await hall.owner.delete(f"/bookings/outages/{outage['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (NOON.isoformat(), NINE.isoformat()),
        (NOON.isoformat(), NOON.isoformat()),
        (None, (NINE - timedelta(days=2)).isoformat()),
        (None, "9999-12-31T23:59:59-12:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)
async def test_an_outage_that_cannot_be_is_refused(hall: Hall, starts: str | None, ends: str | None):
    body = {"seat_id": hall.seats["A1"]["id"], "reason": "Paint", "starts_at": starts, "ends_at": ends}

    answer = await hall.owner.post("/bookings/outages", body)

    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert (await hall.owner.post("/bookings/outages", body | {"seat_id": str(uuid4())})).status_code in {
        400,
        422,
    }
