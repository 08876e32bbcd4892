"""One line and one measurement per request: its route and the ids in it. Never a path or query as somebody
wrote it: those hold search terms, and mistyped addresses, and whatever strangers try.
"""

import time
from collections.abc import Awaitable

from litestar.types import HTTPScope, Message, Receive, Send

from studyspot.gateway.asgi import HttpApp, method_of, request_id, route_of
from studyspot.gateway.middleware.ended_requests import EndedRequest, ended_requests
from studyspot.kernel.telemetry.measures import now
from studyspot.kernel.telemetry.tracing import span


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

        began = now()
        cut = True
        with span("request", scope["headers"] if is_behind_gateway else None) as running:
            try:
                await app(scope, receive, watched)
                cut = False
            finally:
                if running is not None:
                    about = {"status": status or "cut", "request_id": request_id(scope)}
                    running.describe(f"{method_of(scope)} {route_of(scope)}", about)
                ended_requests.add(
                    EndedRequest(scope, status, cut, began, now(), time.time(), not is_behind_gateway)
                )

    return layer
