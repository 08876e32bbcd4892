"""Many students at once, from JSON or from a register as people keep them, with a word on every row."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, system, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.ids import TenantId, new_id
from studyspot.kernel.validation import read_value
from studyspot.services.libraries.contract import Libraries, LibraryFilter
from studyspot.services.students import rules, store
from studyspot.services.students.contract import (
    IgnoredColumn,
    ImportedRow,
    ImportOptions,
    ImportRefused,
    ImportReport,
    NewStudent,
    Student,
    UnknownLibrary,
)
from studyspot.services.students.register import open_register
from studyspot.services.students.service.records import today_in_india
from studyspot.tenancy.engine import Tenancy

BATCH_ROWS = 500
BATCH_TRIES_MAX = 3
READERS_MAX = 2
LIBRARIES_MAX = 100

Read = TypeVar("Read")


class Candidate(msgspec.Struct, frozen=True):
    """A row that is right in itself; whether it can be taken depends on who is there already."""

    row: int
    student: NewStudent


class Importing:
    def __init__(self, tenancy: Tenancy, libraries: Libraries) -> None:
        self._tenancy = tenancy
        self._libraries = libraries
        self._readers = ThreadPoolExecutor(READERS_MAX, thread_name_prefix="register")
        self._reading: dict[TenantId, Future[Any]] = {}

    async def import_students(
        self, caller: Caller, *, students: list[dict[str, Any]], options: ImportOptions
    ) -> ImportReport:
        branches = await self._branches(caller, options)
        parsed = await self._read(tenant_of(caller), _read_items, students, options, branches)
        return await self._take(caller, parsed, options, [])

    async def import_register(
        self, caller: Caller, *, content: bytes, options: ImportOptions
    ) -> ImportReport:
        branches = await self._branches(caller, options)
        parsed, ignored = await self._read(tenant_of(caller), _read_register, content, options, branches)
        return await self._take(caller, parsed, options, ignored)

    async def _read(self, tenant_id: TenantId, reading: Callable[..., Read], *args: object) -> Read:
        """In a thread of a few that do nothing else; one at a time of a tenant.

        A request that is given up leaves its thread behind: until that ends, the tenant's next one waits.
        """
        while (earlier := self._reading.get(tenant_id)) is not None:
            await asyncio.wait([asyncio.wrap_future(earlier)])
        job = self._readers.submit(reading, *args)
        self._reading[tenant_id] = job
        job.add_done_callback(lambda _: self._reading.pop(tenant_id, None))
        return await asyncio.wrap_future(job)

    async def _branches(self, caller: Caller, options: ImportOptions) -> dict[str, str]:
        """The ids of the business's libraries, by id and by folded name.

        :raises UnknownLibrary: when the import is for one that is not among them.
        """
        asking = system(tenant_id=caller.tenant_id, request_id=caller.request_id)
        found = await self._libraries.list_libraries(
            asking, filter=LibraryFilter(), page=1, limit=LIBRARIES_MAX
        )
        names = {rules.fold(library.name): str(library.id) for library in found.items}
        branches = names | {str(library.id): str(library.id) for library in found.items}
        if options.library_id is not None and str(options.library_id) not in branches:
            raise UnknownLibrary("There is no such library. Choose one of your own.")
        return branches

    async def _take(
        self,
        caller: Caller,
        parsed: Sequence[Candidate | ImportedRow],
        options: ImportOptions,
        ignored: list[IgnoredColumn],
    ) -> ImportReport:
        outcome = [row for row in parsed if isinstance(row, ImportedRow)]
        candidates = [row for row in parsed if isinstance(row, Candidate)]
        candidates, repeated = _first_of_each(candidates)
        outcome += repeated
        if options.mode == "all_or_nothing":
            _refuse_faults(outcome)
        outcome += await self._write(caller, candidates, options)
        if options.mode == "all_or_nothing":
            _refuse_faults(outcome)
        report = _report(outcome, options, ignored)
        if report.failed == report.total and not options.dry_run:
            _refuse_faults(outcome)
        return report

    async def _write(
        self, caller: Caller, candidates: list[Candidate], options: ImportOptions
    ) -> list[ImportedRow]:
        tenant_id = tenant_of(caller)
        students_max = (await self._tenancy.limits(tenant_id)).max_students
        batches = [candidates[at : at + BATCH_ROWS] for at in range(0, len(candidates), BATCH_ROWS)]
        if options.dry_run:
            async with self._tenancy.connection(tenant_id) as connection:
                return await _rehearse(connection, batches, options, students_max)
        if options.mode == "all_or_nothing":
            async with self._tenancy.transaction(tenant_id) as tx:
                outcome = [
                    row
                    for batch in batches
                    for row in await _take_batch(tx, caller, batch, options, students_max)
                ]
                # Raised inside the transaction: what was written so far is taken back.
                _refuse_faults(outcome)
            return outcome
        outcome = []
        for batch in batches:
            outcome += await self._take_batch_alone(tenant_id, caller, batch, options, students_max)
        return outcome

    async def _take_batch_alone(
        self,
        tenant_id: TenantId,
        caller: Caller,
        batch: list[Candidate],
        options: ImportOptions,
        students_max: int,
    ) -> list[ImportedRow]:
        """A batch in a transaction of its own.

        Somebody who edits a phone meanwhile can break it: then again.
        """
        for attempt in range(1, BATCH_TRIES_MAX + 1):
            try:
                async with self._tenancy.transaction(tenant_id) as tx:
                    return await _take_batch(tx, caller, batch, options, students_max)
            except ConstraintViolated:
                if attempt == BATCH_TRIES_MAX:
                    raise
        raise AssertionError("unreachable")


def _read_items(
    students: list[dict[str, Any]], options: ImportOptions, branches: dict[str, str]
) -> list[Candidate | ImportedRow]:
    return [_check_row(number, item, options, branches) for number, item in enumerate(students, 1)]


def _read_register(
    content: bytes, options: ImportOptions, branches: dict[str, str]
) -> tuple[list[Candidate | ImportedRow], list[IgnoredColumn]]:
    register = open_register(content, today=today_in_india())
    ignored = [IgnoredColumn(column, reason) for column, reason in register.ignored]
    return [
        _check_row(row.number, row.values, options, branches, row.faults) for row in register.rows()
    ], ignored


def _check_row(
    number: int,
    item: Mapping[str, Any],
    options: ImportOptions,
    branches: dict[str, str],
    known_faults: tuple[Fault, ...] = (),
) -> Candidate | ImportedRow:
    """Checks one row by itself: schema, dates, the library it names."""
    placed, faults = _placed(item, options, branches)
    faults += known_faults
    if not known_faults:  # else what is faulty has no value, and would be missed once more
        try:
            student = read_value(placed, NewStudent)
            faults += rules.birth_faults(student.date_of_birth, today_in_india())
        except ValidationFailed as refusal:
            faults += refusal.details
    return ImportedRow(number, "failed", faults=tuple(faults)) if faults else Candidate(number, student)


def _placed(
    item: Mapping[str, Any], options: ImportOptions, branches: dict[str, str]
) -> tuple[dict[str, Any], list[Fault]]:
    """The row in the library it names by name or id, else in the one that the whole import is for."""
    placed = {name: value for name, value in item.items() if name not in {"library", "library_id"}}
    field = "library" if item.get("library") else "library_id"
    named = item.get(field) or options.library_id
    if named is None:
        return placed, []
    branch = branches.get(rules.fold(str(named)))
    if branch is None:
        return placed, [Fault(field, "There is no such library. Create it first.", "unknown_library")]
    return placed | {"library_id": branch}, []


def _first_of_each(candidates: list[Candidate]) -> tuple[list[Candidate], list[ImportedRow]]:
    """One row per phone and e-mail: the first is taken, later ones are reported with its number."""
    first: dict[str, int] = {}
    kept, repeated = [], []
    for candidate in candidates:
        keys = {"phone": candidate.student.phone, "email": candidate.student.email}
        faults = tuple(
            Fault(field, f"Row {first[key]} has the same {field}.", "duplicate_in_file")
            for field, key in keys.items()
            if key is not None and key in first
        )
        if faults:
            repeated.append(ImportedRow(candidate.row, "failed", faults=faults))
            continue
        kept.append(candidate)
        first |= {key: candidate.row for key in keys.values() if key is not None}
    return kept, repeated


async def _rehearse(
    connection: Connection, batches: list[list[Candidate]], options: ImportOptions, students_max: int
) -> list[ImportedRow]:
    totals = await store.find_totals(connection)
    outcome: list[ImportedRow] = []
    for batch in batches:
        plan = await _plan(connection, batch, options, totals, students_max, clock.now())
        totals = plan.totals
        # No ids in a rehearsal: none of them will exist.
        outcome += plan.refused + [ImportedRow(row.row, row.status) for row in plan.outcome]
    return outcome


async def _take_batch(
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


def _report(outcome: list[ImportedRow], options: ImportOptions, ignored: list[IgnoredColumn]) -> ImportReport:
    rows = sorted(outcome, key=lambda row: row.row)
    count = dict.fromkeys(("created", "updated", "skipped", "failed"), 0)
    for row in rows:
        count[row.status] += 1
    return ImportReport(options.dry_run, len(rows), rows=rows, ignored_columns=ignored, **count)


def _refuse_faults(outcome: list[ImportedRow]) -> None:
    """:raises ImportRefused: when a row failed; each fault with its row (`rows[12].phone`)."""
    failed = sorted((row for row in outcome if row.status == "failed"), key=lambda row: row.row)
    if failed:
        rows = "1 row needs" if len(failed) == 1 else f"{len(failed):,} rows need"
        raise ImportRefused(
            f"{rows} correction; nothing was written.",
            details=list(_row_faults(failed))[:1000],
        )


def _row_faults(failed: list[ImportedRow]) -> Iterator[Fault]:
    for row in failed:
        for fault in row.faults:
            path = f"rows[{row.row}].{fault.field}" if fault.field else f"rows[{row.row}]"
            yield Fault(path, fault.message, fault.code)
