"""A bounded cache in front of something slow: one question for all who wait, emptied by news."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from studyspot.kernel.telemetry.measures import CACHE

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Remembers what `load` found for a key; None, which says that there is nothing, is not remembered.

    Of more than `size_max` those go that nobody asked for the longest. `ttl_seconds` bounds how old an answer
    may be should news be lost without anybody noticing.
    """

    def __init__(
        self,
        namespace: str,
        load: Callable[[Key], Awaitable[Value | None]],
        *,
        size_max: int,
        ttl_seconds: float,
    ) -> None:
        """`namespace` names it in the metrics."""
        self._hit, self._miss, self._set = ((namespace, outcome) for outcome in ("hit", "miss", "set"))
        self._load = load
        self._size_max = size_max
        self._ttl_seconds = ttl_seconds
        self._remembered: OrderedDict[Key, tuple[Value, float]] = OrderedDict()
        self._loading: dict[Key, asyncio.Task[Value | None]] = {}

    async def get(self, key: Key) -> Value | None:
        known = self._remembered.get(key)
        if known is not None and time.monotonic() - known[1] < self._ttl_seconds:
            CACHE.add(self._hit)
            self._remembered.move_to_end(key)
            return known[0]
        CACHE.add(self._miss)
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        # Shielded: one who stops waiting does not take the answer from the others.
        return await asyncio.shield(task)

    def forget(self, key: Key) -> None:
        """What is being loaded at this moment may be old already: it is handed out, but not remembered."""
        self._remembered.pop(key, None)
        self._loading.pop(key, None)

    def forget_all(self) -> None:
        self._remembered.clear()
        self._loading.clear()

    async def _ask(self, key: Key) -> Value | None:
        asked_at = time.monotonic()
        value = await self._load(key)
        if value is not None and self._loading.get(key) is asyncio.current_task():
            CACHE.add(self._set)
            self._remembered[key] = (value, asked_at)
            if len(self._remembered) > self._size_max:
                self._remembered.popitem(last=False)
        return value

    def _finished(self, key: Key, task: "asyncio.Task[Value | None]") -> None:
        if self._loading.get(key) is task:
            del self._loading[key]
        if not task.cancelled():
            task.exception()  # looked at, so that one nobody waits for any more is not reported as lost
