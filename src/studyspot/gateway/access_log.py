"""One line and one measurement per request: its route and the ids in it. Never a path or query as somebody
wrote it: those hold search terms, and mistyped addresses, and whatever strangers try.
"""

import logging
import time
from collections.abc import Awaitable, Mapping
from uuid import UUID

from litestar.types import HTTPScope, Message, Receive, Send

from studyspot.gateway.asgi import HttpApp, client_address, method_of, request_id, route_of
from studyspot.gateway.request_lines import request_lines
from studyspot.kernel.errors import FIRST_SERVER_ERROR
from studyspot.kernel.telemetry.measures import REQUESTS
from studyspot.kernel.telemetry.tracing import describe_span, span


def access_log(app: HttpApp, *, is_behind_gateway: bool = False) -> HttpApp:
    """A request that ends in an error here is logged as cut: its client went away or its time was up.

    The client's address is kept against abuse, once: behind the gateway it is left out.
    """

    async def layer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        status: int | None = None

        def watched(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        started = time.perf_counter()
        cut = True
        with span("request", scope["headers"] if is_behind_gateway else None):
            try:
                await app(scope, receive, watched)
                cut = False
            finally:
                took = time.perf_counter() - started
                failed = cut or status is None or status >= FIRST_SERVER_ERROR
                method, route = method_of(scope), route_of(scope)
                describe_span(f"{method} {route}", status=status or "cut", request_id=request_id(scope))
                REQUESTS.record((method, route, str(status or "cut")), took, failed=failed)
                facts = {"method": method, "route": route, **_ids(scope), "status": status}
                facts["duration_ms"] = round(took * 1000, 2)
                if not is_behind_gateway:
                    facts["client"] = client_address(scope)
                if cut:
                    facts["cut"] = True
                request_lines.add(logging.ERROR if failed else logging.INFO, facts)

    return layer


def _ids(scope: HTTPScope) -> dict[str, object]:
    found: Mapping[str, object] = scope.get("path_params") or {}
    return {name: str(value) for name, value in found.items() if isinstance(value, UUID)}
