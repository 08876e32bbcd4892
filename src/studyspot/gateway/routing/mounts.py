"""Which room answers: the longest prefix, whole path segments only; the path goes on unchanged."""

from collections.abc import Awaitable, Sequence
from typing import Any

from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import HttpApp
from studyspot.gateway.settings import Mount
from studyspot.kernel.errors import NotFound


class UnknownAddress(NotFound):
    """The contract has its own word for a path that leads nowhere."""

    code = "NOT_FOUND"


def unknown_address() -> UnknownAddress:
    return UnknownAddress("There is nothing at this address. See /docs for what there is.")


def mounted(mounts: Sequence[Mount]) -> HttpApp:
    """:raises ValueError: a prefix is claimed twice or not written as a path."""
    apps: dict[str, Any] = {}
    for mount in mounts:
        for prefix in mount.prefixes:
            if not prefix.startswith("/") or prefix.endswith("/"):
                raise ValueError(f"write the prefix {prefix!r} with a slash before it and none after it")
            if prefix in apps:
                raise ValueError(f"two rooms claim {prefix}")
            apps[prefix] = mount.app

    def route(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        path = scope["path"]
        if "//" in path or ("/." in path and not {".", ".."}.isdisjoint(path.split("/"))):
            raise unknown_address()  # rooms and proxies may each read such a path their own way
        prefix = path
        while prefix:
            app = apps.get(prefix)
            if app is not None:
                scope["state"]["prefix"] = prefix
                answer: Awaitable[None] = app(scope, receive, send)
                return answer
            prefix = prefix[: prefix.rfind("/")]
        raise unknown_address()

    return route
