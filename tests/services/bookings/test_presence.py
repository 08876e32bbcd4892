"""Codes at the door count for whom, where and when they were made, and once; leaves keep a seat for a while.
D123.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from tests.people import PASSWORD, People, Person
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall, at, signed_in_again, tomorrow

from studyspot.kernel.ids import TenantId
from studyspot.kernel.seals import Seals
from studyspot.kernel.vault import Vault, new_vault_key
from studyspot.services.bookings import rules

Code = Callable[[str], Awaitable[str]]
MINUTE = timedelta(minutes=1)


async def portal(hall: Hall, student: dict[str, Any], sent_code: Code) -> None:
    """Gives the student a sign-in of their own."""
    client, phone = hall.owner.client, student["phone"]
    assert (await hall.owner.post(f"/students/{student['id']}/account")).status_code == 204
    await client.post("/api/v1/auth/forgot-password", json={"identifier": phone})
    body = {"identifier": phone, "code": await sent_code(phone), "new_password": PASSWORD}
    assert (await client.post("/api/v1/auth/reset-password", json=body)).status_code == 204


async def as_student(hall: Hall, student: dict[str, Any]) -> Person:
    """Signed in now."""
    client = hall.owner.client
    body = {"phone": student["phone"], "password": PASSWORD}
    answer = await client.post("/api/v1/auth/student/login", json=body)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    tokens = data["tokens"]
    return Person(
        client,
        "",
        data["user"]["id"],
        data["user"]["tenant_id"],
        tokens["access_token"],
        tokens["refresh_token"],
    )


@pytest.fixture
async def member(hall: Hall, sent_code: Code) -> dict[str, Any]:
    """Who has A1 every day from six to ten in the evening, and a sign-in."""
    student = await hall.enrol("Meera")
    shift = await hall.add_shift("06:00", "22:00")
    await hall.sell(student, await hall.add_plan(), "A1", shift)
    await portal(hall, student, sent_code)
    return student


async def wall(hall: Hall) -> str:
    answer = await hall.owner.get("/attendance/wall-code", params={"library_id": hall.id})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["code"])


async def show(person: Person) -> str:
    answer = await person.get("/attendance/me/pass")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["code"])


async def scan(hall: Hall, code: str, **more: Any) -> Any:
    return await hall.owner.post("/attendance/scan", {"library_id": hall.id, "code": code} | more)


async def test_the_wall_lets_a_member_in_and_out(hall: Hall, member: dict[str, Any]):
    async with at(hall, "07:00"):
        me = await as_student(hall, member)
        came = await me.post("/attendance/me/scan", {"code": await wall(hall)})
        assert (came.status_code, came.json()["data"]["seat_code"]) == (200, "A1")
    async with at(hall, "07:10"):
        me = await as_student(hall, member)
        left = await me.post("/attendance/me/scan", {"code": await wall(hall)})
        assert left.json()["data"]["left_at"] is not None
        assert [visit["id"] for visit in (await me.get("/attendance/me")).json()["data"]] == [
            came.json()["data"]["id"]
        ]


async def test_the_desk_reads_a_students_own_code(hall: Hall, member: dict[str, Any]):
    async with at(hall, "07:00"):
        answer = await scan(hall, await show(await as_student(hall, member)))

        assert (answer.status_code, answer.json()["data"]["student_name"]) == (200, "Meera")


async def test_a_code_counts_once_for_each_student(hall: Hall, member: dict[str, Any], sent_code: Code):
    other = await hall.enrol("Ravi")
    shift = await hall.add_shift("06:00", "21:00")
    await hall.sell(other, await hall.add_plan("Second"), "A2", shift)
    await portal(hall, other, sent_code)

    async with at(hall, "07:00"):
        me, ravi = await as_student(hall, member), await as_student(hall, other)
        code = await wall(hall)
        answers = await asyncio.gather(*(me.post("/attendance/me/scan", {"code": code}) for _ in range(5)))
        assert sorted(map(code_of, answers)) == [(200, ""), *[(409, "DOOR_CODE_USED")] * 4]
        assert (await ravi.post("/attendance/me/scan", {"code": code})).status_code == 200
        own = await show(me)
        assert (await scan(hall, own)).json()["data"]["left_at"] is not None
        assert code_of(await scan(hall, own)) == (409, "DOOR_CODE_USED")


async def test_a_picture_of_a_code_is_worth_nothing_later(hall: Hall, member: dict[str, Any]):
    async with at(hall, "07:00"):
        me = await as_student(hall, member)
        shown, own = await wall(hall), await show(me)
        now = datetime.now(UTC)
    with time_machine.travel(now + rules.codes.WALL_LIFE - timedelta(seconds=31)):
        assert (await me.post("/attendance/me/scan", {"code": shown, "action": "in"})).status_code == 200
    with time_machine.travel(now + rules.codes.WALL_LIFE):
        answer = await me.post("/attendance/me/scan", {"code": shown, "action": "out"})
        assert code_of(answer) == (422, "DOOR_CODE_EXPIRED")
    with time_machine.travel(now + rules.codes.PASS_LIFE + timedelta(seconds=1)):
        assert code_of(await scan(hall, own)) == (422, "DOOR_CODE_EXPIRED")


async def test_a_code_of_another_branch_lets_nobody_in(hall: Hall, member: dict[str, Any]):
    branch = await Hall.opened(hall.owner)
    async with at(hall, "07:00"):
        branch.owner = hall.owner
        me = await as_student(hall, member)
        there = await me.post("/attendance/me/scan", {"code": await wall(branch)})
        assert code_of(there) == (409, "NOTHING_HERE")
        assert code_of(await scan(branch, await show(me))) == (409, "NOTHING_HERE")
        assert (await me.get("/attendance/me")).json()["data"] == []
        await me.post("/attendance/me/scan", {"code": await wall(hall)})
        while_in = await me.post("/attendance/me/scan", {"code": await wall(branch)})
        assert code_of(while_in) == (409, "ALREADY_IN")


async def test_who_does_not_know_the_key_makes_no_code(
    hall: Hall, member: dict[str, Any], people: People, stranger: Person
):
    abroad = await Hall.opened(stranger)
    async with at(hall, "07:00"):
        now = datetime.now(UTC)
        me = await as_student(hall, member)
        abroad.owner = await signed_in_again(stranger)
        own, shown = await show(me), await wall(hall)
        guessed = Seals(Vault(new_vault_key()), "door codes", length=rules.SEAL_BYTES)
        tenant = TenantId(UUID(hall.owner.tenant_id))
        bent = bytearray(base64.urlsafe_b64decode(own))
        bent[20] ^= 1
        refused = {
            "of another business": await scan(abroad, own),
            "a pass to the wall": await me.post("/attendance/me/scan", {"code": own}),
            "a wall to the desk": await scan(hall, shown),
            "one bit changed": await scan(hall, base64.urlsafe_b64encode(bent).decode()),
            "cut short": await scan(hall, own[:-4]),
            "no code at all": await scan(hall, "रमा"),
            "made up": await scan(hall, rules.own_pass(guessed, tenant, tenant, now=now).text),
        }
        assert {what: code_of(answer) for what, answer in refused.items()} == dict.fromkeys(
            refused, (422, "INVALID_DOOR_CODE")
        )


async def test_after_grace_a_code_does_not_let_in(hall: Hall, member: dict[str, Any]):
    (membership,) = (await hall.owner.get("/memberships")).json()["data"]
    days_left = (datetime.fromisoformat(membership["ends_on"]).date() - tomorrow("00:00", days=0).date()).days
    last = days_left + membership["grace_days"]

    async with at(hall, "21:00", days=last):
        me = await as_student(hall, member)
        assert (await me.post("/attendance/me/scan", {"code": await wall(hall)})).status_code == 200
        await step(hall, "check-out", member)
    async with at(hall, "07:00", days=last + 1):
        me = await as_student(hall, member)
        answer = await me.post("/attendance/me/scan", {"code": await wall(hall), "action": "in"})
        assert code_of(answer) == (409, "NOTHING_HERE")


async def test_who_does_not_check_out_has_left_at_closing(hall: Hall, member: dict[str, Any]):
    change = {"version": 1, "opening_time": "06:00", "closing_time": "22:00"}
    assert (await hall.owner.put(f"/libraries/{hall.id}", change)).status_code == 200
    async with at(hall, "20:00"):
        came = await hall.owner.post(
            "/attendance/check-in", {"library_id": hall.id, "student_id": member["id"]}
        )
    async with at(hall, "21:59"):
        who = {"library_id": hall.id, "is_in": "true"}
        assert [one["id"] for one in (await hall.owner.get("/attendance", params=who)).json()["data"]] == [
            came.json()["data"]["id"]
        ]
    async with at(hall, "22:01"):
        assert (await hall.owner.get("/attendance", params=who)).json()["data"] == []
        (visit,) = (await hall.owner.get("/attendance", params={"is_in": "false"})).json()["data"]
        assert datetime.fromisoformat(visit["left_at"]) == tomorrow("22:00", days=0)
        out = await hall.owner.post("/attendance/check-out", {"student_id": member["id"]})
        assert code_of(out) == (409, "NOT_IN")
    async with at(hall, "07:00", days=2):
        day = tomorrow("00:00", days=-1).date()
        again = await hall.owner.post(
            "/attendance/check-in", {"library_id": hall.id, "student_id": member["id"]}
        )
        assert again.status_code == 201
        days = {"since": str(day), "until": str(day)}
        hours = await hall.owner.get(f"/attendance/students/{member['id']}/hours", params=days)
        assert [day["minutes"] for day in hours.json()["data"]] == [119], "from some moments after eight"


async def floating(hall: Hall, name: str = "Asha") -> dict[str, Any]:
    """One who has no seat of their own."""
    student = await hall.enrol(name)
    plan = await hall.add_plan(f"Any chair {name}", kind="unreserved")
    await hall.sell(student, plan, None)
    return student


async def come(hall: Hall, student: dict[str, Any]) -> Any:
    body = {"library_id": hall.id, "student_id": student["id"]}
    return await hall.owner.post("/attendance/check-in", body)


async def step(hall: Hall, what: str, student: dict[str, Any]) -> Any:
    return await hall.owner.post(f"/attendance/{what}", {"student_id": student["id"]})


async def test_who_is_back_in_time_finds_the_chair_as_it_was(hall: Hall):
    asha = await floating(hall)
    async with at(hall, "10:00"):
        came = (await come(hall, asha)).json()["data"]
        away = (await step(hall, "leave", asha)).json()["data"]
        assert datetime.fromisoformat(away["away_until"]) == datetime.fromisoformat(away["out_by"])
        assert away["seat_until"] == away["away_until"]
        assert code_of(await step(hall, "leave", asha)) == (409, "NO_LEAVE")
    async with at(hall, "10:29"):
        back = (await step(hall, "back", asha)).json()["data"]
        assert (back["away_until"], back["seat_until"], back["out_by"]) == (
            None,
            came["seat_until"],
            came["out_by"],
        )
        assert code_of(await step(hall, "back", asha)) == (409, "NOT_AWAY")
        (leave,) = (await hall.owner.get("/attendance/leaves")).json()["data"]
        assert (leave["is_strike"], leave["back_at"] is None) == (False, False)


async def test_who_is_back_too_late_has_left_and_lost_the_chair(hall: Hall):
    asha, ravi = await floating(hall), await hall.enrol("Ravi")
    async with at(hall, "10:00"):
        seat = (await come(hall, asha)).json()["data"]["seat_code"]
        await step(hall, "leave", asha)
        starts, ends = tomorrow("10:31", days=0), tomorrow("12:00", days=0)
        assert (await hall.try_to_book(ravi, seat, starts - 2 * MINUTE, ends)).status_code == 409
        await hall.book(ravi, seat, starts, ends)
    async with at(hall, "10:32"):
        assert code_of(await step(hall, "back", asha)) == (409, "NOT_AWAY")
        (visit,) = (await hall.owner.get("/attendance")).json()["data"]
        assert visit["left_at"] == visit["out_by"]
        (strike,) = (await hall.owner.get("/attendance/leaves", params={"is_strike": "true"})).json()["data"]
        assert strike["student_name"] == "Asha"
        assert (await come(hall, asha)).json()["data"]["seat_code"] != seat


async def test_a_chair_that_was_booked_meanwhile_is_theirs_until_then(hall: Hall):
    asha, ravi = await floating(hall), await hall.enrol("Ravi")
    async with at(hall, "10:00"):
        seat = (await come(hall, asha)).json()["data"]["seat_code"]
        await step(hall, "leave", asha)
        await hall.book(ravi, seat, tomorrow("11:00", days=0), tomorrow("12:00", days=0))
    async with at(hall, "10:20"):
        back = (await step(hall, "back", asha)).json()["data"]
        assert datetime.fromisoformat(back["seat_until"]) == tomorrow("11:00", days=0)


async def test_who_leaves_while_away_has_left_without_a_strike(hall: Hall):
    asha = await floating(hall)
    async with at(hall, "10:00"):
        await come(hall, asha)
        await step(hall, "leave", asha)
    async with at(hall, "10:10"):
        assert (await step(hall, "check-out", asha)).status_code == 200
    async with at(hall, "11:00"):
        strikes = await hall.owner.get("/attendance/leaves", params={"is_strike": "true"})
        assert strikes.json()["data"] == []


async def test_strikes_send_a_student_to_the_desk_until_they_are_forgiven(hall: Hall, member: dict[str, Any]):
    assert (
        await hall.owner.put(f"/libraries/{hall.id}", {"version": 1, "strikes_max": 1})
    ).status_code == 200
    async with at(hall, "10:00"):
        me = await as_student(hall, member)
        await me.post("/attendance/me/scan", {"code": await wall(hall)})
        await step(hall, "leave", member)
    async with at(hall, "11:00"):
        me = await as_student(hall, member)
        refused = await me.post("/attendance/me/scan", {"code": await wall(hall)})
        assert code_of(refused) == (409, "TOO_MANY_STRIKES")
        assert (await come(hall, member)).status_code == 201, "the desk may"
        await step(hall, "check-out", member)
        (strike,) = (await hall.owner.get("/attendance/leaves")).json()["data"]
        for _ in range(2):
            forgiven = await hall.owner.post(
                f"/attendance/leaves/{strike['id']}/forgive", {"reason": "Was at the doctor's"}
            )
            assert (forgiven.status_code, forgiven.json()["data"]["is_strike"]) == (200, False)
        assert (await me.post("/attendance/me/scan", {"code": await wall(hall)})).status_code == 200


async def test_a_library_may_keep_no_seats_for_who_goes_out(hall: Hall):
    asha = await floating(hall)
    assert code_of(await step(hall, "leave", asha)) == (409, "NOT_IN")
    await hall.owner.put(f"/libraries/{hall.id}", {"version": 1, "leave_minutes_max": None})
    await come(hall, asha)

    assert code_of(await step(hall, "leave", asha)) == (409, "NO_LEAVE")


async def test_a_student_reaches_nothing_of_the_desk(hall: Hall, member: dict[str, Any]):
    me = await as_student(hall, member)
    for path in ("/attendance", "/attendance/leaves", f"/attendance/wall-code?library_id={hall.id}"):
        assert code_of(await me.get(path)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert (await step(hall, "leave", member)).status_code == 409
    assert code_of(await hall.owner.get("/attendance/me/pass")) == (403, "INSUFFICIENT_PERMISSIONS")
