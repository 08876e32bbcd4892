"""Passwords: argon2id off the event loop and bounded, because one hash is 19 MiB and 30 ms of a core.

Numbers: OWASP Password Storage Cheat Sheet (m=19456 KiB, t=2, p=1).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2

from studyspot.kernel.errors import Unavailable

Result = TypeVar("Result")
WAITING_MAX = 200


class PasswordHasher:
    """Hashes and checks in a few threads; more waiting than `WAITING_MAX` is refused, not queued."""

    def __init__(self, *, threads: int = 2) -> None:
        self._argon2 = argon2.PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._waiting = 0
        # Checked when there is no account, so that an unknown address costs the same time as a known one.
        self._nobody = self._argon2.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        return await self._run(self._argon2.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """True when it matches. `hashed` None stands for "no such account" and costs the same."""
        matches = await self._run(self._matches, hashed or self._nobody, password)
        return matches and hashed is not None

    def needs_rehash(self, hashed: str) -> bool:
        return self._argon2.check_needs_rehash(hashed)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._argon2.verify(hashed, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    async def _run(self, function: Callable[..., Result], *arguments: object) -> Result:
        if self._waiting >= WAITING_MAX:
            raise Unavailable("Too many sign-ins at this moment. Try again shortly.", retry_after_seconds=3)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        finally:
            self._waiting -= 1
