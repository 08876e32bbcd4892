"""A student's record and sign-in live in two rooms: neither is left behind when one of them is away, or when
both are changed at once.
"""

from itertools import count
from uuid import UUID

import pytest
from tests.people import Person
from tests.services.neighbour import Neighbour

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller, system
from studyspot.kernel.errors import Conflict, NotFound, Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.kernel.validation import read_value
from studyspot.kernel.vault import Vault, new_vault_key
from studyspot.services.students.contract import NewStudent, Student, StudentChange, StudentExists
from studyspot.services.students.service import StudentsService

NUMBERS = count(9_711_000_001)
ALL = {"admit_student", "dismiss_student", "switch_student"}


class Desk:
    """The students room of one business, whose neighbour, the users room, may be away."""

    def __init__(self, platform: Platform, tenant_id: str) -> None:
        self._control = platform.control
        self.caller: Caller = system(tenant_id=TenantId(UUID(tenant_id)))
        self.users = Neighbour(platform.users)
        self.students = StudentsService(
            platform.tenancy,
            platform.queue,
            Vault(new_vault_key()),
            platform.libraries,
            self.users,  # type: ignore[arg-type]
            platform.payments,
        )

    async def enrol(self) -> Student:
        new = read_value({"first_name": "Meera", "phone": f"+91{next(NUMBERS)}"}, NewStudent)
        return await self.students.create_student(self.caller, student=new)

    async def admitted(self) -> Student:
        student = await self.enrol()
        await self.students.open_account(self.caller, student_id=student.id)
        return student

    async def read(self, student: Student) -> Student:
        return await self.students.get_student(self.caller, student_id=student.id)

    async def call(self, student: Student, **change: object) -> Student:
        """Changes the student, who was read just before."""
        version = (await self.read(student)).version
        wanted = read_value({"version": version} | change, StudentChange)
        return await self.students.change_student(self.caller, student_id=student.id, change=wanted)

    async def signs_in(self, student: Student) -> bool | None:
        """None for whoever has no sign-in, False for one that is switched off."""
        async with self._control.connection() as connection:
            found: bool | None = await connection.value(
                "SELECT is_active FROM users.members WHERE subject_id = $1", student.id
            )
        return found


@pytest.fixture
def desk(platform: Platform, owner: Person) -> Desk:
    return Desk(platform, str(owner.tenant_id))


def new_phone() -> str:
    return f"+91{next(NUMBERS)}"


async def test_a_number_is_not_changed_while_the_old_one_cannot_be_signed_out(desk: Desk):
    student = await desk.admitted()
    phone = new_phone()
    desk.users.away = ALL

    with pytest.raises(Unavailable):
        await desk.call(student, phone=phone)

    assert await desk.read(student) == student
    desk.users.away = set()
    assert (await desk.call(student, phone=phone)).phone == phone
    assert await desk.signs_in(student) is None


async def test_a_change_that_is_refused_leaves_the_sign_in(desk: Desk):
    student, other = await desk.admitted(), await desk.enrol()

    with pytest.raises(StudentExists):
        await desk.call(student, phone=other.phone)

    assert await desk.signs_in(student)


async def test_a_student_is_not_deleted_while_the_sign_in_stays(desk: Desk):
    student = await desk.admitted()
    desk.users.away = ALL

    with pytest.raises(Unavailable):
        await desk.students.delete_student(desk.caller, student_id=student.id)

    assert await desk.read(student) == student


async def test_who_is_not_let_in_again_is_not_reactivated_and_a_repeat_does_both(desk: Desk):
    student = await desk.admitted()
    suspended = await desk.students.suspend_student(desk.caller, student_id=student.id, reason="unpaid")
    assert await desk.signs_in(student) is False
    desk.users.away = ALL

    for reactivate in (
        desk.students.reactivate_student(desk.caller, student_id=student.id),
        desk.call(student, status="active"),
    ):
        with pytest.raises(Unavailable):
            await reactivate

    assert await desk.read(student) == suspended
    desk.users.away = set()
    assert (await desk.students.reactivate_student(desk.caller, student_id=student.id)).status == "active"
    assert await desk.signs_in(student)


async def test_an_account_is_not_opened_for_a_number_that_changes_meanwhile(desk: Desk):
    student = await desk.enrol()
    desk.users.meanwhile = lambda: desk.call(student, phone=new_phone())

    with pytest.raises(Conflict):
        await desk.students.open_account(desk.caller, student_id=student.id)

    assert await desk.signs_in(student) is None


async def test_an_account_is_not_opened_for_one_who_is_deleted_meanwhile(desk: Desk):
    student = await desk.enrol()
    desk.users.meanwhile = lambda: desk.students.delete_student(desk.caller, student_id=student.id)

    with pytest.raises(NotFound):
        await desk.students.open_account(desk.caller, student_id=student.id)

    assert await desk.signs_in(student) is None


@pytest.mark.parametrize("change", ["phone", "delete"])
async def test_an_account_that_is_opened_amid_a_change_does_not_outlive_it(desk: Desk, change: str):
    student = await desk.enrol()
    desk.users.meanwhile = lambda: desk.students.open_account(desk.caller, student_id=student.id)

    if change == "phone":
        await desk.call(student, phone=new_phone())
    else:
        await desk.students.delete_student(desk.caller, student_id=student.id)

    assert desk.users.meanwhile is None
    assert await desk.signs_in(student) is None


async def test_opening_an_account_again_switches_it_on(desk: Desk, platform: Platform):
    student = await desk.admitted()
    await platform.users.switch_student(desk.caller, student_id=student.id, is_active=False)

    await desk.students.open_account(desk.caller, student_id=student.id)

    assert await desk.signs_in(student)
