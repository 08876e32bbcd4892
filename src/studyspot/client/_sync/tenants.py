# Made from _async/tenants.py by studyspot.client._generate.
"""Businesses, as the operator looks after them."""

from collections.abc import Iterator
from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
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


class Tenants(Group):
    def list(
        self,
        *,
        status: TenantStatus | None = None,
        plan: Plan | None = None,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Tenant]:
        params = {"status": status, "plan": plan, "search": search, "page": page, "limit": limit}
        return self._send(Request("GET", "/tenants", Page[Tenant], params, bare=True))

    def iterate(
        self, *, status: TenantStatus | None = None, plan: Plan | None = None, search: str | None = None
    ) -> Iterator[Tenant]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(status=status, plan=plan, search=search, page=page, limit=LIMIT_MAX)
        )

    def get(self, tenant_id: UUID) -> Tenant:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/tenants/{tenant_id}", Tenant))

    def create(self, tenant: NewTenant) -> Tenant:
        """The owner is invited. :raises Conflict:"""
        return self._send(Request("POST", "/tenants", Tenant, body=tenant))

    def change(self, tenant_id: UUID, change: TenantChange) -> Tenant:
        """:raises NotFound: :raises Conflict: when it has another version."""
        return self._send(Request("PUT", f"/tenants/{tenant_id}", Tenant, body=change))

    def delete(self, tenant_id: UUID) -> None:
        """:raises NotFound:"""
        self._send(Request("DELETE", f"/tenants/{tenant_id}", NoneType))

    def suspend(self, tenant_id: UUID, *, reason: str) -> Tenant:
        """Nobody of the business can sign in until it is reactivated. :raises Conflict: when it cannot be."""
        body = SuspendBody(reason=reason)
        return self._send(Request("POST", f"/tenants/{tenant_id}/suspend", Tenant, body=body))

    def reactivate(self, tenant_id: UUID) -> Tenant:
        """:raises NotFound: :raises Conflict: when it is not suspended."""
        return self._send(Request("POST", f"/tenants/{tenant_id}/reactivate", Tenant))

    def stats(self, tenant_id: UUID) -> TenantStats:
        """Counted when asked. :raises NotFound:"""
        return self._send(Request("GET", f"/tenants/{tenant_id}/stats", TenantStats))
