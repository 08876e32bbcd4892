"""Zones, seats and lockers: what is made, in which order it stands, what is refused."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.libraries.halls import furnish, open_hall

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.errors import ValidationFailed
from studyspot.kernel.ids import TenantId
from studyspot.services.libraries.contract.floor import NewSeats, SeatRows
from studyspot.services.libraries.rules import Place, places

NOBODY = uuid4()


async def place(owner: Person, zone: dict[str, Any], **seats: Any) -> list[dict[str, Any]]:
    return await made(owner, f"/libraries/{zone['library_id']}/seats", {"zone_id": zone["id"]} | seats)


async def codes(owner: Person, library: dict[str, Any], **params: Any) -> list[str]:
    answer = await owner.get(f"/libraries/{library['id']}/seats", params={"limit": 100} | params)
    return [seat["code"] for seat in answer.json()["data"]]


async def test_a_zone_says_how_it_is_and_what_stands_in_it(owner: Person):
    library, zone = await furnish(owner, name="Ladies", is_silent=True, is_for_women=True)
    await place(owner, zone, codes=["A1", "A2"])
    await place(owner, zone, codes=["A1"], kind="locker")

    read = (await owner.get(f"/libraries/zones/{zone['id']}")).json()["data"]

    assert (read["name"], read["is_silent"], read["is_for_women"]) == ("Ladies", True, True)
    assert (read["is_air_conditioned"], read["seats"], read["lockers"]) == (False, 2, 1)
    assert (await owner.get(f"/libraries/{library['id']}/zones")).json()["data"] == [read]


async def test_zones_are_listed_by_name_in_pages(owner: Person):
    library, _ = await furnish(owner, name="b")
    for name in ("C", "a"):
        await owner.post(f"/libraries/{library['id']}/zones", {"name": name})

    async def listed(page: int) -> tuple[list[str], int]:
        params = {"limit": 2, "page": page}
        answer = (await owner.get(f"/libraries/{library['id']}/zones", params=params)).json()
        return [zone["name"] for zone in answer["data"]], answer["pagination"]["total"]

    assert [await listed(page) for page in (1, 2, 3)] == [(["a", "b"], 3), (["C"], 3), ([], 3)]


async def test_a_name_is_one_zones_in_its_library(owner: Person):
    library, zone = await furnish(owner, name="Silent")
    path = f"/libraries/{library['id']}/zones"
    other = (await owner.post(path, {"name": "Open"})).json()["data"]

    same = await owner.post(path, {"name": "SILENT"})
    taken = await owner.put(f"/libraries/zones/{other['id']}", {"version": 1, "name": "silent"})

    assert [code_of(one) for one in (same, taken)] == [(409, "DUPLICATE_ENTRY")] * 2
    elsewhere = await open_hall(owner, "Annex")
    assert (await owner.post(f"/libraries/{elsewhere['id']}/zones", {"name": "Silent"})).status_code == 201
    assert (await owner.delete(f"/libraries/zones/{zone['id']}")).status_code == 204
    assert (await owner.post(path, {"name": "Silent"})).status_code == 201


async def test_of_a_zone_what_is_given_is_changed(owner: Person):
    _, zone = await furnish(owner, is_air_conditioned=True)
    path = f"/libraries/zones/{zone['id']}"

    changed = (await owner.put(path, {"version": 1, "is_silent": True})).json()["data"]
    late = await owner.put(path, {"version": 1, "is_silent": False})

    assert changed | {"updated_at": zone["updated_at"]} == zone | {"is_silent": True, "version": 2}
    assert code_of(late) == (409, "VERSION_CONFLICT")


async def test_a_zone_is_removed_once_nothing_stands_in_it(owner: Person):
    library, zone = await furnish(owner)
    seats = await place(owner, zone, codes=["A1", "A2"])

    refused = await owner.delete(f"/libraries/zones/{zone['id']}")
    assert code_of(refused) == (409, "ZONE_IN_USE")
    assert "2 seats and lockers" in refused.json()["error"]["message"]
    for seat in seats:
        assert (await owner.delete(f"/libraries/seats/{seat['id']}")).status_code == 204
    assert (await owner.delete(f"/libraries/zones/{zone['id']}")).status_code == 204
    assert (await owner.get(f"/libraries/{library['id']}/zones")).json()["data"] == []


async def test_no_seat_comes_into_a_zone_that_is_being_removed(owner: Person):
    library, zone = await furnish(owner)
    seats = {"zone_id": zone["id"], "codes": ["A1"]}

    made, removed = await asyncio.gather(
        owner.post(f"/libraries/{library['id']}/seats", seats), owner.delete(f"/libraries/zones/{zone['id']}")
    )

    assert (made.status_code, removed.status_code) in {(201, 409), (422, 204)}


async def test_rows_become_seats_that_stand_on_the_map(owner: Person):
    _, zone = await furnish(owner)

    made = await place(owner, zone, rows={"first": "A", "last": "F", "each": 20}, features=["Lamp"])
    below = await place(owner, zone, rows={"first": "G", "last": "G", "each": 2})

    assert len(made) == 120
    assert [made[position]["code"] for position in (0, 19, 20, 119)] == ["A01", "A20", "B01", "F20"]
    assert (made[119]["row"], made[119]["column"], made[119]["features"]) == (6, 20, ["Lamp"])
    assert [(seat["code"], seat["row"], seat["column"]) for seat in below] == [("G1", 7, 1), ("G2", 7, 2)]


def test_rows_go_on_behind_z():
    rows = SeatRows(first="Y", last="AB", each=1)

    found = places(NewSeats(zone_id=NOBODY, rows=rows), last_row=3)

    assert found == [Place("Y1", 4, 1), Place("Z1", 5, 1), Place("AA1", 6, 1), Place("AB1", 7, 1)]


@pytest.mark.parametrize(
    ("seats", "fault"),
    [
        ({}, ("rows", "either_or")),
        ({"codes": ["A1"], "rows": {"first": "A", "last": "A", "each": 1}}, ("rows", "either_or")),
        ({"rows": {"first": "B", "last": "A", "each": 1}}, ("rows.last", "wrong_order")),
        ({"rows": {"first": "A", "last": "ZZ", "each": 200}}, ("rows", "too_many")),
        ({"rows": {"first": "a", "last": "B", "each": 1}}, ("rows.first", "invalid_format")),
        ({"rows": {"first": "A", "last": "B", "each": 0}}, ("rows.each", "too_small")),
        ({"codes": ["A1", "a1"]}, ("codes[1]", "duplicate")),
        ({"codes": ["A 1"]}, ("codes[0]", "invalid_format")),
        ({"codes": ["A1"], "kind": "sofa"}, ("kind", "invalid_choice")),
    ],
)
async def test_seats_that_cannot_be_meant_are_refused_by_name(owner: Person, seats: Any, fault: Any):
    library, zone = await furnish(owner)

    refused = await owner.post(f"/libraries/{library['id']}/seats", {"zone_id": zone["id"]} | seats)

    assert faults_of(refused) == {fault}


def test_the_largest_lot_is_taken_and_one_more_is_not():
    assert (
        len(places(NewSeats(zone_id=NOBODY, rows=SeatRows(first="A", last="J", each=200)), last_row=0))
        == 2000
    )
    with pytest.raises(ValidationFailed):
        places(NewSeats(zone_id=NOBODY, rows=SeatRows(first="A", last="K", each=182)), last_row=0)


async def test_all_seats_are_made_or_none(owner: Person):
    library, zone = await furnish(owner)
    await place(owner, zone, codes=["b2", "A1"])

    refused = await owner.post(
        f"/libraries/{library['id']}/seats", {"zone_id": zone["id"], "codes": ["A3", "B2", "A1"]}
    )

    assert code_of(refused) == (409, "DUPLICATE_ENTRY")
    assert refused.json()["error"]["message"] == "The library has these already: A1, B2."
    assert await codes(owner, library) == ["A1", "B2"]


async def test_codes_stand_in_the_order_of_their_numbers(owner: Person):
    library, zone = await furnish(owner)
    await place(owner, zone, codes=["A10", "B1", "A2", "10", "9"])
    await place(owner, zone, codes=["A3"], kind="locker")

    assert await codes(owner, library) == ["9", "10", "A2", "A3", "A10", "B1"]
    assert await codes(owner, library, kind="locker") == ["A3"]
    assert await codes(owner, library, zone_id=str(NOBODY)) == []
    assert await codes(owner, library, limit=2, page=2) == ["A2", "A3"]


async def test_a_seat_and_a_locker_may_have_the_same_code(owner: Person):
    library, zone = await furnish(owner)
    await place(owner, zone, codes=["A1"])
    await place(owner, zone, codes=["A1"], kind="locker")

    assert await codes(owner, library) == ["A1", "A1"]


async def test_of_a_seat_what_is_given_is_changed(owner: Person):
    library, zone = await furnish(owner)
    [seat, other] = await place(owner, zone, codes=["A1", "A2"])
    aside = (await owner.post(f"/libraries/{library['id']}/zones", {"name": "Open"})).json()["data"]
    path = f"/libraries/seats/{seat['id']}"

    change = {"zone_id": aside["id"], "code": "b10", "features": ["Lamp"], "row": 4, "column": 5}
    changed = (await owner.put(path, {"version": 1} | change)).json()["data"]
    taken = await owner.put(path, {"version": 2, "code": other["code"].lower()})
    late = await owner.put(path, {"version": 1, "row": None})

    expected = seat | change | {"code": "B10", "version": 2}
    assert changed | {"updated_at": seat["updated_at"]} == expected
    assert (await owner.get(path)).json()["data"] == changed
    assert [code_of(one) for one in (taken, late)] == [(409, "DUPLICATE_ENTRY"), (409, "VERSION_CONFLICT")]
    assert await codes(owner, library) == ["A2", "B10"]


async def test_a_seat_stands_in_a_zone_of_its_own_library(owner: Person, stranger: Person):
    library, zone = await furnish(owner)
    [seat] = await place(owner, zone, codes=["A1"])
    annex = await open_hall(owner, "Annex")
    elsewhere = (await owner.post(f"/libraries/{annex['id']}/zones", {"name": "Open"})).json()["data"]
    _, foreign = await furnish(stranger)

    refused = [
        answer
        for zone_id in (elsewhere["id"], foreign["id"], str(NOBODY))
        for answer in (
            await owner.put(f"/libraries/seats/{seat['id']}", {"version": 1, "zone_id": zone_id}),
            await owner.post(f"/libraries/{library['id']}/seats", {"zone_id": zone_id, "codes": ["B1"]}),
        )
    ]

    assert {code_of(one) for one in refused} == {(422, "UNKNOWN_ZONE")}


async def test_a_code_is_free_again_once_its_seat_is_gone(owner: Person):
    library, zone = await furnish(owner)
    [seat] = await place(owner, zone, codes=["A1"])

    assert (await owner.delete(f"/libraries/seats/{seat['id']}")).status_code == 204

    assert code_of(await owner.get(f"/libraries/seats/{seat['id']}")) == (404, "RESOURCE_NOT_FOUND")
    [again] = await place(owner, zone, codes=["A1"])
    assert again["id"] != seat["id"]
    assert await codes(owner, library) == ["A1"]


async def test_of_many_who_make_the_same_seats_one_does(owner: Person):
    library, zone = await furnish(owner)
    seats = {"zone_id": zone["id"], "rows": {"first": "A", "last": "E", "each": 10}}

    answers = await asyncio.gather(
        *(owner.post(f"/libraries/{library['id']}/seats", seats) for _ in range(10))
    )

    assert sorted(one.status_code for one in answers) == [201] + [409] * 9
    assert len(await codes(owner, library)) == 50


async def test_nothing_of_anothers_library_or_of_a_deleted_one_is_reached(owner: Person, stranger: Person):
    library, zone = await furnish(owner)
    [seat] = await place(owner, zone, codes=["A1"])

    async def touch(person: Person) -> list[Any]:
        hall, of_zone, of_seat = (
            f"/libraries/{library['id']}",
            f"/libraries/zones/{zone['id']}",
            f"/libraries/seats/{seat['id']}",
        )
        return [
            await person.get(f"{hall}/zones"),
            await person.post(f"{hall}/zones", {"name": "Mine"}),
            await person.get(f"{hall}/seats"),
            await person.post(f"{hall}/seats", {"zone_id": zone["id"], "codes": ["B1"]}),
            await person.get(of_zone),
            await person.put(of_zone, {"version": 1, "name": "Mine"}),
            await person.delete(of_zone),
            await person.get(of_seat),
            await person.put(of_seat, {"version": 1, "code": "B1"}),
            await person.delete(of_seat),
        ]

    foreign = await touch(stranger)
    assert (await owner.delete(f"/libraries/{library['id']}")).status_code == 204
    deleted = await touch(owner)

    assert {code_of(one) for one in foreign + deleted} == {(404, "RESOURCE_NOT_FOUND")}


async def test_who_may_not_change_a_library_may_look(people: People, owner: Person):
    library, zone = await furnish(owner)
    staff, manager = await people.member(owner, "staff"), await people.member(owner, "manager")
    path, seats = f"/libraries/{library['id']}", {"zone_id": zone["id"], "codes": ["A1"]}

    assert (await staff.get(f"{path}/seats")).status_code == 200
    refused = [
        await staff.post(f"{path}/seats", seats),
        await staff.post(f"{path}/zones", {"name": "Mine"}),
        await staff.delete(f"/libraries/zones/{zone['id']}"),
    ]
    assert {code_of(one) for one in refused} == {(403, "INSUFFICIENT_PERMISSIONS")}
    assert (await manager.post(f"{path}/seats", seats)).status_code == 201


async def test_what_is_made_and_changed_is_in_the_audit_trail(owner: Person, platform: Platform):
    _, zone = await furnish(owner)
    [first, _] = await place(owner, zone, codes=["A1", "A2"])
    await owner.put(f"/libraries/seats/{first['id']}", {"version": 1, "code": "A3"})
    await owner.delete(f"/libraries/seats/{first['id']}")
    await owner.put(f"/libraries/zones/{zone['id']}", {"version": 1, "name": "Loud"})

    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        found = await connection.column(
            "SELECT action || ' ' || entity FROM audit.entries WHERE entity IN ('seat', 'zone')"
            " ORDER BY at, id"
        )

    assert found == [
        "zones:create zone",
        *["seats:create seat"] * 2,
        "seats:update seat",
        "seats:delete seat",
        "zones:update zone",
    ]
