"""HTTP for what a library spends, and what a month came to."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter
from litestar.response import Stream

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, IdempotencyKey, Limit, Page
from studyspot.services.payments.contract import (
    FILE_BYTES_MAX,
    Basis,
    Expense,
    ExpenseCategory,
    ExpenseFilter,
    NewExpense,
    Outlay,
    ProfitAndLoss,
    Reversal,
)
from studyspot.services.payments.routes.door import Door

ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
Month = Annotated[
    str,
    QueryParameter(
        min_length=7,
        max_length=7,
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$",
        description="A month, YYYY-MM",
    ),
]


class BillUpload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: UploadFile


@get("/expenses", opt=permit("payments:read"))
async def list_expenses(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    category: FromQuery[ExpenseCategory | None] = None,
    is_paid: FromQuery[bool | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Expense]:
    """The last bill first. `is_paid=false` finds what is owed; `since` and `until` are days of the bills."""
    wanted = ExpenseFilter(
        library_id=library_id, category=category, is_paid=is_paid, since=since, until=until
    )
    found = await payments.list_expenses(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/expenses/{expense_id:uuid}", opt=permit("payments:read"))
async def get_expense(caller: Asker, payments: Door, expense_id: FromPath[UUID]) -> Success[Expense]:
    return Success(await payments.get_expense(caller, expense_id=expense_id))


@post("/expenses", opt=permit("payments:create"))
async def create_expense(
    caller: Asker, payments: Door, data: JSONBody[NewExpense], idempotency_key: IdempotencyKey = None
) -> Success[Expense]:
    """A bill that somebody wrote to the library: paid, if it says how, else owed. Money that goes out for it
    counts to what one may give away a day without approval.
    """
    return Success(await payments.create_expense(caller, expense=data, key=idempotency_key))


@post("/expenses/{expense_id:uuid}/pay", opt=permit("payments:create"), status_code=200)
async def pay_expense(
    caller: Asker,
    payments: Door,
    expense_id: FromPath[UUID],
    data: JSONBody[Outlay],
    idempotency_key: IdempotencyKey = None,
) -> Success[Expense]:
    """What was owed goes out, all at once, and counts to what one may give away a day without approval."""
    return Success(
        await payments.pay_expense(caller, expense_id=expense_id, outlay=data, key=idempotency_key)
    )


@post("/expenses/{expense_id:uuid}/reverse", opt=permit("payments:update"), status_code=200)
async def reverse_expense(
    caller: Asker, payments: Door, expense_id: FromPath[UUID], data: JSONBody[Reversal]
) -> Success[Expense]:
    """One that was written wrongly: nothing was owed, and what was paid is there again, from today on."""
    return Success(await payments.reverse_expense(caller, expense_id=expense_id, reversal=data))


@post("/expenses/{expense_id:uuid}/attachment", opt=permit("payments:create"), status_code=200, dto=None)
async def attach_bill(
    caller: Asker, payments: Door, expense_id: FromPath[UUID], data: MultipartBody[BillUpload]
) -> Success[Expense]:
    """A photo of the bill, or a PDF (field `file`), of up to 5 MiB. The one before is shown no more."""
    content = await data.file.read(FILE_BYTES_MAX + 1)
    return Success(await payments.attach_bill(caller, expense_id=expense_id, content=content))


@get(
    "/expenses/{expense_id:uuid}/attachment", opt=permit("payments:read") | {"files": tuple(sorted(ENDINGS))}
)
async def get_bill_file(caller: Asker, payments: Door, expense_id: FromPath[UUID]) -> Stream:
    """The photo of the bill."""
    file = await payments.get_bill_file(caller, expense_id=expense_id)
    name = f"expense-{expense_id}.{ENDINGS[file.media_type]}"
    disposition = {"content-disposition": f'attachment; filename="{name}"'}
    return Stream(iter([file.content]), media_type=file.media_type, headers=disposition)


@get("/profit-and-loss", opt=permit("payments:approve"))
async def get_profit_and_loss(
    caller: Asker,
    payments: Door,
    month: Month,
    basis: FromQuery[Basis],
    library_id: FromQuery[UUID | None] = None,
) -> Success[ProfitAndLoss]:
    """What a month came to, as it was billed, or as money came in and went out; of one library or of all."""
    found = await payments.get_profit_and_loss(caller, library_id=library_id, month=month, basis=basis)
    return Success(found)


HANDLERS = [
    list_expenses,
    get_expense,
    create_expense,
    pay_expense,
    reverse_expense,
    attach_bill,
    get_bill_file,
    get_profit_and_loss,
]
