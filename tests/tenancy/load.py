"""People at work on a tenant while something is done to its database."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from studyspot.kernel.errors import Unavailable
from tests.tenancy.ward import Ward


class Load:
    """What was acknowledged, and what was refused. A read that fails, fails the test."""

    def __init__(self, ward: Ward, *, writers: int = 3) -> None:
        self._ward = ward
        self._writers = writers
        self.acknowledged: list[str] = []
        self.refused: list[Unavailable] = []
        self.read_seconds: list[float] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        over = asyncio.Event()
        people = [asyncio.create_task(self._write(over, f"{name}_")) for name in range(self._writers)]
        people += [asyncio.create_task(self._read(over)) for _ in range(3)]
        try:
            await asyncio.sleep(0.3)
            yield
            await asyncio.sleep(0.3)
        finally:
            over.set()
            await asyncio.gather(*people)

    async def _write(self, over: asyncio.Event, name: str) -> None:
        number = 0
        while not over.is_set():
            number += 1
            note = f"{name}{number:06}"
            try:
                await self._ward.write(note)
                self.acknowledged.append(note)
            except Unavailable as refusal:
                self.refused.append(refusal)
            await asyncio.sleep(0.005)

    async def _read(self, over: asyncio.Event) -> None:
        while not over.is_set():
            began = time.monotonic()
            assert "first" in await self._ward.notes()
            self.read_seconds.append(time.monotonic() - began)
            await asyncio.sleep(0.005)
