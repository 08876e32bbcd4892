"""The branches of a business: what is taken, what is refused in which words, what the audit trail keeps."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import today
from tests.services.libraries.halls import open_hall

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId

WHOLE = {
    "name": "Main Hall",
    "address": "12 MG Road\nPune",
    "city": "Pune",
    "state": "Maharashtra",
    "pincode": "411001",
    "phone": "020 2553 1234",
    "email": "Hall@Example.in",
    "latitude": 18.52,
    "longitude": 73.86,
    "capacity": 120,
    "opening_time": "06:00",
    "closing_time": "02:30",
    "time_zone": "Asia/Kolkata",
    "overdue_days_max": 7,
    "needs_drawer_session": True,
    "hold_minutes": 5,
    "facilities": ["AC", "Wi-Fi", "चाय"],
    "status": "under_maintenance",
}
GIVEN = {"name", "facilities", "status", "time_zone", "needs_drawer_session", "hold_minutes"}
LEFT_OUT = dict.fromkeys(set(WHOLE) - GIVEN)
NOBODY = str(uuid4())


async def test_everything_given_is_kept_and_given_back(owner: Person):
    created = await open_hall(owner, **WHOLE)
    read = (await owner.get(f"/libraries/{created['id']}")).json()["data"]

    normal = {"phone": "+912025531234", "email": "hall@example.in"}
    assert {name: read[name] for name in WHOLE} == WHOLE | normal
    assert read == created
    assert read["version"] == 1


async def test_only_a_name_is_needed(owner: Person):
    created = await open_hall(owner, "  हॉल  ")

    assert {name: created[name] for name in LEFT_OUT} == LEFT_OUT
    assert (created["name"], created["status"], created["facilities"]) == ("हॉल", "active", [])
    assert (created["time_zone"], created["needs_drawer_session"]) == ("Asia/Kolkata", False)
    assert created["hold_minutes"] == 30


async def test_every_fault_of_a_body_is_told_at_once(owner: Person):
    body = {
        "name": "",
        "address": "x" * 1001,
        "city": "",
        "state": 5,
        "pincode": "11001",
        "phone": "12",
        "email": "x",
        "latitude": 90.1,
        "longitude": -180.1,
        "capacity": 0,
        "opening_time": "6 am",
        "closing_time": "10:00:00+05:30",
        "time_zone": "India",
        "facilities": ["ok", "", 5],
        "status": "suspended",
        "current_occupancy": 3,
    }

    refused = await owner.post("/libraries", body)

    assert code_of(refused) == (400, "VALIDATION_ERROR")
    assert {field for field, _ in faults_of(refused)} == (set(body) - {"facilities"}) | {
        "facilities[1]", "facilities[2]",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("name", "आ" * 100, "आ" * 101),
        ("address", "x" * 1000, "x" * 1001),
        ("capacity", 1, 0),
        ("capacity", 100_000, 100_001),
        ("capacity", 7, 7.5),
        ("latitude", -90, -90.01),
        ("longitude", 180, 180.01),
        ("facilities", ["x"] * 50, ["x"] * 51),
        ("opening_time", "00:00", "24:00"),
        ("status", "inactive", "closed"),
        ("time_zone", "Asia/Kathmandu", "Asia/Nowhere"),
        ("hold_minutes", 5, 4),
        ("hold_minutes", 1440, 1441),
        ("hold_minutes", 30, None),
    ],
)
async def test_a_value_is_taken_up_to_its_bound(owner: Person, field: str, good: Any, bad: Any):
    body = {"name": "Hall"}

    assert (await owner.post("/libraries", body | {field: good})).json()["data"][field] == good
    refused = await owner.post("/libraries", body | {field: bad})
    assert {name for name, _ in faults_of(refused)} == {field}


async def test_a_name_is_one_librarys_in_the_business(owner: Person, stranger: Person):
    first = await open_hall(owner, "Main Hall")
    second = await open_hall(owner, "Annex")

    same = await owner.post("/libraries", {"name": " MAIN hall"})
    taken = await owner.put(f"/libraries/{second['id']}", {"version": 1, "name": "main hall"})

    assert [code_of(one) for one in (same, taken)] == [(409, "DUPLICATE_ENTRY")] * 2
    await open_hall(stranger, "Main Hall")
    await owner.delete(f"/libraries/{first['id']}")
    assert (await open_hall(owner, "Main Hall"))["id"] != first["id"]


async def test_places_are_counted_exactly_when_many_come_at_once(owner: Person):  # D73
    answers = await asyncio.gather(
        *(owner.post("/libraries", {"name": f"Hall {number}"}) for number in range(20))
    )

    refused = [one for one in answers if one.status_code != 201]
    assert [code_of(one) for one in refused] == [(422, "LIMIT_EXCEEDED")] * 15
    assert "5 libraries" in refused[0].json()["error"]["message"]
    assert (await owner.get("/libraries")).json()["pagination"]["total"] == 5


async def test_a_deleted_library_leaves_its_place(people: People):
    owner = await people.owner("free")
    library = await open_hall(owner)
    full = await owner.post("/libraries", {"name": "Second"})
    assert "1 library" in full.json()["error"]["message"]

    await owner.delete(f"/libraries/{library['id']}")

    await open_hall(owner, "Second")


async def test_what_is_given_is_changed_and_the_rest_stays(owner: Person):  # D132
    library = await open_hall(owner, **WHOLE)

    change = {"version": 1, "city": None, "facilities": [], "status": "active", "closing_time": None}
    changed = (await owner.put(f"/libraries/{library['id']}", change)).json()["data"]

    assert changed | {"updated_at": library["updated_at"]} == library | change | {"version": 2}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": "B"}, ("version", "required")),
        ({"version": 1, "name": None}, ("name", "wrong_type")),
        ({"version": 1, "time_zone": None}, ("time_zone", "wrong_type")),
        ({"version": 1, "status": None}, ("status", "wrong_type")),
        ({"version": 1, "facilities": "AC"}, ("facilities", "wrong_type")),
        ({"version": 2**31}, ("version", "too_large")),
        ({"version": 1, "id": NOBODY}, ("id", "unknown_field")),
    ],
)
async def test_an_impossible_change_is_refused(owner: Person, change: Any, fault: tuple[str, str]):
    library = await open_hall(owner)

    assert faults_of(await owner.put(f"/libraries/{library['id']}", change)) == {fault}


async def test_of_twenty_changes_to_one_version_one_wins(owner: Person):
    path = f"/libraries/{(await open_hall(owner))['id']}"

    answers = await asyncio.gather(*(owner.put(path, {"version": 1, "capacity": n}) for n in range(1, 21)))

    lost = [one for one in answers if one.status_code != 200]
    assert [code_of(one) for one in lost] == [(409, "VERSION_CONFLICT")] * 19
    assert (await owner.get(path)).json()["data"]["version"] == 2


async def test_nothing_reaches_a_deleted_library_or_anothers(owner: Person, stranger: Person):
    deleted, foreign = await open_hall(owner), await open_hall(stranger)
    assert (await owner.delete(f"/libraries/{deleted['id']}")).status_code == 204

    answers = [
        answer
        for library_id in (deleted["id"], foreign["id"], NOBODY)
        for answer in await touch(owner, library_id)
    ]

    told = {(code_of(one), one.json()["error"]["message"]) for one in answers}
    assert told == {((404, "RESOURCE_NOT_FOUND"), "There is no such library.")}
    assert (await owner.get("/libraries")).json()["data"] == []
    assert (await stranger.get(f"/libraries/{foreign['id']}")).json()["data"] == foreign


async def touch(person: Person, library_id: str) -> list[Any]:
    path = f"/libraries/{library_id}"
    return [
        await person.get(path),
        await person.put(path, {"version": 1, "city": "Goa"}),
        await person.delete(path),
    ]


async def test_a_library_to_which_students_belong_is_not_deleted(owner: Person, phone):
    library, other = await open_hall(owner), await open_hall(owner, "Annex")
    student = {"first_name": "Asha", "phone": phone(), "library_id": library["id"]}
    created = (await owner.post("/students", student)).json()["data"]

    refused = await owner.delete(f"/libraries/{library['id']}")

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "LIBRARY_IN_USE")
    assert "1 student belongs to this library" in refused.json()["error"]["message"]
    assert (await owner.get(f"/libraries/{library['id']}")).status_code == 200
    moved = await owner.put(f"/students/{created['id']}", {"version": 1, "library_id": other["id"]})
    assert moved.status_code == 200
    assert (await owner.delete(f"/libraries/{library['id']}")).status_code == 204


async def test_a_library_whose_money_is_not_settled_is_not_deleted(owner: Person, phone):
    library = await open_hall(owner)
    student = await made(owner, "/students", {"first_name": "Asha", "phone": phone()})
    fine = {"library_id": library["id"], "student_id": student["id"], "amount": 150_000}
    await made(owner, "/payments/charges", fine | {"kind": "fine", "label": "Lamp"})

    async def told() -> str:
        refused = await owner.delete(f"/libraries/{library['id']}")
        assert code_of(refused) == (409, "LIBRARY_IN_USE")
        return str(refused.json()["error"]["message"])

    assert "Students owe ₹1,500.00" in await told()
    await made(owner, "/payments", fine | {"method": "cash"})
    assert "₹1,500.00 in cash" in await told()
    counted = {"library_id": library["id"], "day": str(today()), "counted": 0}
    await made(owner, "/payments/day-closes", counted | {"explanation": "Taken to the bank"})
    assert (await owner.delete(f"/libraries/{library['id']}")).status_code == 204


async def test_a_student_who_was_removed_holds_no_library(owner: Person, phone):
    library = await open_hall(owner)
    student = {"first_name": "Asha", "phone": phone(), "library_id": library["id"]}
    created = (await owner.post("/students", student)).json()["data"]
    await owner.delete(f"/students/{created['id']}")

    assert (await owner.delete(f"/libraries/{library['id']}")).status_code == 204


async def test_a_list_is_newest_first_in_pages_and_by_filters(owner: Person):
    for name, city, status in (
        ("Café Zoë", "Pune", "active"),
        ("100%_\\ Hall", "Pune", "inactive"),
        ("मुख्य हॉल", "Málaga", "active"),
        ("Annex", None, "under_maintenance"),
    ):
        await open_hall(owner, name, city=city, status=status)

    async def listed(**params: Any) -> list[str]:
        answer = (await owner.get("/libraries", params=params)).json()
        assert answer["pagination"]["total"] >= len(answer["data"])
        return [one["name"] for one in answer["data"]]

    everything = ["Annex", "मुख्य हॉल", "100%_\\ Hall", "Café Zoë"]
    assert await listed() == everything
    assert await listed(limit=3) + await listed(limit=3, page=2) == everything
    assert await listed(city="pune") == everything[2:]
    assert await listed(city="MALAGA") == everything[1:2]
    assert await listed(city="Pun") == []
    assert await listed(status="under_maintenance") == ["Annex"]
    assert await listed(search="cafe zoe") == await listed(search="FÉ Z") == ["Café Zoë"]
    assert await listed(search="हॉल") == ["मुख्य हॉल"]
    assert await listed(search="%") == await listed(search="_\\") == ["100%_\\ Hall"]
    assert await listed(search="z", city="Pune", status="inactive") == []
    last = (await owner.get("/libraries", params={"page": 5})).json()
    assert (last["data"], last["pagination"]["total"]) == ([], 4)


@pytest.mark.parametrize(
    "params", [{"page": 0}, {"limit": 101}, {"status": "suspended"}, {"city": "x" * 101}]
)
async def test_an_impossible_list_is_refused_by_name(owner: Person, params: dict[str, Any]):
    refused = await owner.get("/libraries", params=params)

    assert refused.status_code == 400
    assert [fault["field"] for fault in refused.json()["error"]["details"]] == list(params)


async def test_every_change_is_in_the_audit_trail(owner: Person, platform: Platform):
    named = {"headers": {"x-request-id": "a-request-of-the-audit"}}
    created = (await owner.post("/libraries", WHOLE, **named)).json()["data"]
    path = f"/libraries/{created['id']}"
    changed = (await owner.put(path, {"version": 1, "city": "Goa"}, **named)).json()["data"]
    await owner.put(path, {"version": 1, "city": "Lost"}, **named)
    await owner.delete(path, **named)

    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        found = await connection.raw.fetch(
            "SELECT action, before::text, after::text, account_id::text, role, entity, request_id"
            " FROM audit.entries WHERE entity_id = $1 ORDER BY at, id",
            UUID(created["id"]),
        )
    decode = msgspec.json.decode
    assert [
        (row["action"], *(decode(row[side]) if row[side] else None for side in ("before", "after")))
        for row in found
    ] == [
        ("libraries:create", None, created),
        ("libraries:update", created, changed),
        ("libraries:delete", changed, None),
    ]
    assert {tuple(row)[3:] for row in found} == {
        (owner.account_id, "owner", "library", "a-request-of-the-audit")
    }


async def test_each_role_does_what_it_may(people: People, owner: Person):
    library = await open_hall(owner)
    staff, manager = await people.member(owner, "staff"), await people.member(owner, "manager")

    assert (await staff.get(f"/libraries/{library['id']}")).status_code == 200
    refused = [
        *(await touch(staff, library["id"]))[1:],
        await staff.post("/libraries", {"name": "Own"}),
        await manager.post("/libraries", {"name": "Own"}),
        await manager.delete(f"/libraries/{library['id']}"),
    ]
    assert {code_of(one) for one in refused} == {(403, "INSUFFICIENT_PERMISSIONS")}
    changed = await manager.put(f"/libraries/{library['id']}", {"version": 1, "city": "Goa"})
    assert changed.status_code == 200


async def test_the_door_counts_what_is_open(owner: Person, platform: Platform):
    first = await open_hall(owner, "First")
    await open_hall(owner, "Second", status="inactive")
    await owner.delete(f"/libraries/{first['id']}")

    caller = system(tenant_id=TenantId(UUID(owner.tenant_id)))
    assert await platform.libraries.count_libraries(caller) == 1
