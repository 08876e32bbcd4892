"""Log lines about requests, written in batches.

One at a time, between two requests, such a line costs a tenth of a request, most of which is code that the
processor has forgotten meanwhile; in a batch it costs a quarter of that. A process that is killed takes the
lines of its last tenth of a second along. A failure is written at once, with all that waits before it.
"""

import asyncio
import contextvars
import logging
import time
from datetime import UTC, datetime
from typing import Any

import structlog

BATCH_SECONDS = 0.1
BATCH_MAX = 1_000


class RequestLines:
    def __init__(self) -> None:
        self._bound: Any = None
        """Bound once for a batch: each bind makes another logger."""
        self._waiting: list[tuple[int, float, dict[str, object]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        """In which a batch is due."""

    def add(self, level: int, facts: dict[str, object]) -> None:
        """What is bound at this moment belongs to the line."""
        if self._bound is None:
            self._bound = structlog.get_logger(__name__).bind()
        if not self._bound.is_enabled_for(level):
            return
        self._waiting.append((level, time.time(), structlog.contextvars.get_contextvars() | facts))
        loop = asyncio.get_running_loop()
        if level >= logging.ERROR or len(self._waiting) >= BATCH_MAX:
            self.flush()
        elif self._loop is not loop:
            self._loop = loop
            loop.call_later(BATCH_SECONDS, self.flush)

    def flush(self) -> None:
        self._loop = None
        waiting, self._waiting = self._waiting, []
        # In a context in which nothing is bound: else a line would be taken for that of the last request.
        contextvars.Context().run(self._write, waiting)

    def _write(self, lines: list[tuple[int, float, dict[str, object]]]) -> None:
        for level, moment, facts in lines:
            at = datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
            self._bound.log(level, "request", timestamp=at, **facts)
        self._bound = None


request_lines = RequestLines()
