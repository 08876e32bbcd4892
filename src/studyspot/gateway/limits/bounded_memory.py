"""Where `limits` counts when there is no Redis: in this process, in a bounded amount of memory."""

import time
from collections import deque

from limits.aio.storage import MovingWindowSupport, Storage
from limits.errors import StorageError


class _Window:
    __slots__ = ("count", "ends")

    def __init__(self, ends: float) -> None:
        self.count = 0
        self.ends = ends


class BoundedMemory(Storage, MovingWindowSupport):
    """Counts in memory, for one limit, whose windows are equally long: the oldest entry is the first to go.

    `limits` has such a storage, but it walks over all keys on every hit and keeps any number of them.
    """

    STORAGE_SCHEME = None

    def __init__(self, *, keys_at_most: int = 100_000) -> None:
        super().__init__()
        self._keys_at_most = keys_at_most
        self._windows: dict[str, _Window] = {}
        self._moments: dict[str, deque[float]] = {}

    def __len__(self) -> int:
        return len(self._windows) + len(self._moments)

    @property
    def base_exceptions(self) -> type[Exception]:
        return StorageError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self.enter(key, expiry, amount).count

    def enter(self, key: str, expiry: int, amount: int = 1) -> _Window:
        """The window that the hit falls into, with the hit counted."""
        window = self._windows.get(key)
        now = time.time()
        if window is None or window.ends <= now:
            self._windows.pop(key, None)
            self._forget_ended(now)
            window = self._windows[key] = _Window(now + expiry)
        window.count += amount
        return window

    def _forget_ended(self, now: float) -> None:
        """Two out for one in, so that the ended never pile up and no request pays for many."""
        for _ in range(2):
            oldest = next(iter(self._windows), None)
            if oldest is None or (
                self._windows[oldest].ends > now and len(self._windows) < self._keys_at_most
            ):
                return
            del self._windows[oldest]

    async def get(self, key: str) -> int:
        window = self._windows.get(key)
        return window.count if window is not None and window.ends > time.time() else 0

    async def get_expiry(self, key: str) -> float:
        window = self._windows.get(key)
        return window.ends if window is not None else time.time()

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        now = time.time()
        moments = self._moments.pop(key, None) or deque()
        _drop_until(moments, now - expiry)
        granted = len(moments) + amount <= limit
        if granted:
            moments.extend([now] * amount)
        self._forget_idle(now - expiry)
        self._moments[key] = moments
        return granted

    def _forget_idle(self, before: float) -> None:
        for _ in range(2):
            oldest = next(iter(self._moments), None)
            if oldest is None:
                return
            moments = self._moments[oldest]
            if moments and moments[-1] > before and len(self._moments) < self._keys_at_most:
                return
            del self._moments[oldest]

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        del limit
        now = time.time()
        moments = self._moments.get(key, deque())
        _drop_until(moments, now - expiry)
        return (moments[0] if moments else now), len(moments)

    async def check(self) -> bool:
        return True

    async def reset(self) -> int | None:
        size = len(self)
        self._windows.clear()
        self._moments.clear()
        return size

    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)
        self._moments.pop(key, None)


def _drop_until(moments: deque[float], before: float) -> None:
    while moments and moments[0] <= before:
        moments.popleft()
