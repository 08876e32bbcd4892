"""Whether this process lives and can do its work: what it needs is tried, not assumed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import msgspec
import structlog

from studyspot.kernel.problems import told_with_cause

CHECK_SECONDS_MAX = 2.0
REMEMBERED_SECONDS = 1.0
"""So anybody may ask as often as he likes."""
log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[None]]
"""Raises when something that is needed does not work."""


class Checked(msgspec.Struct, frozen=True):
    ok: bool
    duration_ms: float


class Readiness(msgspec.Struct, frozen=True):
    status: Literal["ready", "not_ready"]
    checks: dict[str, Checked]


class Health:
    """Of one process; `name` is that of its service, or of the gateway. What it `can_do_without` is tried
    and told too, but does not make it unready: to send everybody away would be worse.
    """

    def __init__(
        self, name: str, checks: Mapping[str, Check], *, can_do_without: Mapping[str, Check] | None = None
    ) -> None:
        self.name = name
        self.is_draining = False
        """It is about to stop: others should take its place."""
        self._needed = frozenset(checks)
        self._checks = {**checks, **(can_do_without or {})}
        self._trying: asyncio.Task[dict[str, Checked]] | None = None
        self._tried_at = 0.0

    async def readiness(self) -> Readiness:
        """What is wrong is logged here, not told: the answer is for strangers too."""
        now = time.monotonic()
        if self._trying is None or (self._trying.done() and now - self._tried_at >= REMEMBERED_SECONDS):
            self._tried_at = now
            self._trying = asyncio.create_task(self._try_all(), name="readiness")
        # Shielded: one who stops waiting does not take the answer from the others.
        checks = await asyncio.shield(self._trying)
        is_ready = not self.is_draining and all(checks[name].ok for name in self._needed)
        return Readiness("ready" if is_ready else "not_ready", checks)

    async def _try_all(self) -> dict[str, Checked]:
        checked = await asyncio.gather(*(self._check(name, check) for name, check in self._checks.items()))
        return dict(zip(self._checks, checked, strict=True))

    async def _check(self, name: str, check: Check) -> Checked:
        began, ok = time.perf_counter(), True
        try:
            async with asyncio.timeout(CHECK_SECONDS_MAX):
                await check()
        except Exception as problem:  # noqa: BLE001 - whatever it is, it does not work
            ok = False
            log.warning("not_ready", check=name, problem=told_with_cause(problem))
        return Checked(ok, round((time.perf_counter() - began) * 1000, 2))
