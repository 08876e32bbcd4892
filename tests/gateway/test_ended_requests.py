"""Requests are counted and logged a little later, all of them, and each as what it was."""

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from tests.entrypoints.running import free_port
from tests.lines import captured_lines, logging_restored
from tests.wire.serving import answering

from studyspot.entrypoints.listener import Listener
from studyspot.gateway.middleware.ended_requests import BATCH_MAX, BATCH_SECONDS, EndedRequest, ended_requests
from studyspot.gateway.middleware.told_caller import ToldCaller
from studyspot.kernel import logs
from studyspot.kernel.logs import configure_logs
from studyspot.kernel.telemetry.measures import REQUESTS, now

STUDENT = uuid.uuid4()


def add(route: str, *, status: int = 200, cut: bool = False, caller: ToldCaller | None = None) -> None:
    scope: Any = {
        "method": "GET",
        "path_template": route,
        "path_params": {"student_id": STUDENT, "name": "asha"},
        "client": ("192.0.2.7", 5000),
        "state": {"request_id": "trace-0001", "caller": caller},
    }
    ended = now()
    ended_requests.add(
        EndedRequest(scope, status, cut, ended - 0.0031415, ended, time.time(), keep_client=True)
    )


@pytest.fixture
def configured_as_before() -> Iterator[None]:
    with logging_restored():
        yield


async def test_a_line_is_written_before_long():
    with captured_lines() as lines:
        add("/a")
        assert lines == []
        await asyncio.sleep(BATCH_SECONDS * 2)
        assert [line["route"] for line in lines] == ["/a"]


async def test_a_failure_is_written_at_once_and_after_what_was_before_it():
    with captured_lines() as lines:
        add("/a")
        add("/b", status=500)
        assert [(line["route"], line["log_level"]) for line in lines] == [("/a", "info"), ("/b", "error")]


async def test_too_many_do_not_wait():
    with captured_lines() as lines:
        for _ in range(BATCH_MAX):
            add("/a")
        assert len(lines) == BATCH_MAX


async def test_a_line_has_the_time_and_the_names_of_its_own_request():
    with captured_lines() as lines:
        add("/a", caller=ToldCaller("north", None))
        await asyncio.sleep(0.01)
        logs.bind(job="another")
        add("/b", status=500)

    first, second = lines
    assert first["tenant_id"] == "north"
    assert not second.keys() & {"tenant_id", "job"}
    assert first["timestamp"] < second["timestamp"]
    assert second["timestamp"].endswith("Z")


@pytest.mark.usefixtures("configured_as_before")
@pytest.mark.parametrize("form", ["json", "console"])
async def test_both_forms_say_the_same(form: Any, capsys: pytest.CaptureFixture[str]):
    configure_logs(level="info", form=form)
    add("/a", caller=ToldCaller("north", "asha-1"), cut=True)

    text = capsys.readouterr().err
    assert text.endswith("\n")
    if form == "json":
        told = json.loads(text)
        assert told.pop("timestamp").endswith("Z")
        assert told == {
            "event": "request",
            "level": "error",
            "request_id": "trace-0001",
            "tenant_id": "north",
            "account_id": "asha-1",
            "method": "GET",
            "route": "/a",
            "ids": {"student_id": str(STUDENT)},
            "status": 200,
            "duration_ms": 3.14,
            "client": "192.0.2.7",
            "cut": True,
        }
    else:
        for there in ("request", "trace-0001", "north", "asha-1", "/a", str(STUDENT), "3.14", "192.0.2.7"):
            assert there in text
        assert "UUID(" not in text


@pytest.mark.usefixtures("configured_as_before")
async def test_a_level_holds_for_lines_in_batches(capsys: pytest.CaptureFixture[str]):
    configure_logs(level="warning", form="json")
    add("/a")
    add("/b", status=500)

    (told,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (told["route"], told["level"]) == ("/b", "error")


async def test_whoever_reads_the_counts_finds_them_complete():
    def count() -> int:
        found = dict(REQUESTS.items()).get(("GET", "/counted", "200"))
        return found.count if found else 0

    before, lately = count(), REQUESTS.last(60).count
    for _ in range(3):
        add("/counted")
    assert (count(), REQUESTS.last(60).count) == (before + 3, lately + 3)


async def test_what_waits_is_written_before_the_process_stops():
    listener = Listener(answering(), "127.0.0.1", free_port())
    await listener.open()
    with captured_lines() as lines:
        add("/last")
        await listener.close(0)
        assert [line["route"] for line in lines] == ["/last"]
