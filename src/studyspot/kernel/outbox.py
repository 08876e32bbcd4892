"""Messages to people, delivered as files into a folder until the platform has a messaging provider."""

import asyncio
import contextlib
from pathlib import Path

import msgspec

from studyspot.kernel import clock
from studyspot.kernel.ids import new_id
from studyspot.kernel.validation import encode_hook


class Outbox:
    """One JSON file a message, readable by the operator alone: it may hold a one-time code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._under_way: set[asyncio.Future[None]] = set()

    def deliver_later(self, *, to: str, subject: str, text: str) -> None:
        """Does not wait: how long it takes must not tell whether there was anybody to write to."""
        message = {"to": to, "subject": subject, "text": text, "at": clock.now()}
        writing = asyncio.get_running_loop().run_in_executor(
            None, self._write, msgspec.json.encode(message, enc_hook=encode_hook)
        )
        self._under_way.add(writing)
        writing.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Waits for what is being written."""
        if self._under_way:
            with contextlib.suppress(OSError):
                await asyncio.gather(*self._under_way)

    def _write(self, message: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{new_id()}.json"
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_bytes(message)
        draft.rename(path)
