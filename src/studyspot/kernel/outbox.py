"""Messages to people, delivered as files into a folder until the platform has a messaging provider."""

import asyncio
import contextlib
from collections.abc import Collection, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import structlog

from studyspot.kernel import clock
from studyspot.kernel.ids import new_id
from studyspot.kernel.problems import told_with_cause
from studyspot.kernel.validation import encode_hook


class _Addressed(msgspec.Struct):
    to: str


log = structlog.get_logger(__name__)


class Outbox:
    """One JSON file a message, readable by the operator alone: it may hold a one-time code.

    Nobody waits for it: how long it takes must not tell whether there was anybody to write to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._under_way: set[asyncio.Task[None]] = set()

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs what leads to a message, or to none."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def deliver(self, *, to: str, subject: str, text: str) -> None:
        message = {"to": to, "subject": subject, "text": text, "at": clock.now()}
        encoded = msgspec.json.encode(message, enc_hook=encode_hook)
        self.soon(asyncio.to_thread(self._write, encoded))

    async def remove(self, addresses: Collection[str | None]) -> None:
        """What was written to one of these."""
        await asyncio.to_thread(self._remove, addresses)

    async def close(self) -> None:
        """Waits for what is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("message_not_delivered", problem=told_with_cause(problem))

    def _remove(self, addresses: Collection[str | None]) -> None:
        for path in self._folder.glob("*.json"):
            with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
                if msgspec.json.decode(path.read_bytes(), type=_Addressed).to in addresses:
                    path.unlink()

    def _write(self, message: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{new_id()}.json"
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_bytes(message)
        draft.rename(path)
