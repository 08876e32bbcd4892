"""Who works here and who is signed in live in two rooms: while auth is away nothing is changed, and a repeat
does it all.
"""

from collections.abc import Callable
from uuid import UUID

import pytest
from tests.people import People, Person
from tests.services.neighbour import Neighbour
from tests.services.users.conftest import within_a_second

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller, system
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import AccountId, TenantId, new_id
from studyspot.kernel.validation import read_value
from studyspot.services.users.contract import (
    MemberChange,
    NewMember,
    NewStudentMember,
    PlatformUserChange,
)
from studyspot.services.users.service import UsersService


@pytest.fixture
def auth(platform: Platform) -> Neighbour:
    return Neighbour(platform.auth)


@pytest.fixture
def users(platform: Platform, auth: Neighbour) -> UsersService:
    return UsersService(platform.control, platform.tenancy, auth)  # type: ignore[arg-type]


@pytest.fixture
def boss(house: Person) -> Caller:
    return system(tenant_id=TenantId(UUID(house.tenant_id)))


async def signed_out(person: Person) -> None:
    async def refused() -> bool:
        return (await person.get("/auth/me")).status_code == 401

    await within_a_second(refused)


@pytest.mark.parametrize("weakening", [{"role": "staff"}, None], ids=str)
async def test_a_member_stays_while_the_sessions_cannot_be_ended(
    users: UsersService,
    auth: Neighbour,
    boss: Caller,
    people: People,
    house: Person,
    weakening: dict[str, str] | None,
):
    manager = await people.member(house, "manager")
    account_id = AccountId(UUID(manager.account_id))
    before = await users.get_member(boss, account_id=account_id)

    async def weaken() -> None:
        if weakening is None:
            await users.remove_member(boss, account_id=account_id)
        else:
            change = read_value({"version": before.version} | weakening, MemberChange)
            await users.change_member(boss, account_id=account_id, change=change)

    auth.away = {"end_sessions"}
    with pytest.raises(Unavailable):
        await weaken()

    assert await users.get_member(boss, account_id=account_id) == before
    auth.away = set()
    await weaken()
    await signed_out(manager)


async def test_a_sign_in_amid_a_removal_does_not_outlive_it(
    users: UsersService, auth: Neighbour, boss: Caller, people: People, house: Person
):
    manager = await people.member(house, "manager")
    late: list[Person] = []

    async def sign_in() -> None:
        late.append(await people.sign_in(manager.email))

    auth.meanwhile = sign_in
    await users.remove_member(boss, account_id=AccountId(UUID(manager.account_id)))

    await signed_out(late[0])


@pytest.mark.parametrize("weakening", [{"role": "support"}, None], ids=str)
async def test_one_of_the_staff_stays_while_the_sessions_cannot_be_ended(
    users: UsersService, auth: Neighbour, people: People, weakening: dict[str, str] | None
):
    colleague = await people.platform_user("admin")
    account_id = AccountId(UUID(colleague.account_id))
    before = await users.get_platform_user(system(), account_id=account_id)

    async def weaken() -> None:
        if weakening is None:
            await users.delete_platform_user(system(), account_id=account_id)
        else:
            change = read_value({"version": before.version} | weakening, PlatformUserChange)
            await users.change_platform_user(system(), account_id=account_id, change=change)

    auth.away = {"end_sessions"}
    with pytest.raises(Unavailable):
        await weaken()

    assert await users.get_platform_user(system(), account_id=account_id) == before
    auth.away = set()
    await weaken()
    await signed_out(colleague)


async def test_a_student_keeps_the_sign_in_until_the_sessions_can_be_ended(
    users: UsersService, auth: Neighbour, boss: Caller, phone: Callable[[], str], platform: Platform
):
    student = read_value(
        {"student_id": str(new_id()), "first_name": "Meera", "phone": phone()}, NewStudentMember
    )
    await users.admit_student(boss, student=student)
    auth.away = {"end_sessions"}

    for _ in range(2):  # a repeat must not take for done what was half done
        with pytest.raises(Unavailable):
            await users.switch_student(boss, student_id=student.student_id, is_active=False)
        with pytest.raises(Unavailable):
            await users.dismiss_student(boss, student_id=student.student_id)

    auth.away = set()
    await users.dismiss_student(boss, student_id=student.student_id)
    auth.away = {"end_sessions"}
    await users.dismiss_student(boss, student_id=student.student_id)  # nothing is left to do


async def test_nobody_is_added_without_a_letter(
    users: UsersService, auth: Neighbour, boss: Caller, phone: Callable[[], str], letters
):
    email = "unlettered@example.in"
    member = read_value({"email": email, "first_name": "Lata", "role": "staff"}, NewMember)
    student = read_value(
        {"student_id": str(new_id()), "first_name": "Meera", "phone": phone()}, NewStudentMember
    )
    before = await users.list_members(boss, page=1, limit=1)
    auth.away = {"invite"}

    with pytest.raises(Unavailable):
        await users.add_member(boss, member=member)
    with pytest.raises(Unavailable):
        await users.admit_student(boss, student=student)

    assert (await users.list_members(boss, page=1, limit=1)).total == before.total
    auth.away = set()
    await users.add_member(boss, member=member)
    for _ in range(2):
        await users.admit_student(boss, student=student)
    assert [len(await letters(address)) for address in (email, student.phone)] == [1, 1]
