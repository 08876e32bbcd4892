"""Lines about requests are written a little later, all of them, and each as what it was."""

import asyncio
import logging

import structlog
from tests.entrypoints.running import free_port
from tests.lines import captured_lines
from tests.wire.serving import answering

from studyspot.entrypoints.listener import Listener
from studyspot.gateway.request_lines import BATCH_MAX, BATCH_SECONDS, request_lines


def add(route: str, level: int = logging.INFO, **bound: str) -> None:
    with structlog.contextvars.bound_contextvars(**bound):
        request_lines.add(level, {"route": route})


async def test_a_line_is_written_before_long():
    with captured_lines() as lines:
        add("/a")
        assert lines == []
        await asyncio.sleep(BATCH_SECONDS * 2)
        assert [line["route"] for line in lines] == ["/a"]


async def test_a_failure_is_written_at_once_and_after_what_was_before_it():
    with captured_lines() as lines:
        add("/a")
        add("/b", logging.ERROR)
        assert [(line["route"], line["log_level"]) for line in lines] == [("/a", "info"), ("/b", "error")]


async def test_too_many_do_not_wait():
    with captured_lines() as lines:
        for _ in range(BATCH_MAX):
            add("/a")
        assert len(lines) == BATCH_MAX


async def test_a_line_has_the_time_and_the_names_of_its_own_request():
    with captured_lines() as lines:
        add("/a", request_id="1", tenant_id="north")
        await asyncio.sleep(0.01)
        add("/b", logging.ERROR, request_id="2")

    first, second = lines
    assert (first["request_id"], first["tenant_id"]) == ("1", "north")
    assert (second["request_id"], second.get("tenant_id")) == ("2", None)
    assert first["timestamp"] < second["timestamp"]
    assert second["timestamp"].endswith("Z")


async def test_what_waits_is_written_before_the_process_stops():
    listener = Listener(answering(), "127.0.0.1", free_port())
    await listener.open()
    with structlog.testing.capture_logs() as lines:
        add("/last")
        await listener.close(0)
    assert [line["route"] for line in lines] == ["/last"]
