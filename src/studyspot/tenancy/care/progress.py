"""How far a work on a tenant is, for whoever watches."""

from collections.abc import AsyncIterator, Callable

import msgspec


class Step(msgspec.Struct, frozen=True):
    """What is done at this moment; with how many bytes of how many where that is known."""

    name: str
    bytes_done: int = 0
    bytes_all: int | None = None


Tell = Callable[[Step], None]


def tell_nobody(step: Step) -> None:
    del step


async def counted(
    pieces: AsyncIterator[bytes], name: str, tell: Tell, *, bytes_all: int | None = None
) -> AsyncIterator[bytes]:
    done = 0
    async for piece in pieces:
        done += len(piece)
        tell(Step(name, done, bytes_all))
        yield piece
