"""HTTP for who is in and who was."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.bookings.contract import (
    Absence,
    DayHours,
    DoorCode,
    Leave,
    LeaveFilter,
    NewAbsence,
    NewVisit,
    PassScan,
    Reason,
    Visit,
    VisitFilter,
    WallScan,
)
from studyspot.services.bookings.routes.door import Door


class StudentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    student_id: UUID


class ForgiveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


@post("/check-in", opt=permit("attendance:record"))
async def check_in(caller: Asker, bookings: Door, data: JSONBody[NewVisit]) -> Success[Visit]:
    """A student comes in, for a booking if there is one."""
    return Success(await bookings.check_in(caller, visit=data))


@post("/check-out", opt=permit("attendance:record"), status_code=200)
async def check_out(caller: Asker, bookings: Door, data: JSONBody[StudentBody]) -> Success[Visit]:
    """The student leaves, wherever they are in."""
    return Success(await bookings.check_out(caller, student_id=data.student_id))


@get("/", opt=permit("attendance:read"))
async def list_visits(
    caller: Asker,
    bookings: Door,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    day: FromQuery[date | None] = None,
    is_in: FromQuery[bool | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Visit]:
    """Who came last comes first. With `is_in=true` those who are in now, by name: whom a fire would find."""
    wanted = VisitFilter(library_id=library_id, student_id=student_id, day=day, is_in=is_in)
    found = await bookings.list_visits(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/students/{student_id:uuid}/hours", opt=permit("attendance:read"))
async def list_hours(
    caller: Asker,
    bookings: Door,
    student_id: FromPath[UUID],
    since: FromQuery[date],
    until: FromQuery[date],
) -> Success[list[DayHours]]:
    """How long a student was in on each day; a night counts to both of its days."""
    return Success(await bookings.list_hours(caller, student_id=student_id, since=since, until=until))


@post("/leave", opt=permit("attendance:record"), status_code=200)
async def start_leave(caller: Asker, bookings: Door, data: JSONBody[StudentBody]) -> Success[Visit]:
    """The student goes out for a while, and keeps the seat."""
    return Success(await bookings.start_leave(caller, student_id=data.student_id))


@post("/back", opt=permit("attendance:record"), status_code=200)
async def end_leave(caller: Asker, bookings: Door, data: JSONBody[StudentBody]) -> Success[Visit]:
    return Success(await bookings.end_leave(caller, student_id=data.student_id))


@get("/leaves", opt=permit("attendance:read"))
async def list_leaves(
    caller: Asker,
    bookings: Door,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    is_strike: FromQuery[bool | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Leave]:
    """Who went out last comes first. With `is_strike=true` late returns that were not forgiven."""
    wanted = LeaveFilter(library_id=library_id, student_id=student_id, is_strike=is_strike)
    found = await bookings.list_leaves(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@post("/leaves/{leave_id:uuid}/forgive", opt=permit("attendance:update"), status_code=200)
async def forgive_leave(
    caller: Asker, bookings: Door, leave_id: FromPath[UUID], data: JSONBody[ForgiveBody]
) -> Success[Leave]:
    """Takes a strike back."""
    return Success(await bookings.forgive_leave(caller, leave_id=leave_id, reason=data.reason))


@get("/wall-code", opt=permit("attendance:record"))
async def get_wall_code(caller: Asker, bookings: Door, library_id: FromQuery[UUID]) -> Success[DoorCode]:
    """The code that a screen in the library shows, as a QR code; a new one every 30 seconds."""
    return Success(await bookings.get_wall_code(caller, library_id=library_id))


@post("/scan", opt=permit("attendance:record"), status_code=200)
async def scan_pass(caller: Asker, bookings: Door, data: JSONBody[PassScan]) -> Success[Visit]:
    """The desk has read a student's own code."""
    return Success(await bookings.scan_pass(caller, scan=data))


@get("/me", opt=permit("own_attendance:read"))
async def list_own_visits(caller: Asker, bookings: Door, page: Page = 1, limit: Limit = 20) -> Listing[Visit]:
    """The signed-in student's own, the last first."""
    found = await bookings.list_own_visits(caller, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/me/pass", opt=permit("own_attendance:record"))
async def get_own_pass(caller: Asker, bookings: Door) -> Success[DoorCode]:
    """The code that the signed-in student shows at the desk, as a QR code; for a minute, and once."""
    return Success(await bookings.get_own_pass(caller))


@post("/me/scan", opt=permit("own_attendance:record"), status_code=200)
async def scan_wall(caller: Asker, bookings: Door, data: JSONBody[WallScan]) -> Success[Visit]:
    """The signed-in student has read the code on the wall."""
    return Success(await bookings.scan_wall(caller, scan=data))


@post("/me/absences", opt=permit("own_attendance:record"))
async def declare_own_absence(
    caller: Asker, bookings: Door, data: JSONBody[NewAbsence]
) -> Success[list[Absence]]:
    """The signed-in student leaves the hours of some days to others."""
    return Success(await bookings.declare_own_absence(caller, absence=data))


HANDLERS = [
    check_in,
    check_out,
    list_visits,
    list_hours,
    start_leave,
    end_leave,
    list_leaves,
    forgive_leave,
    get_wall_code,
    scan_pass,
    list_own_visits,
    get_own_pass,
    scan_wall,
    declare_own_absence,
]
