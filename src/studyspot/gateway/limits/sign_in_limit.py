"""How often one address may try to sign in to one account: what stops guessing without locking people out.

The account stands in the body, so on these few paths alone it is read here and played back.
"""

import contextlib
import hashlib
from collections.abc import Awaitable, Sequence

import msgspec
from litestar.types import HTTPScope, Receive, ReceiveMessage, Send

from studyspot.gateway.asgi import HttpApp, client_address
from studyspot.gateway.limits.counting import MovingWindows
from studyspot.gateway.limits.probes import is_probe
from studyspot.gateway.limits.rate_limit import counted_as, limited
from studyspot.kernel.errors import BodyTooLarge
from studyspot.kernel.values import Email, Phone

BODY_AT_MOST_BYTES = 64 * 1024
LONGEST_NAME = 320  # an address of RFC 5321: 64 @ 255


class _Attempt(msgspec.Struct):
    email: object = None
    phone: object = None


def sign_in_limit(app: HttpApp, *, counter: MovingWindows | None, paths: Sequence[str]) -> HttpApp:
    if counter is None:
        return app
    sign_in_paths = frozenset(paths)

    async def count_attempt(scope: HTTPScope, receive: Receive, send: Send) -> None:
        body, complete = await _read(receive)
        address = counted_as(client_address(scope))
        allowances = [await counter.hit(_key(address, account)) for account in _accounts(body)]
        strictest = min(allowances, key=lambda one: (one.granted, one.remaining))
        await limited(app, strictest, scope, _playback(body, receive, complete=complete), send)

    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        is_attempt = scope["method"] == "POST" and scope["path"].rstrip("/") in sign_in_paths
        if not is_attempt or is_probe(scope):
            return app(scope, receive, send)
        return count_attempt(scope, receive, send)

    return layer


async def _read(receive: Receive) -> tuple[bytes, bool]:
    """The body, and whether it came to its end: a client that goes away has none."""
    body = b""
    while True:
        message: ReceiveMessage = await receive()
        if message["type"] != "http.request":
            return body, False
        body += message.get("body", b"")
        if len(body) > BODY_AT_MOST_BYTES:
            raise BodyTooLarge(f"Signing in takes at most {BODY_AT_MOST_BYTES} bytes.")
        if not message.get("more_body", False):
            return body, True


def _playback(body: bytes, receive: Receive, *, complete: bool) -> Receive:
    played = not complete

    async def play() -> ReceiveMessage:
        nonlocal played
        if not played:
            played = True
            return {"type": "http.request", "body": body, "more_body": False}
        message: ReceiveMessage = await receive()
        return message

    return play


def _accounts(body: bytes) -> list[str]:
    """Every account that the body names, as the room will read it; attempts that name none count together."""
    try:
        attempt = msgspec.json.decode(body, type=_Attempt)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        attempt = _Attempt()
    named = []
    for given, kind in ((attempt.email, Email), (attempt.phone, Phone)):
        if isinstance(given, str) and given:
            account = given.strip().lower()
            if len(account) <= LONGEST_NAME:
                with contextlib.suppress(ValueError):
                    account = kind.parse(account)
            named.append(account)
    return named or [""]


def _key(address: str, account: str) -> str:
    digest = hashlib.blake2b(account.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"sign-in/{address}/{digest}"
