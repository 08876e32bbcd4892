"""HTTP for fee plans."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.libraries.contract.plans import (
    FeePlan,
    FeePlanChange,
    NewFeePlan,
    Quote,
    QuoteRequest,
)
from studyspot.services.libraries.routes.door import Door


@get("/", opt=permit("libraries:read"))
async def list_plans(
    caller: Asker,
    libraries: Door,
    library_id: FromQuery[UUID],
    is_active: FromQuery[bool | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[FeePlan]:
    """What a library sells: the popular ones first, then by name."""
    found = await libraries.list_plans(
        caller, library_id=library_id, is_active=is_active, page=page, limit=limit
    )
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{plan_id:uuid}", opt=permit("libraries:read"))
async def get_plan(caller: Asker, libraries: Door, plan_id: FromPath[UUID]) -> Success[FeePlan]:
    return Success(await libraries.get_plan(caller, plan_id=plan_id))


@post("/", opt=permit("libraries:update"))
async def create_plan(caller: Asker, libraries: Door, data: JSONBody[NewFeePlan]) -> Success[FeePlan]:
    return Success(await libraries.create_plan(caller, plan=data))


@put("/{plan_id:uuid}", opt=permit("libraries:update"))
async def change_plan(
    caller: Asker, libraries: Door, plan_id: FromPath[UUID], data: JSONBody[FeePlanChange]
) -> Success[FeePlan]:
    """Changes what the body gives; `version` is the one that was read. What was sold keeps its price."""
    return Success(await libraries.change_plan(caller, plan_id=plan_id, change=data))


@delete("/{plan_id:uuid}", opt=permit("libraries:update"))
async def delete_plan(caller: Asker, libraries: Door, plan_id: FromPath[UUID]) -> None:
    """It is not sold any more."""
    await libraries.delete_plan(caller, plan_id=plan_id)


@post("/{plan_id:uuid}/quote", opt=permit("libraries:read"), status_code=200)
async def quote_plan(
    caller: Asker, libraries: Door, plan_id: FromPath[UUID], data: JSONBody[QuoteRequest]
) -> Success[Quote]:
    """What it would cost today, line by line. Nothing is sold by that."""
    return Success(await libraries.quote_plan(caller, plan_id=plan_id, request=data))


HANDLERS = [list_plans, get_plan, create_plan, change_plan, delete_plan, quote_plan]
