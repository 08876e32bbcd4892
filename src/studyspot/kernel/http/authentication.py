"""Who asks and whether they may: the guard in front of every route of every room.

Deny by default: a route says `permission="students:read"`, `signed_in=True` or `public=True` in its `opt`,
and one that says nothing refuses to be built.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.types import Scope

from studyspot.kernel.aadhaar import holds_aadhaar
from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Fault, Forbidden, InsufficientPermissions, Unauthorized, ValidationFailed
from studyspot.kernel.ids import TenantId
from studyspot.kernel.logs import bind_caller
from studyspot.kernel.tokens import TokenVerifier
from studyspot.kernel.validation import FAULTS_MAX, SHOWN_NAME_MAX, aadhaar_fault

NOBODY = Caller(account_id=None, role="", permissions=frozenset())
AnyRequest = Request[Any, Any, Any]


RecordVisit = Callable[[Caller, str], Awaitable[None]]
"""Told of each request with which a platform role enters a tenant, before it is served."""


class TenantRequired(Forbidden):
    """A platform role asked for a tenant's data without naming the tenant."""

    code = "TENANT_REQUIRED"


class OtherTenant(Forbidden):
    """Somebody who is signed in to one tenant named another one."""

    code = "OTHER_TENANT"


def permit(permission: str, *, in_tenant: bool = False) -> dict[str, Any]:
    """For a route that needs `resource:action`; `in_tenant` if it is about one tenant, though its room keeps
    its rows in the control database.
    """
    return {"permission": permission, "in_tenant": in_tenant}


SIGNED_IN: dict[str, Any] = {"signed_in": True}
PUBLIC: dict[str, Any] = {"public": True}


class Guard:
    """Verifies the token (every room does; the gateway is not trusted to have done it), then the permission.

    `tenant_data` is true for a room whose rows live in tenant databases: its caller must have a tenant, which
    comes from the token; only a platform role, which has none, may name one in `X-Tenant-ID`, and every such
    visit is recorded, also one that only looks. Anybody else who names another than the own one is refused.
    """

    def __init__(self, verifier: TokenVerifier, *, tenant_data: bool, record_visit: RecordVisit) -> None:
        self._verifier = verifier
        self._tenant_data = tenant_data
        self._record_visit = record_visit

    def needs_tenant(self, opt: Mapping[str, Any]) -> bool:
        """Whether a route with these options is about one tenant."""
        return bool(opt.get("in_tenant")) or (self._tenant_data and not opt.get("public"))

    async def __call__(self, request: AnyRequest) -> Response[None] | None:
        """Runs before every handler and leaves the caller in the request's scope. Answers OPTIONS itself."""
        headers = request.headers
        opt = request.route_handler.opt
        request_id = headers.get("x-request-id", "")
        if opt.get("public"):
            if "allow" in opt:
                return Response(None, status_code=204, headers={"allow": opt["allow"]})
            caller = msgspec.structs.replace(NOBODY, request_id=request_id)
        else:
            caller = await self._authenticated(headers.get("authorization"))
            _note(request, caller)
            permission = opt.get("permission")
            if permission is not None and not caller.may(permission):
                raise InsufficientPermissions(f"This needs the permission {permission}.")
            tenant_id, named = caller.tenant_id, headers.get("x-tenant-id")
            if tenant_id is None:
                tenant_id = _named_tenant(named) if self.needs_tenant(opt) else None
            elif named is not None and _named_tenant(named) != tenant_id:
                raise OtherTenant("You are signed in to another library account than X-Tenant-ID names.")
            caller = Caller(
                caller.account_id,
                caller.role,
                caller.permissions,
                tenant_id,
                caller.session_id,
                request_id,
                caller.subject_id,
                tenant_id is not caller.tenant_id,
            )
            if caller.names_tenant:
                _note(request, caller)
                await self._record_visit(caller, f"{request.method} {request.url.path}")
        if holds_aadhaar(headers.get("idempotency-key", "")):
            raise ValidationFailed("A header needs correction.", details=[aadhaar_fault("Idempotency-Key")])
        if request.scope["query_string"]:
            _refuse_unknown_parameters(request)
        request.scope["state"]["caller"] = caller
        return None

    async def _authenticated(self, authorization: str | None) -> Caller:
        return await self._verifier.verify(bearer_token(authorization))


def _note(request: AnyRequest, caller: Caller) -> None:
    """For handlers, and for the log, which says whose request it was also when it is refused."""
    request.scope["state"]["caller"] = caller
    bind_caller(caller)


def bearer_token(authorization: str | None) -> str:
    """:raises Unauthorized: when there is none."""
    if authorization is None:
        raise Unauthorized("Sign in first: send `Authorization: Bearer <access token>`.")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("Send the access token as `Authorization: Bearer <access token>`.")
    return token


def _refuse_unknown_parameters(request: AnyRequest) -> None:
    """A mistyped `dry_run` must not be left out without a word."""
    known = request.route_handler.opt["query"]
    if unknown := sorted(set(request.query_params) - known):
        faults = [
            Fault(name[:SHOWN_NAME_MAX], "This parameter is not known here.", "unknown_parameter")
            for name in unknown[:FAULTS_MAX]
        ]
        raise ValidationFailed("Some parameters are not known here.", details=faults)


def current_caller(scope: Scope) -> Caller:
    caller: Caller = scope["state"]["caller"]
    return caller


def _named_tenant(header: str | None) -> TenantId:
    if header is None:
        raise TenantRequired("Name the library account in the header X-Tenant-ID.")
    try:
        return TenantId(UUID(header))
    except ValueError:
        fault = Fault("X-Tenant-ID", "This is not a tenant id.", "invalid_format")
        raise ValidationFailed("The header X-Tenant-ID needs correction.", details=[fault]) from None
