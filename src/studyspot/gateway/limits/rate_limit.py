"""How often one address may ask. Asking whether we live and are ready is free: load balancers ask often."""

import functools
import ipaddress
from collections.abc import Awaitable, Sequence

from litestar.types import HTTPScope, Message, Receive, Send

from studyspot.gateway.asgi import Headers, HttpApp, client_address, request_id
from studyspot.gateway.limits.counting import Allowance, FixedWindows
from studyspot.gateway.limits.probes import is_probe
from studyspot.gateway.pages.health import ALIVE, READY
from studyspot.kernel.errors import TooManyRequests
from studyspot.kernel.http.envelope import send_failure

FREE, READS = frozenset({ALIVE, READY}), frozenset({"GET", "HEAD"})


def rate_limit(app: HttpApp, *, counter: FixedWindows | None) -> HttpApp:
    if counter is None:
        return app

    async def layer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        is_free = scope["path"] in FREE and scope["method"] in READS
        if is_free or is_probe(scope):
            await app(scope, receive, send)
            return
        allowance = await counter.hit(f"address/{counted_as(client_address(scope))}")
        await limited(app, allowance, scope, receive, send)

    return layer


def stranger_limit(app: HttpApp, *, counter: FixedWindows | None, paths: Sequence[str]) -> HttpApp:
    """What anybody may start who is not signed in, and what costs us much: a database, a hash, a message."""
    if counter is None:
        return app
    costly = frozenset(paths)

    async def layer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or scope["path"].rstrip("/") not in costly:
            await app(scope, receive, send)
            return
        allowance = await counter.hit(f"stranger/{counted_as(client_address(scope))}")
        await limited(app, allowance, scope, receive, send)

    return layer


def limited(
    app: HttpApp, allowance: Allowance, scope: HTTPScope, receive: Receive, send: Send
) -> Awaitable[None]:
    """Goes on if it may, else answers 429. A limit further in that has already spoken keeps its headers."""

    def telling(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and "rate_limit_told" not in scope["state"]:
            scope["state"]["rate_limit_told"] = True
            message["headers"] = [*message.get("headers", ()), *_headers(allowance)]
        return send(message)

    if allowance.granted:
        return app(scope, receive, telling)
    refusal = TooManyRequests(
        f"That is too often. Try again in {allowance.reset_seconds} seconds.",
        retry_after_seconds=allowance.reset_seconds,
    )
    return send_failure(telling, refusal, request_id=request_id(scope))


def _headers(allowance: Allowance) -> Headers:
    return (
        (b"x-ratelimit-limit", b"%d" % allowance.limit),
        (b"x-ratelimit-remaining", b"%d" % allowance.remaining),
        (b"x-ratelimit-reset", b"%d" % allowance.reset_seconds),
    )


@functools.lru_cache(maxsize=4096)
def counted_as(address: str) -> str:
    """An IPv6 line has 2^64 addresses, so its /64 counts as one client."""
    if ":" not in address:
        return address
    try:
        ip = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))
