"""When a library is open: the days of the week, holidays, and who changed them since."""

import asyncio
from typing import Any

import pytest
from tests.people import People, Person
from tests.services.answers import code_of, faults_of
from tests.services.libraries.halls import open_hall

DAY = {"opens": "06:00", "closes": "23:00"}
HOLI = {"day": "2027-03-22", "name": "Holi", "hours": None}


async def calendar_of(owner: Person, library: dict[str, Any]) -> dict[str, Any]:
    return (await owner.get(f"/libraries/{library['id']}/calendar")).json()["data"]


async def change(owner: Person, library: dict[str, Any], **body: Any) -> Any:
    return await owner.put(f"/libraries/{library['id']}/calendar", {"version": 1, "week": {}} | body)


async def test_a_new_library_says_nothing_of_single_days(owner: Person):
    library = await open_hall(owner)

    assert await calendar_of(owner, library) == {"week": {}, "holidays": [], "version": 1}


async def test_a_day_is_open_or_closed_or_as_the_library_is(owner: Person):
    library = await open_hall(owner)
    week = {"monday": DAY, "saturday": {"opens": "22:00", "closes": "06:00"}, "sunday": None}
    feast = {"day": "2027-01-26", "name": "गणतंत्र दिवस", "hours": {"opens": "10:00", "closes": "14:00"}}

    changed = (await change(owner, library, week=week, holidays=[HOLI, feast])).json()["data"]

    assert changed == {"week": week, "holidays": [feast, HOLI], "version": 2}
    assert await calendar_of(owner, library) == changed


async def test_what_is_given_stands_instead_of_all_that_stood_there(owner: Person):
    library = await open_hall(owner)
    await change(owner, library, week={"monday": DAY}, holidays=[HOLI])

    changed = (await change(owner, library, version=2, week={"friday": None})).json()["data"]

    assert changed == {"week": {"friday": None}, "holidays": [], "version": 3}


async def test_all_around_the_clock_is_from_a_time_to_the_same(owner: Person):
    library = await open_hall(owner)
    always = {"opens": "00:00", "closes": "00:00"}

    assert (await change(owner, library, week={"monday": always})).json()["data"]["week"] == {
        "monday": always
    }


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"holidays": [HOLI, HOLI | {"name": "Again"}]}, ("holidays[1].day", "duplicate")),
        ({"holidays": [HOLI | {"name": ""}]}, ("holidays[0].name", "too_short")),
        ({"holidays": [HOLI | {"day": "22/03/2027"}]}, ("holidays[0].day", "invalid_format")),
        ({"week": {"monday": {"opens": "06:00"}}}, ("week.monday.closes", "required")),
        ({"week": {"monday": {"opens": "6 am", "closes": "23:00"}}}, ("week.monday.opens", "invalid_time")),
        ({"week": {"funday": None}}, ("week.funday", "unknown_field")),
        ({"version": None}, ("version", "wrong_type")),
    ],
)
async def test_an_impossible_calendar_is_refused_by_name(owner: Person, body: Any, fault: tuple[str, str]):
    library = await open_hall(owner)

    assert faults_of(await change(owner, library, **body)) == {fault}
    assert (await calendar_of(owner, library))["version"] == 1


async def test_of_many_changes_to_one_version_one_wins(owner: Person):
    library = await open_hall(owner)

    answers = await asyncio.gather(
        *(change(owner, library, holidays=[HOLI | {"name": f"Day {number}"}]) for number in range(10))
    )

    lost = [one for one in answers if one.status_code != 200]
    assert [code_of(one) for one in lost] == [(409, "VERSION_CONFLICT")] * 9
    assert (await calendar_of(owner, library))["version"] == 2


async def test_a_calendar_is_no_other_version_of_its_library(owner: Person):
    library = await open_hall(owner)
    await change(owner, library, week={"monday": DAY})

    assert (await owner.put(f"/libraries/{library['id']}", {"version": 1, "city": "Goa"})).status_code == 200
    assert (await change(owner, library, version=2)).status_code == 200


async def test_nothing_of_anothers_calendar_or_a_deleted_one_is_reached(
    people: People, owner: Person, stranger: Person
):
    library = await open_hall(owner)
    staff = await people.member(owner, "staff")
    path = f"/libraries/{library['id']}/calendar"

    assert (await staff.get(path)).status_code == 200
    assert code_of(await change(staff, library)) == (403, "INSUFFICIENT_PERMISSIONS")
    foreign = [await stranger.get(path), await change(stranger, library)]
    await owner.delete(f"/libraries/{library['id']}")
    deleted = [await owner.get(path), await change(owner, library)]
    assert {code_of(one) for one in foreign + deleted} == {(404, "RESOURCE_NOT_FOUND")}
