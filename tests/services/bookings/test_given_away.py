"""What the desk gives for nothing: some free days, with their reason, and no dearer seat."""

from typing import Any

import pytest
from tests.people import People, Person
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall
from tests.services.bookings.test_memberships import do, history, read


@pytest.fixture
async def morning(hall: Hall) -> dict[str, Any]:
    return await hall.add_shift("06:00", "14:00")


async def extend(person: Person, membership: dict[str, Any], days: int) -> tuple[int, str]:
    body = {"version": membership["version"], "days": days, "reason": "Was ill"}
    return code_of(await person.post(f"/memberships/{membership['id']}/extend", body))


async def test_who_may_not_approve_gives_seven_free_days_in_all(
    hall: Hall, people: People, morning: dict[str, Any]
):
    sold = await hall.sell(await hall.enrol(), await hall.add_plan(), "A1", morning)
    staff = await people.member(hall.owner, "staff")
    assert await extend(staff, sold, 366) == (403, "APPROVAL_NEEDED")
    assert await extend(staff, sold, 8) == (403, "APPROVAL_NEEDED")
    assert await extend(staff, sold, 5) == (200, "")
    sold = await read(hall, sold)
    assert await extend(staff, sold, 3) == (403, "APPROVAL_NEEDED")
    assert await extend(staff, sold, 2) == (200, "")
    sold = await read(hall, sold)
    assert await extend(staff, sold, 1) == (403, "APPROVAL_NEEDED")

    longer = await do(hall, sold, "extend", days=30, reason="The hall was flooded")

    assert await extend(staff, longer, 1) == (403, "APPROVAL_NEEDED")
    free = [one for one in (await history(hall, longer))["terms"] if one["is_free"]]
    assert [(one["price"], one["reason"]) for one in free] == [
        (0, "Was ill"),
        (0, "Was ill"),
        (0, "The hall was flooded"),
    ]
    refused = await staff.post(
        f"/memberships/{sold['id']}/extend", {"version": longer["version"], "days": 1, "reason": "x"}
    )
    assert "a colleague who may approve" in refused.json()["error"]["message"]
