"""A small contract, a room that keeps it, and the way from one to the other through a socket."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import msgspec

from studyspot.gateway.middleware.http_only import http_only
from studyspot.kernel.contract import Caller, repeatable
from studyspot.kernel.deadline import seconds_left
from studyspot.kernel.doors import open_door
from studyspot.kernel.errors import Conflict
from studyspot.kernel.remote.answering import Answering
from studyspot.kernel.remote.calling import Remote
from studyspot.kernel.remote.instances import Instances
from studyspot.kernel.remote.signing import ServiceKeys
from studyspot.kernel.switches import Switches
from studyspot.kernel.values import Phone
from tests.wire.serving import KEY, Street


class ShelfFull(Conflict):
    code = "SHELF_FULL"


class Book(msgspec.Struct, frozen=True):
    id: UUID
    title: str
    owner_phone: Phone | None = None
    lent_at: datetime | None = None


class BookChange(msgspec.Struct, frozen=True):
    title: str | msgspec.UnsetType = msgspec.UNSET
    owner_phone: Phone | msgspec.UnsetType | None = msgspec.UNSET


class Shelf(Protocol):
    async def put(self, caller: Caller, *, book: Book, twice: bool = False) -> Book:
        """Puts a book there."""
        ...

    async def change(self, caller: Caller, *, change: BookChange) -> BookChange:
        """Changes what is given."""
        ...

    @repeatable
    async def look(self, caller: Caller) -> int:
        """How many there are."""
        ...

    async def linger(self, caller: Caller, *, seconds: float) -> float:
        """Takes so long; says how much longer it might have taken."""
        ...

    async def refuse(self, caller: Caller) -> None:
        """Never agrees."""
        ...


class WoodenShelf:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.put_by: list[Caller] = []
        self.books: list[Book] = []
        self.changes: list[BookChange] = []
        self.refusal: BaseException = ShelfFull("Take one out first.")
        self.cancelled = asyncio.Event()

    async def put(self, caller: Caller, *, book: Book, twice: bool = False) -> Book:
        self.calls.append("put")
        self.put_by.append(caller)
        self.books += [book] * (2 if twice else 1)
        return book

    async def change(self, caller: Caller, *, change: BookChange) -> BookChange:
        self.calls.append("change")
        self.changes.append(change)
        return change

    async def look(self, caller: Caller) -> int:
        self.calls.append("look")
        return len(self.books)

    async def linger(self, caller: Caller, *, seconds: float) -> float:
        self.calls.append("linger")
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return seconds_left(1000)

    async def refuse(self, caller: Caller) -> None:
        self.calls.append("refuse")
        raise self.refusal


BOOK = Book(
    uuid4(), "Quiet \N{BOOKS}", Phone("+919876543210"), datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
)


class Wire:
    """Shelves behind sockets, and doors to them."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.remote = Remote(ServiceKeys([KEY]))
        self.switches = Switches()
        self.came_from: list[Any] = []

    async def serve(self, shelf: WoodenShelf, keys: ServiceKeys | None = None) -> str:
        answering = Answering(keys or ServiceKeys([KEY]), [(Shelf, open_door(Shelf, shelf))])

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            self.came_from.append(scope["client"])
            await answering(scope, receive, send)

        return await self.street.serve(http_only(noting, at_stop=[]))

    def door(self, *urls: str, remote: Remote | None = None) -> Shelf:
        return (remote or self.remote).door(Shelf, Instances("shelf", urls), self.switches)
