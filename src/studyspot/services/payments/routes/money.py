"""HTTP for money that comes in and goes back."""

from datetime import date
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, IdempotencyKey, Limit, Page
from studyspot.services.payments.contract import (
    DepositUse,
    Method,
    NewPayment,
    NewRefund,
    Payment,
    PaymentFilter,
    Reversal,
    Statement,
)
from studyspot.services.payments.routes.door import Door


@get("/", opt=permit("payments:read"))
async def list_payments(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    method: FromQuery[Method | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Payment]:
    """What came in last comes first; `since` and `until` are days of the books."""
    wanted = PaymentFilter(
        library_id=library_id, student_id=student_id, method=method, since=since, until=until
    )
    found = await payments.list_payments(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{payment_id:uuid}", opt=permit("payments:read"))
async def get_payment(caller: Asker, payments: Door, payment_id: FromPath[UUID]) -> Success[Payment]:
    return Success(await payments.get_payment(caller, payment_id=payment_id))


@post("/", opt=permit("payments:create"))
async def take_payment(
    caller: Asker, payments: Door, data: JSONBody[NewPayment], idempotency_key: IdempotencyKey = None
) -> Success[Payment]:
    """Money that a student gave. It pays what is due first, unless charges are named. Once today is closed it
    is of the next day that is open, and so is its receipt: the answer's `day` says so.
    """
    return Success(await payments.take_payment(caller, payment=data, key=idempotency_key))


@post("/{payment_id:uuid}/reverse", opt=permit("payments:update"), status_code=200)
async def reverse_payment(
    caller: Asker, payments: Door, payment_id: FromPath[UUID], data: JSONBody[Reversal]
) -> Success[Payment]:
    """A cheque that came back, or one that was written wrongly: what it paid is open again."""
    return Success(await payments.reverse_payment(caller, payment_id=payment_id, reversal=data))


@post("/refunds", opt=permit("payments:update"), status_code=200)
async def refund(
    caller: Asker, payments: Door, data: JSONBody[NewRefund], idempotency_key: IdempotencyKey = None
) -> Success[Statement]:
    """Pays out of what is kept for a student; where the student stands then."""
    return Success(await payments.refund(caller, refund=data, key=idempotency_key))


@post("/students/{student_id:uuid}/deposit-use", opt=permit("payments:update"), status_code=200)
async def use_deposit(
    caller: Asker,
    payments: Door,
    student_id: FromPath[UUID],
    data: JSONBody[DepositUse],
    idempotency_key: IdempotencyKey = None,
) -> Success[Statement]:
    """Keeps a deposit for what a student owes: no money moves; where the student stands then."""
    return Success(await payments.use_deposit(caller, student_id=student_id, use=data, key=idempotency_key))


HANDLERS = [list_payments, get_payment, take_payment, reverse_payment, refund, use_deposit]
