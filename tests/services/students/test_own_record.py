"""Students sign in themselves and see their own record, and nothing else. D36, D45, D47, D130."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.people import PASSWORD, People, Person
from tests.services.users.conftest import within_a_second

from studyspot.entrypoints.platform import Platform

NUMBERS = count(9_700_000_001)
UNPAID = {"reason": "has not paid since March"}
Code = Callable[[str], Awaitable[str]]


async def enrol(owner: Person) -> dict[str, Any]:
    answer = await owner.post("/students", {"first_name": "Meera", "phone": f"+91{next(NUMBERS)}"})
    student: dict[str, Any] = answer.json()["data"]
    return student


async def set_password(client: httpx2.AsyncClient, phone: str, sent_code: Code) -> httpx2.Response:
    await client.post("/api/v1/auth/forgot-password", json={"identifier": phone})
    body = {"identifier": phone, "code": await sent_code(phone), "new_password": PASSWORD}
    return await client.post("/api/v1/auth/reset-password", json=body)


async def sign_in(client: httpx2.AsyncClient, phone: str, **more: str) -> httpx2.Response:
    body = {"phone": phone, "password": PASSWORD} | more
    return await client.post("/api/v1/auth/student/login", json=body)


def as_person(client: httpx2.AsyncClient, signed_in: httpx2.Response) -> Person:
    data = signed_in.json()["data"]
    return Person(
        client, "", data["user"]["id"], data["user"]["tenant_id"], *list(data["tokens"].values())[:2]
    )


@pytest.fixture
async def student(client: httpx2.AsyncClient, owner: Person, sent_code: Code) -> dict[str, Any]:
    """One who has signed in once."""
    student = await enrol(owner)
    assert (await owner.post(f"/students/{student['id']}/account")).status_code == 204
    assert (await set_password(client, student["phone"], sent_code)).status_code == 204
    return student


async def test_a_student_is_told_once_of_the_own_account(owner: Person, letters):
    student = await enrol(owner)
    for _ in range(2):
        assert (await owner.post(f"/students/{student['id']}/account")).status_code == 204

    (letter,) = await letters(student["phone"])
    assert letter["subject"] == "invitation"


async def test_what_the_staff_notes_is_not_shown_to_the_student(client, owner: Person, student):
    noted = {"version": student["version"], "notes": "pays late"}
    assert (await owner.put(f"/students/{student['id']}", noted)).json()["data"]["notes"] == "pays late"
    me = as_person(client, await sign_in(client, student["phone"]))

    own = (await me.get("/students/me")).json()["data"]
    profile = (await me.get("/students/me/profile")).json()["data"]["student"]
    changed = (await me.put("/students/me", {"version": own["version"], "city": "Goa"})).json()["data"]

    assert [one["notes"] for one in (own, profile, changed)] == [None, None, None]
    kept = (await owner.get(f"/students/{student['id']}")).json()["data"]
    assert (kept["notes"], kept["city"]) == ("pays late", "Goa")


async def test_a_student_sets_a_password_by_phone_and_sees_the_own_record(client, owner: Person, student):
    answer = await sign_in(client, student["phone"])

    user = answer.json()["data"]["user"]
    assert (user["role"], user["tenant_id"]) == ("student", owner.tenant_id)
    assert user["subject_id"] == student["id"]
    seen = (await as_person(client, answer).get("/students/me")).json()["data"]
    assert (seen["id"], seen["phone"]) == (student["id"], student["phone"])


async def test_a_student_reaches_nobody_elses_record(client, owner: Person, student):
    other = await enrol(owner)
    me = as_person(client, await sign_in(client, student["phone"]))

    asked = [
        await me.get("/students"),
        await me.get(f"/students/{other['id']}"),
        await me.get(f"/students/{student['id']}"),
        await me.put(f"/students/{other['id']}", {"version": 1, "first_name": "Mine"}),
        await me.delete(f"/students/{student['id']}"),
        await me.get("/students/export"),
        await me.get("/users"),
    ]

    assert {one.status_code for one in asked} == {403}


async def test_a_student_changes_some_of_it(client, student):
    me = as_person(client, await sign_in(client, student["phone"]))

    changed = await me.put("/students/me", {"version": student["version"], "city": "Kota"})
    refused = await me.put("/students/me", {"version": 2, "status": "active", "phone": "+919800000000"})

    assert changed.json()["data"]["city"] == "Kota"
    assert {fault["field"] for fault in refused.json()["error"]["details"]} == {"status", "phone"}


async def test_nobody_else_has_an_own_record(owner: Person, operator: Person):
    assert (await owner.get("/students/me")).status_code == 403
    as_operator = await operator.get("/students/me", headers={"x-tenant-id": owner.tenant_id})
    assert as_operator.status_code == 404


@pytest.mark.parametrize("how", ["suspend", "delete", "close"])
async def test_who_is_shut_out_is_out_within_a_second(client, owner: Person, student, how: str):
    me = as_person(client, await sign_in(client, student["phone"]))
    place = f"/students/{student['id']}"
    if how == "suspend":
        assert (await owner.post(f"{place}/suspend", UNPAID)).status_code == 200
    else:
        assert (await owner.delete(place if how == "delete" else f"{place}/account")).status_code == 204

    async def refused() -> bool:
        return (await me.get("/students/me")).status_code == 401

    await within_a_second(refused)
    assert (await sign_in(client, student["phone"])).status_code == 401


@pytest.mark.parametrize("how", ["reactivate", "change"])
async def test_who_is_let_in_again_signs_in_again(client, owner: Person, student, how: str):
    place = f"/students/{student['id']}"
    await owner.post(f"{place}/suspend", UNPAID)
    assert (await owner.post(f"{place}/account")).status_code == 409
    if how == "reactivate":
        assert (await owner.post(f"{place}/reactivate")).status_code == 200
    else:
        assert (await owner.put(place, {"version": 2, "status": "active"})).status_code == 200

    assert (await sign_in(client, student["phone"])).status_code == 200


async def test_a_number_that_somebody_squats_on_opens_nothing(client, owner: Person, people: People):
    student = await enrol(owner)
    squatter = await people.owner("free")
    assert (
        await squatter.put(
            "/auth/me", {"version": 1, "phone": student["phone"], "current_password": PASSWORD}
        )
    ).status_code == 200

    assert (await owner.post(f"/students/{student['id']}/account")).status_code == 204

    assert (await sign_in(client, student["phone"])).status_code == 401
    assert (await sign_in(client, student["phone"], tenant_id=owner.tenant_id)).status_code == 401


async def test_a_student_of_two_businesses_chooses_one(client, people: People, student):
    second = await people.owner("free")
    body = {"first_name": "Meera", "phone": student["phone"]}
    there = (await second.post("/students", body)).json()["data"]
    await second.post(f"/students/{there['id']}/account")

    answer = await sign_in(client, student["phone"], tenant_id=second.tenant_id)

    assert answer.json()["data"]["user"]["subject_id"] == there["id"]


async def test_opening_twice_is_harmless_and_the_staffs_number_is_refused(owner: Person, people: People):
    student = await enrol(owner)
    for _ in range(2):
        assert (await owner.post(f"/students/{student['id']}/account")).status_code == 204
    staff = await people.member(owner, "staff")
    await staff.put("/auth/me", {"version": 1, "phone": f"+91{next(NUMBERS)}", "current_password": PASSWORD})
    phone = (await staff.get("/auth/me")).json()["data"]["phone"]
    same = (await owner.post("/students", {"first_name": "Ravi", "phone": phone})).json()["data"]

    answer = await owner.post(f"/students/{same['id']}/account")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "DUPLICATE_ENTRY")


async def test_who_has_the_old_number_reads_no_further(client, owner: Person, student):
    place = f"/students/{student['id']}"
    moved = {"version": student["version"], "phone": f"+91{next(NUMBERS)}"}
    assert (await owner.put(place, moved)).status_code == 200

    assert (await sign_in(client, student["phone"])).status_code == 401
    assert (await owner.post(f"{place}/account")).status_code == 204


async def test_another_business_cannot_open_it(owner: Person, stranger: Person):
    student = await enrol(owner)

    assert (await stranger.post(f"/students/{student['id']}/account")).status_code == 404


async def test_the_trail_says_who_let_the_student_in(platform: Platform, owner: Person, student):
    async with platform.control.connection() as control:
        actions = await control.column(
            "SELECT action FROM audit.entries WHERE account_id = $1", UUID(owner.account_id)
        )

    assert "students:admit" in actions


@pytest.fixture
async def me(client: httpx2.AsyncClient, student: dict[str, Any]) -> Person:
    return as_person(client, await sign_in(client, student["phone"]))


GOALS = "/students/me/academic-goals"
OPEN = {"profile_visibility": "public", "show_email": True, "show_phone": False, "show_location": True}


async def test_a_student_keeps_goals(me: Person, student):
    first = await me.post(
        GOALS, {"goal": "UPSC प्रारंभिक परीक्षा", "target_date": "2027-05-23", "priority": "high"}
    )
    second = (await me.post(GOALS, {"goal": "Ten hours a day"})).json()["data"]
    goal = first.json()["data"]
    done = {"version": goal["version"], "status": "completed", "target_date": None}
    changed = (await me.put(f"{GOALS}/{goal['id']}", done)).json()["data"]
    stale = await me.put(f"{GOALS}/{goal['id']}", done)
    looked_at = (await me.get(f"{GOALS}/{goal['id']}")).json()["data"]
    assert (await me.delete(f"{GOALS}/{second['id']}")).status_code == 204

    kept = (await me.get("/students/me/profile")).json()["data"]
    assert first.status_code == 201
    assert kept["academic_goals"] == [changed]
    assert looked_at == changed
    assert (changed["status"], changed["target_date"], changed["priority"]) == ("completed", None, "high")
    assert kept["student"]["id"] == student["id"]
    assert stale.json()["error"]["code"] == "VERSION_CONFLICT"


async def test_a_student_keeps_a_hundred_goals_at_the_most(me: Person):
    answers = [await me.post(GOALS, {"goal": f"Chapter {number}"}) for number in range(101)]

    assert [one.status_code for one in answers[:-1]] == [201] * 100
    assert answers[-1].json()["error"]["code"] == "LIMIT_EXCEEDED"


async def test_nothing_is_shown_until_the_student_says_so(me: Person, owner: Person, student):  # D129
    before = (await owner.get(f"/students/{student['id']}/profile")).json()["data"]["privacy_settings"]
    chosen = (await me.put("/students/me/privacy-settings", OPEN)).json()["data"]
    after = (await owner.get(f"/students/{student['id']}/profile")).json()["data"]["privacy_settings"]

    assert before == {
        "profile_visibility": "private",
        "show_email": False,
        "show_phone": False,
        "show_location": False,
        "allow_data_sharing": False,
    }
    assert chosen == after == OPEN | {"allow_data_sharing": False}


async def test_goals_and_profiles_are_ones_own(
    client, owner: Person, me: Person, stranger: Person, sent_code
):
    goal = (await me.post(GOALS, {"goal": "Mine"})).json()["data"]
    other = await enrol(owner)
    await owner.post(f"/students/{other['id']}/account")
    await set_password(client, other["phone"], sent_code)
    neighbour = as_person(client, await sign_in(client, other["phone"]))

    assert (await neighbour.get(f"{GOALS}/{goal['id']}")).status_code == 404
    assert (await neighbour.put(f"{GOALS}/{goal['id']}", {"version": 1, "goal": "Ours"})).status_code == 404
    assert (await neighbour.delete(f"{GOALS}/{goal['id']}")).status_code == 404
    assert (await neighbour.get(f"/students/{other['id']}/profile")).status_code == 403
    assert (await stranger.get(f"/students/{other['id']}/profile")).status_code == 404
    assert (await owner.post(GOALS, {"goal": "Theirs"})).status_code == 403
