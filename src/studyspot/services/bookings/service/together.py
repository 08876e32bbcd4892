"""Many things of one tenant, a few at a time: a tenant has only its share of the connections."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

AT_ONCE = 4
Done = TypeVar("Done")


async def a_few_at_once(jobs: Sequence[Callable[[], Awaitable[Done]]]) -> list[Done]:
    """What each of them came to, in their order. One that fails keeps none of the others from being done."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def in_turn(job: Callable[[], Awaitable[Done]]) -> Done:
        async with turn:
            return await job()

    ended = await asyncio.gather(*map(in_turn, jobs), return_exceptions=True)
    done = []
    for one in ended:
        if isinstance(one, BaseException):
            raise one
        done.append(one)
    return done
