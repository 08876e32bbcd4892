"""HTTP for what somebody may not do alone."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, IdempotencyKey, Limit, Page
from studyspot.services.payments.contract import (
    Answer,
    Approval,
    ApprovalFilter,
    ApprovalKind,
    ApprovalStatus,
    NewApproval,
)
from studyspot.services.payments.routes.door import Door


@get("/approvals", opt=permit("payments:read"))
async def list_approvals(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    kind: FromQuery[ApprovalKind | None] = None,
    status: FromQuery[ApprovalStatus | None] = None,
    asked_by: FromQuery[UUID | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Approval]:
    """What was asked for last comes first."""
    wanted = ApprovalFilter(library_id=library_id, kind=kind, status=status, asked_by=asked_by)
    found = await payments.list_approvals(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/approvals/{approval_id:uuid}", opt=permit("payments:read"))
async def get_approval(caller: Asker, payments: Door, approval_id: FromPath[UUID]) -> Success[Approval]:
    return Success(await payments.get_approval(caller, approval_id=approval_id))


@post("/approvals", opt=permit("payments:create"))
async def ask_approval(
    caller: Asker, payments: Door, data: JSONBody[NewApproval], idempotency_key: IdempotencyKey = None
) -> Success[Approval]:
    """Asks a colleague who may approve for one thing, which is then carried out as it is written here."""
    return Success(await payments.ask_approval(caller, asked=data, key=idempotency_key))


@post("/approvals/{approval_id:uuid}/approve", opt=permit("payments:approve"), status_code=200)
async def approve(
    caller: Asker, payments: Door, approval_id: FromPath[UUID], data: JSONBody[Answer]
) -> Success[Approval]:
    """It may be carried out, once. Nobody answers what they asked for themselves."""
    return Success(await payments.approve(caller, approval_id=approval_id, answer=data))


@post("/approvals/{approval_id:uuid}/refuse", opt=permit("payments:approve"), status_code=200)
async def refuse(
    caller: Asker, payments: Door, approval_id: FromPath[UUID], data: JSONBody[Answer]
) -> Success[Approval]:
    return Success(await payments.refuse(caller, approval_id=approval_id, answer=data))


@post("/approvals/{approval_id:uuid}/carry-out", opt=permit("payments:create"), status_code=200)
async def carry_out(caller: Asker, payments: Door, approval_id: FromPath[UUID]) -> Success[Approval]:
    """Does what was approved. Everything but the limit is looked at as if it had been asked for now."""
    return Success(await payments.carry_out(caller, approval_id=approval_id))


HANDLERS = [list_approvals, get_approval, ask_approval, approve, refuse, carry_out]
