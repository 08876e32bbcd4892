"""A seat for a month: sold, changed, moved, paused, renewed, cancelled, and never to two at once."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.people import People
from tests.services.answers import code_of, faults_of
from tests.services.bookings.hall import Hall, at, today, tomorrow

DAY = timedelta(days=1)
MONTH = timedelta(days=30)


async def do(hall: Hall, membership: dict[str, Any], action: str, **body: Any) -> Any:
    answer = await try_to(hall, membership, action, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def try_to(hall: Hall, membership: dict[str, Any], action: str, **body: Any) -> Any:
    if action not in {"activate", "resume"}:
        body = {"version": membership["version"]} | body
    return await hall.owner.post(f"/memberships/{membership['id']}/{action}", body)


async def read(hall: Hall, membership: dict[str, Any]) -> dict[str, Any]:
    answer = await hall.owner.get(f"/memberships/{membership['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def history(hall: Hall, membership: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await hall.owner.get(f"/memberships/{membership['id']}/history")).json()["data"]
    return found


async def holder(hall: Hall, seat: str, day: date, shift: dict[str, Any]) -> str | None:
    """Whose the seat is in that shift."""
    params = {"library_id": hall.id, "day": str(day), "shift_id": shift["id"]}
    seats = (await hall.owner.get("/bookings/seat-map", params=params)).json()["data"]["seats"]
    return next(one["student_name"] for one in seats if one["code"] == seat)


@pytest.fixture
async def morning(hall: Hall) -> dict[str, Any]:
    return await hall.add_shift("06:00", "14:00")


@pytest.fixture
async def night(hall: Hall) -> dict[str, Any]:
    return await hall.add_shift("22:00", "06:00")


async def test_a_seat_is_theirs_on_every_day_and_in_grace(hall: Hall, night: dict[str, Any]):
    plan = await hall.add_plan(grace_days=3, price=250_000)
    membership = await hall.sell(await hall.enrol("Asha"), plan, "A1", night, starts_on=str(today() + DAY))

    last = date.fromisoformat(membership["ends_on"])
    assert (membership["status"], membership["seat_code"], membership["price"]) == ("active", "A1", 250_000)
    assert 28 <= (last - today()).days <= 31
    assert membership["shifts"] == [
        {"shift_id": night["id"], "name": "22:00-06:00", "starts": "22:00", "ends": "06:00"}
    ]
    assert await read(hall, membership) == membership
    listed = (await hall.owner.get("/memberships", params={"library_id": hall.id})).json()
    assert (listed["data"], listed["pagination"]["total"]) == ([membership], 1)
    whose = [await holder(hall, "A1", last + days * DAY, night) for days in (0, 3, 4)]
    assert whose == ["Asha", "Asha", None]
    assert await holder(hall, "A1", today(), night) is None


async def test_what_was_sold_keeps_the_times_it_was_sold_with(hall: Hall, morning: dict[str, Any]):
    membership = await hall.sell(await hall.enrol(), await hall.add_plan(), "A1", morning)
    later = {"version": 1, "starts": "09:00", "ends": "17:00"}
    assert (await hall.owner.put(f"/libraries/shifts/{morning['id']}", later)).status_code == 200

    assert (await read(hall, membership))["shifts"][0]["starts"] == "06:00"
    six, nine = tomorrow("06:00", days=3), tomorrow("14:00", days=3)
    ravi = await hall.enrol()
    assert code_of(await hall.try_to_book(ravi, "A1", six, six + timedelta(hours=1))) == (409, "SEAT_TAKEN")
    await hall.book(ravi, "A1", nine, nine + timedelta(hours=1))


async def test_a_seat_that_is_taken_on_one_of_the_days_is_refused_with_free_ones(
    hall: Hall, morning: dict[str, Any]
):
    plan = await hall.add_plan()
    noon = tomorrow("12:00", days=20)
    await hall.book(await hall.enrol(), "A1", noon, noon + timedelta(hours=4))
    await hall.sell(await hall.enrol(), plan, "A3", morning, starts_on=str(today() + 29 * DAY))

    answer = await hall.try_to_sell(await hall.enrol(), plan, "A1", morning)

    assert code_of(answer) == (409, "SEAT_TAKEN")
    assert faults_of(answer) == {("alternatives[0]", hall.seats["A2"]["id"])}
    assert (await hall.owner.get("/memberships")).json()["pagination"]["total"] == 1


async def test_of_many_who_want_a_seat_one_gets_it(
    hall: Hall, morning: dict[str, Any], night: dict[str, Any]
):
    plan = await hall.add_plan()
    late = await hall.add_shift("12:00", "20:00")
    students = [await hall.enrol() for _ in range(12)]

    answers = await asyncio.gather(
        *(hall.try_to_sell(one, plan, "A1", (morning, late)[n % 2]) for n, one in enumerate(students))
    )

    assert sorted(map(code_of, answers)) == [(201, ""), *[(409, "SEAT_TAKEN")] * 11]
    await hall.sell(students[0], plan, "A2", night)


async def test_one_student_has_one_seat_and_a_locker_beside(hall: Hall, morning: dict[str, Any]):
    plan, student = await hall.add_plan(), await hall.enrol()
    await hall.add_zone("Lockers", ["L1"], kind="locker")
    await hall.sell(student, plan, "A1", morning)

    assert code_of(await hall.try_to_sell(student, plan, "A2", morning)) == (409, "STUDENT_ELSEWHERE")
    assert (await hall.sell(student, plan, "L1", morning))["seat_code"] == "L1"


@pytest.mark.parametrize(
    ("plan", "seat", "shifts", "fields", "refusal"),
    [
        ({"period": "hourly"}, "A1", 0, {}, (422, "NOT_FOR_MEMBERS")),
        ({}, None, 1, {}, (422, "NOT_FOR_MEMBERS")),
        ({"kind": "unreserved"}, "A1", 0, {}, (422, "NOT_FOR_MEMBERS")),
        ({}, "A1", 0, {}, (400, "VALIDATION_ERROR")),
        ({"is_active": False}, "A1", 1, {}, (409, "PLAN_INACTIVE")),
        ({}, "A1", 1, {"seat_id": str(uuid4())}, (422, "UNKNOWN_SEAT")),
        ({}, "A1", 1, {"student_id": str(uuid4())}, (422, "UNKNOWN_STUDENT")),
        ({}, "A1", 1, {"plan_id": str(uuid4())}, (404, "RESOURCE_NOT_FOUND")),
        ({}, "A1", 1, {"shift_ids": [str(uuid4())]}, (422, "UNKNOWN_SHIFT")),
        ({}, "A1", 1, {"starts_on": "2020-01-01"}, (400, "VALIDATION_ERROR")),
        ({}, "A1", 1, {"starts_on": "9999-12-31"}, (400, "VALIDATION_ERROR")),
    ],
)
async def test_what_cannot_be_sold_is_refused(
    hall: Hall,
    morning: dict[str, Any],
    plan: dict[str, Any],
    seat: str | None,
    shifts: int,
    fields: dict[str, Any],
    refusal: tuple[int, str],
):
    made = await hall.add_plan(**plan)

    answer = await hall.try_to_sell(await hall.enrol(), made, seat, *[morning] * shifts, **fields)

    assert code_of(answer) == refusal
    assert (await hall.owner.get("/memberships")).json()["pagination"]["total"] == 0


async def test_a_seat_of_another_library_or_for_women_is_refused(hall: Hall, morning: dict[str, Any]):
    elsewhere, plan = await Hall.opened(hall.owner), await hall.add_plan()
    await hall.add_zone("Ladies", ["W1"], is_for_women=True)

    far = {"seat_id": elsewhere.seats["A1"]["id"]}
    assert code_of(await hall.try_to_sell(await hall.enrol(), plan, "A1", morning, **far)) == (
        422,
        "UNKNOWN_SEAT",
    )
    assert code_of(await hall.try_to_sell(await hall.enrol(), plan, "W1", morning)) == (422, "SEAT_FOR_WOMEN")
    await hall.sell(await hall.enrol(gender="female"), plan, "W1", morning)


async def test_a_draft_keeps_its_seat_for_half_an_hour(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan()
    draft = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning, draft=True)
    assert (draft["status"], draft["version"]) == ("draft", 1)
    assert code_of(await hall.try_to_sell(await hall.enrol(), plan, "A1", morning)) == (409, "SEAT_TAKEN")
    assert code_of(await try_to(hall, draft, "renew")) == (409, "MEMBERSHIP_OVER")

    sold = await do(hall, draft, "activate")
    assert (sold["status"], sold["held_until"]) == ("active", None)
    assert await do(hall, draft, "activate") == sold

    other = await hall.sell(await hall.enrol("Ravi"), plan, "A2", morning, draft=True)
    async with at(hall, "01:00"):
        assert (await read(hall, other))["status"] == "expired"
        await hall.sell(await hall.enrol(), plan, "A2", morning)
        assert code_of(await try_to(hall, other, "activate")) == (409, "SEAT_TAKEN")


async def test_time_goes_by_active_grace_expired_and_the_seat_is_free(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan(period="weekly", grace_days=2)
    membership = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning, renews=True)
    leaving = await hall.sell(await hall.enrol("Ravi"), plan, "A2", morning, renews=False)

    async def states(days: int) -> list[str]:
        async with at(hall, "12:00", days=days):
            return [(await read(hall, one))["status"] for one in (membership, leaving)]

    assert await states(6) == ["active", "active"]
    assert await states(7) == ["grace", "expired"]
    assert await states(8) == ["grace", "expired"]
    async with at(hall, "12:00", days=9):
        assert (await read(hall, membership))["status"] == "expired"
        for status, found in (("expired", 2), ("active", 0), ("grace", 0)):
            listed = await hall.owner.get("/memberships", params={"status": status})
            assert listed.json()["pagination"]["total"] == found
        again = await do(hall, membership, "renew")
        assert (again["status"], again["starts_on"], again["ends_on"]) == (
            "active",
            membership["starts_on"],
            str(today() + 6 * DAY),
        )
        taken = await hall.sell(await hall.enrol(), plan, "A2", morning)
        assert code_of(await try_to(hall, leaving, "renew")) == (409, "SEAT_TAKEN")
        assert taken["status"] == "active"


async def test_renewal_goes_on_after_the_last_day_at_todays_price(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan(registration_fee=50_000, deposit=100_000)
    membership = await hall.sell(await hall.enrol(), plan, "A1", morning)
    assert membership["price"] == 300_000
    await hall.owner.put(f"/fee-plans/{plan['id']}", {"version": 1, "price": 330_000})

    renewed = await do(hall, membership, "renew", quantity=2)

    terms = (await history(hall, renewed))["terms"]
    assert [term["price"] for term in terms] == [300_000, 660_000]
    assert date.fromisoformat(terms[1]["starts_on"]) - DAY == date.fromisoformat(membership["ends_on"])
    assert (renewed["price"], renewed["ends_on"]) == (300_000, terms[1]["ends_on"])
    assert code_of(await try_to(hall, membership, "renew")) == (409, "VERSION_CONFLICT")


async def test_another_plan_is_charged_for_the_days_that_are_left(
    hall: Hall, morning: dict[str, Any], night: dict[str, Any]
):
    plan = await hall.add_plan(period="weekly", price=70_000)
    better = await hall.add_plan("Best", period="weekly", price=140_000)
    membership = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    change = {"plan_id": better["id"], "seat_id": hall.seats["A2"]["id"], "shift_ids": [night["id"]]}

    changed = await do(hall, membership, "change", **change, from_on=str(today() + 3 * DAY))

    terms = (await history(hall, changed))["terms"]
    assert [(one["plan_name"], one["seat_code"], one["price"]) for one in terms] == [
        ("Monthly", "A1", 30_000),
        ("Best", "A2", 80_000),
    ]
    assert changed["ends_on"] == membership["ends_on"]
    assert await holder(hall, "A1", today() + 2 * DAY, morning) == "Asha"
    assert await holder(hall, "A1", today() + 3 * DAY, morning) is None
    assert await holder(hall, "A2", today() + 3 * DAY, night) == "Asha"
    over = await try_to(hall, changed, "change", **change, from_on=str(today() - DAY))
    assert faults_of(over) == {("from_on", "out_of_range")}


async def test_a_running_membership_is_taken_to_another_library(hall: Hall, morning: dict[str, Any]):
    elsewhere = await Hall.opened(hall.owner)
    early, there = await elsewhere.add_shift("06:00", "14:00"), await elsewhere.add_plan()
    membership = await hall.sell(await hall.enrol("Asha"), await hall.add_plan(), "A1", morning)

    moved = await do(
        hall,
        membership,
        "change",
        plan_id=there["id"],
        seat_id=elsewhere.seats["A1"]["id"],
        shift_ids=[early["id"]],
        from_on=str(today() + DAY),
    )

    assert (moved["id"], moved["library_id"]) == (membership["id"], hall.id)
    assert await holder(hall, "A1", today() + 2 * DAY, morning) is None
    assert await holder(elsewhere, "A1", today() + 2 * DAY, early) == "Asha"
    moved = await do(hall, moved, "move", seat_id=hall.seats["A2"]["id"])
    moved = await do(hall, moved, "move", seat_id=elsewhere.seats["A3"]["id"])
    terms = (await history(hall, moved))["terms"]
    assert [(one["library_id"], one["seat_code"]) for one in terms] == [(hall.id, "A2"), (elsewhere.id, "A3")]
    assert sum(one["price"] for one in terms) == 300_000
    async with at(hall, "05:00"):
        moved = await read(hall, moved)
        assert (moved["library_id"], moved["seat_code"]) == (elsewhere.id, "A3")
        wrong = await try_to(hall, moved, "move", seat_id=hall.seats["A1"]["id"])
        assert code_of(wrong) == (422, "UNKNOWN_SEAT")


async def test_until_the_day_of_the_transfer_a_member_is_in_the_old_library(hall: Hall):
    elsewhere = await Hall.opened(hall.owner)
    free = {"kind": "unreserved", "price": 0}
    plan, there = await hall.add_plan(**free), await elsewhere.add_plan(**free)
    member = await hall.enrol("Asha")
    membership = await hall.sell(member, plan, None)
    await do(hall, membership, "change", plan_id=there["id"], from_on=str(today() + 2 * DAY))

    async def where() -> list[int]:
        answers = [
            await hall.owner.get("/memberships", params={"library_id": one.id}) for one in (hall, elsewhere)
        ]
        return [answer.json()["pagination"]["total"] for answer in answers]

    async with at(hall, "12:00"):
        assert await where() == [1, 0]
        for one in (hall, elsewhere):
            answer = await hall.owner.delete(f"/libraries/{one.id}")
            assert code_of(answer) == (409, "LIBRARY_IN_USE")
    async with at(hall, "12:00", days=2):
        assert await where() == [0, 1]
        assert code_of(await hall.owner.delete(f"/libraries/{elsewhere.id}")) == (409, "LIBRARY_IN_USE")
        assert (await hall.owner.delete(f"/libraries/{hall.id}")).status_code == 204
        assert (await read(hall, membership))["library_id"] == elsewhere.id


async def test_a_member_moves_to_a_free_seat_at_the_same_price(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan()
    membership = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    await hall.sell(await hall.enrol("Ravi"), plan, "A2", morning)

    refused = await try_to(hall, membership, "move", seat_id=hall.seats["A2"]["id"])
    assert code_of(refused) == (409, "SEAT_TAKEN")
    assert faults_of(refused) == {("alternatives[0]", hall.seats["A3"]["id"])}
    moved = await do(hall, membership, "move", seat_id=hall.seats["A3"]["id"])

    assert (moved["seat_code"], moved["ends_on"]) == ("A3", membership["ends_on"])
    assert sum(one["price"] for one in (await history(hall, moved))["terms"]) == 300_000
    assert await holder(hall, "A1", today() + DAY, morning) is None
    assert await holder(hall, "A3", today() + DAY, morning) == "Asha"


async def test_two_members_swap_their_seats(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan()
    asha = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    ravi = await hall.sell(await hall.enrol("Ravi"), plan, "A2", morning)

    swapped = await do(hall, asha, "swap", other_id=ravi["id"], other_version=ravi["version"])

    assert [(one["student_name"], one["seat_code"]) for one in swapped] == [("Asha", "A2"), ("Ravi", "A1")]
    assert await holder(hall, "A1", today() + DAY, morning) == "Ravi"
    assert await holder(hall, "A2", today() + DAY, morning) == "Asha"
    itself = await try_to(hall, swapped[0], "swap", other_id=asha["id"], other_version=2)
    assert code_of(itself) == (409, "MEMBERSHIP_OVER")


async def test_a_seat_is_not_exchanged_for_a_locker(hall: Hall, morning: dict[str, Any]):
    await hall.add_zone("Lockers", ["L1", "L2"], kind="locker")
    plan = await hall.add_plan()
    asha = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    ravi = await hall.sell(await hall.enrol("Ravi"), plan, "L1", morning)

    for one, other in ((asha, "L2"), (ravi, "A2")):
        refused = await try_to(hall, one, "move", seat_id=hall.seats[other]["id"])
        assert code_of(refused) == (422, "UNKNOWN_SEAT")
    refused = await try_to(hall, asha, "swap", other_id=ravi["id"], other_version=1)
    assert code_of(refused) == (409, "MEMBERSHIP_OVER")
    assert (await do(hall, ravi, "move", seat_id=hall.seats["L2"]["id"]))["seat_code"] == "L2"


async def test_who_is_refused_is_told_of_what_is_like_it(hall: Hall, morning: dict[str, Any]):
    elsewhere, plan = await Hall.opened(hall.owner), await hall.add_plan()
    early, there = await elsewhere.add_shift("06:00", "14:00"), await elsewhere.add_plan()
    await hall.add_zone("Lockers", ["L1", "L2"], kind="locker")
    await hall.sell(await hall.enrol(), plan, "L1", morning)
    await elsewhere.sell(await elsewhere.enrol(), there, "A1", early)
    membership = await hall.sell(await hall.enrol(), plan, "A1", morning)

    locker = await hall.try_to_sell(await hall.enrol(), plan, "L1", morning)
    ten = tomorrow("10:00")
    booked = await hall.try_to_book(await hall.enrol(), "L1", ten, ten + timedelta(hours=1))
    transfer = await try_to(
        hall,
        membership,
        "change",
        plan_id=there["id"],
        seat_id=elsewhere.seats["A1"]["id"],
        shift_ids=[early["id"]],
        from_on=str(today() + DAY),
    )

    for answer in (locker, booked):
        assert faults_of(answer) == {("alternatives[0]", hall.seats["L2"]["id"])}
    assert faults_of(transfer) == {
        (f"alternatives[{number}]", elsewhere.seats[seat]["id"]) for number, seat in enumerate(("A2", "A3"))
    }


async def test_those_who_swap_at_once_do_not_wait_for_each_other(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan()
    three = [
        await hall.sell(await hall.enrol(name), plan, seat, morning)
        for name, seat in (("Asha", "A1"), ("Ravi", "A2"), ("Mira", "A3"))
    ]
    pairs = [(0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (0, 2)]

    answers = await asyncio.gather(
        *(try_to(hall, three[a], "swap", other_id=three[b]["id"], other_version=1) for a, b in pairs)
    )

    assert sorted(map(code_of, answers)) == [(200, ""), *[(409, "VERSION_CONFLICT")] * 5]
    assert sorted([(await read(hall, one))["seat_code"] for one in three]) == ["A1", "A2", "A3"]


async def test_a_pause_frees_the_seat_and_lasts_longer(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan()
    membership = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    first, last = today() + 5 * DAY, today() + 9 * DAY

    paused = await do(hall, membership, "pause", first_on=str(first), last_on=str(last), reason="Exams")

    assert date.fromisoformat(paused["ends_on"]) == date.fromisoformat(membership["ends_on"]) + 5 * DAY
    whose = [await holder(hall, "A1", day, morning) for day in (first - DAY, first, last, last + DAY)]
    assert whose == ["Asha", None, None, "Asha"]
    again = await try_to(hall, paused, "pause", first_on=str(first + MONTH), last_on=str(first + MONTH))
    assert faults_of(again) == {("first_on", "overlap"), ("first_on", "out_of_range")}
    await hall.sell(
        await hall.enrol("Ravi"),
        await hall.add_plan("Day", period="daily"),
        "A1",
        morning,
        starts_on=str(first + 2 * DAY),
        renews=False,
    )

    async with at(hall, "12:00", days=6):
        assert (await read(hall, membership))["status"] == "paused"
        assert code_of(await try_to(hall, membership, "resume")) == (409, "SEAT_TAKEN")
    async with at(hall, "15:00", days=7):
        back = await do(hall, membership, "resume")
        assert (back["status"], back["ends_on"]) == (
            "active",
            str(date.fromisoformat(membership["ends_on"]) + 2 * DAY),
        )
        kept = await history(hall, back)
        assert [(one["first_on"], one["last_on"]) for one in kept["pauses"]] == [
            (str(first), str(first + DAY))
        ]
        assert sum(one["price"] for one in kept["terms"]) == 300_000
        assert code_of(await try_to(hall, back, "resume")) == (409, "MEMBERSHIP_OVER")


async def test_days_are_added_unless_somebody_has_them(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan(period="weekly", grace_days=0)
    membership = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    await hall.sell(await hall.enrol("Ravi"), plan, "A1", morning, starts_on=str(today() + 9 * DAY))

    longer = await do(hall, membership, "extend", days=2, reason="No light for two days")

    assert (longer["ends_on"], longer["price"]) == (str(today() + 8 * DAY), 300_000)
    refused = await try_to(hall, longer, "extend", days=1, reason="And one more")
    assert code_of(refused) == (409, "SEAT_TAKEN")


async def test_who_leaves_frees_the_seat_after_the_last_day(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan(period="weekly", price=70_000)
    membership = await hall.sell(await hall.enrol("Asha"), plan, "A1", morning)
    last = today() + 2 * DAY

    left = await do(hall, membership, "cancel", last_on=str(last), reason="Moves home")

    assert (left["status"], left["ends_on"], left["cancel_reason"]) == ("cancelled", str(last), "Moves home")
    assert [one["price"] for one in (await history(hall, left))["terms"]] == [30_000]
    assert await holder(hall, "A1", last, morning) == "Asha"
    assert await holder(hall, "A1", last + DAY, morning) is None
    for action, body in (
        ("cancel", {"reason": "x"}),
        ("renew", {}),
        ("extend", {"days": 1, "reason": "x"}),
        ("activate", {}),
    ):
        assert code_of(await try_to(hall, left, action, **body)) == (409, "MEMBERSHIP_OVER")


async def test_what_has_not_begun_is_cancelled_whole(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan()
    membership = await hall.sell(await hall.enrol(), plan, "A1", morning, starts_on=str(today() + 3 * DAY))

    left = await do(hall, membership, "cancel", reason="Changed her mind")

    assert (left["status"], left["price"], left["ends_on"]) == ("cancelled", 0, str(today()))
    assert await holder(hall, "A1", today() + 4 * DAY, morning) is None
    assert code_of(await try_to(hall, left, "cancel", reason="again")) == (409, "MEMBERSHIP_OVER")


async def test_a_floating_member_has_no_seat_of_their_own(hall: Hall):
    plan = await hall.add_plan("Any seat", kind="unreserved", hours_a_day=8)

    membership = await hall.sell(await hall.enrol(), plan, None)

    assert (membership["seat_id"], membership["kind"]) == (None, "unreserved")
    assert set((await hall.states(day=str(today()))).values()) == {"free"}
    refused = await try_to(hall, membership, "move", seat_id=hall.seats["A1"]["id"])
    assert code_of(refused) == (409, "MEMBERSHIP_OVER")


async def test_another_business_finds_nothing(hall: Hall, morning: dict[str, Any], people: People):
    membership = await hall.sell(await hall.enrol(), await hall.add_plan(), "A1", morning)
    stranger = await people.owner()

    path = f"/memberships/{membership['id']}"
    assert code_of(await stranger.get(path)) == (404, "RESOURCE_NOT_FOUND")
    assert code_of(await stranger.get(f"{path}/history")) == (404, "RESOURCE_NOT_FOUND")
    cancelled = await stranger.post(f"{path}/cancel", {"version": 1, "reason": "x"})
    assert code_of(cancelled) == (404, "RESOURCE_NOT_FOUND")
    assert (await stranger.get("/memberships")).json()["pagination"]["total"] == 0


async def test_whoever_has_a_membership_is_not_deleted(hall: Hall, morning: dict[str, Any]):
    student = await hall.enrol()
    await hall.sell(student, await hall.add_plan(), "A1", morning)

    assert (await hall.owner.delete(f"/students/{student['id']}")).status_code == 409
    assert (await hall.owner.delete(f"/libraries/seats/{hall.seats['A1']['id']}")).status_code == 409


async def test_a_member_without_a_seat_is_not_deleted_and_nor_is_their_library(hall: Hall):
    member = await hall.enrol()
    plan = await hall.add_plan("Floating", kind="unreserved", price=0)
    made = await hall.sell(member, plan, None)

    refused = await hall.owner.delete(f"/students/{member['id']}")
    assert code_of(refused) == (409, "STUDENT_IN_USE")
    assert (await hall.owner.delete(f"/libraries/{hall.id}")).status_code == 409
    await do(hall, made, "cancel", reason="Leaves")
    assert (await hall.owner.delete(f"/students/{member['id']}")).status_code == 204
    assert (await hall.owner.delete(f"/libraries/{hall.id}")).status_code == 204


async def test_a_seat_that_is_to_be_repaired_is_whose_it_is(hall: Hall, morning: dict[str, Any]):
    membership = await hall.sell(await hall.enrol("Asha"), await hall.add_plan(), "A1", morning)
    body = {"seat_id": hall.seats["A1"]["id"], "reason": "Lamp is broken"}

    refused = await hall.owner.post("/bookings/outages", body)

    assert code_of(refused) == (409, "SEAT_TAKEN")
    assert faults_of(refused) == {("memberships[0]", membership["id"])}


@pytest.mark.parametrize("kind", ["reserved", "unreserved"])
async def test_who_is_suspended_buys_nothing_and_may_leave(hall: Hall, morning: dict[str, Any], kind: str):
    plan = await hall.add_plan(kind=kind)
    student = await hall.enrol()
    what = ("A1", morning) if kind == "reserved" else (None,)
    membership = await hall.sell(student, plan, *what)
    suspend = {"reason": "Loud in the silent room, twice"}
    assert (await hall.owner.post(f"/students/{student['id']}/suspend", suspend)).status_code == 200

    for action in ("renew", "move"):
        body = {"seat_id": hall.seats["A2"]["id"]} if action == "move" else {}
        if action == "renew" or kind == "reserved":
            refused = await try_to(hall, membership, action, **body)
            assert code_of(refused) == (409, "STUDENT_NOT_ACTIVE")
    assert code_of(await hall.try_to_sell(student, plan, *what)) in {
        (409, "STUDENT_NOT_ACTIVE"),
        (409, "SEAT_TAKEN"),
        (409, "STUDENT_ELSEWHERE"),
    }
    longer = await do(hall, membership, "extend", days=1, reason="Was ill")
    assert (await do(hall, longer, "cancel", reason="Leaves"))["status"] == "cancelled"


async def test_a_draft_whose_days_are_over_is_none_any_more(hall: Hall, morning: dict[str, Any]):
    plan = await hall.add_plan(period="weekly", price=70_000)
    draft, other = [
        await hall.sell(await hall.enrol(), plan, seat, morning, draft=True) for seat in ("A1", "A2")
    ]
    async with at(hall, "07:00", days=6):
        assert (await do(hall, draft, "activate"))["status"] == "active"
    async with at(hall, "07:00", days=7):
        assert code_of(await try_to(hall, other, "activate")) == (409, "MEMBERSHIP_OVER")


async def test_a_pause_to_come_is_ended_before_it_begins(hall: Hall, morning: dict[str, Any]):
    membership = await hall.sell(await hall.enrol("Asha"), await hall.add_plan(), "A1", morning)
    first = today() + 5 * DAY
    rests = await do(hall, membership, "pause", first_on=str(first), last_on=str(first + 9 * DAY))
    assert await holder(hall, "A1", first + DAY, morning) is None

    resumed = await do(hall, rests, "resume")

    assert resumed["ends_on"] == membership["ends_on"]
    assert await holder(hall, "A1", first + DAY, morning) == "Asha"
    found = await history(hall, membership)
    assert (found["pauses"], sum(one["price"] for one in found["terms"])) == ([], 300_000)
    assert code_of(await try_to(hall, membership, "resume")) == (409, "MEMBERSHIP_OVER")
