"""The other end of `calling`: the doors of this process's rooms, as an ASGI app under `/doors/`."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

import msgspec
import structlog
from litestar.types import HTTPScope, Receive, Send

from studyspot.kernel import logs
from studyspot.kernel.contract import contract_methods
from studyspot.kernel.deadline import within
from studyspot.kernel.doors import Method
from studyspot.kernel.errors import BodyTooLarge, Refusal, Unavailable
from studyspot.kernel.messages import Messages, write_refusal
from studyspot.kernel.remote.calling import (
    CALL_BYTES_MAX,
    DIGEST,
    IS_REFUSAL,
    PATH,
)
from studyspot.kernel.remote.signing import SECONDS_LEFT, SIGNATURE, ServiceKeys, Unsigned
from studyspot.kernel.telemetry.tracing import span

log = structlog.get_logger(__name__)
_DIGEST, _SIGNATURE, _SECONDS_LEFT = (name.encode() for name in (DIGEST, SIGNATURE, SECONDS_LEFT))


class NoSuchCall(RuntimeError):
    """The caller speaks another version of the contract, or to the wrong process: a bug, and no refusal that
    it could take for one of the room's.
    """


class Answering:
    """Answers signed calls of these doors; anything else is refused before it is looked at."""

    def __init__(self, keys: ServiceKeys, doors: Iterable[tuple[type, Any]]) -> None:
        self._keys = keys
        self._methods: dict[str, tuple[Method, Messages]] = {
            f"{PATH}{contract.__name__}.{name}": (getattr(door, name), Messages(contract, name))
            for contract, door in doors
            for name in contract_methods(contract)
        }

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except Refusal as refusal:
            await _respond(send, refusal.status, write_refusal(refusal), (IS_REFUSAL.encode(), b"1"))
        except Exception:
            log.exception("call_failed", path=scope["path"])
            await _respond(send, 500, b"")
        else:
            await _respond(send, 200, answer)

    async def _answer(self, scope: HTTPScope, receive: Receive) -> bytes:
        headers = dict(scope["headers"])
        path, digest, seconds = scope["path"], headers.get(_DIGEST, b""), headers.get(_SECONDS_LEFT, b"")
        self._keys.check(headers.get(_SIGNATURE, b"").decode("latin-1"), path.encode(), digest, seconds)
        body = await _whole_body(receive)
        if not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), digest):
            raise Unsigned("The body is not the one that was signed.")
        if path not in self._methods:
            raise NoSuchCall(f"there is no door {path} in this process")
        method, messages = self._methods[path]
        try:
            caller, arguments = messages.read_call(body)
        except msgspec.DecodeError as problem:
            raise NoSuchCall(f"this is no call of {path}") from problem
        logs.bind(request_id=caller.request_id)
        logs.bind_caller(caller)
        async with within(float(seconds)):
            with span("call", scope["headers"]):
                return messages.write_answer(await method(caller, **arguments))


async def _whole_body(receive: Receive) -> bytes:
    parts, length, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Unavailable("The caller went away.")
        parts.append(message["body"])
        length += len(parts[-1])
        if length > CALL_BYTES_MAX:
            raise BodyTooLarge(f"A call carries at most {CALL_BYTES_MAX} bytes.")
        more = message["more_body"]
    return b"".join(parts)


async def _respond(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
