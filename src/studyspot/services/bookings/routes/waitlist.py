"""HTTP for the waitlist."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.bookings.contract import (
    Membership,
    NewWaiting,
    Waiting,
    WaitingFilter,
    WaitStatus,
)
from studyspot.services.bookings.routes.door import Door


@get("/", opt=permit("bookings:read"))
async def list_waitlist(
    caller: Asker,
    bookings: Door,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    status: FromQuery[WaitStatus | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Waiting]:
    """Who came first comes first."""
    wanted = WaitingFilter(library_id=library_id, student_id=student_id, status=status)
    found = await bookings.list_waitlist(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{waiting_id:uuid}", opt=permit("bookings:read"))
async def get_waiting(caller: Asker, bookings: Door, waiting_id: FromPath[UUID]) -> Success[Waiting]:
    return Success(await bookings.get_waiting(caller, waiting_id=waiting_id))


@post("/", opt=permit("bookings:create"))
async def join_waitlist(caller: Asker, bookings: Door, data: JSONBody[NewWaiting]) -> Success[Waiting]:
    """The first seat that is free for all of the time is offered to whoever has waited longest."""
    return Success(await bookings.join_waitlist(caller, waiting=data))


@post("/{waiting_id:uuid}/accept", opt=permit("bookings:update"), status_code=200)
async def accept_offer(caller: Asker, bookings: Door, waiting_id: FromPath[UUID]) -> Success[Membership]:
    """Makes the offer a membership."""
    return Success(await bookings.accept_offer(caller, waiting_id=waiting_id))


@post("/{waiting_id:uuid}/leave", opt=permit("bookings:update"), status_code=200)
async def leave_waitlist(caller: Asker, bookings: Door, waiting_id: FromPath[UUID]) -> Success[Waiting]:
    """Gives up the place, and an offer with it, which goes to the next in line."""
    return Success(await bookings.leave_waitlist(caller, waiting_id=waiting_id))


HANDLERS = [list_waitlist, get_waiting, join_waitlist, accept_offer, leave_waitlist]
