"""HTTP for who has the drawer, and for cash that goes to the bank."""

from datetime import date
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, IdempotencyKey, Limit, Page
from studyspot.services.payments.contract import (
    CashTransfer,
    DrawerCount,
    DrawerMovement,
    DrawerSession,
    DrawerSessionFilter,
    NewCashTransfer,
    NewDrawerSession,
)
from studyspot.services.payments.routes.door import Door


@get("/drawer-sessions", opt=permit("payments:read"))
async def list_drawer_sessions(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    account_id: FromQuery[UUID | None] = None,
    is_open: FromQuery[bool | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[DrawerSession]:
    """The one opened last first. `account_id` is who has the drawer; `since` and `until` are days of the
    books.
    """
    wanted = DrawerSessionFilter(
        library_id=library_id, account_id=account_id, is_open=is_open, since=since, until=until
    )
    found = await payments.list_drawer_sessions(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/drawer-sessions/{session_id:uuid}", opt=permit("payments:read"))
async def get_drawer_session(
    caller: Asker, payments: Door, session_id: FromPath[UUID]
) -> Success[DrawerSession]:
    return Success(await payments.get_drawer_session(caller, session_id=session_id))


@get("/drawer-sessions/{session_id:uuid}/movements", opt=permit("payments:read"))
async def list_drawer_movements(
    caller: Asker, payments: Door, session_id: FromPath[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[DrawerMovement]:
    """The cash of a session, line by line, the last one first."""
    found = await payments.list_drawer_movements(caller, session_id=session_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@post("/drawer-sessions", opt=permit("payments:create"))
async def open_drawer(
    caller: Asker, payments: Door, data: JSONBody[NewDrawerSession]
) -> Success[DrawerSession]:
    """The caller takes the drawer over. The cash that they take and pay out from then on is counted to it;
    what was missing when they took it over is told.
    """
    return Success(await payments.open_drawer(caller, session=data))


@post("/drawer-sessions/{session_id:uuid}/close", opt=permit("payments:create"), status_code=200)
async def close_drawer(
    caller: Asker, payments: Door, session_id: FromPath[UUID], data: JSONBody[DrawerCount]
) -> Success[DrawerSession]:
    """Compares what was counted with the books. Nothing is written into the session after that."""
    return Success(await payments.close_drawer(caller, session_id=session_id, count=data))


@get("/cash-transfers", opt=permit("payments:read"))
async def list_cash_transfers(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[CashTransfer]:
    """The last one first."""
    found = await payments.list_cash_transfers(caller, library_id=library_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@post("/cash-transfers", opt=permit("payments:create"))
async def move_cash(
    caller: Asker, payments: Door, data: JSONBody[NewCashTransfer], idempotency_key: IdempotencyKey = None
) -> Success[CashTransfer]:
    """Cash that goes to the bank or the owner, or comes from there. No more goes than is there."""
    return Success(await payments.move_cash(caller, transfer=data, key=idempotency_key))


HANDLERS = [
    list_drawer_sessions,
    get_drawer_session,
    list_drawer_movements,
    open_drawer,
    close_drawer,
    list_cash_transfers,
    move_cash,
]
