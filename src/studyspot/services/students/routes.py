"""HTTP for the students room."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Router, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, SkipValidation
from litestar.response import Stream

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page, Search
from studyspot.kernel.spreadsheets import write_csv
from studyspot.services.students.contract import (
    IMPORT_ROWS_MAX,
    Goal,
    GoalChange,
    ImportOptions,
    ImportReport,
    NewGoal,
    NewStudent,
    OwnChange,
    PrivacySettings,
    Reason,
    Student,
    StudentChange,
    StudentFilter,
    StudentProfile,
    Students,
    StudentStatus,
    StudentSummary,
)
from studyspot.services.students.register import XlsxFile

EXPORT_BATCH = 1000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTED = tuple(name for name in Student.__struct_fields__ if name not in {"id", "version"})

Rows = list[Sequence[Any]]
Door = NamedDependency[SkipValidation[Students]]


class SuspendBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


class BulkImportBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Each item has the fields of a new student, and may name its `library` instead of `library_id`."""

    students: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1, max_length=IMPORT_ROWS_MAX)]
    options: ImportOptions = ImportOptions()


class RegisterUpload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: UploadFile


@get("/", opt=permit("students:read"))
async def list_students(
    caller: Asker,
    students: Door,
    status: FromQuery[StudentStatus | None] = None,
    library_id: FromQuery[UUID | None] = None,
    search: Search = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Student]:
    """Newest first. `search` finds any part of a name (Latin or Devanagari), code, phone or e-mail."""
    wanted = StudentFilter(status=status, library_id=library_id, search=search)
    found = await students.list_students(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/analytics", opt=permit("students:read"))
async def get_summary(caller: Asker, students: Door) -> Success[StudentSummary]:
    """How many there are, by status, and how many joined this month."""
    return Success(await students.get_summary(caller))


@get("/me", opt=permit("own_student:read"))
async def get_own(caller: Asker, students: Door) -> Success[Student]:
    """The signed-in student's own record."""
    return Success(await students.get_own(caller))


@put("/me", opt=permit("own_student:update"))
async def change_own(caller: Asker, students: Door, data: JSONBody[OwnChange]) -> Success[Student]:
    return Success(await students.change_own(caller, change=data))


@get("/me/profile", opt=permit("own_student:read"))
async def get_own_profile(caller: Asker, students: Door) -> Success[StudentProfile]:
    """The signed-in student's own record, goals and privacy settings."""
    return Success(await students.get_own_profile(caller))


@post("/me/academic-goals", opt=permit("own_student:update"))
async def add_goal(caller: Asker, students: Door, data: JSONBody[NewGoal]) -> Success[Goal]:
    return Success(await students.add_goal(caller, goal=data))


@get("/me/academic-goals/{goal_id:uuid}", opt=permit("own_student:read"))
async def get_goal(caller: Asker, students: Door, goal_id: FromPath[UUID]) -> Success[Goal]:
    return Success(await students.get_goal(caller, goal_id=goal_id))


@put("/me/academic-goals/{goal_id:uuid}", opt=permit("own_student:update"))
async def change_goal(
    caller: Asker, students: Door, goal_id: FromPath[UUID], data: JSONBody[GoalChange]
) -> Success[Goal]:
    return Success(await students.change_goal(caller, goal_id=goal_id, change=data))


@delete("/me/academic-goals/{goal_id:uuid}", opt=permit("own_student:update"))
async def delete_goal(caller: Asker, students: Door, goal_id: FromPath[UUID]) -> None:
    await students.delete_goal(caller, goal_id=goal_id)


@put("/me/privacy-settings", opt=permit("own_student:update"))
async def set_privacy(
    caller: Asker, students: Door, data: JSONBody[PrivacySettings]
) -> Success[PrivacySettings]:
    """Replaces all of them; what is left out is as private as can be."""
    return Success(await students.set_privacy(caller, privacy=data))


@get("/{student_id:uuid}/profile", opt=permit("students:read"))
async def get_profile(caller: Asker, students: Door, student_id: FromPath[UUID]) -> Success[StudentProfile]:
    return Success(await students.get_profile(caller, student_id=student_id))


@get("/{student_id:uuid}", opt=permit("students:read"))
async def get_student(caller: Asker, students: Door, student_id: FromPath[UUID]) -> Success[Student]:
    return Success(await students.get_student(caller, student_id=student_id))


@post("/", opt=permit("students:create"))
async def create_student(caller: Asker, students: Door, data: JSONBody[NewStudent]) -> Success[Student]:
    return Success(await students.create_student(caller, student=data))


@put("/{student_id:uuid}", opt=permit("students:update"))
async def change_student(
    caller: Asker, students: Door, student_id: FromPath[UUID], data: JSONBody[StudentChange]
) -> Success[Student]:
    """Changes what the body gives; `version` is the one that was read."""
    return Success(await students.change_student(caller, student_id=student_id, change=data))


@delete("/{student_id:uuid}", opt=permit("students:delete"))
async def delete_student(caller: Asker, students: Door, student_id: FromPath[UUID]) -> None:
    await students.delete_student(caller, student_id=student_id)


@post("/{student_id:uuid}/suspend", opt=permit("students:update"), status_code=200)
async def suspend_student(
    caller: Asker, students: Door, student_id: FromPath[UUID], data: JSONBody[SuspendBody]
) -> Success[Student]:
    return Success(await students.suspend_student(caller, student_id=student_id, reason=data.reason))


@post("/{student_id:uuid}/reactivate", opt=permit("students:update"), status_code=200)
async def reactivate_student(caller: Asker, students: Door, student_id: FromPath[UUID]) -> Success[Student]:
    return Success(await students.reactivate_student(caller, student_id=student_id))


@post("/{student_id:uuid}/account", opt=permit("students:update"), status_code=204)
async def open_account(caller: Asker, students: Door, student_id: FromPath[UUID]) -> None:
    """Lets the student sign in with the phone number of the record; the first password is set through
    `POST /auth/forgot-password`, whose code goes to that phone.
    """
    await students.open_account(caller, student_id=student_id)


@delete("/{student_id:uuid}/account", opt=permit("students:update"))
async def close_account(caller: Asker, students: Door, student_id: FromPath[UUID]) -> None:
    await students.close_account(caller, student_id=student_id)


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
    content = await data.file.read()
    return Success(await students.import_register(caller, content=content, options=options))


@get("/export", opt=permit("students:read") | {"files": ("text/csv", XLSX)})
async def export_students(
    caller: Asker,
    students: Door,
    format: FromQuery[Literal["csv", "xlsx"]] = "csv",
    status: FromQuery[StudentStatus | None] = None,
    library_id: FromQuery[UUID | None] = None,
    search: Search = None,
) -> Stream:
    """All students that match, oldest first, as a file that opens in Excel."""
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


ROUTES = [
    Router(
        "/api/v1/students",
        route_handlers=[
            list_students,
            get_summary,
            get_own,
            change_own,
            get_own_profile,
            add_goal,
            get_goal,
            change_goal,
            delete_goal,
            set_privacy,
            get_profile,
            get_student,
            create_student,
            change_student,
            delete_student,
            suspend_student,
            reactivate_student,
            open_account,
            close_account,
            import_students,
            import_register,
            export_students,
        ],
        tags=["students"],
    )
]
