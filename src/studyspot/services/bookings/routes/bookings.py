"""HTTP for the bookings room: bookings and what stands in their way."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, IdempotencyKey, Limit, Page
from studyspot.services.bookings.contract import (
    Booking,
    BookingChange,
    BookingFilter,
    BookingStatus,
    NewBooking,
    NewOutage,
    Outage,
    Reason,
    SeatMap,
)
from studyspot.services.bookings.routes.door import Door


class CancelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason | None = None


@get("/", opt=permit("bookings:read"))
async def list_bookings(
    caller: Asker,
    bookings: Door,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    status: FromQuery[BookingStatus | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Booking]:
    """Those that start last come first; `since` and `until` find what overlaps the days between them."""
    wanted = BookingFilter(
        library_id=library_id, student_id=student_id, status=status, since=since, until=until
    )
    found = await bookings.list_bookings(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/seat-map", opt=permit("bookings:read"))
async def get_seat_map(
    caller: Asker,
    bookings: Door,
    library_id: FromQuery[UUID],
    day: FromQuery[date | None] = None,
    shift_id: FromQuery[UUID | None] = None,
) -> Success[SeatMap]:
    """What is free in a library in a shift of a day, on a whole day, or without either right now."""
    return Success(await bookings.get_seat_map(caller, library_id=library_id, day=day, shift_id=shift_id))


@get("/{booking_id:uuid}", opt=permit("bookings:read"))
async def get_booking(caller: Asker, bookings: Door, booking_id: FromPath[UUID]) -> Success[Booking]:
    return Success(await bookings.get_booking(caller, booking_id=booking_id))


@post("/", opt=permit("bookings:create"))
async def create_booking(
    caller: Asker, bookings: Door, data: JSONBody[NewBooking], idempotency_key: IdempotencyKey = None
) -> Success[Booking]:
    """A seat for some hours, a day at most, sold in an hourly plan or for nothing. One that is taken is
    refused with seats that are free.
    """
    return Success(await bookings.create_booking(caller, booking=data, key=idempotency_key))


@put("/{booking_id:uuid}", opt=permit("bookings:update"))
async def change_booking(
    caller: Asker, bookings: Door, booking_id: FromPath[UUID], data: JSONBody[BookingChange]
) -> Success[Booking]:
    """To another seat or time; `version` is the one that was read."""
    return Success(await bookings.change_booking(caller, booking_id=booking_id, change=data))


@post("/{booking_id:uuid}/confirm", opt=permit("bookings:update"), status_code=200)
async def confirm_booking(caller: Asker, bookings: Door, booking_id: FromPath[UUID]) -> Success[Booking]:
    """Makes a hold a booking, before it has run out."""
    return Success(await bookings.confirm_booking(caller, booking_id=booking_id))


@post("/{booking_id:uuid}/cancel", opt=permit("bookings:update"), status_code=200)
async def cancel_booking(
    caller: Asker, bookings: Door, booking_id: FromPath[UUID], data: JSONBody[CancelBody]
) -> Success[Booking]:
    """Frees the seat from now on."""
    return Success(await bookings.cancel_booking(caller, booking_id=booking_id, reason=data.reason))


@get("/outages", opt=permit("bookings:read"))
async def list_outages(
    caller: Asker, bookings: Door, library_id: FromQuery[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[Outage]:
    """When seats and lockers of a library cannot be had, or could not; those that start last come first."""
    found = await bookings.list_outages(caller, library_id=library_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@post("/outages", opt=permit("libraries:update"))
async def create_outage(caller: Asker, bookings: Door, data: JSONBody[NewOutage]) -> Success[Outage]:
    """Takes a seat out of service. One that is booked then is refused with the bookings to move."""
    return Success(await bookings.create_outage(caller, outage=data))


@delete("/outages/{outage_id:uuid}", opt=permit("libraries:update"))
async def end_outage(caller: Asker, bookings: Door, outage_id: FromPath[UUID]) -> None:
    """The seat can be had again from now on."""
    await bookings.end_outage(caller, outage_id=outage_id)


HANDLERS = [
    list_bookings,
    get_seat_map,
    get_booking,
    create_booking,
    change_booking,
    confirm_booking,
    cancel_booking,
    list_outages,
    create_outage,
    end_outage,
]
