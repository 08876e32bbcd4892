"""The JSON response of every room: Litestar's own also does cookies, media types and background tasks."""

from typing import Any

import msgspec
from litestar import Response
from litestar.types import ASGIApp, Receive, Scope, Send

from studyspot.kernel.validation import encode_hook

_encode = msgspec.json.Encoder(enc_hook=encode_hook).encode
NO_CONTENT = 204


class JsonResponse(Response[Any]):
    """Encodes and sends in one step, which is a tenth of a small request."""

    def to_asgi_response(self, *_: object, **__: object) -> ASGIApp:  # type: ignore[override]
        return _sent(self.content, self.status_code or 200, self.headers)


def _sent(content: Any, status: int, headers: dict[str, str]) -> ASGIApp:
    body = b"" if status == NO_CONTENT else _encode(content)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if status != NO_CONTENT:
        raw += ((b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)))

    async def send_all(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return send_all
