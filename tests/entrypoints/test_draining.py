"""A process that is about to stop: it answers still, and sends its clients elsewhere."""

import asyncio
import time

import httpx2
from tests.lines import captured_lines
from tests.wire.serving import until

from studyspot.entrypoints.listener import Draining


class Room:
    """Answers as soon as it may."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, scope, receive, send):
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def test_each_answer_ends_its_connection_once_it_drains():
    draining = Draining(Room())
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=draining), base_url="http://x"
    ) as client:
        before = await client.get("/")
        stopping = asyncio.create_task(draining.drain(0.1, 5))
        await asyncio.sleep(0)
        after = await client.get("/")
        await stopping

    assert "connection" not in before.headers
    assert (after.status_code, after.headers["connection"]) == (200, "close")


async def test_what_runs_is_finished_first():
    room = Room()
    draining = Draining(room)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=draining), base_url="http://x"
    ) as client:
        room.may_answer.clear()
        running = asyncio.create_task(client.get("/"))
        await until(lambda: draining.running)
        stopping = asyncio.create_task(draining.drain(0, 5))
        await asyncio.sleep(0.05)
        assert not stopping.done()
        room.may_answer.set()
        await stopping

        assert (await running).status_code == 200


async def test_it_lingers_though_nothing_runs():
    began = time.monotonic()
    await Draining(Room()).drain(0.1, 5)

    assert time.monotonic() - began >= 0.1


async def test_what_does_not_end_is_cut_off_and_said():
    room = Room()
    room.may_answer.clear()
    draining = Draining(room)
    transport = httpx2.ASGITransport(app=draining)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        running = asyncio.create_task(client.get("/"))
        await until(lambda: draining.running)
        with captured_lines() as lines:
            await draining.drain(0, 0.05)
        running.cancel()
        await asyncio.wait({running})

    assert lines == [{"event": "requests_cut_off", "running_requests": 1, "log_level": "warning"}]
