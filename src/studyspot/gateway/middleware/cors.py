"""Which pages of other origins may call us: those on the list, and no pattern ever (Fetch standard, §3.3).

Litestar's own CORS layer is private, needs its app in the scope, and refuses a preflight in plain text.
"""

from collections.abc import Awaitable, Sequence

from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import Headers, HttpApp, adding_headers, header

EXPOSED = b"X-Request-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After"
ALLOWED = b"Content-Type, Authorization, X-Tenant-ID, X-Request-ID, Idempotency-Key, If-Match"
METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
REMEMBERED_SECONDS = b"600"
VARY: Headers = ((b"vary", b"Origin"),)


def cors(app: HttpApp, *, origins: Sequence[str]) -> HttpApp:
    if not origins:
        return app
    allowances = {origin.encode(): _allowance(origin.encode()) for origin in origins}

    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        origin = header(scope, b"origin")
        allowance = allowances.get(origin, VARY) if origin else VARY
        if origin and scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method"):
            return _answer_preflight(send, allowance)
        return app(scope, receive, adding_headers(send, allowance))

    return layer


def _allowance(origin: bytes) -> Headers:
    return (
        *VARY,
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", EXPOSED),
    )


async def _answer_preflight(send: Send, allowance: Headers) -> None:
    """A foreign origin gets the same answer without the permission: the browser then refuses by itself."""
    rules: Headers = (
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", ALLOWED),
        (b"access-control-max-age", REMEMBERED_SECONDS),
    )
    headers = [*allowance, *(rules if allowance is not VARY else ())]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
