"""One line and one measurement per request. Never the query: it holds search terms, and those are people's
names and numbers.
"""

import logging
import time
import urllib.parse
from collections.abc import Awaitable, Mapping
from typing import Any

import structlog
from litestar.types import HTTPScope, Message, Receive, Send

from studyspot.gateway.asgi import HttpApp, client_address
from studyspot.kernel.errors import FIRST_SERVER_ERROR
from studyspot.kernel.telemetry.measures import REQUESTS
from studyspot.kernel.telemetry.tracing import name_span, span

log = structlog.get_logger(__name__)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def access_log(app: HttpApp, *, is_behind_gateway: bool = False) -> HttpApp:
    """A request that ends in an error here is logged as cut: its client went away or its time was up."""
    bound: Any = None  # bound once: each bind would make another logger

    async def layer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        status: int | None = None

        def watched(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        nonlocal bound
        started = time.perf_counter()
        cut = True
        try:
            with span("request", scope["headers"] if is_behind_gateway else None):
                await app(scope, receive, watched)
                name_span(f"{scope['method']} {_route(scope)}")
            cut = False
        finally:
            if bound is None:
                bound = log.bind()
            took = time.perf_counter() - started
            failed = cut or status is None or status >= FIRST_SERVER_ERROR
            REQUESTS.record(_key(scope, status), took, failed=failed)
            level = logging.ERROR if failed else logging.INFO
            if bound.is_enabled_for(level):  # what a hidden line would say is not worth gathering
                path = scope["path"]
                bound.log(
                    level,
                    "request",
                    method=scope["method"],
                    path=path if path.isprintable() else urllib.parse.quote(path),
                    status=status,
                    duration_ms=round(took * 1000, 2),
                    client=client_address(scope),
                    **({"cut": True} if cut else {}),
                )

    return layer


def _key(scope: HTTPScope, status: int | None) -> tuple[str, str, str]:
    """The route's pattern where a room of this process answered, else the service's prefix."""
    method = scope["method"]
    return method if method in METHODS else "OTHER", _route(scope), str(status or "cut")


def _route(scope: HTTPScope) -> str:
    found: Mapping[str, Any] = scope  # which Litestar types as if every request had come to a route
    if (pattern := found.get("path_template")) is not None:
        return str(pattern)
    prefix = scope["state"].get("prefix")
    return "(gateway)" if prefix is None else f"{prefix}/*"
