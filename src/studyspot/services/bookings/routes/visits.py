"""HTTP for who is in and who was."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.bookings.contract import DayHours, NewVisit, Visit, VisitFilter
from studyspot.services.bookings.routes.door import Door


class CheckOutBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    student_id: UUID


@post("/check-in", opt=permit("attendance:record"))
async def check_in(caller: Asker, bookings: Door, data: JSONBody[NewVisit]) -> Success[Visit]:
    """A student comes in, for a booking if there is one."""
    return Success(await bookings.check_in(caller, visit=data))


@post("/check-out", opt=permit("attendance:record"), status_code=200)
async def check_out(caller: Asker, bookings: Door, data: JSONBody[CheckOutBody]) -> Success[Visit]:
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


HANDLERS = [check_in, check_out, list_visits, list_hours]
