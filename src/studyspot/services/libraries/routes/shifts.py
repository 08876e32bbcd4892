"""HTTP for shifts."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.libraries.contract.shifts import NewShift, Shift, ShiftChange
from studyspot.services.libraries.routes.door import Door


@get("/{library_id:uuid}/shifts", opt=permit("libraries:read"))
async def list_shifts(
    caller: Asker, libraries: Door, library_id: FromPath[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[Shift]:
    """The shifts of a library, in the order in which they were made."""
    found = await libraries.list_shifts(caller, library_id=library_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/shifts/{shift_id:uuid}", opt=permit("libraries:read"))
async def get_shift(caller: Asker, libraries: Door, shift_id: FromPath[UUID]) -> Success[Shift]:
    return Success(await libraries.get_shift(caller, shift_id=shift_id))


@post("/{library_id:uuid}/shifts", opt=permit("libraries:update"))
async def create_shift(
    caller: Asker, libraries: Door, library_id: FromPath[UUID], data: JSONBody[NewShift]
) -> Success[Shift]:
    return Success(await libraries.create_shift(caller, library_id=library_id, shift=data))


@put("/shifts/{shift_id:uuid}", opt=permit("libraries:update"))
async def change_shift(
    caller: Asker, libraries: Door, shift_id: FromPath[UUID], data: JSONBody[ShiftChange]
) -> Success[Shift]:
    """Changes what the body gives. New times follow the old ones, with which what was sold stays."""
    return Success(await libraries.change_shift(caller, shift_id=shift_id, change=data))


@delete("/shifts/{shift_id:uuid}", opt=permit("libraries:update"))
async def delete_shift(caller: Asker, libraries: Door, shift_id: FromPath[UUID]) -> None:
    """It is sold no more; what was sold stays."""
    await libraries.delete_shift(caller, shift_id=shift_id)


HANDLERS = [list_shifts, get_shift, create_shift, change_shift, delete_shift]
