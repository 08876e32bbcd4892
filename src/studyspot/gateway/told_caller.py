"""Whose request it was: the service, which has verified the token, tells the gateway for its log."""

from collections.abc import Awaitable

from litestar.types import HTTPScope, Message, Send
from structlog.contextvars import bind_contextvars

from studyspot.kernel.contract import Caller

NAMES = {b"x-studyspot-tenant": "tenant_id", b"x-studyspot-account": "account_id"}


def telling_caller(scope: HTTPScope, send: Send) -> Send:
    def telling(message: Message) -> Awaitable[None]:
        caller: Caller | None = scope["state"].get("caller")
        if message["type"] == "http.response.start" and caller is not None:
            ids = ((header, getattr(caller, name)) for header, name in NAMES.items())
            told = [(header, str(one).encode()) for header, one in ids if one is not None]
            message["headers"] = [*message.get("headers", ()), *told]
        return send(message)

    return telling


def heard_caller(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers without what the service told us, which is for the log and not for the client."""
    bind_contextvars(**{NAMES[name]: value.decode() for name, value in headers if name in NAMES})
    return [(name, value) for name, value in headers if name not in NAMES]
