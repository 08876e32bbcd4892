"""The few words all layers share. A layer takes an app and gives an app; each knows nothing of the others.

A layer that has nothing left to do afterwards is a plain function that hands on what it would have awaited,
and so is its `send`: a coroutine saved on every request and on every message.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from litestar.types import HTTPScope, Message, Receive, Send

HttpApp = Callable[[HTTPScope, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]


def header(scope: HTTPScope, name: bytes) -> bytes | None:
    """The last header of that (lower-case) name, from the index that `http_only` makes once per request."""
    value: bytes | None = scope["state"]["header_index"].get(name)
    return value


def request_id(scope: HTTPScope) -> str:
    found: str = scope["state"]["request_id"]
    return found


def client_address(scope: HTTPScope) -> str:
    """Empty when the server does not know, as on a Unix socket."""
    client = scope["client"]
    return client[0] if client else ""


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method_of(scope: HTTPScope) -> str:
    """One of those that there are: whatever else a stranger wrote stays out of logs and measures."""
    return scope["method"] if scope["method"] in METHODS else "OTHER"


def route_of(scope: HTTPScope) -> str:
    """The route's pattern where a room of this process answered, else the service's prefix."""
    found: Mapping[str, Any] = scope  # which Litestar types as if every request had come to a route
    if (pattern := found.get("path_template")) is not None:
        return str(pattern)
    prefix = scope["state"].get("prefix")
    return "(gateway)" if prefix is None else f"{prefix}/*"


def adding_headers(send: Send, added: Headers) -> Send:
    """A `send` that adds headers to the response, whoever makes it."""

    def send_more(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *added]
        return send(message)

    return send_more
