"""gzip for what gets smaller by it. Streams stay streams; big bodies are pressed outside the event loop."""

import asyncio
import functools
import re
import zlib
from collections.abc import Awaitable
from typing import Any

from litestar.types import HTTPScope, Message, Receive, Send

from studyspot.gateway.asgi import HttpApp, header

SMALLEST_BYTES = 1024
FEW_DIGITS = 4
OFF_THE_LOOP_BYTES = 256 * 1024
LEVEL = 4  # JSON: within a few percent of level 6 in size, in half its time
GZIP_WINDOW = 16 + zlib.MAX_WBITS
BODILESS = frozenset({204, 206, 304})  # 206: a range counts bytes of the plain form

_compressible = functools.lru_cache(maxsize=256)(
    re.compile(
        rb"\s*(?:text/(?!event-stream)|image/svg\+xml|application/(?:json|javascript|xml|yaml|[\w.-]+\+(?:json|xml))\b)",
        re.IGNORECASE,
    ).match
)


def compression(app: HttpApp) -> HttpApp:
    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        accepted = header(scope, b"accept-encoding")
        wanted = bool(accepted and _accepts_gzip(accepted)) and scope["method"] != "HEAD"
        return app(scope, receive, _Compressor(send, wanted=wanted))

    return layer


def _may_pay(announced: bytes | None) -> bool:
    return announced is None or len(announced) > FEW_DIGITS or int(announced) >= SMALLEST_BYTES


@functools.lru_cache(maxsize=256)
def _accepts_gzip(accepted: bytes) -> bool:
    """RFC 9110 §12.5.3: `q=0` means no; what is not named goes by `*`."""
    qualities = {}
    for choice in accepted.decode("latin-1").lower().split(","):
        coding, _, parameter = choice.partition(";")
        try:
            qualities[coding.strip()] = float(parameter.partition("=")[2]) if parameter.strip() else 1.0
        except ValueError:
            qualities[coding.strip()] = 0.0
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0))) > 0


class _Compressor:
    """A `send`. Keeps the start of a response back until the first piece shows whether it pays."""

    __slots__ = ("_gzip", "_held", "_send", "_wanted")

    def __init__(self, send: Send, *, wanted: bool) -> None:
        self._send = send
        self._wanted = wanted
        self._held: Any = None
        self._gzip: Any = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message.get("headers", ()))
            if (
                message["status"] in BODILESS
                or b"content-encoding" in headers
                or not _compressible(headers.get(b"content-type", b""))
            ):
                await self._send(message)
            elif self._wanted and _may_pay(headers.get(b"content-length")):
                self._held = message
            else:
                message["headers"] = [*message["headers"], (b"vary", b"Accept-Encoding")]
                await self._send(message)
        elif message["type"] != "http.response.body":
            await self._release()
            await self._send(message)
        elif self._held is None and self._gzip is None:
            await self._send(message)
        else:
            await self._send_piece(message)

    async def _send_piece(self, message: Any) -> None:
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._gzip is None:
            if not more and len(body) < SMALLEST_BYTES:
                await self._release()
                await self._send(message)
                return
            self._gzip = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
            self._held["headers"] = [
                pair for pair in self._held["headers"] if pair[0] not in {b"content-length", b"accept-ranges"}
            ] + [(b"content-encoding", b"gzip")]
            if more:
                await self._release()
        flush = zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH
        if len(body) > OFF_THE_LOOP_BYTES:
            packed = await asyncio.to_thread(_press, self._gzip, body, flush)
        else:
            packed = _press(self._gzip, body, flush)
        if self._held is not None:
            self._held["headers"].append((b"content-length", str(len(packed)).encode()))
            await self._release()
        await self._send({"type": "http.response.body", "body": packed, "more_body": more})

    async def _release(self) -> None:
        if self._held is not None:
            start, self._held = self._held, None
            start["headers"] = [*start["headers"], (b"vary", b"Accept-Encoding")]
            await self._send(start)


def _press(gzip: Any, body: bytes, flush: int) -> bytes:
    packed: bytes = gzip.compress(body) + gzip.flush(flush)
    return packed
