"""A library's running register is brought in: read, compared with what is there, and written row by row.

A row is written whole or not at all: its student, its membership, what is owed and kept. How a register is
taken back is in `undoing`.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID

from msgspec.structs import replace

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.errors import Refusal, is_our_fault
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.imports import (
    REGISTER_ROWS_MAX,
    RegisterImportPage,
    RegisterLine,
    RegisterOptions,
    RegisterReport,
    RegisterTooLong,
)
from studyspot.services.bookings.rules import register
from studyspot.services.bookings.service.billing import Billing
from studyspot.services.bookings.service.comparing import compare
from studyspot.services.bookings.service.seating import seating
from studyspot.services.bookings.service.together import a_few_at_once
from studyspot.services.libraries.contract import PLANS_MAX, SHIFTS_MAX, Libraries
from studyspot.services.students.contract import (
    ImportOptions,
    ReadRegister,
    RegisterColumns,
    Students,
)
from studyspot.tenancy.engine import Tenancy


class Importing:
    _tenancy: Tenancy
    _libraries: Libraries
    _students: Students
    _billing: Billing

    async def list_imports(
        self, caller: Caller, *, library_id: UUID | None = None, page: int, limit: int
    ) -> RegisterImportPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_imports(
                connection, library_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_imports(connection, library_id)
            return RegisterImportPage(items, total)

    async def import_register(
        self, caller: Caller, *, content: bytes, options: RegisterOptions
    ) -> RegisterReport:
        floor = await self._floor(caller, options)
        columns = RegisterColumns(words=register.WORDS, headers=dict(options.columns))
        read = await self._students.read_register(caller, content=content, columns=columns)
        if len(read.rows) > REGISTER_ROWS_MAX:
            raise RegisterTooLong(f"Bring in at most {REGISTER_ROWS_MAX:,} rows at a time.")
        by_field = {field: header for header, field in reversed(list(read.columns.items()))}
        floor = replace(floor, columns=by_field)
        readings = await asyncio.to_thread(lambda: [register.read_row(row, floor) for row in read.rows])
        await compare(self._tenancy, self._students, caller, readings, floor)
        if options.dry_run:
            return _report(None, [_line(one) for one in readings], read, dry_run=True)
        good = [one for one in readings if one.is_good and one.brought_in_as is None]
        others = [_line(one) for one in readings if one.brought_in_as is not None or not one.is_good]
        import_id, written = await self._write(caller, good, floor) if good else (None, [])
        return _report(import_id, [*written, *others], read, dry_run=False)

    async def _floor(self, caller: Caller, options: RegisterOptions) -> register.Floor:
        """:raises NotFound: when there is no such library. :raises ValidationFailed: for a day to come."""
        asking, library_id = on_own_account(caller), options.library_id
        library = await self._libraries.get_library(asking, library_id=library_id)
        today = clock.today_in(library.time_zone)
        as_of = options.as_of or today
        rules.check_near("as_of", as_of, first=today - rules.DAYS_AROUND * rules.DAY, last=today)
        shifts = await self._libraries.list_shifts(asking, library_id=library_id, page=1, limit=SHIFTS_MAX)
        plans = await self._libraries.list_plans(asking, library_id=library_id, page=1, limit=PLANS_MAX)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            seats = await store.list_seats_of(connection, library_id)
        return register.Floor(
            library_id=library_id,
            time_zone=library.time_zone,
            as_of=as_of,
            seats=register.Seats(seats),
            shifts=shifts.items,
            plans=plans.items,
            columns={},
        )

    async def _write(
        self, caller: Caller, good: Sequence[register.Reading], floor: register.Floor
    ) -> tuple[UUID, list[RegisterLine]]:
        """The students first, all of them; then every membership by itself."""
        taken = await self._students.import_students(
            caller,
            students=[one.item for one in good],
            options=ImportOptions(on_duplicate="skip", library_id=floor.library_id),
        )
        import_id = new_id()
        created = [row.student_id for row in taken.rows if row.status == "created" and row.student_id]
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.insert_import(
                tx,
                import_id,
                library_id=floor.library_id,
                as_of=floor.as_of,
                created_students=created,
                account_id=caller.account_id,
            )
            await audit.record(
                tx,
                caller,
                "memberships:import",
                entity="import",
                entity_id=import_id,
                after={"library_id": floor.library_id, "as_of": floor.as_of, "rows": len(good)},
            )
        lines, new, writing = [], set(created), []
        for reading, row in zip(good, taken.rows, strict=True):
            reading.student_id = row.student_id
            if row.student_id is None:
                reading.faults += [floor.fault(one.field, one.message, one.code) for one in row.faults]
                lines.append(_line(reading))
            else:
                is_new = row.student_id in new
                writing.append(partial(self._write_row, caller, import_id, reading, floor, is_new=is_new))
        return import_id, [*lines, *await a_few_at_once(writing)]

    async def _write_row(
        self,
        caller: Caller,
        import_id: UUID,
        reading: register.Reading,
        floor: register.Floor,
        *,
        is_new: bool,
    ) -> RegisterLine:
        """What somebody did meanwhile may refuse it: then its student goes again, too."""
        try:
            membership_id = await self._bring_in(caller, import_id, reading, floor)
        except ConstraintViolated as violation:
            if violation.constraint != "imported_once":
                raise
            return RegisterLine(reading.row, "skipped", reading.student_id)
        except Refusal as refusal:
            if is_our_fault(refusal):
                raise
            if is_new and reading.student_id is not None:
                await self._students.delete_student(caller, student_id=reading.student_id)
            reading.faults.append(floor.fault("seat", refusal.message, refusal.code.lower()))
            return _line(reading)
        return replace(_line(reading), membership_id=membership_id, is_new_student=is_new)

    async def _bring_in(
        self, caller: Caller, import_id: UUID, reading: register.Reading, floor: register.Floor
    ) -> UUID:
        """As it was sold by whoever kept the register, with what is owed and kept."""
        wanted, student_id = reading.wanted, reading.student_id
        assert wanted is not None and student_id is not None  # noqa: S101, PT018 - it is good
        membership_id, term = new_id(), register.term_of(wanted, floor)
        bill_id = new_id()
        await self._billing.announce(caller, membership_id)
        async with seating(self._tenancy, caller, now=clock.now()) as hall:
            await store.insert_membership(
                hall.tx,
                membership_id,
                student_id=student_id,
                term=term,
                grace_days=wanted.plan.grace_days,
                renews=wanted.plan.period not in {"daily", "weekly"},
                held_until=None,
                key=None,
                fingerprint=None,
            )
            await store.insert_imported(
                hall.tx,
                import_id,
                reading.row,
                membership_id=membership_id,
                bill_id=bill_id,
                fingerprint=wanted.fingerprint,
            )
            membership = await hall.read(membership_id)
            await hall.take(membership, [term])
            bill = register.opening_bill(
                bill_id, wanted, floor, student_id=student_id, membership_id=membership_id
            )
            if bill is not None:
                await store.insert_bill(hall.tx, bill)
            await hall.recorded("memberships:create", membership, before=None)
        await self._billing.post_soon(caller, membership_id)
        return membership_id


def _line(reading: register.Reading) -> RegisterLine:
    if reading.brought_in_as is not None:
        return RegisterLine(reading.row, "skipped", reading.student_id, membership_id=reading.brought_in_as)
    wanted = reading.wanted
    if reading.faults or wanted is None:
        return RegisterLine(reading.row, "failed", faults=tuple(reading.faults))
    return RegisterLine(
        reading.row,
        "created",
        reading.student_id,
        is_new_student=reading.student_id is None,
        plan_name=wanted.plan.name,
        seat_code=None if wanted.seat is None else wanted.seat.code,
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        price=wanted.price,
        dues=wanted.dues,
        advance=wanted.advance,
        deposit=wanted.deposit,
    )


def _report(
    import_id: UUID | None, lines: Iterable[RegisterLine], read: ReadRegister, *, dry_run: bool
) -> RegisterReport:
    rows = sorted(lines, key=lambda line: line.row)
    created = [line for line in rows if line.status == "created"]
    return RegisterReport(
        import_id=import_id,
        dry_run=dry_run,
        total=len(rows),
        created=len(created),
        skipped=sum(line.status == "skipped" for line in rows),
        failed=sum(line.status == "failed" for line in rows),
        dues=sum(line.dues for line in created),
        advances=sum(line.advance for line in created),
        deposits=sum(line.deposit for line in created),
        rows=rows,
        columns=read.columns,
        ignored_columns=read.ignored_columns,
        left_out=read.left_out,
    )
