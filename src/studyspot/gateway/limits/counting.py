"""Counts hits with `limits`: in Redis where there is one, else (or while it is down) in this process."""

import asyncio
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from typing import Any, NamedTuple

import limits
import structlog
from limits.aio.storage import RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from studyspot.gateway.limits.bounded_memory import BoundedMemory

log = structlog.get_logger(__name__)
REDIS_PATIENCE_SECONDS = 0.25
REDIS_PAUSE_SECONDS = 5.0
WARNING_EVERY_SECONDS = 60.0


class Allowance(NamedTuple):
    granted: bool
    limit: int
    remaining: int
    reset_seconds: int


class HitCounter(ABC):
    """One limit, such as "100/minute", for any number of keys.

    While Redis does not answer, requests go on and are counted here: a limit per process, better than none.
    """

    def __init__(self, *, limit: str, redis_url: str | None) -> None:
        self.item = limits.parse(limit)
        self._here: Storage = BoundedMemory()
        self._shared = _redis(redis_url) if redis_url else None
        self._redis_rests_until = 0.0
        self._warn_after = 0.0

    def hit(self, key: str) -> Awaitable[Allowance]:
        if self._shared is None or time.monotonic() < self._redis_rests_until:
            return self._hit(self._here, key)
        return self._hit_shared(self._shared, key)

    async def _hit_shared(self, storage: Storage, key: str) -> Allowance:
        try:
            async with asyncio.timeout(REDIS_PATIENCE_SECONDS):  # with all tries that its client makes
                return await self._hit(storage, key)
        except (StorageError, OSError) as problem:
            self._leave_redis_alone(problem)
        return await self._hit(self._here, key)

    @abstractmethod
    async def _hit(self, storage: Storage, key: str) -> Allowance: ...

    async def close(self) -> None:
        if self._shared is not None:
            bridge: Any = self._shared.bridge
            await bridge.get_connection().aclose()

    def _leave_redis_alone(self, problem: Exception) -> None:
        now = time.monotonic()
        self._redis_rests_until = now + REDIS_PAUSE_SECONDS
        if now >= self._warn_after:
            self._warn_after = now + WARNING_EVERY_SECONDS
            log.warning("limits_without_redis", problem=type(problem).__name__)


class FixedWindows(HitCounter):
    """Cheap: what `limits`' strategy of that name does, without the two more looks that it takes."""

    async def _hit(self, storage: Storage, key: str) -> Allowance:
        window_seconds = self.item.get_expiry()
        if isinstance(storage, BoundedMemory):
            window = storage.enter(key, window_seconds)
            count, reset_at = window.count, window.ends
        else:
            count = await storage.incr(key, window_seconds)
            reset_at = await storage.get_expiry(key)
        limit = self.item.amount
        return Allowance(
            count <= limit, limit, max(limit - count, 0), max(math.ceil(reset_at - time.time()), 1)
        )


class MovingWindows(HitCounter):
    """Exact at every moment, and keeps each of them: for limits of few hits."""

    async def _hit(self, storage: Storage, key: str) -> Allowance:
        limiter = MovingWindowRateLimiter(storage)
        granted = await limiter.hit(self.item, key)
        reset_at, remaining = await limiter.get_window_stats(self.item, key)
        return Allowance(granted, self.item.amount, remaining, max(math.ceil(reset_at - time.time()), 1))


async def redis_answers(address: str) -> None:
    """:raises redis.RedisError: when it does not."""
    bridge: Any = _redis(address).bridge
    client = bridge.get_connection()
    try:
        await client.ping()
    finally:
        await client.aclose()


def _redis(address: str) -> RedisStorage:
    return RedisStorage(
        address,
        implementation="redispy",
        wrap_exceptions=True,
        key_prefix="studyspot:limits",
        socket_timeout=REDIS_PATIENCE_SECONDS,
        socket_connect_timeout=REDIS_PATIENCE_SECONDS,
    )
