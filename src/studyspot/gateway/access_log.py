"""One line and one measurement per request: its route and the ids in it. Never a path or query as somebody
wrote it: those hold search terms, and mistyped addresses, and whatever strangers try.
"""

import logging
import time
from collections.abc import Awaitable, Mapping
from typing import Any
from uuid import UUID

import structlog
from litestar.types import HTTPScope, Message, Receive, Send

from studyspot.gateway.asgi import HttpApp, client_address, method_of, request_id, route_of
from studyspot.kernel.errors import FIRST_SERVER_ERROR
from studyspot.kernel.telemetry.measures import REQUESTS
from studyspot.kernel.telemetry.tracing import describe_span, span

log = structlog.get_logger(__name__)


def access_log(app: HttpApp, *, is_behind_gateway: bool = False) -> HttpApp:
    """A request that ends in an error here is logged as cut: its client went away or its time was up.

    The client's address is kept against abuse, once: behind the gateway it is left out.
    """
    bound: Any = None  # binding once is what keeps a line that the level hides at a quarter microsecond

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
                try:
                    await app(scope, receive, watched)
                finally:
                    name = f"{method_of(scope)} {route_of(scope)}"
                    describe_span(name, status=status or "cut", request_id=request_id(scope))
            cut = False
        finally:
            if bound is None:
                bound = log.bind()
            took = time.perf_counter() - started
            failed = cut or status is None or status >= FIRST_SERVER_ERROR
            REQUESTS.record(_key(scope, status), took, failed=failed)
            level = logging.ERROR if failed else logging.INFO
            if bound.is_enabled_for(level):  # what a hidden line would say is not worth gathering
                bound.log(
                    level,
                    "request",
                    method=method_of(scope),
                    route=route_of(scope),
                    **_ids(scope),
                    status=status,
                    duration_ms=round(took * 1000, 2),
                    **({} if is_behind_gateway else {"client": client_address(scope)}),
                    **({"cut": True} if cut else {}),
                )

    return layer


def _key(scope: HTTPScope, status: int | None) -> tuple[str, str, str]:
    return method_of(scope), route_of(scope), str(status or "cut")


def _ids(scope: HTTPScope) -> dict[str, str]:
    found: Mapping[str, object] = scope.get("path_params") or {}
    return {name: str(value) for name, value in found.items() if isinstance(value, UUID)}
