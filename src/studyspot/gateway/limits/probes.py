"""The platform's own health check: it signs its requests, and the limits, made for others, let it through.

Else a check every minute would use up its address's attempts to sign in, and find the platform ill.
"""

import contextlib
from collections.abc import Awaitable

from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import HttpApp, header
from studyspot.gateway.routing.forwarding import target_of
from studyspot.kernel.remote.signing import ServiceKeys, Unsigned

NAME = "x-studyspot-probe"


def sign_probe(keys: ServiceKeys, method: str, target: str) -> dict[str, str]:
    """The header of one request for `target`, its path and query; good for once."""
    return {NAME: keys.sign(*_said(method, target))}


def known_probes(app: HttpApp, *, keys: ServiceKeys) -> HttpApp:
    """Whoever signs with another key is anybody."""

    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        signature = header(scope, NAME.encode())
        if signature is not None:
            with contextlib.suppress(Unsigned):
                keys.check(signature.decode("latin-1"), *_said(scope["method"], target_of(scope)))
                scope["state"]["is_probe"] = True
        return app(scope, receive, send)

    return layer


def is_probe(scope: HTTPScope) -> bool:
    return "is_probe" in scope["state"]


def _said(method: str, target: str) -> tuple[bytes, bytes, bytes]:
    return b"probe", method.encode(), target.encode()
