"""Students' own sign-in, and what they see and change of their own record and keep beside it."""

from uuid import UUID

import msgspec

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller, changed_fields, check_version, own_record_of, tenant_of
from studyspot.kernel.errors import Conflict, Forbidden, LimitExceeded, NotFound, VersionConflict
from studyspot.kernel.ids import new_id
from studyspot.kernel.values import Phone
from studyspot.services.students import rules, store
from studyspot.services.students.contract import (
    GOALS_MAX,
    Goal,
    GoalChange,
    NewGoal,
    OwnChange,
    PrivacySettings,
    Student,
    StudentChange,
    StudentProfile,
)
from studyspot.services.students.service.records import Records, found_student
from studyspot.services.users.contract import NewStudentMember, Users
from studyspot.tenancy.engine import Tenancy


class Own:
    def __init__(self, tenancy: Tenancy, records: Records, users: Users) -> None:
        self._tenancy = tenancy
        self._records = records
        self._users = users

    async def open_account(self, caller: Caller, *, student_id: UUID) -> None:
        student = await self._admissible(caller, student_id)
        member = NewStudentMember(
            student_id=student.id,
            first_name=student.first_name,
            last_name=student.last_name,
            phone=Phone.parse(student.phone),
        )
        await self._users.admit_student(caller, student=member)
        try:
            if (await self._admissible(caller, student_id)).phone != student.phone:
                raise VersionConflict("This student's phone number was changed meanwhile. Try again.")
        except (NotFound, Conflict):
            # Whoever has the old number, or no record any more, must not come in.
            async with self._tenancy.connection(tenant_of(caller)) as connection:
                is_erased = await store.is_erased(connection, student_id)
            end = self._users.forget_student if is_erased else self._users.dismiss_student
            await end(caller, student_id=student_id)
            raise

    async def close_account(self, caller: Caller, *, student_id: UUID) -> None:
        await self._records.get_student(caller, student_id=student_id)
        await self._users.dismiss_student(caller, student_id=student_id)

    async def get_own(self, caller: Caller) -> Student:
        student = await self._records.get_student(caller, student_id=own_record_of(caller))
        if student.status == "suspended":
            raise Forbidden("Your library has suspended you. Ask there.")
        return _shown(student)

    async def change_own(self, caller: Caller, *, change: OwnChange) -> Student:
        await self.get_own(caller)
        given = msgspec.structs.asdict(change)
        changed = await self._records.change(
            caller, own_record_of(caller), StudentChange(**given), is_own=True
        )
        return _shown(changed)

    async def get_profile(self, caller: Caller, *, student_id: UUID) -> StudentProfile:
        return await self._profile(caller, await self._records.get_student(caller, student_id=student_id))

    async def get_own_profile(self, caller: Caller) -> StudentProfile:
        return await self._profile(caller, await self.get_own(caller))

    async def add_goal(self, caller: Caller, *, goal: NewGoal) -> Goal:
        student = await self.get_own(caller)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            found_student(await store.find_student(tx, student.id, for_share=True))
            created = await store.insert_goal(tx, student.id, new_id(), goal)
            if created is None:
                raise LimitExceeded(f"You keep {GOALS_MAX} goals. Remove one first.")
            await audit.record(tx, caller, "goals:create", entity="goal", entity_id=created.id, after=created)
        return created

    async def get_goal(self, caller: Caller, *, goal_id: UUID) -> Goal:
        student = await self.get_own(caller)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found(await store.find_goal(connection, student.id, goal_id))

    async def change_goal(self, caller: Caller, *, goal_id: UUID, change: GoalChange) -> Goal:
        student = await self.get_own(caller)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found(await store.find_goal(tx, student.id, goal_id, for_update=True))
            check_version("goal", read=change.version, found=before.version)
            after = await store.update_goal(tx, msgspec.structs.replace(before, **changed_fields(change)))
            await audit.record(
                tx, caller, "goals:update", entity="goal", entity_id=goal_id, before=before, after=after
            )
        return _found(after)

    async def delete_goal(self, caller: Caller, *, goal_id: UUID) -> None:
        student = await self.get_own(caller)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found(await store.find_goal(tx, student.id, goal_id, for_update=True))
            await store.delete_goal(tx, goal_id)
            await audit.record(tx, caller, "goals:delete", entity="goal", entity_id=goal_id, before=before)

    async def set_privacy(self, caller: Caller, *, privacy: PrivacySettings) -> PrivacySettings:
        student = await self.get_own(caller)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            found_student(await store.find_student(tx, student.id, for_share=True))
            before = await store.find_privacy(tx, student.id)
            await store.set_privacy(tx, student.id, privacy)
            await audit.record(
                tx,
                caller,
                "privacy:update",
                entity="student",
                entity_id=student.id,
                before=before,
                after=privacy,
            )
        return privacy

    async def _admissible(self, caller: Caller, student_id: UUID) -> Student:
        student = await self._records.get_student(caller, student_id=student_id)
        rules.check_may_sign_in(student.status)
        return student

    async def _profile(self, caller: Caller, student: Student) -> StudentProfile:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            goals = await store.list_goals(connection, student.id)
            privacy = await store.find_privacy(connection, student.id)
        return StudentProfile(student, goals, privacy or PrivacySettings())


def _shown(student: Student) -> Student:
    """Without what the library's staff notes for itself."""
    return msgspec.structs.replace(student, notes=None, suspension_reason=None)


def _found(goal: Goal | None) -> Goal:
    if goal is None:
        raise NotFound("There is no such goal of yours.")
    return goal
