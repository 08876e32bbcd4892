"""Who asks is followed up and becomes a student once, and whoever brought them is thanked once."""

import asyncio
from itertools import count
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import Hall, today
from tests.services.payments.till import DAY, RUPEE, Till

NUMBERS = count(9_755_000_001)


def number() -> str:
    return f"+91{next(NUMBERS)}"


async def ask(owner: Person, **fields: Any) -> dict[str, Any]:
    lead: dict[str, Any] = await made(owner, "/leads", {"name": "Ravi Kumar", "phone": number()} | fields)
    return lead


async def convert(owner: Person, lead: dict[str, Any], **fields: Any) -> httpx2.Response:
    return await owner.post(f"/leads/{lead['id']}/convert", fields)


async def enrol(owner: Person, name: str = "Asha") -> dict[str, Any]:
    student: dict[str, Any] = await made(owner, "/students", {"first_name": name, "phone": number()})
    return student


async def find(owner: Person, **params: Any) -> list[str]:
    return [one["id"] for one in (await owner.get("/leads", params=params)).json()["data"]]


@pytest.fixture
async def hall(owner: Person) -> Hall:
    return await Hall.opened(owner)


async def test_a_lead_is_followed_up_and_becomes_a_student(owner: Person, hall: Hall, people: People):
    shift = await hall.add_shift("06:00", "12:00")
    colleague = await people.member(owner, "staff")
    lead = await made(
        colleague,
        "/leads",
        {
            "name": "Ravi Kumar Singh",
            "phone": number(),
            "source": "social",
            "library_id": hall.id,
            "shift_id": shift["id"],
            "follow_up_on": str(today()),
            "assigned_to": colleague.account_id,
            "notes": "Wants a window",
        },
    )
    assert (lead["status"], lead["student_id"], lead["version"]) == ("new", None, 1)
    change = {"version": 1, "status": "visited", "follow_up_on": str(today() + DAY)}
    visited = (await colleague.put(f"/leads/{lead['id']}", change)).json()["data"]
    assert (visited["status"], visited["notes"]) == ("visited", "Wants a window")
    assert code_of(await colleague.put(f"/leads/{lead['id']}", change)) == (409, "VERSION_CONFLICT")
    assert code_of(await convert(colleague, lead)) == (403, "INSUFFICIENT_PERMISSIONS")

    converted = (await convert(owner, lead, email="ravi@example.in")).json()["data"]

    assert converted["status"] == "converted"
    student = (await owner.get(f"/students/{converted['student_id']}")).json()["data"]
    assert [
        student[name] for name in ("first_name", "last_name", "phone", "email", "library_id", "notes")
    ] == [
        "Ravi",
        "Kumar Singh",
        lead["phone"],
        "ravi@example.in",
        hall.id,
        "Wants a window",
    ]
    for path, body in (("lose", {"reason": "x"}),):
        assert code_of(await owner.post(f"/leads/{lead['id']}/{path}", body)) == (409, "WRONG_STATE")
    late = await owner.put(f"/leads/{lead['id']}", {"version": converted["version"], "notes": None})
    assert code_of(late) == (409, "WRONG_STATE")


async def test_a_lead_becomes_one_student_however_often_that_is_asked(owner: Person):
    lead = await ask(owner)

    answers = await asyncio.gather(*(convert(owner, lead) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["student_id"] for answer in answers}) == 1
    assert (await owner.get("/students")).json()["pagination"]["total"] == 1


async def test_who_has_the_phone_number_already_is_told(owner: Person):
    lead, student = await ask(owner), await enrol(owner)
    for phone, fault in ((lead["phone"], "known_lead"), (student["phone"], "known_student")):
        refused = await owner.post("/leads", {"name": "Other", "phone": phone})
        assert code_of(refused) == (409, "DUPLICATE_ENTRY")
        assert faults_of(refused) == {("phone", fault)}
    assert student["student_code"] in refused.text

    lost = (await owner.post(f"/leads/{lead['id']}/lose", {"reason": "Too far"})).json()["data"]
    assert (lost["status"], lost["lost_reason"]) == ("lost", "Too far")
    again = await ask(owner, phone=lead["phone"])
    reopened = await owner.put(f"/leads/{lead['id']}", {"version": lost["version"], "status": "new"})
    assert faults_of(reopened) == {("phone", "known_lead")}
    await owner.post(f"/leads/{again['id']}/lose", {"reason": "Too far"})
    reopened = await owner.put(f"/leads/{lead['id']}", {"version": lost["version"], "status": "new"})
    assert (reopened.json()["data"]["lost_reason"], reopened.status_code) == (None, 200)
    await made(owner, "/students", {"first_name": "Ravi", "phone": lead["phone"]})
    assert code_of(await convert(owner, lead)) == (409, "DUPLICATE_ENTRY")
    assert (await owner.get(f"/leads/{lead['id']}")).json()["data"]["status"] == "new"


async def test_the_same_phone_number_at_once_is_one_lead(owner: Person):
    body = {"name": "Ravi", "phone": number()}

    answers = await asyncio.gather(*(owner.post("/leads", body) for _ in range(6)))

    assert sorted(map(code_of, answers)) == [(201, "")] + [(409, "DUPLICATE_ENTRY")] * 5


async def test_leads_are_found_by_what_is_to_be_done_and_by_their_names(owner: Person, hall: Hall):
    old = await ask(owner, name="रवि Kumar", follow_up_on=str(today() - DAY))
    today_s = await ask(owner, follow_up_on=str(today()), source="event")
    await ask(owner, follow_up_on=str(today() + DAY), library_id=hall.id)

    assert await find(owner, follow_up_until=str(today())) == [today_s["id"], old["id"]]
    assert await find(owner, source="event") == [today_s["id"]]
    assert await find(owner, search="रवि") == [old["id"]]
    assert await find(owner, search=old["phone"][3:]) == [old["id"]]
    await owner.post(f"/leads/{old['id']}/lose", {"reason": "Moved"})
    assert await find(owner, follow_up_until=str(today())) == [today_s["id"]]
    assert await find(owner, status="lost") == [old["id"]]
    assert await find(owner, page=9) == []


async def test_what_a_lead_names_must_be_there(owner: Person, hall: Hall):
    other = await Hall.opened(owner)
    shift = await other.add_shift("06:00", "12:00")
    for fields, code in (
        ({"library_id": str(uuid4())}, "UNKNOWN_LIBRARY"),
        ({"library_id": hall.id, "shift_id": shift["id"]}, "UNKNOWN_SHIFT"),
        ({"shift_id": shift["id"]}, "UNKNOWN_SHIFT"),
        ({"library_id": hall.id, "shift_id": str(uuid4())}, "UNKNOWN_SHIFT"),
        ({"assigned_to": str(uuid4())}, "UNKNOWN_COLLEAGUE"),
        ({"referral_code": "STU-999999"}, "UNKNOWN_REFERRAL_CODE"),
    ):
        body = {"name": "Ravi", "phone": number()} | fields
        assert code_of(await owner.post("/leads", body)) == (422, code)
    lead = await ask(owner, library_id=other.id, shift_id=shift["id"])
    moved = await owner.put(f"/leads/{lead['id']}", {"version": 1, "library_id": hall.id})
    assert code_of(moved) == (422, "UNKNOWN_SHIFT")


async def test_whoever_brings_another_is_rewarded_once_when_the_other_is_a_member(owner: Person, hall: Hall):
    till, friend = Till(hall), await enrol(owner, "Asha")
    lead = await ask(owner, name="Ravi", referral_code=friend["student_code"].lower())
    assert lead["referral_code"] == friend["student_code"]
    ravi = {"id": (await convert(owner, lead)).json()["data"]["student_id"]}
    [referral] = (await owner.get("/referrals")).json()["data"]
    assert [referral[name] for name in ("status", "code", "referred_name", "lead_id")] == [
        "pending",
        friend["student_code"],
        "Ravi",
        lead["id"],
    ]
    path, charge = f"/referrals/{referral['id']}/reward", await till.fine(friend, 300)
    reward = {"charge_id": charge["id"], "amount_paise": 200 * RUPEE}
    assert code_of(await owner.post(path, reward)) == (409, "NOT_CONVERTED")

    shift = await hall.add_shift("06:00", "12:00")
    await hall.sell(ravi, await hall.add_plan(), "A1", shift)
    converted = (await owner.get("/referrals", params={"status": "converted"})).json()["data"]
    assert [one["id"] for one in converted] == [referral["id"]]
    foreign = reward | {"charge_id": (await till.fine(ravi, 300))["id"]}
    assert code_of(await owner.post(path, foreign)) == (422, "UNKNOWN_CHARGE")
    too_much = reward | {"amount_paise": 301 * RUPEE}
    assert code_of(await owner.post(path, too_much)) == (409, "MORE_THAN_OPEN")
    answers = await asyncio.gather(*(owner.post(path, reward) for _ in range(3)))

    assert {answer.status_code for answer in answers} == {200}
    rewarded = (await owner.get(f"/referrals/{referral['id']}")).json()["data"]
    assert (rewarded["status"], rewarded["reward_paise"]) == ("rewarded", 200 * RUPEE)
    assert (await till.statement(friend))["open"] == 100
    listed = await owner.get("/referrals", params={"referrer_id": friend["id"], "status": "pending"})
    assert listed.json()["data"] == []


async def test_a_reward_by_hand_is_given_by_who_may_approve_and_by_no_staff(
    owner: Person, hall: Hall, people: People
):
    till, friend, ravi = Till(hall), await enrol(owner), await enrol(owner)
    body = {"code": friend["student_code"], "student_id": ravi["id"]}
    referral = await made(owner, "/referrals", body)
    await hall.sell(ravi, await hall.add_plan(kind="unreserved"), None)
    staff, manager = [await people.member(owner, role) for role in ("staff", "manager")]
    path, charge = f"/referrals/{referral['id']}/reward", await till.fine(friend, 900)

    # Whose waivers by hand are limited rewards nobody at all, be it little or much.
    for rupees in (1, 501):
        reward = {"charge_id": charge["id"], "amount_paise": rupees * RUPEE}
        assert code_of(await staff.post(path, reward)) == (403, "INSUFFICIENT_PERMISSIONS")
    waiver = {"amount": 501 * RUPEE, "reason": f"For bringing {ravi['student_code']}"}
    by_hand = await staff.post(f"/payments/charges/{charge['id']}/waive", waiver)
    assert code_of(by_hand) == (403, "APPROVAL_NEEDED")
    assert (await till.statement(friend))["open"] == 900
    assert (await manager.post(path, reward)).status_code == 200
    assert (await till.statement(friend))["open"] == 399


async def test_two_students_do_not_bring_each_other(owner: Person):
    pairs = [(await enrol(owner), await enrol(owner)) for _ in range(4)]

    async def bring(one: dict[str, Any], other: dict[str, Any]) -> httpx2.Response:
        return await owner.post("/referrals", {"code": one["student_code"], "student_id": other["id"]})

    assert (await bring(*pairs[0])).status_code == 201
    assert code_of(await bring(*reversed(pairs[0]))) == (409, "BROUGHT_EACH_OTHER")
    for one, other in pairs[1:]:
        answers = await asyncio.gather(bring(one, other), bring(other, one))
        assert sorted(map(code_of, answers)) == [(201, ""), (409, "BROUGHT_EACH_OTHER")]


async def test_who_has_bought_something_is_brought_by_nobody_any_more(owner: Person, hall: Hall):
    friend, ravi = [await enrol(owner) for _ in range(2)]
    plan = await hall.add_plan(kind="unreserved")
    body = {"code": friend["student_code"], "student_id": ravi["id"]}
    sold = await hall.sell(ravi, plan, None, starts_on=str(today() + 2 * DAY))

    assert code_of(await owner.post("/referrals", body)) == (409, "NOT_NEW")
    cancelled = {"version": sold["version"], "reason": "Typed wrongly"}
    assert (await owner.post(f"/memberships/{sold['id']}/cancel", cancelled)).status_code == 200
    assert (await owner.post("/referrals", body)).status_code == 201


async def test_a_student_is_brought_by_one_other_and_not_by_themselves(owner: Person, people: People):
    friend, other, ravi = [await enrol(owner) for _ in range(3)]
    body = {"code": friend["student_code"], "student_id": ravi["id"]}

    own = await owner.post("/referrals", body | {"student_id": friend["id"]})
    assert code_of(own) == (422, "UNKNOWN_REFERRAL_CODE")
    nobody = await owner.post("/referrals", body | {"student_id": str(uuid4())})
    assert code_of(nobody) == (422, "UNKNOWN_STUDENT")
    referral = await made(owner, "/referrals", body)
    assert (referral["referrer_id"], referral["lead_id"]) == (friend["id"], None)
    again = await owner.post("/referrals", body | {"code": other["student_code"]})
    assert code_of(again) == (409, "DUPLICATE_ENTRY")
    manager, staff = [await people.member(owner, role) for role in ("manager", "staff")]
    assert (await manager.get(f"/referrals/{referral['id']}")).status_code == 200
    reward = {"charge_id": str(uuid4()), "amount_paise": 1}
    refused = await staff.post(f"/referrals/{referral['id']}/reward", reward)
    assert code_of(refused) == (403, "INSUFFICIENT_PERMISSIONS")
