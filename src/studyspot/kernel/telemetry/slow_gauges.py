"""Numbers for which somebody else has to be asked, who must not keep the rest from being told."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from studyspot.kernel.problems import told_with_cause

ASK_SECONDS_MAX = 1.0
log = structlog.get_logger(__name__)


class SlowGauges:
    """Left out when there is no answer in time. One question at a time: those who come meanwhile share it."""

    def __init__(self, ask: Callable[[], Awaitable[dict[str, float]]]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[dict[str, float]] | None = None

    async def read(self) -> dict[str, float]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._answer())
        asking = self._asking
        # Waited for and not cancelled: a driver may take longer over the end than over the question.
        await asyncio.wait({asking}, timeout=ASK_SECONDS_MAX)
        return asking.result() if asking.done() else {}

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking}, timeout=ASK_SECONDS_MAX)

    async def _answer(self) -> dict[str, float]:
        try:
            return await self._ask()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the rest is told
            log.warning("gauges_left_out", problem=told_with_cause(problem))
            return {}
