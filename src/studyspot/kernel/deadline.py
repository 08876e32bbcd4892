"""How long the request that is being served may still take: whoever asks somebody else passes the rest on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextvars import ContextVar, Token

from studyspot.kernel.errors import DeadlineExceeded

_moment: ContextVar[float | None] = ContextVar("deadline", default=None)


def set_deadline(moment: float) -> Token[float | None]:
    """Until `clear_deadline`; `moment` is of `time.monotonic()`."""
    return _moment.set(moment)


def clear_deadline(token: Token[float | None]) -> None:
    _moment.reset(token)


def seconds_left(at_most: float) -> float:
    """What is left of the request's time, never more than `at_most`; zero or less when it is over."""
    moment = _moment.get()
    return at_most if moment is None else min(at_most, moment - time.monotonic())


def too_late() -> DeadlineExceeded:
    return DeadlineExceeded("This took too long and was stopped. Try again, or ask for less.")


@contextlib.asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Ends what is inside after that time.

    :raises DeadlineExceeded: when it did.
    """
    token = _moment.set(time.monotonic() + seconds)
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise too_late() from None
    finally:
        _moment.reset(token)
