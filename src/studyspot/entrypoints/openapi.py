"""One OpenAPI 3.1 document for the whole platform: paths and parameters as Litestar finds them in the rooms,
bodies as msgspec reads and writes them, and what is common to all: errors, roles, headers.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler

from studyspot import __version__
from studyspot.gateway.pages.documented import DOCUMENTED_PAGES, DocumentedPage
from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Refusal
from studyspot.kernel.http.app import room_app
from studyspot.kernel.http.authentication import Guard
from studyspot.kernel.http.schemas import LONGEST, Schema, Schemas
from studyspot.kernel.module import Module
from studyspot.kernel.tokens import TokenVerifier
from studyspot.services.auth.rules import PERMISSIONS

METHODS = ("get", "post", "put", "patch", "delete")
NO_CONTENT = {204}
BODY_REFUSALS = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
CALLER_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
REFUSALS = sorted(
    BODY_REFUSALS
    | CALLER_REFUSALS
    | {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
REQUEST_ID = {
    "X-Request-ID": {
        "description": "Names this request in our logs",
        "schema": {"type": "string"},
        "required": True,
    }
}
RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 0}},
}
NAMED_TENANT = {
    "name": "X-Tenant-ID",
    "in": "header",
    "required": False,
    "description": "Only for platform roles, which must name the business whose data they want; audited",
    "schema": {"type": "string", "format": "uuid", "maxLength": 36},
}


class Operation(msgspec.Struct):
    """One method of one path, with the function that answers it."""

    path: str
    method: str
    handler: HTTPRouteHandler
    found: dict[str, Any]
    """What Litestar says about it."""


def documented_app(module: Module) -> Litestar:
    """A room's app that serves nobody: only for what it says about itself."""

    async def nothing() -> Any:
        raise NotImplementedError

    async def unseen(_caller: Caller, _request: str) -> None:
        raise NotImplementedError

    guard = Guard(
        TokenVerifier(nothing, nothing, issuer=""),
        tenant_data=module.database == "tenant",
        record_visit=unseen,
    )
    return room_app(name=module.name, routes=module.routes, guard=guard, provides={module.name: None})


def merged_openapi(apps: Sequence[Litestar]) -> dict[str, Any]:
    """The rooms' documents as one.

    :raises ValueError: when two rooms give one schema name two meanings.
    """
    # Sorted, for Litestar goes through a handler's several paths in the order of a set.
    operations = sorted(
        (one for app in apps for one in _operations(app)), key=lambda one: (one.path, one.method)
    )
    schemas = Schemas()
    bodies = {id(one): schemas.of_request(_body_type(one)) for one in operations if _body_type(one)}
    paths: dict[str, dict[str, Any]] = {}
    named: set[str] = set()
    for one in operations:
        described = _described(one, bodies.get(id(one)), schemas)
        alias = one.path.rpartition("/")[2]  # one handler may answer under two addresses
        name = one.handler.handler_name
        described["operationId"] = f"{name}_{alias}" if name in named else name
        named.add(name)
        paths.setdefault(one.path, {})[one.method] = described
    for page in DOCUMENTED_PAGES:
        paths[page.path] = {"get": _described_page(page, schemas)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "StudySpot",
            "version": __version__,
            "description": "The platform under study libraries.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.components, "Failure": _failure_schema()},
            "responses": {_response_name(status): _failure_response(status) for status in REFUSALS},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operations(app: Litestar) -> Iterator[Operation]:
    handlers = {
        (route.path_format, method.lower()): handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
    }
    for path, item in app.openapi_schema.to_schema()["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(path, method, handlers[path, method], item[method])


def _body_type(one: Operation) -> Any:
    field = one.handler.parsed_data_field
    return field.annotation if field else None


def _described(one: Operation, body: Schema | None, schemas: Schemas) -> dict[str, Any]:
    opt = one.handler.opt
    described: dict[str, Any] = {
        "tags": one.found["tags"],
        "summary": one.handler.handler_name.replace("_", " ").capitalize(),
        "operationId": "",
    }
    if "description" in one.found:
        described["description"] = one.found["description"]
    parameters = [_parameter(parameter) for parameter in one.found.get("parameters", ())]
    guard = one.handler.resolve_before_request()
    if isinstance(guard, Guard) and guard.needs_tenant(opt):
        parameters.append(NAMED_TENANT)
    if parameters:
        described["parameters"] = parameters
    if body is not None:
        field = one.handler.parsed_data_field
        media_type = next(iter(one.found["requestBody"]["content"]))
        described["requestBody"] = {
            "content": {media_type: {"schema": body}},
            "required": field is not None and field.is_required,
        }
    described["responses"] = _responses(one, schemas)
    return described | _access(opt.get("permission"), is_public=bool(opt.get("public")))


def _described_page(page: DocumentedPage, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": _answer(HTTPStatus.OK, page.answer, schemas)}
    if page.unwell is not None:
        responses["503"] = _answer(HTTPStatus.SERVICE_UNAVAILABLE, page.unwell, schemas)
    refusals = {HTTPStatus.BAD_REQUEST, HTTPStatus.GATEWAY_TIMEOUT}
    refusals |= {HTTPStatus.TOO_MANY_REQUESTS} if page.is_limited else set()
    refusals |= CALLER_REFUSALS | {HTTPStatus.SERVICE_UNAVAILABLE} if page.permission else set()
    for refused in sorted(refusals):
        responses[str(int(refused))] = {"$ref": f"#/components/responses/{_response_name(refused)}"}
    return {
        "tags": ["health"],
        "summary": page.name.replace("_", " ").capitalize(),
        "operationId": page.name,
        "responses": responses,
        **_access(page.permission, is_public=page.permission is None),
    }


def _answer(status: HTTPStatus, type_: Any, schemas: Schemas) -> dict[str, Any]:
    return {
        "description": status.phrase,
        "headers": REQUEST_ID,
        "content": {"application/json": {"schema": schemas.of_answer(type_)}},
    }


def _access(permission: str | None, *, is_public: bool) -> dict[str, Any]:
    if is_public:
        return {"security": [], "x-public": True}
    described: dict[str, Any] = {"security": [{"bearer": []}], "x-roles": _roles(permission)}
    return described | ({"x-permission": permission} if permission else {})


def _parameter(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without null, which an address cannot carry, and with whole numbers as bounds of whole numbers."""
    schema = dict(found["schema"])
    for option in schema.pop("oneOf", ()):
        if option != {"type": "null"}:
            schema |= option
    if isinstance(schema.get("type"), list):
        schema["type"] = next(word for word in schema["type"] if word != "null")
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if length := LONGEST.get(schema.get("format", "")):
        schema["maxLength"] = length
    for bound in ("minimum", "maximum"):
        if bound in schema:
            schema[bound] = int(schema[bound])
    described = {name: found[name] for name in ("name", "in", "required", "description") if name in found}
    if described.get("description") == schema.get("description"):
        schema.pop("description", None)
    return described | {"required": found.get("required", False), "schema": schema}


def _responses(one: Operation, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    status = one.handler.status_code
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase, "headers": REQUEST_ID}
    if "files" in one.handler.opt:
        answer["content"] = {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in one.handler.opt["files"]
        }
        answer["headers"] = REQUEST_ID | {"Content-Disposition": {"schema": {"type": "string"}}}
    elif status not in NO_CONTENT:
        answer["content"] = {"application/json": {"schema": schemas.of_answer(_answer_type(one))}}
    responses[str(status)] = answer
    for refused in sorted(_refusals(one)):
        responses[str(int(refused))] = {"$ref": f"#/components/responses/{_response_name(refused)}"}
    return responses


def _response_name(status: HTTPStatus) -> str:
    return status.phrase.title().replace(" ", "")


def _failure_response(status: HTTPStatus) -> dict[str, Any]:
    waits = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return {
        "description": status.phrase,
        "headers": REQUEST_ID | RETRY_AFTER if waits else REQUEST_ID,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
    }


def _answer_type(one: Operation) -> Any:
    annotation = one.handler.parsed_return_field.annotation
    is_response = isinstance(origin := get_origin(annotation), type) and issubclass(origin, Response)
    return get_args(annotation)[0] if is_response else annotation


def _refusals(one: Operation) -> set[HTTPStatus]:
    if _body_type(one):
        return set(REFUSALS)
    return set(REFUSALS) - BODY_REFUSALS - (CALLER_REFUSALS if one.handler.opt.get("public") else set())


def _roles(permission: str | None) -> list[str]:
    """Whom the permission is given to before exceptions for single people; all for one who signed in."""
    if permission is None:
        return sorted(PERMISSIONS)
    wanted = {permission, permission.partition(":")[0] + ":*", "*:*"}
    return sorted(role for role, granted in PERMISSIONS.items() if wanted & set(granted))


def _failure_schema() -> Schema:
    fault = {
        "type": "object",
        "required": ["field", "message", "code"],
        "additionalProperties": False,
        "properties": {
            "field": {"type": "string", "examples": ["students[3].phone"]},
            "message": {"type": "string"},
            "code": {"type": "string"},
        },
    }
    error = {
        "type": "object",
        "required": ["code", "message", "request_id"],
        "additionalProperties": False,
        "properties": {
            "code": {"type": "string", "description": "For programs", "enum": _codes()},
            "message": {"type": "string", "description": "For people: what to do"},
            "request_id": {"type": "string"},
            "details": {"type": "array", "items": fault},
        },
    }
    return {
        "type": "object",
        "required": ["success", "error"],
        "additionalProperties": False,
        "properties": {"success": {"type": "boolean", "const": False}, "error": error},
    }


def _codes() -> list[str]:
    """Every code that a refusal of this code base can have."""
    codes = set()
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.__module__.startswith("studyspot."):
            codes.add(refusal.code)
    return sorted(codes)
