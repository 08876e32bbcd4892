"""Students' own sign-in, and what they see and change of their own record."""

from uuid import UUID

import msgspec

from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Forbidden, NotFound
from studyspot.kernel.values import Phone
from studyspot.services.students import rules
from studyspot.services.students.contract import OwnChange, Student, StudentChange
from studyspot.services.students.service.records import Records
from studyspot.services.users.contract import NewStudentMember, Users


class Own:
    def __init__(self, records: Records, users: Users) -> None:
        self._records = records
        self._users = users

    async def open_account(self, caller: Caller, *, student_id: UUID) -> None:
        student = await self._records.get_student(caller, student_id=student_id)
        rules.check_may_sign_in(student.status)
        member = NewStudentMember(
            student_id=student.id,
            first_name=student.first_name,
            last_name=student.last_name,
            phone=Phone.parse(student.phone),
        )
        await self._users.admit_student(caller, student=member)

    async def close_account(self, caller: Caller, *, student_id: UUID) -> None:
        await self._records.get_student(caller, student_id=student_id)
        await self._users.dismiss_student(caller, student_id=student_id)

    async def get_own(self, caller: Caller) -> Student:
        student = await self._records.get_student(caller, student_id=_own_id(caller))
        if student.status == "suspended":
            raise Forbidden("Your library has suspended you. Ask there.")
        return student

    async def change_own(self, caller: Caller, *, change: OwnChange) -> Student:
        await self.get_own(caller)
        given = msgspec.structs.asdict(change)
        return await self._records.change_student(
            caller, student_id=_own_id(caller), change=StudentChange(**given)
        )


def _own_id(caller: Caller) -> UUID:
    if caller.subject_id is None:
        raise NotFound("You have no student record here.")
    return caller.subject_id
