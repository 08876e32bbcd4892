# Made from _async/users.py by studyspot.client._generate.
"""Those who work for a business, and the operator's own staff."""

from collections.abc import Iterator
from types import NoneType
from typing import Literal
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.audit_log import AuditEntry
from studyspot.client.models.page import Page
from studyspot.client.models.users import (
    Department,
    Member,
    MemberChange,
    NewMember,
    NewPlatformUser,
    PasswordBody,
    PlatformRole,
    PlatformUser,
    PlatformUserChange,
)
from studyspot.client.request import Request


class Users(Group):
    """Owners, managers and staff of the business."""

    def list(self, *, page: int = 1, limit: int = 20) -> Page[Member]:
        params = {"page": page, "limit": limit}
        return self._send(Request("GET", "/users", Page[Member], params, bare=True))

    def iterate(self) -> Iterator[Member]:
        """All pages, one after the other."""
        return every(lambda page: self.list(page=page, limit=LIMIT_MAX))

    def get(self, user_id: UUID) -> Member:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/users/{user_id}", Member))

    def create(self, member: NewMember) -> Member:
        """:raises Conflict: when they are a member already. :raises Refused: beyond the plan."""
        return self._send(Request("POST", "/users", Member, body=member))

    def change(self, user_id: UUID, change: MemberChange) -> Member:
        """:raises NotFound: :raises Conflict: when it has another version, or is the last owner."""
        return self._send(Request("PUT", f"/users/{user_id}", Member, body=change))

    def delete(self, user_id: UUID) -> None:
        """Takes them out of the business; the account stays. :raises NotFound: :raises Conflict:"""
        self._send(Request("DELETE", f"/users/{user_id}", NoneType))


class PlatformUsers(Group):
    """The operator's own staff."""

    def list(
        self,
        *,
        role: PlatformRole | None = None,
        department: Department | None = None,
        status: Literal["active", "inactive"] | None = None,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[PlatformUser]:
        params = {
            "role": role,
            "department": department,
            "status": status,
            "search": search,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/admin/users", Page[PlatformUser], params, bare=True))

    def iterate(
        self,
        *,
        role: PlatformRole | None = None,
        department: Department | None = None,
        status: Literal["active", "inactive"] | None = None,
        search: str | None = None,
    ) -> Iterator[PlatformUser]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                role=role, department=department, status=status, search=search, page=page, limit=LIMIT_MAX
            )
        )

    def get(self, user_id: UUID) -> PlatformUser:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/admin/users/{user_id}", PlatformUser))

    def create(self, user: NewPlatformUser) -> PlatformUser:
        """:raises Conflict:"""
        return self._send(Request("POST", "/admin/users", PlatformUser, body=user))

    def change(self, user_id: UUID, change: PlatformUserChange) -> PlatformUser:
        """:raises NotFound: :raises Conflict: when it has another version, or is the last super admin."""
        return self._send(Request("PUT", f"/admin/users/{user_id}", PlatformUser, body=change))

    def delete(self, user_id: UUID) -> None:
        """:raises NotFound: :raises Conflict: for the last super admin."""
        self._send(Request("DELETE", f"/admin/users/{user_id}", NoneType))

    def set_password(self, user_id: UUID, *, password: str) -> None:
        """:raises NotFound:"""
        body = PasswordBody(password=password)
        self._send(Request("PUT", f"/admin/users/{user_id}/password", NoneType, body=body))

    def activity(self, user_id: UUID, *, page: int = 1, limit: int = 50) -> Page[AuditEntry]:
        """What they did, from the audit trail, newest first."""
        params = {"page": page, "limit": limit}
        return self._send(
            Request("GET", f"/admin/users/{user_id}/activity", Page[AuditEntry], params, bare=True)
        )

    def iterate_activity(self, user_id: UUID) -> Iterator[AuditEntry]:
        """All pages, one after the other."""
        return every(lambda page: self.activity(user_id, page=page, limit=LIMIT_MAX))
