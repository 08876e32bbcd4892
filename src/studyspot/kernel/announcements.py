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
from studyspot.kernel.problems import told_with_cause

CHANNEL = "studyspot"
RECONNECT_SECONDS = 0.2
HEARTBEAT_SECONDS = 5.0
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

    async def check(self) -> None:
        """:raises Unavailable: when news would not arrive at this moment."""
        if not self._listening.is_set():
            raise Unavailable("The control database's news do not arrive.")

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_until_lost()
            except Unavailable as problem:
                log.warning("announcements_lost", problem=told_with_cause(problem))
            except Exception:
                # Whatever it was, a process that no longer hears of suspensions must not go on for ever.
                log.exception("announcements_lost")
            self._tell_everybody()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_until_lost(self) -> None:
        """:raises Unavailable: when there is no connection, or when it ends."""
        lost = asyncio.Event()
        connection = await connect(self._dsn, timeout_seconds=5, application_name="studyspot announcements")
        try:
            await connection.listen(CHANNEL, self._hear, lost.set)
            self._tell_everybody()
            self._listening.set()
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await lost.wait()
                # A network that went silent closes nothing: only an answer proves that news would arrive.
                await connection.ping()
        finally:
            self._listening.clear()
            await connection.close()

    def _hear(self, payload: str) -> None:
        topic, _space, subject = payload.partition(" ")
        for listener in self._listeners[topic]:
            listener(subject)

    def _tell_everybody(self) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener(None)
