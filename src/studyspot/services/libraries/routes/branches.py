"""HTTP for branches and when they are open."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page, Search, Text
from studyspot.services.libraries.contract.branches import (
    Library,
    LibraryChange,
    LibraryFilter,
    LibraryStatus,
    NewLibrary,
)
from studyspot.services.libraries.contract.hours import Calendar, CalendarChange
from studyspot.services.libraries.routes.door import Door


@get("/", opt=permit("libraries:read"))
async def list_libraries(
    caller: Asker,
    libraries: Door,
    status: FromQuery[LibraryStatus | None] = None,
    city: Text = None,
    search: Search = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Library]:
    """The libraries of the business, newest first."""
    wanted = LibraryFilter(status=status, city=city, search=search)
    found = await libraries.list_libraries(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{library_id:uuid}", opt=permit("libraries:read"))
async def get_library(caller: Asker, libraries: Door, library_id: FromPath[UUID]) -> Success[Library]:
    return Success(await libraries.get_library(caller, library_id=library_id))


@post("/", opt=permit("libraries:create"))
async def create_library(caller: Asker, libraries: Door, data: JSONBody[NewLibrary]) -> Success[Library]:
    return Success(await libraries.create_library(caller, library=data))


@put("/{library_id:uuid}", opt=permit("libraries:update"))
async def change_library(
    caller: Asker, libraries: Door, library_id: FromPath[UUID], data: JSONBody[LibraryChange]
) -> Success[Library]:
    """Changes what the body gives; `version` is the one that was read."""
    return Success(await libraries.change_library(caller, library_id=library_id, change=data))


@delete("/{library_id:uuid}", opt=permit("libraries:delete"))
async def delete_library(caller: Asker, libraries: Door, library_id: FromPath[UUID]) -> None:
    await libraries.delete_library(caller, library_id=library_id)


@get("/{library_id:uuid}/calendar", opt=permit("libraries:read"))
async def get_calendar(caller: Asker, libraries: Door, library_id: FromPath[UUID]) -> Success[Calendar]:
    """When the library is open: each day of the week, and holidays."""
    return Success(await libraries.get_calendar(caller, library_id=library_id))


@put("/{library_id:uuid}/calendar", opt=permit("libraries:update"))
async def set_calendar(
    caller: Asker, libraries: Door, library_id: FromPath[UUID], data: JSONBody[CalendarChange]
) -> Success[Calendar]:
    """What the body gives stands instead of all that stood there; `version` is the one that was read."""
    return Success(await libraries.set_calendar(caller, library_id=library_id, change=data))


HANDLERS = [
    list_libraries,
    get_library,
    create_library,
    change_library,
    delete_library,
    get_calendar,
    set_calendar,
]
