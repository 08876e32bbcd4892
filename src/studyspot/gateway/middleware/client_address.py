"""Who is really asking: believes `X-Forwarded-For` and `-Proto` only as far as our own proxies wrote them.

The list is walked from the right: each hop vouches for the one to its left, until one is not ours.
"""

import functools
import ipaddress
from collections.abc import Awaitable, Callable, Sequence

from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import HttpApp, client_address, header

LONGEST_LIST = 2048  # bytes; more hops than any real way has


def true_client_address(app: HttpApp, *, trusted_proxies: Sequence[str]) -> HttpApp:
    """:raises ValueError: one of `trusted_proxies` is no network."""
    if not trusted_proxies:
        return app
    is_ours = _membership(trusted_proxies)

    @functools.lru_cache(maxsize=4096)
    def true_client(nearest: str, forwarded_for: bytes) -> tuple[str, int]:
        return _furthest_believable(nearest, forwarded_for, is_ours), 0

    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        nearest = client_address(scope)
        if is_ours(nearest):
            if header(scope, b"x-forwarded-for") is not None:
                lists = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
                scope["client"] = true_client(nearest, b",".join(lists)[-LONGEST_LIST:])
            proto = header(scope, b"x-forwarded-proto")
            if proto is not None:
                scope["scheme"] = "https" if proto.rpartition(b",")[2].strip() == b"https" else "http"
        return app(scope, receive, send)

    return layer


def _membership(networks: Sequence[str]) -> Callable[[str], bool]:
    parsed = [ipaddress.ip_network(network) for network in networks]

    @functools.lru_cache(maxsize=1024)
    def is_ours(address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(ip, "ipv4_mapped", None)
        return any((mapped or ip) in network for network in parsed)

    return is_ours


def _furthest_believable(nearest: str, forwarded_for: bytes, is_ours: Callable[[str], bool]) -> str:
    hops = forwarded_for.decode("latin-1").split(",")
    believed = nearest
    for hop in reversed(hops):
        address = _bare_address(hop.strip())
        if address is None:
            break
        believed = address
        if not is_ours(address):
            break
    return believed


def _bare_address(hop: str) -> str | None:
    """Some proxies write the port too: `203.0.113.9:4711`, `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ipaddress.ip_address(hop))
    except ValueError:
        return None
