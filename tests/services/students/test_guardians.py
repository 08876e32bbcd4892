"""Who answers for a student, and that nobody under eighteen is a member without their consent."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import Hall, at, today

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId
from studyspot.services.students.rules import is_minor

PHONES = count(9_744_000_001)
AGREED = {"text_version": "2026-01", "verified_by": "known_in_person"}


@pytest.fixture
async def owner(people: People) -> Person:
    return await people.owner()


@pytest.fixture
async def hall(owner: Person) -> Hall:
    return await Hall.opened(owner)


def years_ago(years: int, *, days: int = 0) -> str:
    """A birthday on which somebody turns so old in so many days."""
    return str((today() + timedelta(days=days)).replace(year=today().year - years))


def a_guardian(**fields: Any) -> dict[str, Any]:
    return {"name": "Meena Rao", "relation": "mother", "phone": f"+91{next(PHONES)}"} | fields


async def add_guardian(owner: Person, student: dict[str, Any], **fields: Any) -> dict[str, Any]:
    added: dict[str, Any] = await made(owner, f"/students/{student['id']}/guardians", a_guardian(**fields))
    return added


async def record(owner: Person, guardian: dict[str, Any], kind: str = "given") -> dict[str, Any]:
    body = AGREED | {"guardian_id": guardian["id"], "kind": kind}
    recorded: dict[str, Any] = await made(owner, f"/students/{guardian['student_id']}/consents", body)
    return recorded


async def test_a_guardian_is_added_changed_and_removed(owner: Person, hall: Hall):
    student = await hall.enrol()
    guardian = await add_guardian(owner, student, email="Meena@Example.in")
    path = f"/students/guardians/{guardian['id']}"

    assert guardian["email"] == "meena@example.in"
    changed = (await owner.put(path, {"version": 1, "relation": "legal_guardian"})).json()["data"]
    assert (changed["relation"], changed["version"]) == ("legal_guardian", 2)
    assert code_of(await owner.put(path, {"version": 1, "name": "Other"})) == (409, "VERSION_CONFLICT")
    assert (await owner.get(path)).json()["data"] == changed
    assert (await owner.get(f"/students/{student['id']}/guardians")).json()["data"] == [changed]

    assert (await owner.delete(path)).status_code == 204
    assert code_of(await owner.get(path)) == (404, "RESOURCE_NOT_FOUND")
    assert (await owner.get(f"/students/{student['id']}/guardians")).json()["data"] == []


async def test_a_student_has_three_guardians_and_a_place_is_free_again(owner: Person, hall: Hall):
    student = await hall.enrol()
    first, *_ = [await add_guardian(owner, student) for _ in range(3)]
    fourth = f"/students/{student['id']}/guardians"

    assert code_of(await owner.post(fourth, a_guardian())) == (422, "LIMIT_EXCEEDED")
    await owner.delete(f"/students/guardians/{first['id']}")
    assert (await owner.post(fourth, a_guardian())).status_code == 201


async def test_a_guardian_has_a_name_a_relation_and_a_phone(owner: Person, hall: Hall):
    student = await hall.enrol()
    answer = await owner.post(f"/students/{student['id']}/guardians", {"relation": "cousin", "phone": "1"})

    assert faults_of(answer) == {
        ("name", "required"),
        ("relation", "invalid_choice"),
        ("phone", "invalid_phone"),
    }


async def test_staff_see_guardians_and_do_not_change_them(people: People, owner: Person, hall: Hall):
    guardian = await add_guardian(owner, await hall.enrol())
    staff = await people.member(owner, "staff")

    assert (await staff.get(f"/students/guardians/{guardian['id']}")).status_code == 200
    assert (await staff.delete(f"/students/guardians/{guardian['id']}")).status_code == 403


async def test_a_consent_is_of_a_guardian_of_this_student(owner: Person, hall: Hall):
    mine, other = await hall.enrol(), await hall.enrol()
    guardian = await add_guardian(owner, other)

    answer = await owner.post(f"/students/{mine['id']}/consents", AGREED | {"guardian_id": guardian["id"]})
    assert code_of(answer) == (422, "UNKNOWN_GUARDIAN")


async def test_what_was_recorded_stays_whatever_follows(owner: Person, hall: Hall, platform: Platform):
    student = await hall.enrol(date_of_birth=years_ago(16))
    guardian = await add_guardian(owner, student)
    given, withdrawn = await record(owner, guardian), await record(owner, guardian, "withdrawn")
    await owner.delete(f"/students/guardians/{guardian['id']}")

    listed = (await owner.get(f"/students/{student['id']}/consents")).json()
    assert listed["data"] == [withdrawn, given]
    assert listed["pagination"]["total"] == 2
    assert given["account_id"] == owner.account_id
    assert (given["role"], given["kind"], given["text_version"]) == ("owner", "given", "2026-01")
    beyond = await owner.get(f"/students/{student['id']}/consents", params={"page": 5})
    assert beyond.json()["pagination"]["total"] == 2
    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        with pytest.raises(Exception, match="permission denied"):
            await connection.run("UPDATE students.consents SET kind = 'given'")


async def test_who_is_under_eighteen_is_a_minor(hall: Hall, owner: Person):
    born = {years_ago(18): False, years_ago(18, days=1): True, years_ago(4): True, None: False}

    for day, is_young in born.items():
        student = await hall.enrol(date_of_birth=day)
        assert student["minor"] is is_young
        assert (await owner.get(f"/students/{student['id']}")).json()["data"]["minor"] is is_young


@pytest.mark.parametrize(
    ("born", "adult_on"),
    [
        ("2008-02-29", "2026-03-01"),
        ("2007-03-01", "2025-03-01"),
        ("2006-02-28", "2024-02-28"),
        ("2006-12-31", "2024-12-31"),
    ],
)
async def test_the_database_and_the_rules_agree_on_the_day(
    owner: Person, platform: Platform, born: str, adult_on: str
):
    day, then = date.fromisoformat(born), date.fromisoformat(adult_on)
    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        assert await connection.value("SELECT students.adult_on($1)", day) == then
    assert is_minor(day, then - timedelta(days=1))
    assert not is_minor(day, then)


async def test_a_minors_membership_begins_only_with_a_consent(owner: Person, hall: Hall):
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    student = await hall.enrol(date_of_birth=years_ago(18, days=1))
    refusal = 422, "GUARDIAN_CONSENT_NEEDED"

    assert code_of(await hall.try_to_sell(student, plan, "A1", shift)) == refusal
    draft = await hall.sell(student, plan, "A1", shift, draft=True)
    activate = f"/memberships/{draft['id']}/activate"
    assert code_of(await owner.post(activate)) == refusal
    guardian = await add_guardian(owner, student)
    assert code_of(await owner.post(activate)) == refusal
    await record(owner, guardian)
    await record(owner, guardian, "withdrawn")
    assert code_of(await owner.post(activate)) == refusal
    await record(owner, guardian)
    assert (await owner.post(activate)).json()["data"]["status"] == "active"


async def test_the_consent_of_who_was_removed_does_not_count(owner: Person, hall: Hall):
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    student = await hall.enrol(date_of_birth=years_ago(15))
    guardian = await add_guardian(owner, student)
    await record(owner, guardian)
    await owner.delete(f"/students/guardians/{guardian['id']}")

    answer = await hall.try_to_sell(student, plan, "A1", shift)
    assert code_of(answer) == (422, "GUARDIAN_CONSENT_NEEDED")


@pytest.mark.parametrize("change", [{"name": "Raju Rao"}, {"phone": "+919744999999"}], ids=str)
async def test_a_consent_ends_when_the_guardian_is_called_otherwise(
    owner: Person, hall: Hall, change: dict[str, str]
):
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    student = await hall.enrol(date_of_birth=years_ago(15))
    guardian, other = await add_guardian(owner, student), await add_guardian(owner, student)
    given, path = await record(owner, guardian), f"/students/guardians/{guardian['id']}"

    assert (await owner.put(path, {"version": 1} | change)).status_code == 200

    ended, before = (await owner.get(f"/students/{student['id']}/consents")).json()["data"]
    assert before == given
    assert (ended["kind"], ended["guardian_id"], ended["text_version"], ended["account_id"]) == (
        "ended",
        guardian["id"],
        given["text_version"],
        owner.account_id,
    )
    trail = (await owner.get("/audit-log", params={"action": "consents:ended"})).json()["data"]
    assert [one["entity_id"] for one in trail] == [ended["id"]]
    assert code_of(await hall.try_to_sell(student, plan, "A1", shift)) == (422, "GUARDIAN_CONSENT_NEEDED")
    again = await owner.put(path, {"version": 2, "name": "Meena R. Rao", "email": "m@example.in"})
    assert again.status_code == 200
    assert (await owner.put(f"/students/guardians/{other['id']}", {"version": 1} | change)).is_success
    assert (await owner.get(f"/students/{student['id']}/consents")).json()["pagination"]["total"] == 2
    await record(owner, guardian)
    await hall.sell(student, plan, "A1", shift)


async def test_a_consent_stays_when_the_guardian_is_still_the_same(owner: Person, hall: Hall):
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    student = await hall.enrol(date_of_birth=years_ago(15))
    guardian = await add_guardian(owner, student)
    await record(owner, guardian)

    same = {"version": 1, "name": guardian["name"], "email": "m@example.in", "relation": "legal_guardian"}
    assert (await owner.put(f"/students/guardians/{guardian['id']}", same)).status_code == 200
    await hall.sell(student, plan, "A1", shift)


async def test_who_turns_eighteen_or_told_no_birthday_needs_none(hall: Hall):
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()

    await hall.sell(await hall.enrol(date_of_birth=years_ago(18)), plan, "A1", shift)
    await hall.sell(await hall.enrol(), plan, "A2", shift)
    soon = await hall.enrol(date_of_birth=years_ago(18, days=1))
    async with at(hall, "00:01"):
        await hall.sell(soon, plan, "A3", shift)


async def test_a_withdrawal_cuts_nothing_short_and_lets_the_next_term_not_begin(owner: Person, hall: Hall):
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    student = await hall.enrol(date_of_birth=years_ago(16))
    guardian = await add_guardian(owner, student)
    await record(owner, guardian)
    membership = await hall.sell(student, plan, "A1", shift)
    await record(owner, guardian, "withdrawn")

    path = f"/memberships/{membership['id']}"
    assert (await owner.get(path)).json()["data"]["status"] == "active"
    moved = await owner.post(f"{path}/move", {"version": 1, "seat_id": hall.seats["A2"]["id"]})
    assert moved.status_code == 200, moved.text
    version = moved.json()["data"]["version"]
    renewed = await owner.post(f"{path}/renew", {"version": version})
    assert code_of(renewed) == (422, "GUARDIAN_CONSENT_NEEDED")
    await record(owner, guardian)
    assert (await owner.post(f"{path}/renew", {"version": version})).status_code == 200


async def test_messages_about_a_minor_go_to_the_guardian_who_agreed(
    owner: Person, hall: Hall, platform: Platform
):
    async def messages_to(student: dict[str, Any]) -> tuple[str, str | None]:
        async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
            found = await connection.value(
                """
                SELECT messages_to || ' ' || coalesce(email, '') FROM students.published_messages_to
                WHERE student_id = $1
                """,
                UUID(student["id"]),
            )
        phone, email = found.split(" ")
        return phone, email or None

    adult = await hall.enrol(date_of_birth=years_ago(18), email="own@example.in")
    await add_guardian(owner, adult)
    assert await messages_to(adult) == (adult["phone"], "own@example.in")

    minor = await hall.enrol(date_of_birth=years_ago(17), parent_phone=f"+91{next(PHONES)}")
    assert await messages_to(minor) == (minor["parent_phone"], None)
    first, second = await add_guardian(owner, minor), await add_guardian(owner, minor, email="two@example.in")
    assert await messages_to(minor) == (first["phone"], None)
    await record(owner, second)
    assert await messages_to(minor) == (second["phone"], "two@example.in")
