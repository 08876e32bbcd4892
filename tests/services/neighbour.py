"""A room as its neighbour sees it on a bad day: away, or doing something in the very moment."""

from collections.abc import Awaitable, Callable
from typing import Any

from studyspot.kernel.errors import Unavailable


class Neighbour:
    """Passes calls on to a room. Those named in `away` are not answered; `meanwhile` happens once, after the
    first call that is answered.
    """

    def __init__(self, room: object) -> None:
        self._room = room
        self.away: set[str] = set()
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            if name in self.away:
                raise Unavailable("Not now.")
            answer = await getattr(self._room, name)(*args, **kwargs)
            if self.meanwhile is not None:
                happens, self.meanwhile = self.meanwhile, None
                await happens()
            return answer

        return call
