"""One id per request: the client's if it looks sane, else a new one; in every header, log line and error."""

import re
from collections.abc import Awaitable

import uuid_utils
from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import HttpApp, adding_headers, header
from studyspot.kernel import logs
from studyspot.kernel.aadhaar import holds_aadhaar

NAME = b"x-request-id"
_looks_sane = re.compile(rb"[A-Za-z0-9._-]{8,64}").fullmatch


def with_request_id(app: HttpApp) -> HttpApp:
    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        value = header(scope, NAME)
        if value is None or not _looks_sane(value) or holds_aadhaar(value.decode()):
            value = uuid_utils.uuid7().hex.encode()
            scope["headers"] = _replaced(scope, value)
        elif len(scope["state"]["header_index"]) != len(list(scope["headers"])):
            scope["headers"] = _replaced(scope, value)  # some header came twice; this one must not
        text = value.decode()
        scope["state"]["request_id"] = text
        logs.bind_anew(request_id=text)  # what is bound here already is about the connection's last request
        return app(scope, receive, adding_headers(send, ((NAME, value),)))

    return layer


def _replaced(scope: HTTPScope, value: bytes) -> list[tuple[bytes, bytes]]:
    return [*(pair for pair in scope["headers"] if pair[0] != NAME), (NAME, value)]
