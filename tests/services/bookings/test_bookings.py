"""A seat for some hours: one person at a time, whatever is tried. D111-D119."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from tests.people import People
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall, at, signed_in_again, tomorrow

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.ids import TenantId
from studyspot.services.bookings import rules, store

NINE, NOON, THREE = tomorrow("09:00"), tomorrow("12:00"), tomorrow("15:00")
HOUR = timedelta(hours=1)


async def test_a_seat_is_booked_read_and_listed(hall: Hall):
    student = await hall.enrol("Asha", last_name="Rao")
    booking = await hall.book(student, "A2", NINE, NOON)

    assert (booking["seat_code"], booking["student_name"], booking["status"]) == (
        "A2",
        "Asha Rao",
        "confirmed",
    )
    assert datetime.fromisoformat(booking["starts_at"]) == NINE
    assert (await hall.owner.get(f"/bookings/{booking['id']}")).json()["data"] == booking
    listed = (await hall.owner.get("/bookings", params={"library_id": hall.id})).json()
    assert (listed["data"], listed["pagination"]["total"]) == ([booking], 1)


@pytest.mark.parametrize(
    ("starts", "ends"), [(NINE, NOON), (NINE - HOUR, NINE + HOUR), (NINE + HOUR, NOON - HOUR), (NINE, THREE)]
)
async def test_what_overlaps_is_refused_with_what_is_free(hall: Hall, starts: datetime, ends: datetime):
    await hall.book(await hall.enrol(), "A1", NINE, NOON)
    await hall.add_zone("Ladies", ["W1"], is_for_women=True)
    await hall.add_zone("Lockers", ["L1"], kind="locker")

    answer = await hall.try_to_book(await hall.enrol(), "A1", starts, ends)

    assert code_of(answer) == (409, "SEAT_TAKEN")
    details = answer.json()["error"]["details"]
    assert [(one["field"], one["code"]) for one in details] == [
        ("alternatives[0]", hall.seats["A2"]["id"]),
        ("alternatives[1]", hall.seats["A3"]["id"]),
    ]
    assert details[0]["message"] == "A2 in Quiet is free."


async def test_what_touches_does_not_overlap(hall: Hall):
    await hall.book(await hall.enrol(), "A1", NINE, NOON)

    await hall.book(await hall.enrol(), "A1", NOON, THREE)
    await hall.book(await hall.enrol(), "A1", NINE - HOUR, NINE)


async def test_a_student_has_one_seat_at_a_time_and_a_locker_beside(hall: Hall):
    await hall.add_zone("Lockers", ["L1"], kind="locker")
    student = await hall.enrol()
    await hall.book(student, "A1", NINE, NOON)

    assert code_of(await hall.try_to_book(student, "A2", NINE + HOUR, THREE)) == (409, "STUDENT_ELSEWHERE")
    await hall.book(student, "L1", NINE, NOON)


@pytest.mark.parametrize("seat", ["A1", None], ids=["one seat", "any seat"])
async def test_of_those_who_come_at_once_each_seat_has_one(hall: Hall, seat: str | None):
    students = [await hall.enrol() for _ in range(12)]

    answers = await asyncio.gather(*(hall.try_to_book(one, seat, NINE, NOON) for one in students))

    wanted = 1 if seat else len(hall.seats)
    refusal = "SEAT_TAKEN" if seat else "LIBRARY_FULL"
    assert sorted(map(code_of, answers)) == [(201, "")] * wanted + [(409, refusal)] * (12 - wanted)
    seats = [one.json()["data"]["seat_id"] for one in answers if one.status_code == 201]
    assert len(set(seats)) == wanted


async def test_one_student_at_many_seats_at_once_gets_one(hall: Hall):
    student = await hall.enrol()

    answers = await asyncio.gather(
        *(hall.try_to_book(student, seat, NINE, NOON) for seat in [*hall.seats] * 4)
    )

    codes = sorted(map(code_of, answers))
    assert codes[0] == (201, "")
    assert set(codes[1:]) <= {(409, "STUDENT_ELSEWHERE"), (409, "SEAT_TAKEN")}


async def test_the_database_refuses_by_itself(hall: Hall, platform: Platform):
    """Without locks, and without any of our code in between."""
    students = [await hall.enrol() for _ in range(2)]
    booking = await hall.book(students[0], "A1", NINE, NOON)
    tenant_id = TenantId(UUID(hall.owner.tenant_id))

    async def insert(student: dict[str, str], seat: str) -> None:
        async with platform.tenancy.transaction(tenant_id) as tx:
            await store.insert_booking(
                tx,
                uuid4(),
                library_id=UUID(hall.id),
                seat_id=UUID(hall.seats[seat]["id"]),
                student_id=UUID(student["id"]),
                starts_at=NOON - HOUR,
                ends_at=THREE,
                held_until=None,
            )

    with pytest.raises(ConstraintViolated, match="seat_taken"):
        await insert(students[1], "A1")
    with pytest.raises(ConstraintViolated, match="student_elsewhere"):
        await insert(students[0], "A2")
    listed = (await hall.owner.get("/bookings")).json()["data"]
    assert [one["id"] for one in listed] == [booking["id"]]


async def test_any_seat_of_a_zone_and_none_for_others(hall: Hall):
    await hall.add_zone("Ladies", ["W1"], is_for_women=True)
    await hall.add_zone("Window", ["B1"])
    woman, man = await hall.enrol(gender="female"), await hall.enrol(gender="male")

    ladies, window = hall.zones["Ladies"]["id"], hall.zones["Window"]["id"]
    assert (await hall.book(man, None, NINE, NOON, zone_id=window))["seat_code"] == "B1"
    refused = await hall.try_to_book(await hall.enrol(), None, NINE, NOON, zone_id=ladies)
    assert code_of(refused) == (409, "LIBRARY_FULL")
    assert code_of(await hall.try_to_book(await hall.enrol(), "W1", NINE, NOON)) == (422, "SEAT_FOR_WOMEN")
    assert (await hall.book(woman, None, NINE, NOON, zone_id=ladies))["seat_code"] == "W1"


async def test_a_booking_is_moved_in_place_and_time(hall: Hall):
    other = await hall.enrol()
    await hall.book(other, "A2", NOON, THREE)
    booking = await hall.book(await hall.enrol(), "A1", NINE, NOON)

    async def change(version: int, **what: str) -> tuple[int, str]:
        answer = await hall.owner.put(f"/bookings/{booking['id']}", {"version": version, **what})
        return code_of(answer)

    assert await change(1, seat_id=hall.seats["A2"]["id"]) == (200, "")
    assert await change(1, seat_id=hall.seats["A3"]["id"]) == (409, "VERSION_CONFLICT")
    refused = await hall.owner.put(f"/bookings/{booking['id']}", {"version": 2, "ends_at": THREE.isoformat()})
    assert code_of(refused) == (409, "SEAT_TAKEN")
    free = [hall.seats[code]["id"] for code in ("A1", "A3")]
    assert [one["code"] for one in refused.json()["error"]["details"]] == free
    assert await change(2, seat_id=hall.seats["A3"]["id"], ends_at=THREE.isoformat()) == (200, "")
    assert await change(3, seat_id=str(uuid4())) == (422, "UNKNOWN_SEAT")
    assert await change(3, starts_at=THREE.isoformat()) == (400, "VALIDATION_ERROR")
    # What it had is free again.
    await hall.book(await hall.enrol(), "A1", NINE, NOON)
    await hall.book(await hall.enrol(), "A2", NINE, NOON)


async def test_what_is_cancelled_is_free_and_stays_to_be_seen(hall: Hall):
    student = await hall.enrol()
    booking = await hall.book(student, "A1", NINE, NOON)

    for reason in ("ill", "again"):
        answer = await hall.owner.post(f"/bookings/{booking['id']}/cancel", {"reason": reason})
        assert answer.json()["data"]["status"] == "cancelled"
        assert answer.json()["data"]["cancel_reason"] == "ill"

    again = await hall.book(await hall.enrol(), "A1", NINE, NOON)
    changed = await hall.owner.put(f"/bookings/{booking['id']}", {"version": 2})
    assert code_of(changed) == (409, "WRONG_STATE")
    cancelled = (await hall.owner.get("/bookings", params={"status": "cancelled"})).json()["data"]
    assert [one["id"] for one in cancelled] == [booking["id"]]
    confirmed = (await hall.owner.get("/bookings", params={"status": "confirmed"})).json()["data"]
    assert [one["id"] for one in confirmed] == [again["id"]]


@pytest.mark.together
async def test_who_leaves_early_leaves_the_seat_to_others(hall: Hall):
    booking = await hall.book(await hall.enrol(), "A1", NINE, NOON)

    with time_machine.travel(NINE + HOUR, tick=True):
        hall.owner = owner = await signed_in_again(hall.owner)
        assert (await owner.post(f"/bookings/{booking['id']}/cancel", {})).status_code == 200
        await hall.book(await hall.enrol(), "A1", NINE + HOUR + timedelta(minutes=1), NOON)
    with time_machine.travel(NOON + HOUR, tick=True):
        owner = await signed_in_again(owner)
        over = await owner.post(f"/bookings/{booking['id']}/cancel", {})
        assert over.status_code == 200  # it is cancelled already


@pytest.mark.together
async def test_who_moves_meanwhile_had_the_seat_until_then(hall: Hall):
    """Also to a seat that somebody else had until then."""
    ravi = await hall.book(await hall.enrol("Ravi"), "A2", NINE, NOON)
    asha = await hall.book(await hall.enrol("Asha"), "A1", NINE, NOON)

    async def change(version: int, **what: str) -> tuple[int, str]:
        return code_of(await hall.owner.put(f"/bookings/{asha['id']}", {"version": version, **what}))

    async with at(hall, "10:00"):
        await hall.owner.post(f"/bookings/{ravi['id']}/cancel", {})
    async with at(hall, "10:30"):
        assert await change(1, seat_id=hall.seats["A2"]["id"]) == (200, "")
        assert await hall.states() == {"A1": "free", "A2": "taken", "A3": "free"}
        await hall.book(await hall.enrol(), "A1", NINE + 2 * HOUR, NOON)
    async with at(hall, "11:30"):
        assert await change(2, ends_at=THREE.isoformat()) == (200, "")
        assert await change(3, seat_id=hall.seats["A1"]["id"]) == (409, "SEAT_TAKEN")
        assert await change(3, seat_id=hall.seats["A3"]["id"]) == (200, "")
        assert await hall.states() == {"A1": "taken", "A2": "free", "A3": "taken"}
        read = (await hall.owner.get(f"/bookings/{asha['id']}")).json()["data"]
        assert datetime.fromisoformat(read["starts_at"]) == NINE
        await hall.owner.post(f"/bookings/{asha['id']}/cancel", {})
        assert await hall.states() == {"A1": "taken", "A2": "free", "A3": "free"}


async def test_a_hold_is_confirmed(hall: Hall):
    held = await hall.book(await hall.enrol(), "A1", NINE, NOON, hold=True)

    confirmed = (await hall.owner.post(f"/bookings/{held['id']}/confirm")).json()["data"]

    assert (confirmed["status"], confirmed["held_until"], confirmed["version"]) == ("confirmed", None, 2)


@pytest.mark.together
async def test_a_hold_is_confirmed_in_time_or_gone(hall: Hall):
    kept, lost = await hall.enrol(), await hall.enrol()
    first = await hall.book(kept, "A1", NINE, NOON, hold=True)
    second = await hall.book(lost, "A2", NINE, NOON, hold=True)
    assert (first["status"], (await hall.states())["A1"]) == ("held", "free")  # tomorrow, and not now
    assert code_of(await hall.try_to_book(await hall.enrol(), "A2", NINE, NOON)) == (409, "SEAT_TAKEN")

    for _ in range(2):
        confirmed = await hall.owner.post(f"/bookings/{first['id']}/confirm")
        assert (confirmed.json()["data"]["status"], confirmed.json()["data"]["held_until"]) == (
            "confirmed",
            None,
        )
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11), tick=True):
        read = (await hall.owner.get(f"/bookings/{second['id']}")).json()["data"]
        assert read["status"] == "expired"
        late = await hall.owner.post(f"/bookings/{second['id']}/confirm")
        assert code_of(late) == (409, "HOLD_EXPIRED")
        assert code_of(await hall.try_to_book(await hall.enrol(), "A1", NINE, NOON)) == (409, "SEAT_TAKEN")
        await hall.book(await hall.enrol(), "A2", NINE, NOON)
        await hall.book(lost, "A3", NINE, NOON)
    expired = (await hall.owner.get("/bookings", params={"status": "expired"})).json()["data"]
    assert [one["id"] for one in expired] == [second["id"]]


@pytest.mark.parametrize(
    ("starts", "ends", "faults"),
    [
        (NOON, NINE, {("ends_at", "wrong_order")}),
        (NOON, NOON, {("ends_at", "wrong_order")}),
        (NINE, NINE + timedelta(hours=24, seconds=1), {("ends_at", "too_long")}),
        (NINE - timedelta(days=3), NOON - timedelta(days=3), {("ends_at", "too_early")}),
        (NINE + timedelta(days=400), NOON + timedelta(days=400), {("starts_at", "too_late")}),
        (NOON + timedelta(days=400), NINE - timedelta(days=3), {
            ("ends_at", "wrong_order"), ("ends_at", "too_early"), ("starts_at", "too_late"),
        }),
    ],
)  # fmt: skip
async def test_times_that_cannot_be_are_named(
    hall: Hall, starts: datetime, ends: datetime, faults: set[tuple[str, str]]
):
    answer = await hall.try_to_book(await hall.enrol(), "A1", starts, ends)

    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert {(one["field"], one["code"]) for one in answer.json()["error"]["details"]} == faults


@pytest.mark.parametrize("far", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_a_time_at_the_edge_of_the_calendar_is_refused(hall: Hall, far: str):
    booking = await hall.book(await hall.enrol(), "A1", NINE, NOON)
    student = await hall.enrol()

    for field in ("starts_at", "ends_at"):
        answer = await hall.try_to_book(student, "A2", NINE, NOON, **{field: far})
        assert code_of(answer) == (400, "VALIDATION_ERROR")
        answer = await hall.owner.put(f"/bookings/{booking['id']}", {"version": 1, field: far})
        assert code_of(answer) == (400, "VALIDATION_ERROR")


async def test_a_time_needs_its_offset(hall: Hall):
    answer = await hall.try_to_book(
        await hall.enrol(), "A1", NINE.replace(tzinfo=None), NOON.replace(tzinfo=None)
    )

    assert {one["field"] for one in answer.json()["error"]["details"]} == {"starts_at", "ends_at"}


async def test_who_and_what_is_not_there_is_told(hall: Hall, people: People):
    student = await hall.enrol()
    elsewhere = await Hall.opened(hall.owner)
    stranger = await Hall.opened(await people.owner())
    gone = await hall.enrol()
    await hall.owner.delete(f"/students/{gone['id']}")
    idle = await hall.enrol()
    await hall.owner.put(f"/students/{idle['id']}", {"version": 1, "status": "inactive"})

    async def refused(**fields: str) -> tuple[int, str]:
        return code_of(await hall.try_to_book(student, "A1", NINE, NOON, **fields))

    assert await refused(library_id=stranger.id) == (404, "RESOURCE_NOT_FOUND")
    assert await refused(seat_id=elsewhere.seats["A1"]["id"]) == (422, "UNKNOWN_SEAT")
    assert await refused(seat_id=stranger.seats["A1"]["id"]) == (422, "UNKNOWN_SEAT")
    for seat_id in (hall.seats["A1"]["id"], None):
        fields = {"seat_id": seat_id}
        assert await refused(student_id=str(uuid4()), **fields) == (422, "UNKNOWN_STUDENT")
        assert await refused(student_id=gone["id"], **fields) == (422, "UNKNOWN_STUDENT")
        assert await refused(student_id=idle["id"], **fields) == (409, "STUDENT_NOT_ACTIVE")


async def test_what_is_booked_is_not_removed(hall: Hall):
    booking = await hall.book(await hall.enrol(), "A1", NINE, NOON)
    seat = f"/libraries/seats/{hall.seats['A1']['id']}"

    assert code_of(await hall.owner.delete(seat)) == (409, "SEAT_IN_USE")
    assert code_of(await hall.owner.delete(f"/libraries/{hall.id}")) == (409, "LIBRARY_IN_USE")

    await hall.owner.post(f"/bookings/{booking['id']}/cancel", {})
    assert (await hall.owner.delete(seat)).status_code == 204
    read = (await hall.owner.get(f"/bookings/{booking['id']}")).json()["data"]
    assert read["seat_code"] == "A1"
    assert code_of(await hall.try_to_book(await hall.enrol(), "A1", NINE, NOON)) == (422, "UNKNOWN_SEAT")
    assert (await hall.owner.delete(f"/libraries/{hall.id}")).status_code == 204


async def test_who_has_a_seat_is_not_deleted(hall: Hall):
    student = await hall.enrol()
    booking = await hall.book(student, "A1", NINE, NOON)
    account = f"/students/{student['id']}/account"
    assert (await hall.owner.post(account)).status_code == 204

    assert code_of(await hall.owner.delete(f"/students/{student['id']}")) == (409, "STUDENT_IN_USE")

    await hall.owner.post(f"/bookings/{booking['id']}/cancel", {})
    assert (await hall.owner.delete(f"/students/{student['id']}")).status_code == 204
    read = (await hall.owner.get(f"/bookings/{booking['id']}")).json()["data"]
    assert read["student_name"] == "Asha"


@pytest.mark.parametrize("_", range(8))
async def test_a_student_has_a_seat_or_is_deleted_and_never_both(hall: Hall, _: int):
    student = await hall.enrol()

    booked, deleted = await asyncio.gather(
        hall.try_to_book(student, "A1", NINE, NOON), hall.owner.delete(f"/students/{student['id']}")
    )

    assert (booked.status_code, deleted.status_code) in {(201, 409), (422, 204)}


@pytest.mark.together
async def test_a_hold_is_confirmed_or_expires_and_nobody_waits_for_the_other(hall: Hall):
    """At the very moment at which it runs out."""
    for _ in range(8):
        held = await hall.book(await hall.enrol(), "A1", NINE, NOON, hold=True)
        other = await hall.enrol()
        with time_machine.travel(datetime.now(UTC) + rules.HOLD - timedelta(milliseconds=15), tick=True):
            answers = await asyncio.gather(
                hall.owner.post(f"/bookings/{held['id']}/confirm"),
                *(hall.try_to_book(other, "A1", NINE, NOON) for _ in range(6)),
            )
            confirmed = answers[0].status_code == 200
            got = [one for one in answers[1:] if one.status_code == 201]
            assert (confirmed, len(got)) in {(True, 0), (False, 1), (False, 0)}
            assert {one.status_code for one in answers} <= {200, 201, 409}
            for booking in (held, *(one.json()["data"] for one in got)):
                await hall.owner.post(f"/bookings/{booking['id']}/cancel", {})


@pytest.mark.parametrize("_", range(8))
async def test_a_seat_is_booked_or_removed_and_never_both(hall: Hall, _: int):
    student = await hall.enrol()

    booked, removed = await asyncio.gather(
        hall.try_to_book(student, "A1", NINE, NOON),
        hall.owner.delete(f"/libraries/seats/{hall.seats['A1']['id']}"),
    )

    assert (booked.status_code, removed.status_code) in {(201, 409), (422, 204)}


async def test_a_list_is_narrowed_by_who_where_and_when(hall: Hall):
    asha, ravi = await hall.enrol("Asha"), await hall.enrol("Ravi")
    early = await hall.book(asha, "A1", NINE, NOON)
    late = await hall.book(asha, "A1", NOON, THREE)
    night = tomorrow("22:00"), tomorrow("06:00", days=2)
    other = await hall.book(ravi, "A2", *night)

    async def found(**params: str) -> list[str]:
        return [one["id"] for one in (await hall.owner.get("/bookings", params=params)).json()["data"]]

    assert await found(student_id=asha["id"]) == [late["id"], early["id"]]
    days = [str(NINE.date() + timedelta(days=number)) for number in range(-1, 3)]
    assert await found(since=days[1], until=days[1]) == [other["id"], late["id"], early["id"]]
    assert await found(since=days[2], until=days[2]) == [other["id"]]
    assert await found(since=days[3]) == await found(until=days[0]) == []
    assert await found(library_id=str(uuid4())) == []


async def test_the_front_desk_books_and_a_student_does_not(hall: Hall, people: People):
    staff = await people.member(hall.owner, "staff")
    student = await hall.enrol()
    hall.owner = staff

    booking = await hall.book(student, "A1", NINE, NOON)

    assert (await staff.post(f"/bookings/{booking['id']}/cancel", {})).status_code == 200
