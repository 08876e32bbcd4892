"""HTTP for many students at once: imports and exports."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromQuery, JSONBody, MultipartBody
from litestar.response import Stream

from studyspot.kernel.aadhaar import holds_aadhaar
from studyspot.kernel.errors import ValidationFailed
from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Success
from studyspot.kernel.http.parameters import Asker, Search
from studyspot.kernel.spreadsheets import write_csv
from studyspot.kernel.validation import aadhaar_fault
from studyspot.services.students.contract import (
    IMPORT_ROWS_MAX,
    ImportOptions,
    ImportReport,
    Student,
    StudentFilter,
    StudentStatus,
)
from studyspot.services.students.register import XlsxFile
from studyspot.services.students.routes.door import Door

EXPORT_BATCH = 1000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTED = tuple(name for name in Student.__struct_fields__ if name not in {"id", "minor", "version"})

Rows = list[Sequence[Any]]


class BulkImportBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Each item has the fields of a new student, and may name its `library` instead of `library_id`."""

    students: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1, max_length=IMPORT_ROWS_MAX)]
    options: ImportOptions = ImportOptions()


class RegisterUpload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: UploadFile


@post("/bulk-import", opt=permit("students:create"), status_code=200)
async def import_students(
    caller: Asker, students: Door, data: JSONBody[BulkImportBody]
) -> Success[ImportReport]:
    """Up to 10,000 students as JSON, with a word on every one."""
    return Success(await students.import_students(caller, students=data.students, options=data.options))


@post("/import", opt=permit("students:create"), status_code=200, dto=None)
async def import_register(
    caller: Asker,
    students: Door,
    data: MultipartBody[RegisterUpload],
    dry_run: FromQuery[bool] = False,
    mode: FromQuery[Literal["best_effort", "all_or_nothing"]] = "best_effort",
    on_duplicate: FromQuery[Literal["update", "skip", "refuse"]] = "update",
    library_id: FromQuery[UUID | None] = None,
) -> Success[ImportReport]:
    """A register as CSV, XLSX, XLS or ODS (field `file`), up to 10,000 rows, with a word on every row."""
    options = ImportOptions(dry_run=dry_run, mode=mode, on_duplicate=on_duplicate, library_id=library_id)
    if holds_aadhaar(data.file.filename):
        raise ValidationFailed("Some fields need correction.", details=[aadhaar_fault("file")])
    content = await data.file.read()
    return Success(await students.import_register(caller, content=content, options=options))


@get("/export", opt=permit("students:export") | {"files": ("text/csv", XLSX)})
async def export_students(
    caller: Asker,
    students: Door,
    format: FromQuery[Literal["csv", "xlsx"]] = "csv",
    status: FromQuery[StudentStatus | None] = None,
    library_id: FromQuery[UUID | None] = None,
    search: Search = None,
) -> Stream:
    """All students that match, oldest first, as a file that opens in Excel. For owners and managers."""
    wanted = StudentFilter(status=status, library_id=library_id, search=search)
    batches = _export(students, caller, wanted)
    # Before the answer begins, which could not be refused any more.
    first: Rows = await anext(batches, [])
    pieces, media_type = (
        (_as_csv(first, batches), "text/csv") if format == "csv" else (_as_xlsx(first, batches), XLSX)
    )
    disposition = {"content-disposition": f'attachment; filename="students.{format}"'}
    return Stream(pieces, media_type=media_type, headers=disposition)


async def _as_csv(first: Rows, batches: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    yield b"".join(write_csv(EXPORTED, first))
    async for batch in batches:
        yield b"".join(write_csv(None, batch))


async def _as_xlsx(first: Rows, batches: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    file = XlsxFile()
    await asyncio.to_thread(file.add, [EXPORTED, *first])
    async for batch in batches:
        await asyncio.to_thread(file.add, batch)
    pieces = file.read()
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece


async def _export(students: Door, caller: Asker, wanted: StudentFilter) -> AsyncIterator[Rows]:
    """Every matching student as a row of cells, in batches, so that memory stays bounded."""
    after: UUID | None = None
    while batch := await students.export_students(caller, filter=wanted, after=after, limit=EXPORT_BATCH):
        yield [[_cell(getattr(student, name)) for name in EXPORTED] for student in batch]
        after = batch[-1].id


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return str(value) if isinstance(value, UUID) else value


HANDLERS = [import_students, import_register, export_students]
