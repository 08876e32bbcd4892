"""HTTP for zones, seats and lockers."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.libraries.contract.floor import (
    NewSeats,
    NewZone,
    Seat,
    SeatChange,
    SeatFilter,
    SeatKind,
    Zone,
    ZoneChange,
)
from studyspot.services.libraries.routes.door import Door


@get("/{library_id:uuid}/zones", opt=permit("libraries:read"))
async def list_zones(
    caller: Asker, libraries: Door, library_id: FromPath[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[Zone]:
    """The zones of a library, by name, with how many seats and lockers each has."""
    found = await libraries.list_zones(caller, library_id=library_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/zones/{zone_id:uuid}", opt=permit("libraries:read"))
async def get_zone(caller: Asker, libraries: Door, zone_id: FromPath[UUID]) -> Success[Zone]:
    return Success(await libraries.get_zone(caller, zone_id=zone_id))


@post("/{library_id:uuid}/zones", opt=permit("libraries:update"))
async def create_zone(
    caller: Asker, libraries: Door, library_id: FromPath[UUID], data: JSONBody[NewZone]
) -> Success[Zone]:
    return Success(await libraries.create_zone(caller, library_id=library_id, zone=data))


@put("/zones/{zone_id:uuid}", opt=permit("libraries:update"))
async def change_zone(
    caller: Asker, libraries: Door, zone_id: FromPath[UUID], data: JSONBody[ZoneChange]
) -> Success[Zone]:
    """Changes what the body gives; `version` is the one that was read."""
    return Success(await libraries.change_zone(caller, zone_id=zone_id, change=data))


@delete("/zones/{zone_id:uuid}", opt=permit("libraries:update"))
async def delete_zone(caller: Asker, libraries: Door, zone_id: FromPath[UUID]) -> None:
    """Refused while seats or lockers stand in it."""
    await libraries.delete_zone(caller, zone_id=zone_id)


@get("/{library_id:uuid}/seats", opt=permit("libraries:read"))
async def list_seats(
    caller: Asker,
    libraries: Door,
    library_id: FromPath[UUID],
    zone_id: FromQuery[UUID | None] = None,
    kind: FromQuery[SeatKind | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Seat]:
    """The seats and lockers of a library, in the order of their codes: A2 stands before A10."""
    found = await libraries.list_seats(
        caller, library_id=library_id, filter=SeatFilter(zone_id=zone_id, kind=kind), page=page, limit=limit
    )
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/seats/{seat_id:uuid}", opt=permit("libraries:read"))
async def get_seat(caller: Asker, libraries: Door, seat_id: FromPath[UUID]) -> Success[Seat]:
    return Success(await libraries.get_seat(caller, seat_id=seat_id))


@post("/{library_id:uuid}/seats", opt=permit("libraries:update"))
async def create_seats(
    caller: Asker, libraries: Door, library_id: FromPath[UUID], data: JSONBody[NewSeats]
) -> Success[list[Seat]]:
    """Makes one or many: all of them, or none when one cannot be made."""
    return Success(await libraries.create_seats(caller, library_id=library_id, seats=data))


@put("/seats/{seat_id:uuid}", opt=permit("libraries:update"))
async def change_seat(
    caller: Asker, libraries: Door, seat_id: FromPath[UUID], data: JSONBody[SeatChange]
) -> Success[Seat]:
    """Changes what the body gives; `version` is the one that was read."""
    return Success(await libraries.change_seat(caller, seat_id=seat_id, change=data))


@delete("/seats/{seat_id:uuid}", opt=permit("libraries:update"))
async def delete_seat(caller: Asker, libraries: Door, seat_id: FromPath[UUID]) -> None:
    await libraries.delete_seat(caller, seat_id=seat_id)


HANDLERS = [
    list_zones,
    get_zone,
    create_zone,
    change_zone,
    delete_zone,
    list_seats,
    get_seat,
    create_seats,
    change_seat,
    delete_seat,
]
