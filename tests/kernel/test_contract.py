"""Doors: what a call through either transport keeps, and what it refuses."""

from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import msgspec
import pytest

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller, system, tenant_of
from studyspot.kernel.doors import CallInsideTransaction, Direct, Loopback, Transport, open_door
from studyspot.kernel.errors import Conflict, Fault, Forbidden, Refusal, TooManyRequests
from studyspot.kernel.messages import message_types, read_refusal, write_refusal
from studyspot.kernel.values import Phone


class ShelfFull(Conflict):
    code = "SHELF_FULL"


class Book(msgspec.Struct, frozen=True):
    id: UUID
    title: str
    owner_phone: Phone | None = None
    lent_at: datetime | None = None


class Shelf(Protocol):
    async def put(self, caller: Caller, *, book: Book, twice: bool = False) -> Book:
        """Puts a book there."""
        ...

    async def refuse(self, caller: Caller) -> None:
        """Never agrees."""
        ...


class WoodenShelf:
    def __init__(self) -> None:
        self.put_by: list[Caller] = []
        self.refusal: Exception = ShelfFull("Take one out first.")
        self.answer: Any = None

    async def put(self, caller: Caller, *, book: Book, twice: bool = False) -> Book:
        self.put_by += [caller] * (2 if twice else 1)
        return self.answer or book

    async def refuse(self, caller: Caller) -> None:
        raise self.refusal


each_transport = pytest.mark.parametrize("transport", [Direct(), Loopback()], ids=["direct", "loopback"])
BOOK = Book(uuid4(), "Quiet", Phone("+919876543210"), datetime(2026, 1, 2, tzinfo=UTC))


@each_transport
async def test_values_and_the_caller_arrive_as_they_were(transport: Transport):
    shelf = WoodenShelf()
    caller = msgspec.structs.replace(system(), tenant_id=uuid4(), request_id="r1", names_tenant=True)

    answer = await open_door(Shelf, shelf, transport).put(caller, book=BOOK, twice=True)

    assert answer == BOOK
    assert isinstance(answer.owner_phone, Phone)
    assert shelf.put_by == [caller, caller]


@each_transport
async def test_a_refusal_comes_back_as_itself(transport: Transport):
    shelf = WoodenShelf()
    shelf.refusal = ShelfFull(
        "Take one out first.", details=[Fault("book", "Too thick.", "too_thick")], retry_after_seconds=7
    )

    with pytest.raises(ShelfFull) as raised:
        await open_door(Shelf, shelf, transport).refuse(system())

    assert (raised.value.status, raised.value.code) == (409, "SHELF_FULL")
    assert raised.value.message == "Take one out first."
    assert raised.value.details == (Fault("book", "Too thick.", "too_thick"),)
    assert raised.value.retry_after_seconds == 7


@each_transport
async def test_a_bug_is_no_refusal(transport: Transport):
    shelf = WoodenShelf()
    shelf.refusal = ZeroDivisionError()

    with pytest.raises(ZeroDivisionError):
        await open_door(Shelf, shelf, transport).refuse(system())


@each_transport
async def test_a_call_while_a_transaction_is_open_is_a_bug(transport: Transport, platform: Platform):
    shelf = WoodenShelf()
    door = open_door(Shelf, shelf, transport)

    async with platform.control.transaction():
        with pytest.raises(CallInsideTransaction, match=r"Shelf\.put"):
            await door.put(system(), book=BOOK)
    await door.put(system(), book=BOOK)

    assert len(shelf.put_by) == 1


async def test_a_connection_without_a_transaction_is_no_hindrance(platform: Platform):
    async with platform.control.connection():
        assert await open_door(Shelf, WoodenShelf()).put(system(), book=BOOK) == BOOK


@pytest.mark.parametrize("value", [object(), Book(uuid4(), object())])  # type: ignore[arg-type]
async def test_the_loopback_takes_nothing_that_would_not_survive_a_wire(value: Any):
    with pytest.raises((TypeError, NotImplementedError, msgspec.ValidationError)):
        await open_door(Shelf, WoodenShelf(), Loopback()).put(system(), book=value)


@pytest.mark.parametrize("answer", [object(), {"id": "no id"}, Book("no id", "Quiet")])  # type: ignore[arg-type]
async def test_the_loopback_gives_nothing_that_would_not_survive_a_wire(answer: Any):
    shelf = WoodenShelf()
    shelf.answer = answer

    with pytest.raises((TypeError, NotImplementedError, msgspec.ValidationError)):
        await open_door(Shelf, shelf, Loopback()).put(system(), book=BOOK)


async def test_the_loopback_refuses_an_argument_that_the_contract_does_not_know():
    door: Any = open_door(Shelf, WoodenShelf(), Loopback())

    with pytest.raises(TypeError):
        await door.put(system(), book=BOOK, thrice=True)
    with pytest.raises(TypeError):
        await door.put(system())


class Lacks:
    async def put(self, caller: Caller, *, book: Book, twice: bool = False) -> Book:
        return book


class NotAsync(WoodenShelf):
    def refuse(self, caller: Caller) -> None: ...  # type: ignore[override]


class OtherDefault(WoodenShelf):
    async def put(self, caller: Caller, *, book: Book, twice: bool = True) -> Book:
        return book


class OtherName(WoodenShelf):
    async def put(self, caller: Caller, *, volume: Book, twice: bool = False) -> Book:  # type: ignore[override]
        return volume


class Positional(WoodenShelf):
    async def put(self, caller: Caller, book: Book, twice: bool = False) -> Book:
        return book


class OneMore(WoodenShelf):
    async def put(self, caller: Caller, *, book: Book, twice: bool = False, thrice: bool = False) -> Book:
        return book


@pytest.mark.parametrize(
    ("implementation", "method"),
    [
        (Lacks, "refuse"),
        (NotAsync, "refuse"),
        (OtherDefault, "put"),
        (OtherName, "put"),
        (Positional, "put"),
        (OneMore, "put"),
    ],
)
def test_an_implementation_that_keeps_the_contract_otherwise_is_refused(implementation: type, method: str):
    with pytest.raises(TypeError, match=rf"{implementation.__name__}.*{method}"):
        open_door(Shelf, implementation())


def test_a_door_lets_nothing_else_through():
    door: Any = open_door(Shelf, WoodenShelf())

    with pytest.raises(AttributeError):
        _ = door.put_by
    with pytest.raises(AttributeError):
        door.put = None


class CallerLast(Protocol):
    async def put(self, book: Book, caller: Caller) -> Book: ...


class NotByName(Protocol):
    async def put(self, caller: Caller, book: Book) -> Book: ...


class Untyped(Protocol):
    async def put(self, caller: Caller, *, book) -> Book: ...  # type: ignore[no-untyped-def]


class NoAnswer(Protocol):
    async def put(self, caller: Caller, *, book: Book): ...  # type: ignore[no-untyped-def]


@pytest.mark.parametrize("contract", [CallerLast, NotByName, Untyped, NoAnswer])
def test_a_contract_that_cannot_be_carried_is_refused(contract: type):
    with pytest.raises(TypeError, match=rf"{contract.__name__}\.put"):
        message_types(contract, "put")


def test_a_refusal_that_this_process_does_not_know_is_a_plain_one():
    wire = write_refusal(ShelfFull("No.")).replace(b"test_contract:ShelfFull", b"test_contract:ShelfNone")

    refusal = read_refusal(wire)

    assert type(refusal) is Refusal
    assert refusal.message == "No."


def test_a_wait_survives_a_wire():
    refusal = read_refusal(write_refusal(TooManyRequests("Later.", retry_after_seconds=3)))

    assert isinstance(refusal, TooManyRequests)
    assert refusal.retry_after_seconds == 3


def test_a_caller_without_a_tenant_reaches_none():
    with pytest.raises(Forbidden, match="X-Tenant-ID"):
        tenant_of(system())


@pytest.mark.parametrize(
    ("granted", "wanted", "may"),
    [
        ({"students:read"}, "students:read", True),
        ({"students:read"}, "students:update", False),
        ({"students:*"}, "students:update", True),
        ({"students:*"}, "students_old:update", False),
        ({"*:*"}, "anything:at_all", True),
        ({"*:read"}, "students:read", False),
        (set(), "students:read", False),
    ],
)
def test_what_a_caller_may(granted: set[str], wanted: str, may: bool):
    caller = msgspec.structs.replace(system(), permissions=frozenset(granted))

    assert caller.may(wanted) is may
