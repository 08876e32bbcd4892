"""One student at a time: what is taken, what is refused in which words, what the audit trail keeps."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import time_machine
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId

Phone = Callable[[], str]
WHOLE = {
    "first_name": "Asha",
    "last_name": "Rao",
    "email": "Asha.Rao@Example.in",
    "parent_phone": "098111 22333",
    "date_of_birth": "2004-03-12",
    "gender": "female",
    "address": "Flat 3\nMG Road",
    "city": "Pune",
    "state": "Maharashtra",
    "pincode": "411001",
    "education_level": "Graduate",
    "course": "UPSC",
    "institution": "Fergusson College",
    "emergency_contact_name": "Meera Rao",
    "emergency_contact_phone": "+91 98222 33444",
    "enrollment_date": "2026-04-01",
    "notes": "Pays in cash",
}
NOBODY = uuid4()


async def enrol(owner: Person, phone: Phone, **fields: Any) -> dict[str, Any]:
    return await made(owner, "/students", {"first_name": "Asha", "phone": phone()} | fields)


async def test_everything_given_is_kept_and_given_back(owner: Person, phone: Phone):  # D126
    library = (await owner.post("/libraries", {"name": "Hall"})).json()["data"]["id"]

    created = await enrol(owner, phone, **WHOLE, library_id=library)
    read = (await owner.get(f"/students/{created['id']}")).json()["data"]

    normal = {
        "email": "asha.rao@example.in",
        "parent_phone": "+919811122333",
        "emergency_contact_phone": "+919822233444",
        "library_id": library,
    }
    assert {name: read[name] for name in (*WHOLE, "library_id")} == WHOLE | normal
    assert (read["status"], read["version"], read["student_code"]) == ("active", 1, "STU-000001")
    assert read == created
    assert UUID(read["id"]).version == 7
    assert read["created_at"].endswith("Z")


async def test_only_a_name_and_a_phone_are_needed(owner: Person, phone: Phone):
    with time_machine.travel(datetime(2026, 5, 31, 20, 0, tzinfo=UTC), tick=False):
        fresh = await owner.client.post(
            "/api/v1/auth/login", json={"email": owner.email, "password": "a quiet seat by the window"}
        )
        token = fresh.json()["data"]["tokens"]["access_token"]
        answer = await owner.post(
            "/students",
            {"first_name": "Asha", "phone": phone()},
            headers={"authorization": f"Bearer {token}"},
        )

    assert answer.json()["data"]["enrollment_date"] == "2026-06-01"  # where the libraries are it is tomorrow


@pytest.mark.parametrize("path", ["/students?serach=asha", "/libraries?status=active&foo=1", "/auth/me?x=1"])
async def test_a_parameter_that_is_not_known_is_refused(owner: Person, path: str):
    answer = await owner.get(path)

    assert answer.status_code == 400
    assert [fault["code"] for fault in answer.json()["error"]["details"]] == ["unknown_parameter"]


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("/fee-plans", {"library_id"}),
        ("/payments/cash-book", {"library_id", "since", "until"}),
        ("/payments/cash-book?since=2026-11-01", {"library_id", "until"}),
        ("/payments/profit-and-loss?month=2026-11", {"basis"}),
    ],
)
async def test_each_parameter_that_is_missing_is_named(owner: Person, path: str, missing: set[str]):
    answer = await owner.get(path)

    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert faults_of(answer) == {(name, "required") for name in missing}


async def test_a_dry_run_that_is_misspelt_or_misplaced_writes_nothing(owner: Person, phone):
    body = {"students": [{"first_name": "Ravi", "phone": phone()}]}
    file = {"file": ("register.csv", f"name,phone\nRavi,{phone()}\n".encode())}

    misplaced = await owner.post("/students/bulk-import?dry_run=true", body)
    misspelt = await owner.post("/students/import?dryrun=true", files=file)

    assert (misplaced.status_code, misspelt.status_code) == (400, 400)
    assert (await owner.get("/students")).json()["pagination"]["total"] == 0


async def test_every_fault_of_a_body_is_told_at_once(owner: Person):
    body = {
        "first_name": "x" * 101,
        "last_name": "",
        "email": "asha at example",
        "phone": "12345",
        "parent_phone": 9876543210,
        "date_of_birth": "31/12/2004",
        "gender": "f",
        "address": "x" * 501,
        "city": "a\nb",
        "state": ["MH"],
        "pincode": "011001",
        "education_level": "x" * 51,
        "course": "x" * 101,
        "institution": "x" * 201,
        "emergency_contact_name": "\u0007",
        "emergency_contact_phone": "",
        "library_id": "main",
        "enrollment_date": "soon",
        "notes": "x" * 1001,
        "status": "active",
        "student_code": "STU-000009",
        "id": str(NOBODY),
    }

    refused = await owner.post("/students", body)

    assert code_of(refused) == (400, "VALIDATION_ERROR")
    assert {field for field, _ in faults_of(refused)} == set(body)
    assert ("status", "unknown_field") in faults_of(refused)


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("first_name", 100), ("last_name", 100), ("address", 500), ("city", 100), ("state", 100),
        ("education_level", 50), ("course", 100), ("institution", 200), ("emergency_contact_name", 100),
        ("notes", 1000),
    ],
)  # fmt: skip
async def test_a_text_may_be_as_long_as_its_bound(owner: Person, phone: Phone, field: str, longest: int):
    created = await enrol(owner, phone, **{field: "आ" * longest})

    assert created[field] == "आ" * longest
    body = {"first_name": "Asha", "phone": phone()} | {field: "आ" * (longest + 1)}
    refused = await owner.post("/students", body)
    assert faults_of(refused) == {(field, "too_long")}
    assert refused.json()["error"]["details"][0]["message"] == f"Give at most {longest} characters."


@pytest.mark.parametrize("years", [2, 101, -1])
async def test_a_birthday_of_nobody_is_a_slip_of_the_pen(owner: Person, phone: Phone, years: int):
    today = datetime.now(UTC).date()
    born = date(today.year - years, 1, 1).isoformat()
    student = await enrol(owner, phone)

    alone = await owner.post("/students", {"first_name": "Asha", "phone": phone(), "date_of_birth": born})
    changed = await owner.put(f"/students/{student['id']}", {"version": 1, "date_of_birth": born})

    assert [code_of(one)[0] for one in (alone, changed)] == [400, 400]
    assert {field for field, _ in faults_of(alone) | faults_of(changed)} == {"date_of_birth"}


async def test_a_phone_or_email_is_one_students_in_the_business(
    owner: Person, stranger: Person, phone: Phone
):  # D128
    number = phone()
    first = await enrol(owner, lambda: number, email="asha@example.in")
    second = await enrol(owner, phone)

    same_phone = await owner.post("/students", {"first_name": "B", "phone": number[3:]})
    same_email = await owner.post(
        "/students", {"first_name": "B", "phone": phone(), "email": "ASHA@example.in"}
    )
    taken = await owner.put(f"/students/{second['id']}", {"version": 1, "phone": number})

    assert [code_of(one) for one in (same_phone, same_email, taken)] == [(409, "DUPLICATE_ENTRY")] * 3
    elsewhere = await enrol(stranger, lambda: number, email="asha@example.in")
    assert elsewhere["student_code"] == first["student_code"]


async def test_of_twenty_at_once_with_one_phone_one_is_taken(owner: Person, phone: Phone):  # D128
    number = phone()

    answers = await asyncio.gather(
        *(owner.post("/students", {"first_name": f"A{n}", "phone": number}) for n in range(20))
    )

    assert sorted(one.status_code for one in answers) == [201] + [409] * 19
    assert (await owner.get("/students")).json()["pagination"]["total"] == 1


async def test_places_are_counted_exactly_when_many_come_at_once(people: People, phone: Phone):  # D73, D127
    owner = await people.owner("free")
    students = [{"first_name": f"Pupil {n}", "phone": phone()} for n in range(45)]
    assert (await owner.post("/students/bulk-import", {"students": students})).json()["data"]["created"] == 45

    answers = await asyncio.gather(
        *(owner.post("/students", {"first_name": f"Late {n}", "phone": phone()}) for n in range(20))
    )

    refused = [one for one in answers if one.status_code != 201]
    assert {code_of(one) for one in refused} == {(422, "LIMIT_EXCEEDED")}
    codes = sorted(one.json()["data"]["student_code"] for one in answers if one.status_code == 201)
    assert codes == [f"STU-{number:06}" for number in range(46, 51)]


async def test_a_deleted_student_leaves_a_place_but_no_code(people: People, phone: Phone):
    owner = await people.owner("free")
    number = phone()
    first = await enrol(owner, lambda: number, email="a@example.in")
    students = [{"first_name": f"Pupil {n}", "phone": phone()} for n in range(49)]
    await owner.post("/students/bulk-import", {"students": students})
    assert (await owner.post("/students", {"first_name": "B", "phone": phone()})).status_code == 422

    assert (await owner.delete(f"/students/{first['id']}")).status_code == 204
    again = await enrol(owner, lambda: number, email="a@example.in")

    assert again["id"] != first["id"]
    assert again["student_code"] == "STU-000051"
    assert (await owner.get("/students")).json()["pagination"]["total"] == 50


async def test_deleting_one_student_twenty_times_at_once_frees_one_place(owner: Person, phone: Phone):
    students = [await enrol(owner, phone) for _ in range(3)]

    answers = await asyncio.gather(*(owner.delete(f"/students/{students[0]['id']}") for _ in range(20)))

    assert sorted(one.status_code for one in answers) == [204] + [404] * 19
    assert (await owner.get("/students")).json()["pagination"]["total"] == 2


async def test_what_is_given_is_changed_and_the_rest_stays(owner: Person, phone: Phone):
    student = await enrol(owner, phone, **WHOLE)

    changed = await owner.put(
        f"/students/{student['id']}", {"version": 1, "city": "Goa", "last_name": None, "status": "inactive"}
    )

    expected = student | {"city": "Goa", "last_name": None, "status": "inactive", "version": 2}
    assert changed.json()["data"] | {"updated_at": student["updated_at"]} == expected


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"first_name": "B"}, ("version", "required")),
        ({"version": 1, "first_name": None}, ("first_name", "wrong_type")),
        ({"version": 1, "phone": None}, ("phone", "wrong_type")),
        ({"version": 1, "status": "suspended"}, ("status", "invalid_choice")),
        ({"version": 0}, ("version", "too_small")),
        ({"version": 1, "id": str(NOBODY)}, ("id", "unknown_field")),
        ({"version": 1, "suspension_reason": "because I say so"}, ("suspension_reason", "unknown_field")),
    ],
)
async def test_an_impossible_change_is_refused(
    owner: Person, phone: Phone, change: dict[str, Any], fault: tuple[str, str]
):
    student = await enrol(owner, phone)

    refused = await owner.put(f"/students/{student['id']}", change)

    assert refused.status_code == 400
    assert faults_of(refused) == {fault}


async def test_of_twenty_changes_to_one_version_one_wins(owner: Person, phone: Phone):
    student = await enrol(owner, phone)
    path = f"/students/{student['id']}"

    answers = await asyncio.gather(*(owner.put(path, {"version": 1, "city": f"City {n}"}) for n in range(20)))

    lost = [one for one in answers if one.status_code != 200]
    assert [code_of(one) for one in lost] == [(409, "VERSION_CONFLICT")] * 19
    assert (await owner.get(path)).json()["data"]["version"] == 2


async def test_a_suspension_has_a_reason_and_ends(owner: Person, phone: Phone):  # D130
    student = await enrol(owner, phone, notes="Pays in cash")
    path = f"/students/{student['id']}"
    reason = {"reason": "Did not pay for three months"}

    suspended = (await owner.post(f"{path}/suspend", reason)).json()["data"]
    again = await owner.post(f"{path}/suspend", reason)
    active = (await owner.post(f"{path}/reactivate")).json()["data"]
    once_more = await owner.post(f"{path}/reactivate")

    assert (suspended["status"], suspended["suspension_reason"]) == ("suspended", reason["reason"])
    assert (active["status"], active["suspension_reason"], active["version"]) == ("active", None, 3)
    assert suspended["notes"] == active["notes"] == "Pays in cash"
    assert [code_of(one) for one in (again, once_more)] == [(409, "WRONG_STATE")] * 2


@pytest.mark.parametrize("reason", ["too short", "x" * 501, "         x", None])
async def test_a_reason_is_between_ten_and_five_hundred_characters(owner: Person, phone: Phone, reason: Any):
    student = await enrol(owner, phone)

    refused = await owner.post(f"/students/{student['id']}/suspend", {"reason": reason})

    assert refused.status_code == 400
    assert {field for field, _ in faults_of(refused)} == {"reason"}


async def test_a_suspended_student_is_changed_without_losing_the_reason(owner: Person, phone: Phone):
    student = await enrol(owner, phone)
    path = f"/students/{student['id']}"
    await owner.post(f"{path}/suspend", {"reason": "Did not pay for months"})

    moved = (await owner.put(path, {"version": 2, "city": "Goa"})).json()["data"]
    inactive = (await owner.put(path, {"version": 3, "status": "inactive"})).json()["data"]

    assert (moved["status"], moved["suspension_reason"]) == ("suspended", "Did not pay for months")
    assert (inactive["status"], inactive["suspension_reason"]) == ("inactive", None)


async def test_nothing_reaches_a_deleted_student(owner: Person, phone: Phone):  # D130
    student = await enrol(owner, phone)
    await owner.delete(f"/students/{student['id']}")

    answers = await touch(owner, student["id"])

    assert {code_of(one) for one in answers} == {(404, "RESOURCE_NOT_FOUND")}
    assert (await owner.get("/students")).json()["data"] == []


async def test_another_business_s_student_is_not_there(owner: Person, stranger: Person, phone: Phone):
    foreign = await enrol(stranger, phone)

    theirs = await touch(owner, foreign["id"])
    nobodys = await touch(owner, str(NOBODY))

    def told(answers: list[Any]) -> list[Any]:
        return [(code_of(one), one.json()["error"]["message"]) for one in answers]

    assert told(theirs) == told(nobodys)
    assert {code_of(one) for one in theirs} == {(404, "RESOURCE_NOT_FOUND")}
    assert (await stranger.get(f"/students/{foreign['id']}")).json()["data"] == foreign


async def touch(person: Person, student_id: str) -> list[Any]:
    path = f"/students/{student_id}"
    return [
        await person.get(path),
        await person.put(path, {"version": 1, "city": "Goa"}),
        await person.delete(path),
        await person.post(f"{path}/suspend", {"reason": "Did not pay for months"}),
        await person.post(f"{path}/reactivate"),
    ]


async def test_a_strangers_or_deleted_library_is_unknown(owner: Person, stranger: Person, phone: Phone):
    foreign = (await stranger.post("/libraries", {"name": "Hall"})).json()["data"]["id"]
    closed = (await owner.post("/libraries", {"name": "Hall"})).json()["data"]["id"]
    await owner.delete(f"/libraries/{closed}")
    student = await enrol(owner, phone)

    answers = [
        await owner.post("/students", {"first_name": "B", "phone": phone(), "library_id": library})
        for library in (foreign, closed, str(NOBODY))
    ]
    answers.append(await owner.put(f"/students/{student['id']}", {"version": 1, "library_id": foreign}))

    assert {code_of(one) for one in answers} == {(422, "UNKNOWN_LIBRARY")}


async def test_a_list_is_newest_first_in_pages_and_by_filters(owner: Person, phone: Phone):
    hall = (await owner.post("/libraries", {"name": "Hall"})).json()["data"]["id"]
    made = [await enrol(owner, phone, library_id=hall if n % 2 else None) for n in range(7)]
    await owner.post(f"/students/{made[1]['id']}/suspend", {"reason": "Did not pay for months"})

    async def listed(**params: Any) -> tuple[list[int], dict[str, Any]]:
        answer = (await owner.get("/students", params=params)).json()
        ids = [one["id"] for one in made]
        return [ids.index(one["id"]) for one in answer["data"]], answer["pagination"]

    assert await listed(limit=3) == (
        [6, 5, 4],
        {"page": 1, "limit": 3, "total": 7, "total_pages": 3, "has_next": True, "has_prev": False},
    )
    assert await listed(limit=3, page=3) == (
        [0],
        {"page": 3, "limit": 3, "total": 7, "total_pages": 3, "has_next": False, "has_prev": True},
    )
    assert await listed(limit=3, page=4) == (
        [],
        {"page": 4, "limit": 3, "total": 7, "total_pages": 3, "has_next": False, "has_prev": True},
    )
    assert (await listed(library_id=hall))[0] == [5, 3, 1]
    assert (await listed(status="suspended"))[0] == [1]
    assert (await listed(status="active", library_id=hall, limit=1, page=2))[0] == [3]
    assert (await listed(status="inactive")) == (
        [],
        {"page": 1, "limit": 20, "total": 0, "total_pages": 0, "has_next": False, "has_prev": False},
    )
    assert (await listed(status="active", page=9))[1]["total"] == 6


@pytest.mark.parametrize(
    "params",
    [
        {"page": 0}, {"page": "x"}, {"limit": 0}, {"limit": 101}, {"status": "gone"}, {"library_id": "main"},
        {"page": 1_000_001}, {"search": "x" * 101},
    ],
)  # fmt: skip
async def test_an_impossible_list_is_refused_by_name(owner: Person, params: dict[str, Any]):
    refused = await owner.get("/students", params=params)

    assert refused.status_code == 400
    assert [fault["field"] for fault in refused.json()["error"]["details"]] == list(params)


async def test_the_numbers_are_those_of_the_month_in_india(owner: Person, phone: Phone):
    today = (datetime.now(UTC) + timedelta(hours=5, minutes=30)).date()
    first = today.replace(day=1)
    next_month = (first + timedelta(days=32)).replace(day=1)
    for day in (first, first - timedelta(days=1), next_month, today):
        await enrol(owner, phone, enrollment_date=day.isoformat())
    suspended, inactive, deleted = [await enrol(owner, phone) for _ in range(3)]
    await owner.post(f"/students/{suspended['id']}/suspend", {"reason": "Did not pay for months"})
    await owner.put(f"/students/{inactive['id']}", {"version": 1, "status": "inactive"})
    await owner.delete(f"/students/{deleted['id']}")

    assert (await owner.get("/students/analytics")).json()["data"] == {
        "total_students": 6,
        "active_students": 4,
        "suspended_students": 1,
        "inactive_students": 1,
        "new_this_month": 4,
    }


async def test_every_change_is_in_the_audit_trail(owner: Person, platform: Platform, phone: Phone):
    path = "/students"
    named = {"headers": {"x-request-id": "a-request-of-the-audit"}}
    created = (await owner.post(path, {"first_name": "Asha", "phone": phone()}, **named)).json()["data"]
    path = f"/students/{created['id']}"
    changed = (await owner.put(path, {"version": 1, "city": "Goa"}, **named)).json()["data"]
    reason = {"reason": "Did not pay for months"}
    suspended = (await owner.post(f"{path}/suspend", reason, **named)).json()["data"]
    active = (await owner.post(f"{path}/reactivate", **named)).json()["data"]
    await owner.delete(path, **named)
    await owner.put(path, {"version": 9, "city": "Pune"}, **named)

    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        found = await connection.raw.fetch(
            "SELECT action, before::text, after::text, account_id::text, role, entity, request_id"
            " FROM audit.entries WHERE entity_id = $1 ORDER BY at, id",
            UUID(created["id"]),
        )

    def seen(text: str | None) -> dict[str, Any] | None:
        return {k: v for k, v in msgspec.json.decode(text).items() if k[-3:] != "_at"} if text else None

    states = [None, created, changed, suspended, active, None]
    expected = [
        {name: value for name, value in state.items() if name[-3:] != "_at"} if state else None
        for state in states
    ]
    assert [row["action"].removeprefix("students:") for row in found] == [
        "create", "update", "suspend", "reactivate", "delete",
    ]  # fmt: skip
    assert [seen(row["before"]) for row in found] == expected[:-1]
    assert [seen(row["after"]) for row in found] == expected[1:]
    assert {tuple(row)[3:] for row in found} == {
        (owner.account_id, "owner", "student", "a-request-of-the-audit")
    }


async def test_staff_reads_and_a_manager_writes(people: People, owner: Person, phone: Phone):
    student = await enrol(owner, phone)
    staff, manager = await people.member(owner, "staff"), await people.member(owner, "manager")

    assert (await staff.get(f"/students/{student['id']}")).status_code == 200
    refused = [
        *(await touch(staff, student["id"]))[1:],
        await staff.post("/students", {"first_name": "B", "phone": phone()}),
        await staff.post("/students/bulk-import", {"students": [{"first_name": "B", "phone": phone()}]}),
    ]
    assert {code_of(one) for one in refused} == {(403, "INSUFFICIENT_PERMISSIONS")}
    await enrol(manager, phone)
