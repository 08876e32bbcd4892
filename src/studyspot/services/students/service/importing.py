"""Many students at once, from JSON or from a register as people keep them, with a word on every row."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.errors import Fault
from studyspot.kernel.ids import TenantId
from studyspot.services.libraries.contract import Libraries, LibraryFilter
from studyspot.services.students import rules
from studyspot.services.students.contract import (
    ImportedRow,
    ImportOptions,
    ImportRefused,
    ImportReport,
    ReadRegister,
    RegisterColumns,
    UnknownLibrary,
)
from studyspot.services.students.service.import_batches import rehearse, take_batch
from studyspot.services.students.service.import_rows import (
    Candidate,
    NotRead,
    first_of_each,
    read_items,
    read_register,
    read_rows,
)
from studyspot.tenancy.engine import Tenancy

BATCH_ROWS = 500
BATCH_TRIES_MAX = 3
READERS_MAX = 2
LIBRARIES_MAX = 100

Read = TypeVar("Read")


class Importing:
    def __init__(self, tenancy: Tenancy, libraries: Libraries) -> None:
        self._tenancy = tenancy
        self._libraries = libraries
        self._readers = ThreadPoolExecutor(READERS_MAX, thread_name_prefix="register")
        self._reading: dict[TenantId, asyncio.Event] = {}
        """Set when that thread has ended."""

    async def import_students(
        self, caller: Caller, *, students: list[dict[str, Any]], options: ImportOptions
    ) -> ImportReport:
        branches = await self._branches(caller, options)
        parsed = await self._read(tenant_of(caller), read_items, students, options, branches)
        return await self._take(caller, parsed, options, NotRead([], []))

    async def import_register(
        self, caller: Caller, *, content: bytes, options: ImportOptions
    ) -> ImportReport:
        branches = await self._branches(caller, options)
        parsed, not_read = await self._read(tenant_of(caller), read_register, content, options, branches)
        return await self._take(caller, parsed, options, not_read)

    async def read_register(
        self, caller: Caller, *, content: bytes, columns: RegisterColumns
    ) -> ReadRegister:
        return await self._read(tenant_of(caller), read_rows, content, columns)

    async def _read(self, tenant_id: TenantId, reading: Callable[..., Read], *args: object) -> Read:
        """In a thread of a few that do nothing else; one at a time of a tenant.

        A request that is given up leaves its thread behind: until that ends, the tenant's next one waits.
        """
        while (earlier := self._reading.get(tenant_id)) is not None:
            await earlier.wait()
        self._reading[tenant_id] = ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def end() -> None:
            del self._reading[tenant_id]
            ended.set()

        job = self._readers.submit(reading, *args)
        job.add_done_callback(lambda _: None if loop.is_closed() else loop.call_soon_threadsafe(end))
        return await asyncio.wrap_future(job)

    async def _branches(self, caller: Caller, options: ImportOptions) -> dict[str, str]:
        """The ids of the business's libraries, by id and by folded name.

        :raises UnknownLibrary: when the import is for one that is not among them.
        """
        asking = on_own_account(caller)
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
        not_read: NotRead,
    ) -> ImportReport:
        outcome = [row for row in parsed if isinstance(row, ImportedRow)]
        candidates = [row for row in parsed if isinstance(row, Candidate)]
        candidates, repeated = first_of_each(candidates)
        outcome += repeated
        if options.mode == "all_or_nothing":
            _refuse_faults(outcome)
        outcome += await self._write(caller, candidates, options)
        if options.mode == "all_or_nothing":
            _refuse_faults(outcome)
        report = _report(outcome, options, not_read)
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
                return await rehearse(connection, batches, options, students_max)
        if options.mode == "all_or_nothing":
            async with self._tenancy.transaction(tenant_id) as tx:
                outcome = [
                    row
                    for batch in batches
                    for row in await take_batch(tx, caller, batch, options, students_max)
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
                    return await take_batch(tx, caller, batch, options, students_max)
            except ConstraintViolated:
                if attempt == BATCH_TRIES_MAX:
                    raise
        raise AssertionError("unreachable")


def _report(outcome: list[ImportedRow], options: ImportOptions, not_read: NotRead) -> ImportReport:
    rows = sorted(outcome, key=lambda row: row.row)
    count = dict.fromkeys(("created", "updated", "skipped", "failed"), 0)
    for row in rows:
        count[row.status] += 1
    return ImportReport(
        options.dry_run,
        len(rows),
        rows=rows,
        ignored_columns=not_read.columns,
        left_out=not_read.others,
        **count,
    )


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
