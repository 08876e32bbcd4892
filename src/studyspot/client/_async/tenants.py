"""Businesses, as the operator looks after them."""

from collections.abc import AsyncIterator
from types import NoneType
from uuid import UUID

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.page import Page
from studyspot.client.models.tenants import (
    NewTenant,
    Plan,
    SuspendBody,
    Tenant,
    TenantChange,
    TenantStats,
    TenantStatus,
)
from studyspot.client.request import Request


class AsyncTenants(AsyncGroup):
    async def list(
        self,
        *,
        status: TenantStatus | None = None,
        plan: Plan | None = None,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Tenant]:
        params = {"status": status, "plan": plan, "search": search, "page": page, "limit": limit}
        return await self._send(Request("GET", "/tenants", Page[Tenant], params, bare=True))

    def iterate(
        self, *, status: TenantStatus | None = None, plan: Plan | None = None, search: str | None = None
    ) -> AsyncIterator[Tenant]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(status=status, plan=plan, search=search, page=page, limit=LIMIT_MAX)
        )

    async def get(self, tenant_id: UUID) -> Tenant:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/tenants/{tenant_id}", Tenant))

    async def create(self, tenant: NewTenant) -> Tenant:
        """The owner is invited. :raises Conflict:"""
        return await self._send(Request("POST", "/tenants", Tenant, body=tenant))

    async def change(self, tenant_id: UUID, change: TenantChange) -> Tenant:
        """:raises NotFound: :raises Conflict: when it has another version."""
        return await self._send(Request("PUT", f"/tenants/{tenant_id}", Tenant, body=change))

    async def delete(self, tenant_id: UUID) -> None:
        """:raises NotFound:"""
        await self._send(Request("DELETE", f"/tenants/{tenant_id}", NoneType))

    async def suspend(self, tenant_id: UUID, *, reason: str) -> Tenant:
        """Nobody of the business can sign in until it is reactivated. :raises Conflict: when it cannot be."""
        body = SuspendBody(reason=reason)
        return await self._send(Request("POST", f"/tenants/{tenant_id}/suspend", Tenant, body=body))

    async def reactivate(self, tenant_id: UUID) -> Tenant:
        """:raises NotFound: :raises Conflict: when it is not suspended."""
        return await self._send(Request("POST", f"/tenants/{tenant_id}/reactivate", Tenant))

    async def stats(self, tenant_id: UUID) -> TenantStats:
        """Counted when asked. :raises NotFound:"""
        return await self._send(Request("GET", f"/tenants/{tenant_id}/stats", TenantStats))
