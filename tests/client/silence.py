"""A server that hears what is said and does not answer, or says only the beginning."""

import asyncio
from typing import Any, Self

import httpx2

from studyspot.client import AsyncStudySpot


class Silence:
    """It hangs up when it has heard and said enough, or never does."""

    def __init__(self, *, hangs_up: bool = True, says: bytes = b"") -> None:
        self._hangs_up = hangs_up
        self._says = says
        self._writers: list[asyncio.StreamWriter] = []
        self.heard: list[str] = []

    def client(self, **options: Any) -> AsyncStudySpot:
        # With a transport of its own it does not look for a proxy.
        return AsyncStudySpot(self._url, transport=httpx2.AsyncHTTPTransport(), **options)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._listen, "127.0.0.1", 0)
        self._url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        said = await reader.readuntil(b"\r\n\r\n")
        self.heard.append(said.decode().partition(" ")[0])
        writer.write(self._says)
        await writer.drain()
        if self._hangs_up:
            writer.close()
