"""Contracts: who calls, and what every door's words have in common.

A contract is a `Protocol` of async methods: the caller first, everything else keyword-only, values that
survive encoding. How a call gets from one room to another is the business of `doors` and `remote`.
"""

import inspect
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from studyspot.kernel.errors import Forbidden, NotFound, VersionConflict
from studyspot.kernel.ids import AccountId, TenantId

Method = TypeVar("Method")
Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1, description="The one that was read")]
"""Of an object that is to be changed: it raises by one with each change."""


class Caller(msgspec.Struct, frozen=True):
    """Who asks. Made from a verified token at the edge, or by `system()` for work that nobody asked for.

    `permissions` are `resource:action`, where `*` stands for any and a minus in front withholds; `tenant_id`
    is the only tenant whose data this caller can reach.
    """

    account_id: AccountId | None
    role: str
    permissions: frozenset[str]
    tenant_id: TenantId | None = None
    session_id: str | None = None
    request_id: str = ""
    subject_id: UUID | None = None
    """The record in the tenant's data that is about the caller: a student's own."""
    names_tenant: bool = False
    """A platform role that named a tenant itself; what it does there is marked in the audit trail."""

    def may(self, permission: str) -> bool:
        every = permission.partition(":")[0] + ":*"
        if f"-{permission}" in self.permissions or f"-{every}" in self.permissions:
            return False
        return permission in self.permissions or every in self.permissions or "*:*" in self.permissions


def system(*, tenant_id: TenantId | None = None, request_id: str = "") -> Caller:
    """The platform itself: jobs, the command line, one room asking another on its own account."""
    return Caller(
        account_id=None,
        role="system",
        permissions=frozenset({"*:*"}),
        tenant_id=tenant_id,
        request_id=request_id,
    )


def on_own_account(caller: Caller) -> Caller:
    """The platform itself, in the caller's tenant and request: a room that asks another for what it needs to
    know, whether or not the caller may see it.
    """
    return system(tenant_id=caller.tenant_id, request_id=caller.request_id)


def tenant_of(caller: Caller) -> TenantId:
    """The tenant whose data the caller may reach.

    :raises Forbidden: for one who has none, such as a platform role that named none.
    """
    if caller.tenant_id is None:
        raise Forbidden("This needs a library account. Sign in to one, or name it in the header X-Tenant-ID.")
    return caller.tenant_id


def own_record_of(caller: Caller) -> UUID:
    """Whose record is the caller's own. :raises NotFound: for one who has none, such as staff."""
    if caller.subject_id is None:
        raise NotFound("You have no student record here.")
    return caller.subject_id


def changed_fields(change: msgspec.Struct) -> dict[str, Any]:
    """What a change gives, without the version it was based on: for `msgspec.structs.replace`."""
    given = {name: getattr(change, name) for name in change.__struct_fields__ if name != "version"}
    return {name: value for name, value in given.items() if value is not msgspec.UNSET}


def check_version(thing: str, *, read: int, found: int) -> None:
    """:raises VersionConflict: when what is to be changed is no longer what was read."""
    if read != found:
        raise VersionConflict(f"This {thing} was changed meanwhile. Read it again, then repeat the change.")


def repeatable(method: Method) -> Method:
    """Marks a contract's method that may be asked again when no answer came: it only looks, or doing it twice
    is doing it once.
    """
    method.__repeatable__ = True  # type: ignore[attr-defined]
    return method


def is_repeatable(method: object) -> bool:
    return bool(getattr(method, "__repeatable__", False))


def contract_methods(contract: type) -> list[str]:
    """Those of the parts first from which a long contract is put together."""
    parts = [part for part in reversed(contract.__mro__) if getattr(part, "_is_protocol", False)]
    promised = [(name, value) for part in parts for name, value in vars(part).items()]
    return [name for name, value in promised if inspect.isfunction(value) and name[0] != "_"]
