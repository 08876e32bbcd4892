"""One OpenAPI 3.1 document for the whole platform, made from the rooms' own."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from litestar import Litestar

from studyspot import __version__

METHODS = ("get", "post", "put", "patch", "delete")
ENVELOPE = {"$ref": "#/components/schemas/Failure"}
RATE_HEADERS = {
    "X-Request-ID": {"description": "Names this request in our logs", "schema": {"type": "string"}},
}
FAILURE_SCHEMA = {
    "type": "object",
    "required": ["success", "error"],
    "additionalProperties": False,
    "properties": {
        "success": {"type": "boolean", "const": False},
        "error": {
            "type": "object",
            "required": ["code", "message", "request_id"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "string", "description": "For programs", "examples": ["VALIDATION_ERROR"]},
                "message": {"type": "string", "description": "For people: what to do"},
                "request_id": {"type": "string"},
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "message", "code"],
                        "additionalProperties": False,
                        "properties": {
                            "field": {"type": "string", "examples": ["students[3].phone"]},
                            "message": {"type": "string"},
                            "code": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}


def merged_openapi(apps: Sequence[Litestar]) -> dict[str, Any]:
    """The rooms' documents as one, with permissions, errors and the security scheme written on each
    operation.

    :raises ValueError: when two rooms give one schema name two meanings.
    """
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "StudySpot",
            "version": __version__,
            "description": "The platform under study libraries.",
        },
        "servers": [{"url": "/"}],
        "paths": {},
        "components": {
            "schemas": {"Failure": FAILURE_SCHEMA},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    schemas = document["components"]["schemas"]
    for app in apps:
        part = app.openapi_schema.to_schema()
        for name, schema in part.get("components", {}).get("schemas", {}).items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two rooms mean different things by the schema {name}")
        opts = _options(app)
        for path, item in part["paths"].items():
            for method in METHODS:
                if method in item:
                    document["paths"].setdefault(path, {})[method] = _described(
                        item[method], opts[path, method], path
                    )
    return document


def _options(app: Litestar) -> dict[tuple[str, str], dict[str, Any]]:
    """What each route said about who may use it."""
    options = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods:
                options[route.path_format, method.lower()] = handler.opt
    return options


def _described(operation: dict[str, Any], opt: dict[str, Any], path: str) -> dict[str, Any]:
    statuses = [HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE]
    if opt.get("public"):
        operation["security"] = []
        operation["x-public"] = True
    else:
        operation["security"] = [{"bearer": []}]
        statuses += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if "permission" in opt:
        operation["x-permission"] = opt["permission"]
    if "{" in path:
        statuses += [HTTPStatus.NOT_FOUND]
    if "requestBody" in operation:
        statuses += [
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ]
    statuses += [HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND, HTTPStatus.GATEWAY_TIMEOUT]
    for status in sorted(set(statuses)):
        operation["responses"][str(int(status))] = {
            "description": status.phrase,
            "content": {"application/json": {"schema": ENVELOPE}},
        }
    return operation
