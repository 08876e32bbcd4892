"""Whose request it was: the service, which has verified the token, tells the gateway for its log."""

from collections.abc import Awaitable

import msgspec
from litestar.types import HTTPScope, Message, Send

TENANT, ACCOUNT = b"x-studyspot-tenant", b"x-studyspot-account"


class ToldCaller(msgspec.Struct, frozen=True):
    """What the gateway knows of a `Caller` whom a service verified."""

    tenant_id: str | None
    account_id: str | None


def telling_caller(scope: HTTPScope, send: Send) -> Send:
    def telling(message: Message) -> Awaitable[None]:
        caller = scope["state"].get("caller")
        if message["type"] == "http.response.start" and caller is not None:
            known = ((TENANT, caller.tenant_id), (ACCOUNT, caller.account_id))
            told = [(header, str(one).encode()) for header, one in known if one is not None]
            message["headers"] = [*message.get("headers", ()), *told]
        return send(message)

    return telling


def heard_caller(scope: HTTPScope, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers without what the service told us, which is for the log and not for the client."""
    told = {name: value.decode() for name, value in headers if name in (TENANT, ACCOUNT)}
    if told:
        scope["state"]["caller"] = ToldCaller(told.get(TENANT), told.get(ACCOUNT))
    return [(name, value) for name, value in headers if name not in (TENANT, ACCOUNT)]
