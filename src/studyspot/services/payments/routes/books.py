"""HTTP for what the ledger tells, and for closing a day."""

from datetime import date
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.payments.contract import (
    AccountTotal,
    CashBook,
    DayClose,
    Due,
    NewDayClose,
    Statement,
    Transaction,
)
from studyspot.services.payments.routes.door import Door


@get("/students/{student_id:uuid}", opt=permit("payments:read"))
async def get_statement(caller: Asker, payments: Door, student_id: FromPath[UUID]) -> Success[Statement]:
    """Where a student stands: what is open, what was paid ahead, what deposit is kept."""
    return Success(await payments.get_statement(caller, student_id=student_id))


@get("/students/{student_id:uuid}/transactions", opt=permit("payments:read"))
async def list_transactions(
    caller: Asker, payments: Door, student_id: FromPath[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[Transaction]:
    """Why a student stands where they stand, the last one first."""
    found = await payments.list_transactions(caller, student_id=student_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/dues", opt=permit("payments:read"))
async def list_dues(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Due]:
    """Who owes, by how long ago it was due; whoever has owed longest comes first."""
    found = await payments.list_dues(caller, library_id=library_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/cash-book", opt=permit("payments:read"))
async def get_cash_book(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID],
    since: FromQuery[date],
    until: FromQuery[date],
) -> Success[CashBook]:
    """What came in and went out on each day, by each way to pay."""
    return Success(await payments.get_cash_book(caller, library_id=library_id, since=since, until=until))


@get("/totals", opt=permit("payments:approve"))
async def list_totals(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
) -> Success[list[AccountTotal]]:
    """What each account of the ledger came to: income, money, advances and deposits that are kept."""
    return Success(await payments.list_totals(caller, library_id=library_id, since=since, until=until))


@get("/day-closes", opt=permit("payments:read"))
async def list_day_closes(
    caller: Asker, payments: Door, library_id: FromQuery[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[DayClose]:
    """The last day first."""
    found = await payments.list_day_closes(caller, library_id=library_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@post("/day-closes", opt=permit("payments:create"))
async def close_day(caller: Asker, payments: Door, data: JSONBody[NewDayClose]) -> Success[DayClose]:
    """Compares the drawer, and the UPI payments if they are given, with the books; UPI payments are those of
    all days since they were compared last. Nothing is written into the day after that, or before it: what is
    taken or spent later on the same day is of the next day, with its receipt.
    """
    return Success(await payments.close_day(caller, close=data))


HANDLERS = [
    get_statement,
    list_transactions,
    list_dues,
    get_cash_book,
    list_totals,
    list_day_closes,
    close_day,
]
