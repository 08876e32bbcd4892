"""Refuses what no honest client sends: control characters or broken percent signs in an address, bytes that
are no text, headers by the hundred, methods in lower case.

PostgreSQL takes no NUL in a text, and a log no line break: neither gets as far as that.
"""

import re
import urllib.parse
from collections.abc import Awaitable

from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import HttpApp
from studyspot.kernel.errors import Fault, Refusal, ValidationFailed

FAULTS_AT_MOST = 20
HEADERS_AT_MOST = 80
"""Servers take a hundred; between processes some of ours are added."""
_bad_or_not_ascii = re.compile(r"%(?![2-6][0-9a-fA-F]|7[0-9a-eA-E])").search
_broken_percent = re.compile(rb"%(?![0-9a-fA-F]{2})").search
_control = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class NoSuchMethod(Refusal):
    """RFC 9110 §9.1: methods are case-sensitive, and CONNECT is for proxies."""

    status = 501
    code = "NO_SUCH_METHOD"


class TooManyHeaders(Refusal):
    status = 431  # RFC 6585 §5
    code = "TOO_MANY_HEADERS"


def well_formed(app: HttpApp) -> HttpApp:
    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        if len(list(scope["headers"])) > HEADERS_AT_MOST:
            raise TooManyHeaders(f"Send at most {HEADERS_AT_MOST} headers.")
        if not scope["method"].isupper() or scope["method"] == "CONNECT":
            raise NoSuchMethod("There is no such method. Write methods in capitals.")
        query = scope["query_string"]
        if query:
            text = query.decode("latin-1")
            plain = text.isascii() and text.isprintable() and not ("%" in text and _bad_or_not_ascii(text))
            if not plain and (faults := _faults(query)):
                raise ValidationFailed("Some parameters need correction.", details=faults)
        if not scope["path"].isprintable() and _control.search(scope["path"]):
            raise ValidationFailed("The address holds control characters; send it without them.")
        return app(scope, receive, send)

    return layer


def _faults(query: bytes) -> list[Fault]:
    faults = []
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if problem := _problem(name) or _problem(value):
            message, code = problem
            faults.append(Fault(_presentable(name), message, code))
            if len(faults) == FAULTS_AT_MOST:
                break
    return faults


def _problem(part: bytes) -> tuple[str, str] | None:
    if _broken_percent(part):
        return "Write a percent sign as %25.", "invalid_encoding"
    try:
        text = urllib.parse.unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        return "Send text in UTF-8.", "invalid_encoding"
    return ("Send text without control characters.", "control_character") if _control.search(text) else None


def _presentable(name: bytes) -> str:
    text = urllib.parse.unquote_to_bytes(name).decode(errors="replace")
    return _control.sub("\N{REPLACEMENT CHARACTER}", text)[:100]
