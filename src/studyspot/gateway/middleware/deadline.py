"""No request takes longer than its time: 504, or a cut connection once the response has begun.

All requests get the same time, so they run out in the order in which they came, and one timer, set for the
oldest, serves them all: a timer each would cost more than most other layers together.
"""

import asyncio
import time
from typing import Any

from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import HttpApp
from studyspot.kernel.deadline import clear_deadline, set_deadline, too_late


class _Running:
    __slots__ = ("cancelled_before", "deadline", "overdue", "task")

    def __init__(self, task: asyncio.Task[Any], deadline: float) -> None:
        self.task = task
        self.deadline = deadline
        self.cancelled_before = task.cancelling()
        self.overdue = False


class _Queue:
    def __init__(self) -> None:
        self.running: dict[_Running, None] = {}
        self._armed_on: asyncio.AbstractEventLoop | None = None

    def add(self, one: _Running) -> None:
        self.running[one] = None
        loop = asyncio.get_running_loop()
        if self._armed_on is not loop:
            self._arm(loop, one.deadline)

    def _arm(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        self._armed_on = loop
        loop.call_later(max(deadline - time.monotonic(), 0), self._cut_overdue, loop)

    def _cut_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        self._armed_on = None
        now = time.monotonic()
        for one in [*self.running]:
            if one.deadline > now:
                self._arm(loop, one.deadline)
                return
            del self.running[one]
            one.overdue = True
            one.task.cancel()


def deadline(app: HttpApp, *, seconds: float) -> HttpApp:
    queue = _Queue()

    async def layer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("the server runs requests outside of tasks, so none could be stopped")
        one = _Running(task, time.monotonic() + seconds)
        told = set_deadline(one.deadline)
        queue.add(one)
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if not one.overdue or task.uncancel() > one.cancelled_before:
                raise
            raise too_late() from None
        finally:
            clear_deadline(told)
            queue.running.pop(one, None)

    return layer
