"""Who is forgotten by their library is so by the platform, unless they are somebody elsewhere."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from tests.people import People, Person
from tests.services.answers import made
from tests.services.neighbour import Neighbour
from tests.services.students.test_personal_data import signed_in
from tests.services.students.test_sign_in_of_students import Desk

from studyspot.entrypoints.platform import Platform
from studyspot.kernel import audit
from studyspot.kernel.contract import system
from studyspot.kernel.errors import Conflict, Unavailable
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.kernel.validation import read_value
from studyspot.services.students.contract import NewStudent, Student
from studyspot.services.users.service import UsersService

NUMBERS = count(9_766_000_001)
SentCode = Callable[[str], Awaitable[str]]


async def enrol(owner: Person, name: str, **fields: Any) -> dict[str, Any]:
    body = {"first_name": name, "last_name": f"Of{name}", "phone": f"+91{next(NUMBERS)}"}
    student: dict[str, Any] = await made(owner, "/students", body | fields)
    return student


async def admit(owner: Person, student: dict[str, Any]) -> None:
    assert (await owner.post(f"/students/{student['id']}/account")).status_code == 204


async def erase(owner: Person, student: dict[str, Any]) -> None:
    answer = await owner.post(f"/students/{student['id']}/erasure")
    assert answer.status_code == 204, answer.text


async def at_desk(platform: Platform, owner: Person, *, is_admitted: bool = True) -> tuple[Desk, Student]:
    """The students room whose neighbour may be away, and a student there."""
    desk = Desk(platform, str(owner.tenant_id))
    new = read_value({"first_name": "Meera", "phone": f"+91{next(NUMBERS)}"}, NewStudent)
    student = await desk.students.create_student(desk.caller, student=new)
    if is_admitted:
        await desk.students.open_account(desk.caller, student_id=student.id)
    return desk, student


async def left_of(platform: Platform, *secrets: str) -> list[str]:
    """Rows of the control database in which one of these stands."""
    async with platform.control.connection() as connection:
        tables = await connection.column(
            """
            SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND has_table_privilege(c.oid, 'SELECT')
            """
        )
        rows = [
            f"{table} {row}"
            for table in tables
            for row in await connection.column(f"SELECT t::text FROM {table} t")
        ]
    return [row for row in rows if any(secret in row for secret in secrets)]


async def faults_of_trail(platform: Platform) -> list[audit.TrailFault]:
    return (await audit.verify_whole(platform.control.transaction)).faults


async def test_nothing_on_the_platform_says_who_was_forgotten(
    owner: Person, people: People, platform: Platform, sent_code: SentCode, letters: Any
):
    student = await enrol(owner, "Zubeda")
    zubeda = await signed_in(owner, student, people, sent_code)
    secrets = "Zubeda", student["phone"]
    assert await left_of(platform, *secrets) != []

    await erase(owner, student)
    await erase(owner, student)

    assert await left_of(platform, *secrets) == []
    assert await letters(student["phone"]) == []
    assert await faults_of_trail(platform) == []
    assert (await zubeda.get("/students/me")).status_code == 401
    refresh = {"refresh_token": zubeda.refresh_token}
    assert (await owner.client.post("/api/v1/auth/refresh", json=refresh)).status_code == 401
    again = await enrol(owner, "Asha", phone=student["phone"])
    await signed_in(owner, again, people, sent_code)


async def test_who_is_somebody_elsewhere_keeps_the_account_until_they_are_forgotten_there(
    owner: Person, people: People, platform: Platform
):
    other = await people.owner("free")
    here = await enrol(owner, "Yasmeen")
    there = await enrol(other, "Yasmeen", phone=here["phone"])
    await admit(owner, here)
    await admit(other, there)

    await erase(owner, here)
    assert await left_of(platform, here["phone"]) != []
    await erase(other, there)

    assert await left_of(platform, "Yasmeen", here["phone"]) == []
    assert await faults_of_trail(platform) == []


async def test_who_works_somewhere_keeps_the_account(owner: Person, people: People, platform: Platform):
    employer = await people.owner("free")
    phone = f"+91{next(NUMBERS)}"
    member = {"email": "rukhsana@example.in", "first_name": "Rukhsana", "phone": phone, "role": "staff"}
    await made(employer, "/users", member)
    student = await enrol(owner, "Rukhsana", phone=phone)
    await admit(owner, student)

    await erase(owner, student)

    (listed,) = [one for one in (await employer.get("/users")).json()["data"] if one["role"] == "staff"]
    assert (listed["first_name"], listed["phone"], listed["is_active"]) == ("Rukhsana", phone, True)


@pytest.mark.parametrize("how", ["deleted", "renumbered"])
async def test_who_signed_in_no_more_before_is_forgotten_too(owner: Person, platform: Platform, how: str):
    student = await enrol(owner, "Farzana")
    await admit(owner, student)
    path = f"/students/{student['id']}"
    if how == "deleted":
        assert (await owner.delete(path)).status_code == 204
    else:
        change = {"version": student["version"], "phone": f"+91{next(NUMBERS)}"}
        assert (await owner.put(path, change)).status_code == 200
    assert await left_of(platform, "Farzana", student["phone"]) != []

    await erase(owner, student)

    assert await left_of(platform, "Farzana", student["phone"]) == []


async def test_an_erasure_that_could_not_be_ended_is_ended_by_a_repeat(owner: Person, platform: Platform):
    desk, student = await at_desk(platform, owner)
    desk.users.away = {"forget_student"}
    with pytest.raises(Unavailable):
        await desk.students.erase_student(desk.caller, student_id=student.id)
    assert await left_of(platform, student.phone) != []

    desk.users.away = set()
    await desk.students.erase_student(desk.caller, student_id=student.id)

    assert await left_of(platform, student.phone) == []


async def test_an_account_that_could_not_be_forgotten_is_so_by_a_repeat(owner: Person, platform: Platform):
    desk, student = await at_desk(platform, owner)
    auth = Neighbour(platform.auth)
    users = UsersService(platform.control, platform.tenancy, auth)  # type: ignore[arg-type]
    auth.away = {"forget_account"}
    with pytest.raises(Unavailable):
        await users.forget_student(desk.caller, student_id=student.id)
    assert await desk.signs_in(student) is None

    auth.away = set()
    await users.forget_student(desk.caller, student_id=student.id)

    assert await left_of(platform, student.phone) == []


async def test_an_account_that_is_opened_for_one_who_is_forgotten_meanwhile_is_forgotten(
    owner: Person, platform: Platform
):
    desk, student = await at_desk(platform, owner, is_admitted=False)
    desk.users.meanwhile = lambda: platform.students.erase_student(desk.caller, student_id=student.id)

    with pytest.raises(Exception, match="no such student"):
        await desk.students.open_account(desk.caller, student_id=student.id)

    assert await left_of(platform, student.phone) == []


async def test_nobody_becomes_a_member_with_an_account_that_is_forgotten_meanwhile(
    owner: Person, people: People, platform: Platform
):
    desk, student = await at_desk(platform, owner)
    other, auth = await people.owner("free"), Neighbour(platform.auth)
    users = UsersService(platform.control, platform.tenancy, auth)  # type: ignore[arg-type]
    async with platform.control.connection() as connection:
        account_id = await connection.value("SELECT id FROM auth.accounts WHERE phone = $1", student.phone)
    auth.meanwhile = lambda: platform.users.forget_student(desk.caller, student_id=student.id)

    with pytest.raises(Conflict):
        await users.add_owner(
            system(),
            tenant_id=TenantId(UUID(other.tenant_id)),
            account_id=AccountId(account_id),
            invited_as="meena@example.in",
        )


async def test_the_trail_of_an_account_that_is_not_forgotten_stays(owner: Person, platform: Platform):
    async with platform.control.connection() as connection:
        with pytest.raises(Exception, match="trail_of_erased"):
            await connection.run("SELECT auth.forget_in_trail($1)", UUID(owner.account_id))
