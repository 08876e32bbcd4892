"""One student at a time: found, added, changed, suspended, removed."""

from datetime import date
from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.aadhaar import mask_aadhaar
from studyspot.kernel.contract import Caller, changed_fields, check_version, on_own_account, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import NotFound, ValidationFailed
from studyspot.services.libraries.contract import Libraries
from studyspot.services.students import rules, store
from studyspot.services.students.contract import (
    NewStudent,
    Student,
    StudentChange,
    StudentExists,
    StudentFilter,
    StudentInUse,
    StudentPage,
    StudentSummary,
    UnknownLibrary,
)
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy

INDIA = "Asia/Kolkata"


class Records:
    def __init__(self, tenancy: Tenancy, libraries: Libraries, users: Users) -> None:
        self._tenancy = tenancy
        self._libraries = libraries
        self._users = users

    async def list_students(
        self, caller: Caller, *, filter: StudentFilter, page: int, limit: int
    ) -> StudentPage:
        offset = (page - 1) * limit
        by_trigrams = _has_trigram(filter)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if filter == StudentFilter():
                items, total = await store.list_newest(connection, offset=offset, limit=limit)
            else:
                items, total = await store.list_students(
                    connection, filter, by_trigrams=by_trigrams, offset=offset, limit=limit
                )
            if total is None:
                total = 0
                if page > 1:
                    total = await store.count_students(connection, filter, by_trigrams=by_trigrams)
            return StudentPage(items, total)

    async def get_student(self, caller: Caller, *, student_id: UUID) -> Student:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return found_student(await store.find_student(connection, student_id))

    async def create_student(self, caller: Caller, *, student: NewStudent) -> Student:
        tenant_id = tenant_of(caller)
        today = today_in_india()
        if faults := rules.birth_faults(student.date_of_birth, today):
            raise ValidationFailed("Some fields need correction.", details=faults)
        await self._check_library(caller, student.library_id)
        limits = await self._tenancy.limits(tenant_id)
        try:
            async with self._tenancy.connection(tenant_id) as connection:
                created = await store.insert_student(
                    connection,
                    caller,
                    student,
                    enrollment_date=student.enrollment_date or today,
                    students_max=limits.max_students,
                )
        except ConstraintViolated as violation:
            raise refusal(violation) from None
        if created is None:
            raise rules.limit_exceeded(limits.max_students)
        return created

    async def change_student(self, caller: Caller, *, student_id: UUID, change: StudentChange) -> Student:
        return await self.change(caller, student_id, change)

    async def change(
        self, caller: Caller, student_id: UUID, change: StudentChange, *, is_own: bool = False
    ) -> Student:
        """`is_own` when students change it themselves."""
        given = changed_fields(change)
        today = today_in_india()
        if faults := rules.birth_faults(given.get("date_of_birth"), today):
            raise ValidationFailed("Some fields need correction.", details=faults)
        await self._check_library(caller, given.get("library_id"))
        if given.keys() & {"phone", "status"}:
            await self._change_sign_in(caller, student_id, change)
        if "status" in given:
            given["suspension_reason"] = None
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                before = found_student(await store.find_student(tx, student_id, for_update=True))
                check_version("student", read=change.version, found=before.version)
                wanted = msgspec.structs.replace(before, **given)
                is_kept = is_own and wanted.parent_phone == before.parent_phone
                is_entered = "parent_phone" in given and not is_kept
                after = found_student(
                    await store.update_student(tx, wanted, parent_phone_is_own=is_own if is_entered else None)
                )
                await audit.record(
                    tx,
                    caller,
                    "students:update",
                    entity="student",
                    entity_id=student_id,
                    before=before,
                    after=after,
                )
        except ConstraintViolated as violation:
            raise refusal(violation) from None
        if before.phone != after.phone:
            # Again, for whoever was admitted with the old number meanwhile.
            await self._users.dismiss_student(caller, student_id=student_id)
        return after

    async def delete_student(self, caller: Caller, *, student_id: UUID) -> None:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            await refuse_needed(connection, student_id)
        # First, so that nothing is deleted while it cannot be done.
        await self._users.dismiss_student(caller, student_id=student_id)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock_money(tx, student_id)
            await store.lock_totals(tx)  # before the student, as an import does, or each waits for the other
            before = found_student(await store.find_student(tx, student_id, for_update=True))
            await refuse_needed(tx, student_id)
            await store.delete_student(tx, student_id)
            await audit.record(
                tx, caller, "students:delete", entity="student", entity_id=student_id, before=before
            )
        # Again, for one who was admitted meanwhile.
        await self._users.dismiss_student(caller, student_id=student_id)

    async def suspend_student(self, caller: Caller, *, student_id: UUID, reason: str) -> Student:
        # First, so that no crash in between leaves somebody suspended who still gets in.
        await self._users.switch_student(caller, student_id=student_id, is_active=False)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = found_student(await store.find_student(tx, student_id, for_update=True))
            rules.check_suspendable(before.status)
            wanted = msgspec.structs.replace(before, status="suspended", suspension_reason=reason)
            after = found_student(await store.update_student(tx, wanted))
            await audit.record(
                tx,
                caller,
                "students:suspend",
                entity="student",
                entity_id=student_id,
                before=before,
                after=after,
            )
            return after

    async def reactivate_student(self, caller: Caller, *, student_id: UUID) -> Student:
        rules.check_reactivatable((await self.get_student(caller, student_id=student_id)).status)
        # First, so that a repeat ends what was begun: the suspended see nothing, signed in or not.
        await self._users.switch_student(caller, student_id=student_id, is_active=True)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = found_student(await store.find_student(tx, student_id, for_update=True))
            rules.check_reactivatable(before.status)
            wanted = msgspec.structs.replace(before, status="active", suspension_reason=None)
            after = found_student(await store.update_student(tx, wanted))
            await audit.record(
                tx,
                caller,
                "students:reactivate",
                entity="student",
                entity_id=student_id,
                before=before,
                after=after,
            )
            return after

    async def get_summary(self, caller: Caller) -> StudentSummary:
        month_start = today_in_india().replace(day=1)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await store.summarise(connection, month_start)

    async def export_students(
        self, caller: Caller, *, filter: StudentFilter, after: UUID | None, limit: int
    ) -> list[Student]:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            if after is None:
                await audit.record(
                    tx,
                    caller,
                    "students:export",
                    entity="student",
                    entity_id=None,
                    after={"filter": msgspec.to_builtins(_without_aadhaar(filter))},
                )
            return await store.list_after(
                tx, filter, by_trigrams=_has_trigram(filter), after=after, limit=limit
            )

    async def _change_sign_in(self, caller: Caller, student_id: UUID, change: StudentChange) -> None:
        """What a change means for the student's own sign-in comes first, so that nothing is changed while
        it cannot be done: whoever has the old number must not read on.
        """
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            before = found_student(await store.find_student(connection, student_id))
            check_version("student", read=change.version, found=before.version)
            wanted = msgspec.structs.replace(before, **changed_fields(change))
            if constraint := await store.find_clash(connection, wanted):
                raise refusal(ConstraintViolated(constraint))
        if before.phone != wanted.phone:
            await self._users.dismiss_student(caller, student_id=student_id)
        if before.status == "suspended" != wanted.status:
            await self._users.switch_student(caller, student_id=student_id, is_active=True)

    async def _check_library(self, caller: Caller, library_id: UUID | None) -> None:
        if library_id is None:
            return
        asking = on_own_account(caller)
        try:
            await self._libraries.get_library(asking, library_id=library_id)
        except NotFound:
            raise UnknownLibrary("There is no such library. Choose one of your own.") from None


async def refuse_needed(connection: Connection, student_id: UUID) -> None:
    if await store.has_seat(connection, student_id, clock.now()):
        raise StudentInUse("This student has a seat or a membership. Cancel it first.")
    if await store.has_money(connection, student_id):
        raise StudentInUse("This student owes money, or money is kept for them. Settle that first.")


def refusal(violation: ConstraintViolated) -> Exception:
    """What a broken constraint means to the caller; any other one is a bug and stays as it is."""
    match violation.constraint:
        case "student_phone":
            return StudentExists("Another student has this phone number.")
        case "student_email":
            return StudentExists("Another student has this e-mail address.")
        case "student_library":
            return UnknownLibrary("There is no such library. Choose one of your own.")
        case _:
            return violation


def today_in_india() -> date:
    return clock.today_in(INDIA)


def _has_trigram(wanted: StudentFilter) -> bool:
    return wanted.search is not None and rules.has_trigram(rules.search_needle(wanted.search))


def _without_aadhaar(wanted: StudentFilter) -> StudentFilter:
    """For what is kept of it."""
    return msgspec.structs.replace(wanted, search=wanted.search and mask_aadhaar(wanted.search))


def found_student(student: Student | None) -> Student:
    if student is None:
        raise NotFound("There is no such student.")
    return student
