"""Rows that are right in themselves against the students who are there: planned, and written if so wished."""

from datetime import datetime

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Fault
from studyspot.kernel.ids import new_id
from studyspot.services.students import rules, store
from studyspot.services.students.contract import ImportedRow, ImportOptions, NewStudent, Student
from studyspot.services.students.service.import_rows import Candidate
from studyspot.services.students.service.records import today_in_india


async def rehearse(
    connection: Connection, batches: list[list[Candidate]], options: ImportOptions, students_max: int
) -> list[ImportedRow]:
    totals = await store.find_totals(connection)
    outcome: list[ImportedRow] = []
    for batch in batches:
        plan = await _plan(connection, batch, options, totals, students_max, clock.now())
        totals = plan.totals
        # No ids of whom a rehearsal creates: none of them will exist.
        outcome += plan.refused + [
            ImportedRow(row.row, row.status) if row.status == "created" else row for row in plan.outcome
        ]
    return outcome


async def take_batch(
    tx: Connection, caller: Caller, batch: list[Candidate], options: ImportOptions, students_max: int
) -> list[ImportedRow]:
    totals = await store.lock_totals(tx)
    plan = await _plan(tx, batch, options, totals, students_max, clock.now(), for_update=True)
    if plan.created:
        await store.insert_students(tx, plan.created)
        changes = [audit.Recorded(student.id, None, student) for student in plan.created]
        await audit.record_many(tx, caller, "students:create", entity="student", changes=changes)
        await store.set_totals(tx, plan.totals)
    if plan.updated:
        await store.update_students(tx, [after for _, after in plan.updated])
        changes = [audit.Recorded(before.id, before, after) for before, after in plan.updated]
        await audit.record_many(tx, caller, "students:update", entity="student", changes=changes)
    return plan.refused + plan.outcome


class _Plan(msgspec.Struct):
    """What will be done with a batch."""

    totals: store.Totals
    created: list[Student] = []
    updated: list[tuple[Student, Student]] = []
    outcome: list[ImportedRow] = []
    refused: list[ImportedRow] = []


async def _plan(
    tx: Connection,
    batch: list[Candidate],
    options: ImportOptions,
    totals: store.Totals,
    students_max: int,
    now: datetime,
    *,
    for_update: bool = False,
) -> _Plan:
    phones = [candidate.student.phone for candidate in batch]
    emails = [candidate.student.email for candidate in batch if candidate.student.email]
    known = {
        student.phone: student for student in await store.find_by_phones(tx, phones, for_update=for_update)
    }
    email_owners = {student.email: student for student in await store.find_by_emails(tx, emails)}
    plan = _Plan(totals)
    for candidate in batch:
        before = known.get(candidate.student.phone)
        faults = _conflicts(candidate.student, before, email_owners, options)
        if before is None and not faults and plan.totals.students >= students_max:
            full = rules.limit_exceeded(students_max)
            faults = (Fault("", full.message, full.code),)
        if faults:
            plan.refused.append(ImportedRow(candidate.row, "failed", faults=faults))
        elif before is None:
            number = plan.totals.last_code + 1
            plan.totals = store.Totals(plan.totals.students + 1, number)
            created = _new(candidate.student, number, now)
            plan.created.append(created)
            plan.outcome.append(ImportedRow(candidate.row, "created", created.id, created.student_code))
        elif options.on_duplicate == "skip" or (after := _merged(before, candidate.student)) == before:
            plan.outcome.append(ImportedRow(candidate.row, "skipped", before.id, before.student_code))
        else:
            plan.updated.append((before, after))
            plan.outcome.append(ImportedRow(candidate.row, "updated", before.id, before.student_code))
    return plan


def _conflicts(
    student: NewStudent,
    before: Student | None,
    email_owners: dict[str | None, Student],
    options: ImportOptions,
) -> tuple[Fault, ...]:
    if before is not None and options.on_duplicate == "refuse":
        return (Fault("phone", "Another student has this phone number.", "duplicate_phone"),)
    owner = email_owners.get(student.email) if student.email else None
    if owner is not None and (before is None or owner.id != before.id):
        return (Fault("email", "Another student has this e-mail address.", "duplicate_email"),)
    return ()


def _new(student: NewStudent, number: int, now: datetime) -> Student:
    fields = msgspec.structs.asdict(student)
    fields["enrollment_date"] = student.enrollment_date or today_in_india()
    return Student(
        id=new_id(),
        student_code=store.student_code(number),
        minor=rules.is_minor(student.date_of_birth, today_in_india()),
        status="active",
        suspension_reason=None,
        version=1,
        created_at=now,
        updated_at=now,
        **fields,
    )


def _merged(before: Student, given: NewStudent) -> Student:
    """What the row gives over what was known; an empty cell takes nothing away."""
    fields = {name: value for name, value in msgspec.structs.asdict(given).items() if value is not None}
    return msgspec.structs.replace(before, **fields)
