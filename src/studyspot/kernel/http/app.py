"""One way to build a room's HTTP app: same guard, same validation, same errors, same documentation."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Schema
from litestar.params import QueryParameter
from litestar.plugins import OpenAPISchemaPlugin
from litestar.types import ControllerRouterHandler, Scope
from litestar.typing import FieldDefinition

from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Fault, NotFound, Refusal, UnsupportedMediaType, ValidationFailed
from studyspot.kernel.http.authentication import Guard, current_caller
from studyspot.kernel.http.body import JsonBody, refuse_other_media_type
from studyspot.kernel.http.envelope import failure, failure_headers
from studyspot.kernel.http.parameters import Asker
from studyspot.kernel.http.response import JsonResponse
from studyspot.kernel.validation import query_fault
from studyspot.kernel.values import ParsedText

log = structlog.get_logger(__name__)
AnyRequest = Request[Any, Any, Any]


class MethodNotAllowed(Refusal):
    status = 405
    code = "METHOD_NOT_ALLOWED"


class ServerError(Refusal):
    status = 500
    code = "SERVER_ERROR"


def room_app(
    *, name: str, routes: Sequence[ControllerRouterHandler], guard: Guard, provides: Mapping[str, object]
) -> Litestar:
    """The ASGI app of one room.

    `provides` are what its handlers ask for by name, usually its own contract.
    """
    app = Litestar(
        route_handlers=routes,
        # As a hook and not as one of Litestar's guards: those get a copy of the handler at every request.
        before_request=guard,
        request_max_body_size=None,  # the gateway's business, which knows the paths that carry more
        dto=JsonBody,
        return_dto=None,
        dependencies={
            "caller": Provide(_provide_caller, sync_to_thread=False),
            **{key: Provide(_constant(value), sync_to_thread=False) for key, value in provides.items()},
        },
        exception_handlers={
            Refusal: _refuse,
            ValidationException: _refuse_parameters,
            HTTPException: _refuse_request,
            Exception: _fail,
        },
        openapi_config=OpenAPIConfig(title=name, version="1", path="/openapi", render_plugins=[]),
        plugins=[ParsedTextSchema()],
        response_class=JsonResponse,
        type_encoders={ParsedText: str},
        logging_config=None,
        debug=False,
    )
    _refuse_unguarded(app, guard)
    _note_query_parameters(app)
    return app


def _constant(value: object) -> Any:
    # Asks for the caller only so that Litestar provides one after the other: two at once take a task group,
    # which is a fifth of a small request.
    def provide(caller: Asker) -> Any:
        del caller
        return value

    return provide


def _provide_caller(scope: Scope) -> Caller:
    return current_caller(scope)


def _refuse(request: AnyRequest, refusal: Refusal) -> Response[Any]:
    return Response(
        failure(refusal, request_id=request.headers.get("x-request-id", "")),
        status_code=refusal.status,
        headers=failure_headers(refusal),
        media_type="application/json",
    )


def _refuse_parameters(request: AnyRequest, problem: ValidationException) -> Response[Any]:
    """Query, path and header faults, which Litestar collects; a malformed path names nothing that exists."""
    extra = problem.extra if isinstance(problem.extra, list) else []
    if any(one.get("source") == "path" for one in extra) or any(
        one.get("key") in request.path_params for one in extra
    ):
        return _refuse(request, NotFound("There is no such thing here."))
    if other := _other_media_type(request):
        return _refuse(request, other)
    faults = [
        _body_fault(one) if one.get("source") == "body" else query_fault(one.get("key", ""), one["message"])
        for one in extra
    ]
    if not extra:
        faults = [query_fault(name, problem.detail) for name in _missing_parameters(request)]
    return _refuse(request, ValidationFailed("Some parameters need correction.", details=faults))


def _missing_parameters(request: AnyRequest) -> Iterator[str]:
    """All of them: Litestar tells of the first alone, and in words."""
    for name, field in request.route_handler.parsed_fn_signature.parameters.items():
        is_asked_for = isinstance(field.kwarg_definition, QueryParameter) and field.is_required
        if is_asked_for and name not in request.query_params:
            yield name


def _body_fault(found: Mapping[str, Any]) -> Fault:
    """A body that is missing, or a form without its file; JSON is read elsewhere."""
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", found["message"]):
        return Fault(missing[1], "This field is required.", "required")
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", found["message"], re.DOTALL):
        return Fault(unknown[1], "This field is not known here.", "unknown_field")
    if found["key"] == "data":
        return Fault("", "A body is required.", "required")
    return Fault(found["key"], "Send a file, with its name.", "wrong_type")


def _other_media_type(request: AnyRequest) -> UnsupportedMediaType | None:
    """Forms are read by Litestar, which takes what is none for a form without fields."""
    body = getattr(request.route_handler, "parsed_data_field", None)
    wanted = getattr(body and body.kwarg_definition, "media_type", None)
    if wanted is not RequestEncodingType.MULTI_PART:
        return None
    try:
        refuse_other_media_type(request.headers.get("content-type", wanted.value), wanted.value)
    except UnsupportedMediaType as refusal:
        return refusal
    return None


def _refuse_request(request: AnyRequest, problem: HTTPException) -> Response[Any]:
    """What the framework refuses by itself: unknown paths and methods, bodies that cannot be parsed."""
    match problem.status_code:
        case 404:
            refusal: Refusal = NotFound("There is nothing at this address.")
            refusal.code = "NOT_FOUND"  # type: ignore[misc]  # the contract has its own word for an unknown route
        case 405:
            refusal = MethodNotAllowed("This address does not answer to that method.")
        case 500:
            return _fail(request, problem)
        case _:
            refusal = _other_media_type(request) or ValidationFailed("The request cannot be read.")
    answer = _refuse(request, refusal)
    for name, value in (problem.headers or {}).items():
        answer.headers[name] = value
    return answer


def _fail(request: AnyRequest, problem: Exception) -> Response[Any]:
    if type(problem) is LookupError and request.content_type[0].startswith("multipart/"):
        # What Python's codecs raise for a part in a charset that nobody knows.
        return _refuse(request, UnsupportedMediaType("Encode the text as UTF-8."))
    log.error("request_failed", route=request.scope["path_template"], method=request.method, exc_info=problem)
    return _refuse(request, ServerError("Something went wrong on our side. The request id helps us find it."))


def _refuse_unguarded(app: Litestar, guard: Guard) -> None:
    """A route without the guard, or without a word on who may use it, must not exist.

    :raises TypeError: naming it, when the app is built.
    """
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.fn.__module__.startswith("litestar."):
                handler.opt["public"] = True  # OPTIONS, and the room's own document, which the gateway merges
                if "OPTIONS" in handler.http_methods:
                    # Litestar's own answer names only the methods that were there when it made the handler.
                    handler.opt["allow"] = ", ".join(sorted(route.methods))
            elif not handler.opt.keys() & {"permission", "signed_in", "public"}:
                raise TypeError(f"{handler.handler_name} says neither permission, signed_in nor public")
            if handler.resolve_before_request() is not guard:
                raise TypeError(f"{handler.handler_name} has a hook of its own instead of the guard")


def _note_query_parameters(app: Litestar) -> None:
    """For the guard, which refuses any other."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            handler.opt["query"] = frozenset(
                name
                for name, field in handler.parsed_fn_signature.parameters.items()
                if isinstance(field.kwarg_definition, QueryParameter)
            )


class ParsedTextSchema(OpenAPISchemaPlugin):
    """Documents phone numbers and e-mail addresses as the strings they are."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return isinstance(value, type) and issubclass(value, ParsedText)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        del schema_creator
        known = field_definition.annotation.json_schema
        return Schema(
            type=known["type"],
            format=known.get("format"),
            min_length=known.get("minLength"),
            max_length=known.get("maxLength"),
            pattern=known.get("pattern"),
            description=known.get("description"),
            examples=known.get("examples"),
        )
