"""How much a request may carry. A length that is announced is refused at once, one that is not is counted; a
body that breaks off is the client's fault and not ours.

Nothing is kept here: pieces are counted as the room reads them.
"""

from collections.abc import Awaitable, Sequence

from litestar.types import HTTPScope, Message, Receive, ReceiveMessage, Send

from studyspot.gateway.asgi import HttpApp, header
from studyspot.kernel.errors import BodyTooLarge, ValidationFailed

DIGITS_AT_MOST = 18


def body_limit(
    app: HttpApp, *, limit_bytes: int, upload_limit_bytes: int, upload_paths: Sequence[str]
) -> HttpApp:
    uploads = tuple(upload_paths)

    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        announced = header(scope, b"content-length")
        if (
            announced is None
            and header(scope, b"transfer-encoding") is None
            and scope["http_version"] == "1.1"
        ):
            return app(scope, receive, send)  # RFC 9112 §6.3: then there is no body
        limit = upload_limit_bytes if scope["path"].endswith(uploads) else limit_bytes
        if announced is None:
            return _counting(app, limit, scope, receive, send)
        if not announced.isdigit():
            raise ValidationFailed("The Content-Length header is not a number.")
        if len(announced) > DIGITS_AT_MOST or int(announced) > limit:
            raise _too_large(limit)
        # The server holds the client to what it announced (RFC 9112 §6.3): nothing to count.
        return app(scope, _ending_at(int(announced), receive), send)

    return layer


def _ending_at(length: int, receive: Receive) -> Receive:
    """Says of the last piece that it is; servers say so with an empty one, which is one more to wait for."""
    missing = length

    async def received() -> ReceiveMessage:
        nonlocal missing
        message: ReceiveMessage = await receive()
        if message["type"] == "http.request":
            missing -= len(message.get("body", b""))
            if missing <= 0:
                message["more_body"] = False
        elif missing > 0:
            raise _broken_off()
        return message

    return received


def unbroken(receive: Receive) -> Receive:
    """:raises ValidationFailed: when the client goes away before the last piece."""
    ended = False

    async def received() -> ReceiveMessage:
        nonlocal ended
        message: ReceiveMessage = await receive()
        if message["type"] == "http.request":
            ended = not message.get("more_body", False)
        elif not ended:
            raise _broken_off()
        return message

    return received


async def _counting(app: HttpApp, limit: int, scope: HTTPScope, receive: Receive, send: Send) -> None:
    """The room may turn our refusal into an answer of its own; that answer is dropped, and ours given."""
    received = 0
    started = False
    piece = unbroken(receive)

    async def counted() -> ReceiveMessage:
        nonlocal received
        message: ReceiveMessage = await piece()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
        return message

    async def unless_refused(message: Message) -> None:
        nonlocal started
        if received <= limit or started:
            started = True
            await send(message)

    try:
        await app(scope, counted, unless_refused)
    except Exception:
        if received <= limit:
            raise
    if received > limit:
        raise _too_large(limit)


def _broken_off() -> ValidationFailed:
    return ValidationFailed("The body broke off before its end.")


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body may hold at most {limit} bytes. Send less, or in several requests.")
