"""HTTP for what students owe."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, IdempotencyKey, Limit, Page
from studyspot.services.payments.contract import Charge, ChargeFilter, Credit, NewCharge, Waiver
from studyspot.services.payments.routes.door import Door


@get("/charges", opt=permit("payments:read"))
async def list_charges(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    membership_id: FromQuery[UUID | None] = None,
    is_open: FromQuery[bool | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Charge]:
    """Those due last come first; `is_open` finds what is still to be paid."""
    wanted = ChargeFilter(
        library_id=library_id, student_id=student_id, membership_id=membership_id, is_open=is_open
    )
    found = await payments.list_charges(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/charges/{charge_id:uuid}", opt=permit("payments:read"))
async def get_charge(caller: Asker, payments: Door, charge_id: FromPath[UUID]) -> Success[Charge]:
    return Success(await payments.get_charge(caller, charge_id=charge_id))


@post("/charges", opt=permit("payments:create"))
async def create_charge(
    caller: Asker, payments: Door, data: JSONBody[NewCharge], idempotency_key: IdempotencyKey = None
) -> Success[Charge]:
    """A charge that is written by hand, such as a fine. What was sold charges by itself."""
    return Success(await payments.create_charge(caller, charge=data, key=idempotency_key))


@post("/charges/{charge_id:uuid}/waive", opt=permit("payments:update"), status_code=200)
async def waive_charge(
    caller: Asker,
    payments: Door,
    charge_id: FromPath[UUID],
    data: JSONBody[Waiver],
    idempotency_key: IdempotencyKey = None,
) -> Success[Charge]:
    """Lets the student off a part of what is open."""
    return Success(await payments.waive_charge(caller, charge_id=charge_id, waiver=data, key=idempotency_key))


@post("/charges/{charge_id:uuid}/credit", opt=permit("payments:update"), status_code=200)
async def credit_charge(
    caller: Asker,
    payments: Door,
    charge_id: FromPath[UUID],
    data: JSONBody[Credit],
    idempotency_key: IdempotencyKey = None,
) -> Success[Charge]:
    """Takes back what was charged by hand and is wrong, with its tax, and a credit note where there is an
    invoice. What was paid of it is the student's advance, and pays what is open.
    """
    return Success(
        await payments.credit_charge(caller, charge_id=charge_id, credit=data, key=idempotency_key)
    )


HANDLERS = [list_charges, get_charge, create_charge, waive_charge, credit_charge]
