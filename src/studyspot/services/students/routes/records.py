"""HTTP for the register: one student at a time."""

from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page, Search
from studyspot.services.students.contract import (
    NewStudent,
    Reason,
    Student,
    StudentChange,
    StudentFilter,
    StudentProfile,
    StudentStatus,
    StudentSummary,
)
from studyspot.services.students.routes.door import Door


class SuspendBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


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


HANDLERS = [
    list_students,
    get_summary,
    get_profile,
    get_student,
    create_student,
    change_student,
    delete_student,
    suspend_student,
    reactivate_student,
    open_account,
    close_account,
]
