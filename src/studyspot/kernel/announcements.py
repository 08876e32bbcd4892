"""News for every process within a second: PostgreSQL LISTEN/NOTIFY on the control database.

News is a hint to drop something cached, never the truth itself; after a lost connection everybody is told to
drop all of it, because what was announced meanwhile is unknown.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable

import structlog

from studyspot.kernel.database import Connection, connect
from studyspot.kernel.errors import Unavailable

CHANNEL = "studyspot"
RECONNECT_SECONDS = 0.5
log = structlog.get_logger(__name__)

Listener = Callable[[str | None], None]
"""Called with the subject that changed, or None when everything may have."""


async def announce(tx: Connection, topic: str, subject: str) -> None:
    """Delivered when `tx` commits, never when it rolls back. `subject` is an id, never data."""
    await tx.run("SELECT pg_notify($1, $2)", CHANNEL, f"{topic} {subject}")


class Announcements:
    """Listens on a connection of its own and tells the listeners of a topic."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._listeners[topic].append(listener)

    async def open(self) -> None:
        self._task = asyncio.create_task(self._listen(), name="announcements")
        async with asyncio.timeout(10):
            await self._listening.wait()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        while True:
            connection = None
            try:
                connection = await connect(self._dsn, application_name="studyspot announcements")
                lost = asyncio.Event()
                connection.raw.add_termination_listener(lambda _, lost=lost: lost.set())
                await connection.raw.add_listener(CHANNEL, self._hear)
                self._tell_everybody()
                self._listening.set()
                await lost.wait()
            except Unavailable:
                pass
            finally:
                if connection is not None:
                    await connection.close()
            log.warning("announcements_lost")
            self._tell_everybody()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _hear(self, _: object, __: int, ___: str, payload: object) -> None:
        topic, _space, subject = str(payload).partition(" ")
        for listener in self._listeners[topic]:
            listener(subject)

    def _tell_everybody(self) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener(None)
