"""Doors to another process: what arrives, what comes back, and what happens when nobody answers."""

import asyncio
import random
import time

import msgspec
import pytest

from studyspot.gateway.middleware.http_only import http_only
from studyspot.kernel import database
from studyspot.kernel.contract import system
from studyspot.kernel.deadline import clear_deadline, set_deadline, within
from studyspot.kernel.doors import CallInsideTransaction
from studyspot.kernel.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    Fault,
    Refusal,
    TooManyRequests,
    Unavailable,
)
from studyspot.kernel.ids import TenantId
from studyspot.kernel.messages import write_refusal
from studyspot.kernel.remote import calling, connections
from studyspot.kernel.remote.answering import Answering
from studyspot.kernel.remote.calling import CallBroke
from studyspot.kernel.remote.signing import ServiceKeys
from studyspot.kernel.switches import SwitchedOff
from studyspot.kernel.values import Phone
from tests.lines import captured_lines
from tests.wire.serving import KEY, Raw, Request, deaf, hanging_up, nowhere, saying, silent, until
from tests.wire.shelf import BOOK, BookChange, Shelf, ShelfFull, Wire, WoodenShelf


class Scene:
    """A shelf in "another process" and the door to it."""

    def __init__(self, wire: Wire, shelf: WoodenShelf, url: str) -> None:
        self.wire, self.shelf, self.url = wire, shelf, url
        self.door = wire.door(url)


@pytest.fixture
async def scene(wire: Wire) -> Scene:
    shelf = WoodenShelf()
    return Scene(wire, shelf, await wire.serve(shelf))


def answer_of(status: int, body: bytes, *headers: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} X".encode(), b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def test_values_and_the_caller_arrive_as_they_were(scene: Scene):
    caller = msgspec.structs.replace(
        system(tenant_id=TenantId(BOOK.id), request_id="trace-01"),
        permissions=frozenset({"students:*", "-students:delete"}),
        subject_id=BOOK.id,
        names_tenant=True,
    )

    answer = await scene.door.put(caller, book=BOOK, twice=True)

    assert answer == BOOK
    assert isinstance(answer.owner_phone, Phone)
    assert scene.shelf.put_by == [caller]
    assert scene.shelf.books == [BOOK, BOOK]
    assert isinstance(scene.shelf.books[0].owner_phone, Phone)
    assert scene.shelf.books[0].lent_at == BOOK.lent_at


async def test_a_default_is_the_one_of_the_contract(scene: Scene):
    await scene.door.put(system(), book=BOOK)

    assert scene.shelf.books == [BOOK]


@pytest.mark.parametrize(
    "change", [BookChange(), BookChange(title="Loud"), BookChange(owner_phone=None)], ids=str
)
async def test_what_was_not_given_is_not_given_there_either(scene: Scene, change: BookChange):
    assert await scene.door.change(system(), change=change) == change

    (arrived,) = scene.shelf.changes
    assert (arrived.title is msgspec.UNSET) == (change.title is msgspec.UNSET)
    assert (arrived.owner_phone is msgspec.UNSET) == (change.owner_phone is msgspec.UNSET)


async def test_a_large_value_arrives_whole(scene: Scene):
    book = msgspec.structs.replace(BOOK, title="quiet " * 500_000)

    assert await scene.door.put(system(), book=book) == book


async def test_an_argument_that_the_contract_does_not_know_never_leaves(scene: Scene):
    with pytest.raises(TypeError):
        await scene.door.put(system(), book=BOOK, thrice=True)  # type: ignore[call-arg]
    assert scene.wire.came_from == []


async def test_a_refusal_comes_back_as_itself(scene: Scene):
    scene.shelf.refusal = ShelfFull(
        "Take one out first.", details=[Fault("book", "Too thick.", "too_thick")], retry_after_seconds=7
    )

    with pytest.raises(ShelfFull) as raised:
        await scene.door.refuse(system())

    assert (raised.value.status, raised.value.code) == (409, "SHELF_FULL")
    assert raised.value.message == "Take one out first."
    assert raised.value.details == (Fault("book", "Too thick.", "too_thick"),)
    assert raised.value.retry_after_seconds == 7


async def test_a_refusal_to_wait_is_no_failure_of_the_instance(scene: Scene):
    scene.shelf.refusal = TooManyRequests("Later.", retry_after_seconds=3)
    for _ in range(2):
        with pytest.raises(TooManyRequests):
            await scene.door.refuse(system())
    scene.shelf.refusal = Unavailable("Not now.")
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"Not now\."):
            await scene.door.refuse(system())


async def test_a_refusal_that_is_not_known_here_is_a_plain_one(wire: Wire):
    written = write_refusal(ShelfFull("No.", details=[Fault("a", "b", "c")], retry_after_seconds=2))
    written = written.replace(b"shelf:ShelfFull", b"shelf:ShelfNone")
    stranger = await wire.street.raw(saying(answer_of(409, written, b"X-StudySpot-Refusal: 1")))

    with pytest.raises(Refusal) as raised:
        await wire.door(stranger.url).refuse(system())

    assert type(raised.value) is Refusal
    assert raised.value.message == "No."
    assert raised.value.details == (Fault("a", "b", "c"),)
    assert raised.value.retry_after_seconds == 2


async def test_a_bug_there_is_a_bug_here_and_its_stack_stays_there(scene: Scene):
    scene.shelf.refusal = ZeroDivisionError("+919876543210")

    with captured_lines() as lines, pytest.raises(CallBroke) as raised:
        await scene.door.refuse(system())

    assert "9876543210" not in str(raised.value)
    assert raised.value.__cause__ is None
    (line,) = [line for line in lines if line["event"] == "call_failed"]
    assert line["exc_info"]
    assert line["path"] == "/doors/Shelf.refuse"
    assert not isinstance(raised.value, Refusal)


async def test_an_answer_that_the_contract_does_not_promise_is_a_bug_there(scene: Scene):
    scene.shelf.look = _lying  # type: ignore[method-assign]
    url = await scene.wire.serve(scene.shelf)

    with pytest.raises(CallBroke):
        await scene.wire.door(url).look(system())


async def _lying(caller: object) -> str:
    return "many"


@pytest.mark.parametrize("status", [200, 409])
async def test_what_cannot_be_read_is_no_answer(wire: Wire, status: int):
    headers = [b"X-StudySpot-Refusal: 1"] if status != 200 else []
    stranger = await wire.street.raw(saying(answer_of(status, b"<html>", *headers)))

    with pytest.raises(CallBroke):
        await wire.door(stranger.url).look(system())


async def test_another_service_at_that_address_is_a_bug_and_not_that_something_is_not_found(wire: Wire):
    url = await wire.street.serve(http_only(Answering(ServiceKeys([KEY]), []), at_stop=[]))

    with captured_lines() as lines, pytest.raises(CallBroke):
        await wire.door(url).look(system())

    assert [line["event"] for line in lines] == ["call_failed"]


async def test_a_key_that_is_wrong_is_our_bug_and_not_the_users_sign_in(wire: Wire):
    url = await wire.serve(WoodenShelf(), ServiceKeys([b"another"]))

    with pytest.raises(CallBroke, match="key"):
        await wire.door(url).look(system())


async def test_the_time_that_is_left_is_passed_on(scene: Scene):
    async with within(1):
        await asyncio.sleep(0.1)
        left = await scene.door.linger(system(), seconds=0.1)

    assert 0.2 < left <= 0.8


async def test_a_call_that_no_request_waits_for_has_its_time_too(scene: Scene):
    left = await scene.door.linger(system(), seconds=0)

    assert 29 < left <= 30


async def test_a_slow_call_ends_on_both_sides(scene: Scene):
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        async with within(0.2):
            await scene.door.linger(system(), seconds=20)

    assert time.monotonic() - started < 1
    await asyncio.wait_for(scene.shelf.cancelled.wait(), 1)


async def test_a_slow_call_ends_when_only_its_moment_is_known(scene: Scene):
    token = set_deadline(time.monotonic() + 0.2)
    try:
        with pytest.raises(DeadlineExceeded):
            await scene.door.linger(system(), seconds=20)
    finally:
        clear_deadline(token)

    await asyncio.wait_for(scene.shelf.cancelled.wait(), 1)


async def test_one_that_says_nothing_is_not_waited_for_longer(wire: Wire):
    server = await wire.street.raw(silent)
    started = time.monotonic()
    token = set_deadline(started + 0.2)
    try:
        with pytest.raises(DeadlineExceeded):
            await wire.door(server.url).look(system())
    finally:
        clear_deadline(token)

    assert time.monotonic() - started < 1
    assert len(server.requests) == 1


async def test_a_slow_call_does_not_make_its_instance_a_failed_one(scene: Scene):
    for _ in range(2):
        with pytest.raises(DeadlineExceeded):
            async with within(0.05):
                await scene.door.linger(system(), seconds=20)

    assert await scene.door.look(system()) == 0


async def test_nothing_is_asked_when_the_time_is_over(scene: Scene):
    token = set_deadline(time.monotonic() - 1)
    try:
        with pytest.raises(DeadlineExceeded):
            await scene.door.look(system())
    finally:
        clear_deadline(token)

    assert scene.shelf.calls == []


async def test_work_that_nobody_waits_for_any_more_ends_at_its_deadline(scene: Scene):
    token = set_deadline(time.monotonic() + 0.3)
    call = asyncio.create_task(scene.door.linger(system(), seconds=20))
    clear_deadline(token)
    await until(lambda: scene.shelf.calls)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    await asyncio.wait_for(scene.shelf.cancelled.wait(), 1)


async def test_a_call_while_a_transaction_is_open_is_a_bug(scene: Scene):
    token = database._open_transactions.set(1)
    try:
        with pytest.raises(CallInsideTransaction, match=r"Shelf\.put"):
            await scene.door.put(system(), book=BOOK)
    finally:
        database._open_transactions.reset(token)
    assert scene.shelf.calls == []

    await scene.door.put(system(), book=BOOK)

    assert scene.shelf.calls == ["put"]


@pytest.mark.usefixtures("first_chosen")
@pytest.mark.parametrize("method", ["look", "put"])
async def test_who_cannot_be_reached_is_passed_over(scene: Scene, method: str):
    door = scene.wire.door(nowhere(), scene.url)

    await ask(door, method)
    await ask(door, method)

    assert scene.shelf.calls == [method, method]


@pytest.mark.usefixtures("first_chosen")
async def test_who_takes_no_connection_is_passed_over_in_time(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 0.1)
    with deaf() as url:
        door = scene.wire.door(url, scene.url)
        async with within(1):
            await door.put(system(), book=BOOK)
        async with within(0.05):  # and it is known
            await door.put(system(), book=BOOK)

    assert scene.shelf.calls == ["put", "put"]


@pytest.mark.parametrize("stopped_by", ["its own limit", "whoever waits for it"])
async def test_one_that_hangs_is_known_to_after_the_first_has_waited(wire: Wire, stopped_by: str):
    server = await wire.street.raw(silent)
    door = wire.door(server.url)
    token = set_deadline(time.monotonic() + 1.1)
    call = asyncio.create_task(door.look(system()))
    clear_deadline(token)
    await until(lambda: server.requests)
    if stopped_by == "whoever waits for it":
        time.sleep(1.2)  # noqa: ASYNC251 - so that it is first
        call.cancel()
    with pytest.raises((DeadlineExceeded, asyncio.CancelledError)):
        await call

    with pytest.raises(Unavailable):
        await door.look(system())
    assert len(server.requests) == 1


@pytest.mark.usefixtures("first_chosen")
async def test_the_next_is_asked_soon(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(random, "uniform", lambda _, most: most)  # the longest wait
    seconds = []
    for _ in range(4):
        started = time.monotonic()
        await scene.wire.door(nowhere(), scene.url).look(system())
        seconds.append(time.monotonic() - started)

    assert min(seconds) < 0.15


async def test_when_nobody_can_be_reached_it_says_so_and_when_to_come_again(wire: Wire):
    with pytest.raises(Unavailable) as raised:
        await wire.door(nowhere(), nowhere()).look(system())

    assert raised.value.retry_after_seconds == 1
    assert "127.0.0.1" not in raised.value.message


async def broken(wire: Wire, number: int) -> list[Raw]:
    return [await wire.street.raw(hanging_up) for _ in range(number)]


async def test_what_may_be_asked_twice_is_asked_again_when_the_connection_broke(wire: Wire):
    servers = await broken(wire, 3)

    with pytest.raises(Unavailable):
        await wire.door(*(server.url for server in servers)).look(system())

    assert [len(server.requests) for server in servers] == [1, 1, 1]


@pytest.mark.usefixtures("first_chosen")
async def test_what_may_be_asked_twice_is_answered_by_the_next(scene: Scene):
    (server,) = await broken(scene.wire, 1)

    assert await scene.wire.door(server.url, scene.url).look(system()) == 0

    assert len(server.requests) == 1


@pytest.mark.usefixtures("first_chosen")
async def test_what_may_not_be_asked_twice_is_not(scene: Scene):
    (server,) = await broken(scene.wire, 1)

    with pytest.raises(Unavailable) as raised:
        await scene.wire.door(server.url, scene.url).put(system(), book=BOOK)

    assert raised.value.retry_after_seconds is not None
    assert len(server.requests) == 1
    assert scene.shelf.calls == []


@pytest.mark.usefixtures("first_chosen")
@pytest.mark.parametrize(("method", "calls"), [("look", ["look"]), ("put", [])])
async def test_half_an_answer_is_none(scene: Scene, method: str, calls: list[str]):
    async def breaking_off(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\x01")
        writer.close()

    server = await scene.wire.street.raw(breaking_off)
    door = scene.wire.door(server.url, scene.url)
    if method == "look":
        assert await door.look(system()) == 0
    else:
        with pytest.raises(Unavailable):
            await door.put(system(), book=BOOK)

    assert len(server.requests) == 1
    assert scene.shelf.calls == calls


async def ask(door: Shelf, method: str) -> None:
    if method == "look":
        await door.look(system())
    else:
        await door.put(system(), book=BOOK)


async def test_connections_are_kept(scene: Scene):
    for _ in range(5):
        await scene.door.look(system())

    assert len(scene.wire.came_from) == 5
    assert len(set(scene.wire.came_from)) == 1


async def test_many_calls_at_once_do_not_wait_for_each_other(scene: Scene):
    started = time.monotonic()
    await asyncio.gather(*(scene.door.linger(system(), seconds=0.2) for _ in range(50)))

    assert time.monotonic() - started < 1.5


async def test_what_is_switched_off_is_refused_at_once(scene: Scene):
    scene.wire.switches.off["Shelf.put"] = "being repaired"

    with pytest.raises(SwitchedOff, match="being repaired"):
        await scene.door.put(system(), book=BOOK)
    assert await scene.door.look(system()) == 0

    assert scene.shelf.calls == ["look"]
    assert len(scene.wire.came_from) == 1


async def test_a_call_that_is_too_long_never_leaves(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calling, "CALL_BYTES_MAX", 2**20)
    book = msgspec.structs.replace(BOOK, title="x" * 2**20)

    with pytest.raises(BodyTooLarge, match="1048576"):
        await scene.door.put(system(), book=book)

    assert scene.wire.came_from == []
    assert await scene.door.look(system()) == 0
