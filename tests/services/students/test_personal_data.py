"""What somebody may ask for: to see everything that is kept about them, and to be forgotten."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import Hall, at, today, tomorrow
from tests.services.students.test_images import picture, put

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId

PHONES = count(9_755_000_001)
SECRETS = ("Zubaida", "zubaida@example.in", "Rose Lane", "pays late", "2005-07-09", "Yasmin", "123F")


@pytest.fixture
async def owner(people: People) -> Person:
    return await people.owner()


@pytest.fixture
async def hall(owner: Person) -> Hall:
    return await Hall.opened(owner)


async def well_known(hall: Hall) -> dict[str, Any]:
    """Somebody about whom there is much."""
    student = await hall.enrol(
        "Zubaida",
        last_name="Ansari",
        email="zubaida@example.in",
        address="4, Rose Lane",
        notes="pays late",
        date_of_birth="2005-07-09",
        parent_phone=f"+91{next(PHONES)}",
    )
    path = f"/students/{student['id']}"
    guardian = {"name": "Yasmin Ansari", "relation": "mother", "phone": f"+91{next(PHONES)}"}
    guardian = await made(hall.owner, f"{path}/guardians", guardian)
    agreed = {"guardian_id": guardian["id"], "text_version": "1", "verified_by": "id_seen"}
    await made(hall.owner, f"{path}/consents", agreed)
    await made(hall.owner, f"{path}/id-proofs", {"kind": "pan", "last_four": "123F"})
    complaint = {
        "library_id": hall.id,
        "student_id": student["id"],
        "title": "Zubaida's lamp",
        "category": "seat",
    }
    ticket = await made(
        hall.owner, "/tickets", complaint | {"description": "Her lamp is broken, says Zubaida"}
    )
    comment = {"text": "Told Zubaida to wait", "is_internal": True}
    assert (await hall.owner.post(f"/tickets/{ticket['id']}/comments", comment)).status_code == 201
    return student


async def pay_and_leave(hall: Hall, student: dict[str, Any]) -> None:
    """A fine that is paid, and a seat that was booked and given back."""
    money = {"library_id": hall.id, "student_id": student["id"], "amount": 5_000}
    await made(hall.owner, "/payments/charges", money | {"kind": "fine", "label": "Lost card"})
    await made(hall.owner, "/payments", money | {"method": "cash"})
    plan = await hall.add_plan(kind="unreserved", hours_a_day=4)
    membership = await hall.sell(student, plan, None, draft=True)
    path = f"/memberships/{membership['id']}/cancel"
    cancelled = await hall.owner.post(path, {"version": 1, "reason": "away"})
    assert cancelled.status_code == 200, cancelled.text


async def test_a_paper_is_noted_with_its_last_four_characters_and_who_saw_it(owner: Person, hall: Hall):
    path = f"/students/{(await hall.enrol())['id']}/id-proofs"
    noted = await made(owner, path, {"kind": "aadhaar", "last_four": "0124"})

    assert (noted["seen_by"], noted["seen_by_role"]) == (owner.account_id, "owner")
    assert noted["seen_on"] == str(today())
    assert (await owner.get(f"/students/id-proofs/{noted['id']}")).json()["data"] == noted
    assert (await owner.get(path)).json()["data"] == [noted]
    assert (await owner.delete(f"/students/id-proofs/{noted['id']}")).status_code == 204
    assert (await owner.get(path)).json()["data"] == []
    assert code_of(await owner.delete(f"/students/id-proofs/{noted['id']}")) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("last_four", ["234567890124", "124", "01-4", "abcd", "०१२४"])
async def test_of_a_number_four_characters_are_taken_and_no_others(owner: Person, hall: Hall, last_four: str):
    path = f"/students/{(await hall.enrol())['id']}/id-proofs"
    answer = await owner.post(path, {"kind": "aadhaar", "last_four": last_four})

    assert answer.status_code == 400
    assert {field for field, _ in faults_of(answer)} == {"last_four"}


async def test_a_paper_was_not_seen_tomorrow_and_ten_are_enough(owner: Person, hall: Hall):
    path = f"/students/{(await hall.enrol())['id']}/id-proofs"
    paper = {"kind": "passport", "last_four": "1234"}

    late = await owner.post(path, paper | {"seen_on": str(today() + timedelta(days=1))})
    assert faults_of(late) == {("seen_on", "future_date")}
    for _ in range(10):
        await made(owner, path, paper)
    assert code_of(await owner.post(path, paper)) == (422, "LIMIT_EXCEEDED")


async def test_everything_that_is_kept_is_given(owner: Person, hall: Hall, people: People):
    student = await well_known(hall)
    await pay_and_leave(hall, student)

    answer = await owner.get(f"/students/{student['id']}/data")
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert all(secret in answer.text for secret in SECRETS)
    assert [one["status"] for one in data["memberships"]] == ["cancelled"]
    assert [one["amount"] for one in data["payments"]] == [5_000]
    assert data["statement"]["open"] == 0
    assert [one["kind"] for one in data["consents"]] == ["given"]

    staff = await people.member(owner, "staff")
    assert (await staff.get(f"/students/{student['id']}/data")).status_code == 403
    stranger = await people.owner()
    assert code_of(await stranger.get(f"/students/{student['id']}/data")) == (404, "RESOURCE_NOT_FOUND")


async def test_the_copy_has_where_they_came_from_what_was_said_and_all_that_was_billed(
    owner: Person, hall: Hall, people: People, sent_code: Callable[[str], Awaitable[str]]
):
    friend = await hall.enrol("Friend")
    asked = {"name": "Zubaida Ansari", "phone": f"+91{next(PHONES)}", "notes": "haggles"}
    lead = await made(owner, "/leads", asked | {"referral_code": friend["student_code"]})
    student_id = (await owner.post(f"/leads/{lead['id']}/convert", {})).json()["data"]["student_id"]
    student = (await owner.get(f"/students/{student_id}")).json()["data"]
    await pay_and_leave(hall, student)
    complaint = {"library_id": hall.id, "student_id": student_id, "title": "Lamp", "description": "Broken"}
    ticket = await made(owner, "/tickets", complaint | {"assigned_to": owner.account_id})
    for text, is_internal in (("We look at it", False), ("She always complains", True)):
        said = {"text": text, "is_internal": is_internal}
        await made(owner, f"/tickets/{ticket['id']}/comments", said)

    answer = await owner.get(f"/students/{student_id}/data")
    data = answer.json()["data"]
    assert [(one["name"], one["notes"]) for one in data["leads"]] == [("Zubaida Ansari", "haggles")]
    assert [(one["has_brought"], one["reward_paise"]) for one in data["referrals"]] == [(False, None)]
    assert "Friend" not in answer.text
    assert [one["text"] for one in data["ticket_events"]] == ["We look at it", None]
    assert [(one["label"], one["paid"], one["open"]) for one in data["charges"]] == [("Lost card", 5_000, 0)]
    assert [(one["kind"], one["total"]) for one in data["papers"]] == [("receipt", 5_000)]
    assert data["papers"][0]["number"] == data["payments"][0]["number"]
    of_friend = (await owner.get(f"/students/{friend['id']}/data")).json()["data"]
    assert [one["has_brought"] for one in of_friend["referrals"]] == [True]

    own = await (await signed_in(owner, student, people, sent_code)).get("/students/me/data")
    assert own.status_code == 200, own.text
    for hidden in ("haggles", "She always complains", owner.account_id):
        assert hidden not in own.text
    assert own.json()["data"]["papers"] == data["papers"]


async def test_the_copy_has_what_was_booked_and_waited_for_and_how_they_came_and_went(
    owner: Person, hall: Hall
):
    student, other = await hall.enrol("Zubaida"), await hall.enrol("Other")
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    for seat in hall.seats:
        await hall.sell(await hall.enrol(), plan, seat, shift)
    waits = {"plan_id": plan["id"], "shift_ids": [shift["id"]], "starts_on": str(today())}
    starts = tomorrow("15:00", days=2)
    for one in (student, other):
        await hall.book(one, "A1" if one is student else "A2", starts, starts + timedelta(hours=2))
        await made(owner, "/waitlist", waits | {"student_id": one["id"]})
    assert (await put(owner, f"/students/{student['id']}/photo", picture())).is_success
    async with at(hall, "09:00"):
        come = {"library_id": hall.id, "student_id": student["id"]}
        assert (await hall.owner.post("/attendance/check-in", come)).is_success
        library = (await hall.owner.get(f"/libraries/{hall.id}")).json()["data"]
        allowed = {"version": library["version"], "leave_minutes_max": 30}
        assert (await hall.owner.put(f"/libraries/{hall.id}", allowed)).is_success
        left = await hall.owner.post("/attendance/leave", {"student_id": student["id"]})
        assert left.is_success, left.text
        data = (await hall.owner.get(f"/students/{student['id']}/data")).json()["data"]

    assert [(one["seat_id"], one["status"]) for one in data["bookings"]] == [
        (hall.seats["A1"]["id"], "confirmed")
    ]
    assert [(one["plan_id"], one["status"]) for one in data["waitlist"]] == [(plan["id"], "waiting")]
    assert [one["back_at"] for one in data["leaves"]] == [None]
    assert data["has_photo"]
    of_other = (await hall.owner.get(f"/students/{other['id']}/data")).json()["data"]
    assert (of_other["has_photo"], of_other["leaves"]) == (False, [])


async def signed_in(
    owner: Person, student: dict[str, Any], people: People, sent_code: Callable[[str], Awaitable[str]]
) -> Person:
    password = "my own chair"
    assert (await owner.post(f"/students/{student['id']}/account")).status_code == 204
    await owner.client.post("/api/v1/auth/forgot-password", json={"identifier": student["phone"]})
    reset = {
        "identifier": student["phone"],
        "code": await sent_code(student["phone"]),
        "new_password": password,
    }
    answer = await owner.client.post("/api/v1/auth/reset-password", json=reset)
    assert answer.is_success, answer.text
    login = {"phone": student["phone"], "password": password}
    answer = await owner.client.post("/api/v1/auth/login", json=login)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    tokens = data["tokens"]
    return Person(
        owner.client,
        "",
        data["user"]["id"],
        owner.tenant_id,
        tokens["access_token"],
        tokens["refresh_token"],
    )


async def test_students_get_their_own_without_what_the_staff_notes_and_sign_in_no_more_once_forgotten(
    owner: Person, hall: Hall, people: People, sent_code: Callable[[str], Awaitable[str]]
):
    student = await well_known(hall)
    zubaida = await signed_in(owner, student, people, sent_code)

    answer = await zubaida.get("/students/me/data")
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["student"]["first_name"] == "Zubaida"
    assert "pays late" not in answer.text

    assert (await owner.post(f"/students/{student['id']}/erasure")).status_code == 204
    assert (await zubaida.get("/students/me/data")).status_code == 401


async def test_nobody_is_forgotten_who_has_a_seat_or_owes(owner: Person, hall: Hall):
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    member, debtor = await hall.enrol(), await hall.enrol()
    await hall.sell(member, plan, "A1", shift)
    money = {"library_id": hall.id, "student_id": debtor["id"], "amount": 5_000}
    await made(owner, "/payments/charges", money | {"kind": "fine", "label": "Lost card"})

    for student in (member, debtor):
        assert code_of(await owner.post(f"/students/{student['id']}/erasure")) == (409, "STUDENT_IN_USE")
        assert (await owner.get(f"/students/{student['id']}")).json()["data"] == student


async def test_nothing_in_the_database_says_who_was_forgotten_and_the_books_stay(
    owner: Person, hall: Hall, platform: Platform
):
    student, other = await well_known(hall), await hall.enrol("Other")
    await pay_and_leave(hall, student)
    before = (await owner.get("/students/analytics")).json()["data"]["total_students"]

    path = f"/students/{student['id']}"
    assert (await owner.post(f"{path}/erasure")).status_code == 204
    assert (await owner.post(f"{path}/erasure")).status_code == 204

    assert code_of(await owner.get(path)) == (404, "RESOURCE_NOT_FOUND")
    assert (await owner.get("/students/analytics")).json()["data"]["total_students"] == before - 1
    paid = (await owner.get("/payments", params={"student_id": student["id"]})).json()["data"]
    assert [(one["student_name"], one["amount"]) for one in paid] == [("Erased student", 5_000)]
    kept = await everything(platform, owner)
    assert [
        secret for secret in (*SECRETS, student["phone"], student["parent_phone"]) if secret in kept
    ] == []
    assert student["id"] in kept
    assert other["phone"] in kept
    assert "students:erase" in kept


async def test_who_came_as_a_lead_and_through_a_friend_is_forgotten_there_too(
    owner: Person, hall: Hall, platform: Platform
):
    friend = await hall.enrol("Friend")
    asked = {"name": "Zubaida Ansari", "phone": f"+91{next(PHONES)}", "notes": "Zubaida likes windows"}
    lead = await made(owner, "/leads", asked | {"referral_code": friend["student_code"]})
    converted = await owner.post(f"/leads/{lead['id']}/convert", {})
    assert converted.status_code == 200, converted.text
    student_id = converted.json()["data"]["student_id"]
    assert "Zubaida" in await everything(platform, owner)

    assert (await owner.post(f"/students/{student_id}/erasure")).status_code == 204

    kept = await everything(platform, owner)
    assert [secret for secret in ("Zubaida", "Ansari", asked["phone"], "windows") if secret in kept] == []
    left = (await owner.get(f"/leads/{lead['id']}")).json()["data"]
    assert (left["name"], left["phone"], left["status"]) == ("Erased student", None, "converted")
    referred = (await owner.get("/referrals")).json()["data"]
    assert [(one["referrer_name"], one["referred_name"]) for one in referred] == [
        ("Friend", "Erased student")
    ]
    assert (await owner.get("/audit-log/verification")).json()["data"]["faults"] == []


async def test_who_was_brought_is_not_named_by_what_the_other_got_for_it(
    owner: Person, hall: Hall, platform: Platform
):
    friend, student = await hall.enrol("Friend"), await hall.enrol("Zubaida", last_name="Ansari")
    body = {"code": friend["student_code"], "student_id": student["id"]}
    referral = await made(owner, "/referrals", body)
    day_pass = await hall.add_plan(price=0, period="daily")
    shift, yesterday = await hall.add_shift("06:00", "14:00"), today() - timedelta(days=1)
    await hall.sell(student, day_pass, "A1", shift, starts_on=str(yesterday))
    money = {"library_id": hall.id, "student_id": friend["id"], "amount": 50_000}
    charge = await made(owner, "/payments/charges", money | {"kind": "fine", "label": "Lost card"})
    reward = {"charge_id": charge["id"], "amount_paise": 20_000}
    rewarded = await owner.post(f"/referrals/{referral['id']}/reward", reward)
    assert rewarded.status_code == 200, rewarded.text

    assert (await owner.post(f"/students/{student['id']}/erasure")).status_code == 204

    kept = await everything(platform, owner)
    assert [secret for secret in ("Zubaida", "Ansari") if secret in kept] == []
    assert f"For bringing {student['student_code']}" in kept


@pytest.mark.parametrize("is_lost", [True, False])
async def test_who_asked_before_with_the_same_number_is_forgotten_there_too(
    owner: Person, hall: Hall, platform: Platform, is_lost: bool
):
    phone, other = f"+91{next(PHONES)}", f"+91{next(PHONES)}"
    asked = {"name": "Kavita Rao", "phone": phone, "notes": "Kavita wants a window", "library_id": hall.id}
    lead = await made(owner, "/leads", asked)
    stays = await made(owner, "/leads", {"name": "Somebody", "phone": other})
    path = f"/leads/{lead['id']}"
    if is_lost:
        assert (await owner.post(f"{path}/lose", {"reason": "Kavita's mother is ill"})).status_code == 200
    student = await made(owner, "/students", {"first_name": "Kavita", "phone": phone})

    assert (await owner.post(f"/students/{student['id']}/erasure")).status_code == 204

    kept = await everything(platform, owner)
    assert [
        secret for secret in ("Kavita", "kavita", phone, "window", "mother is ill") if secret in kept
    ] == []
    left = (await owner.get(path)).json()["data"]
    assert (left["name"], left["phone"], left["status"]) == ("Erased student", None, "lost")
    assert (await owner.get(f"/leads/{stays['id']}")).json()["data"] == stays
    again = [
        await owner.put(path, {"version": left["version"], "status": "new"}),
        await owner.post(f"{path}/lose", {"reason": "away"}),
        await owner.post(f"{path}/convert", {}),
    ]
    assert [code_of(answer) for answer in again] == [(409, "WRONG_STATE")] * 3
    assert (await owner.get("/audit-log/verification")).json()["data"]["faults"] == []


async def test_who_was_deleted_is_forgotten_too_and_the_phone_is_free(owner: Person, hall: Hall):
    student = await hall.enrol()
    assert (await owner.delete(f"/students/{student['id']}")).status_code == 204

    assert (await owner.post(f"/students/{student['id']}/erasure")).status_code == 204
    again = await owner.post("/students", {"first_name": "Asha", "phone": student["phone"]})
    assert again.status_code == 201


async def test_the_trail_of_somebody_who_is_not_forgotten_stays(
    owner: Person, hall: Hall, platform: Platform
):
    student = await hall.enrol()
    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        with pytest.raises(Exception, match="trail_of_erased"):
            await connection.run("SELECT students.forget_in_trail($1)", UUID(student["id"]))
        with pytest.raises(Exception, match="tickets_of_erased"):
            await connection.run("SELECT students.forget_tickets($1)", UUID(student["id"]))


async def everything(platform: Platform, owner: Person) -> str:
    """All rows of the tenant that the application may read."""
    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        tables = await connection.column(
            """
            SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND has_table_privilege(c.oid, 'SELECT')
            """
        )
        rows = [row for table in tables for row in await connection.column(f"SELECT t::text FROM {table} t")]
    return "\n".join(rows)
