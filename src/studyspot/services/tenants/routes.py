"""HTTP for the tenants room, with the sign-up of a new business."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from studyspot.kernel.http.authentication import PUBLIC, permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page, Search
from studyspot.kernel.ids import TenantId
from studyspot.services.auth.contract import SignedIn
from studyspot.services.tenants.contract import (
    NewTenant,
    Reason,
    Registration,
    Tenant,
    TenantChange,
    TenantFilter,
    Tenants,
    TenantStats,
)
from studyspot.tenancy.registry import Plan, TenantStatus

Door = NamedDependency[SkipValidation[Tenants]]


class SuspendBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


@post("/register", opt=PUBLIC)
async def register(
    caller: Asker, tenants: Door, data: JSONBody[Registration], request: Request[Any, Any, Any]
) -> Success[SignedIn]:
    """An owner signs up: account, business and its own database in one call, and signed in.

    Safe to repeat.
    """
    user_agent = request.headers.get("user-agent")
    return Success(await tenants.register(caller, registration=data, user_agent=user_agent))


@get("/", opt=permit("tenants:read"))
async def list_tenants(
    caller: Asker,
    tenants: Door,
    status: FromQuery[TenantStatus | None] = None,
    plan: FromQuery[Plan | None] = None,
    search: Search = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Tenant]:
    """The businesses on the platform, newest first; deleted ones only when asked for by status."""
    wanted = TenantFilter(status=status, plan=plan, search=search)
    found = await tenants.list_tenants(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{tenant_id:uuid}", opt=permit("tenants:read"))
async def get_tenant(caller: Asker, tenants: Door, tenant_id: FromPath[UUID]) -> Success[Tenant]:
    return Success(await tenants.get_tenant(caller, tenant_id=TenantId(tenant_id)))


@post("/", opt=permit("tenants:create"))
async def create_tenant(caller: Asker, tenants: Door, data: JSONBody[NewTenant]) -> Success[Tenant]:
    """Makes a business with its database and invites its owner."""
    return Success(await tenants.create_tenant(caller, tenant=data))


@put("/{tenant_id:uuid}", opt=permit("tenants:update"))
async def change_tenant(
    caller: Asker, tenants: Door, tenant_id: FromPath[UUID], data: JSONBody[TenantChange]
) -> Success[Tenant]:
    """Changes what the body gives; a new plan brings its limits unless others are given."""
    return Success(await tenants.change_tenant(caller, tenant_id=TenantId(tenant_id), change=data))


@delete("/{tenant_id:uuid}", opt=permit("tenants:delete"))
async def delete_tenant(caller: Asker, tenants: Door, tenant_id: FromPath[UUID]) -> None:
    """Closes the business everywhere within a second; its database is kept."""
    await tenants.delete_tenant(caller, tenant_id=TenantId(tenant_id))


@post("/{tenant_id:uuid}/suspend", opt=permit("tenants:suspend"), status_code=200)
async def suspend_tenant(
    caller: Asker, tenants: Door, tenant_id: FromPath[UUID], data: JSONBody[SuspendBody]
) -> Success[Tenant]:
    """Nobody of the business is served from a second later on."""
    return Success(await tenants.suspend_tenant(caller, tenant_id=TenantId(tenant_id), reason=data.reason))


@post("/{tenant_id:uuid}/reactivate", opt=permit("tenants:suspend"), status_code=200)
async def reactivate_tenant(caller: Asker, tenants: Door, tenant_id: FromPath[UUID]) -> Success[Tenant]:
    return Success(await tenants.reactivate_tenant(caller, tenant_id=TenantId(tenant_id)))


@get("/{tenant_id:uuid}/stats", opt=permit("tenants:read"))
async def get_stats(caller: Asker, tenants: Door, tenant_id: FromPath[UUID]) -> Success[TenantStats]:
    """Counted now, in the tenant's own database."""
    return Success(await tenants.get_stats(caller, tenant_id=TenantId(tenant_id)))


ROUTES = [
    Router("/api/v1/auth", route_handlers=[register], tags=["auth"]),
    Router(
        "/api/v1/tenants",
        route_handlers=[
            list_tenants,
            get_tenant,
            create_tenant,
            change_tenant,
            delete_tenant,
            suspend_tenant,
            reactivate_tenant,
            get_stats,
        ],
        tags=["tenants"],
    ),
]
