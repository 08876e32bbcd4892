"""The last net: a refusal becomes its envelope, anything else a 500 that tells nothing and logged whole."""

from collections.abc import Awaitable

import structlog
from litestar.types import HTTPScope, Message, Receive, Send

from studyspot.gateway.asgi import HttpApp, method_of, request_id, route_of
from studyspot.kernel.errors import Refusal
from studyspot.kernel.http.app import ServerError
from studyspot.kernel.http.envelope import send_failure

log = structlog.get_logger(__name__)


class Cut(Exception):
    """The response had begun, so that nothing honest can be added to it: the server breaks it off."""


def failures(app: HttpApp) -> HttpApp:
    """:raises Cut: the only thing that still gets out."""

    async def layer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = False

        def watched(message: Message) -> Awaitable[None]:
            nonlocal started
            started = True
            return send(message)

        try:
            await app(scope, receive, watched)
        except Cut:
            raise
        except Refusal as refusal:
            if started:
                raise Cut from refusal
            await send_failure(send, refusal, request_id=request_id(scope))
        except Exception as problem:
            log.exception("request_failed", method=method_of(scope), route=route_of(scope), exc_info=problem)
            if started:
                raise Cut from problem
            await send_failure(
                send,
                ServerError("Something went wrong on our side. The request id helps us find it."),
                request_id=request_id(scope),
            )

    return layer
