"""A process that takes over another one's address: nobody who connects meanwhile is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from tests.entrypoints.running import free_port

from studyspot.entrypoints.listener import Listener
from studyspot.kernel.settings import RefusedSettings

HOST = "127.0.0.1"


@pytest.fixture
def port() -> int:
    return free_port()


@contextlib.asynccontextmanager
async def listening(name: str, port: int, *, reuse_port: bool = True) -> AsyncIterator[Listener]:
    """Answers every request with its name."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-name", name.encode())]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    listener = Listener(app, HOST, port, reuse_port=reuse_port)
    await listener.open()
    try:
        yield listener
    finally:
        await listener.close(0)


async def who_answers(port: int) -> str:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        return head.partition("x-name: ")[2].partition("\r\n")[0]
    finally:
        writer.close()


async def all_who_answer(port: int) -> set[str]:
    return {await who_answers(port) for _ in range(30)}


async def test_each_successor_gets_all_who_come_from_its_start_on(port: int):
    async with contextlib.AsyncExitStack() as until_the_end:
        async with listening("first", port):
            assert await all_who_answer(port) == {"first"}
            await until_the_end.enter_async_context(listening("second", port))
            assert await all_who_answer(port) == {"second"}
        assert await all_who_answer(port) == {"second"}
        async with listening("third", port):
            assert await all_who_answer(port) == {"third"}
        assert await all_who_answer(port) == {"second"}


async def test_nobody_is_lost_while_one_after_the_other_takes_over(port: int):
    async def keep_coming() -> None:
        while True:
            answered.add(await who_answers(port))

    answered: set[str] = set()
    predecessor = contextlib.AsyncExitStack()
    await predecessor.enter_async_context(listening("first", port))
    async with asyncio.TaskGroup() as group:
        clients = [group.create_task(keep_coming()) for _ in range(20)]
        for number in range(20):
            successor = contextlib.AsyncExitStack()
            await successor.enter_async_context(listening(f"successor {number}", port))
            await asyncio.sleep(0.02)
            await predecessor.aclose()
            predecessor = successor
        for one in clients:
            one.cancel()
    await predecessor.aclose()

    assert answered >= {f"successor {number}" for number in range(20)}


async def test_an_address_that_is_not_to_be_shared_is_refused(port: int):
    async with listening("first", port, reuse_port=False):
        with pytest.raises(RefusedSettings, match="cannot listen"):
            async with listening("second", port, reuse_port=False):
                pass
