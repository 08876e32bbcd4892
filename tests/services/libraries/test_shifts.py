"""Shifts: named parts of the day, whose times are followed by others and never changed."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.libraries.halls import open_hall

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId, new_id
from studyspot.services.libraries.contract import Shift, ShiftTimes

MORNING = {"name": "Morning", "starts": "06:00", "ends": "14:00"}


def today(time_zone: str = "Asia/Kolkata") -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(time_zone)).date()


async def make(owner: Person, library: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return await made(owner, f"/libraries/{library['id']}/shifts", MORNING | fields)


async def change(owner: Person, shift: dict[str, Any], version: int = 1, **fields: Any) -> Any:
    return await owner.put(f"/libraries/shifts/{shift['id']}", {"version": version} | fields)


def said(shift: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["starts"], one["ends"], one["valid_from"]) for one in shift["times"]]


async def test_a_shift_is_in_force_from_the_librarys_today_on(owner: Person):
    library = await open_hall(owner, time_zone="Pacific/Kiritimati")  # 14 hours ahead: often tomorrow already

    shift = await make(owner, library, name="Night", starts="22:00", ends="06:00")

    assert said(shift) == [("22:00", "06:00", today("Pacific/Kiritimati").isoformat())]
    assert (await owner.get(f"/libraries/shifts/{shift['id']}")).json()["data"] == shift


async def test_new_times_follow_the_old_which_stay(owner: Person):
    library = await open_hall(owner)
    shift = await make(owner, library)
    later = (today() + timedelta(days=30)).isoformat()

    changed = (await change(owner, shift, starts="07:00", valid_from=later)).json()["data"]
    again = (await change(owner, changed, version=2, ends="15:00")).json()["data"]

    now = today().isoformat()
    assert changed["times"][0] == shift["times"][0]
    assert said(changed) == [("06:00", "14:00", now), ("07:00", "14:00", later)]
    assert said(again) == [("06:00", "14:00", now), ("06:00", "15:00", now), ("07:00", "14:00", later)]
    assert again["version"] == 3


async def test_a_name_alone_brings_no_new_times(owner: Person):
    shift = await make(owner, await open_hall(owner))

    renamed = (await change(owner, shift, name="Early")).json()["data"]

    assert (renamed["name"], renamed["times"], renamed["version"]) == ("Early", shift["times"], 2)


async def test_the_database_lets_nobody_change_times(owner: Person, platform: Platform):
    shift = await make(owner, await open_hall(owner))

    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        allowed = await connection.column(
            "SELECT privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name = 'shift_times' AND grantee = 'studyspot_app' ORDER BY 1"
        )
    assert allowed == ["INSERT", "SELECT"]
    assert (await owner.get(f"/libraries/shifts/{shift['id']}")).json()["data"]["times"] == shift["times"]


async def test_what_was_is_not_changed(owner: Person):
    shift = await make(owner, await open_hall(owner))
    yesterday = (today() - timedelta(days=1)).isoformat()

    refused = await change(owner, shift, starts="07:00", valid_from=yesterday)

    assert code_of(refused) == (409, "TIMES_IN_THE_PAST")
    assert (await owner.get(f"/libraries/shifts/{shift['id']}")).json()["data"] == shift


def test_of_times_those_said_last_for_the_latest_day_are_in_force():
    first, corrected, coming = (
        ShiftTimes(new_id(), starts, "14:00", valid_from)
        for starts, valid_from in (
            ("06:00", date(2027, 1, 1)),
            ("07:00", date(2027, 1, 1)),
            ("08:00", date(2027, 2, 1)),
        )
    )
    now = datetime(2027, 1, 1, tzinfo=UTC)
    shift = Shift(new_id(), new_id(), "Morning", (coming, corrected, first), 3, now, now)

    assert shift.times_on(date(2026, 12, 31)) is None
    assert shift.times_on(date(2027, 1, 1)) is corrected
    assert shift.times_on(date(2027, 1, 31)) is corrected
    assert shift.times_on(date(2027, 2, 1)) is coming


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"name": ""}, ("name", "too_short")),
        ({"starts": "24:00"}, ("starts", "invalid_time")),
        ({"ends": None}, ("ends", "wrong_type")),
        ({"days": 7}, ("days", "unknown_field")),
    ],
)
async def test_an_impossible_shift_is_refused_by_name(owner: Person, body: Any, fault: tuple[str, str]):
    library = await open_hall(owner)

    assert faults_of(await owner.post(f"/libraries/{library['id']}/shifts", MORNING | body)) == {fault}


async def test_a_name_is_one_shifts_in_its_library(owner: Person):
    library = await open_hall(owner)
    first = await make(owner, library)
    other = await make(owner, library, name="Evening")

    same = await owner.post(f"/libraries/{library['id']}/shifts", MORNING | {"name": "MORNING"})
    taken = await change(owner, other, name="morning")

    assert [code_of(one) for one in (same, taken)] == [(409, "DUPLICATE_ENTRY")] * 2
    assert (await owner.delete(f"/libraries/shifts/{first['id']}")).status_code == 204
    assert (await change(owner, other, name="morning")).status_code == 200


async def test_shifts_are_listed_as_they_were_made_in_pages(owner: Person):
    library = await open_hall(owner)
    for name in ("B", "A", "C"):
        await make(owner, library, name=name)

    async def listed(page: int) -> tuple[list[str], int]:
        params = {"limit": 2, "page": page}
        answer = (await owner.get(f"/libraries/{library['id']}/shifts", params=params)).json()
        return [shift["name"] for shift in answer["data"]], answer["pagination"]["total"]

    assert [await listed(page) for page in (1, 2, 3)] == [(["B", "A"], 3), (["C"], 3), ([], 3)]


async def test_of_many_changes_to_one_version_one_wins(owner: Person):
    shift = await make(owner, await open_hall(owner))

    answers = await asyncio.gather(*(change(owner, shift, ends=f"1{hour}:00") for hour in range(10)))

    lost = [one for one in answers if one.status_code != 200]
    assert [code_of(one) for one in lost] == [(409, "VERSION_CONFLICT")] * 9
    assert len((await owner.get(f"/libraries/shifts/{shift['id']}")).json()["data"]["times"]) == 2


async def test_nothing_of_anothers_shift_or_a_deleted_one_is_reached(
    people: People, owner: Person, stranger: Person
):
    library = await open_hall(owner)
    shift = await make(owner, library)
    staff = await people.member(owner, "staff")

    async def touch(person: Person) -> list[Any]:
        return [
            await person.get(f"/libraries/{library['id']}/shifts"),
            await person.post(f"/libraries/{library['id']}/shifts", MORNING | {"name": "Mine"}),
            await person.get(f"/libraries/shifts/{shift['id']}"),
            await change(person, shift, name="Mine"),
            await person.delete(f"/libraries/shifts/{shift['id']}"),
        ]

    by_staff = await touch(staff)
    assert [one.status_code for one in by_staff] == [200, 403, 200, 403, 403]
    foreign = await touch(stranger)
    await owner.delete(f"/libraries/{library['id']}")
    deleted = await touch(owner)
    nowhere = await owner.get(f"/libraries/shifts/{uuid4()}")
    assert {code_of(one) for one in [*foreign, *deleted, nowhere]} == {(404, "RESOURCE_NOT_FOUND")}


async def test_what_is_made_changed_and_removed_is_in_the_audit_trail(owner: Person, platform: Platform):
    shift = await make(owner, await open_hall(owner))
    await change(owner, shift, ends="15:00")
    await owner.delete(f"/libraries/shifts/{shift['id']}")

    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        found = await connection.column(
            "SELECT action FROM audit.entries WHERE entity = 'shift' ORDER BY at, id"
        )
    assert found == ["shifts:create", "shifts:update", "shifts:delete"]
