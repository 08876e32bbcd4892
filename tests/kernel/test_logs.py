"""Logs: one chain for ours and the libraries' lines, nobody's values in them, a file a day."""

import asyncio
import gc
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
import time_machine
from tests.lines import logging_restored

from studyspot.kernel import logs
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.jobs import Job, JobQueue
from studyspot.kernel.logs import configure_logs
from studyspot.kernel.problems import CAUSES_MAX, stack_of, told, told_with_cause

NUMBER = "+919876543210"
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    with logging_restored():
        yield


def taken() -> asyncpg.UniqueViolationError:
    problem = asyncpg.UniqueViolationError("duplicate key")
    problem.detail = f"Key (phone)=({NUMBER}) already exists."
    return problem


async def fail() -> None:
    raise ValueError(f"invalid literal for int(): {NUMBER}") from taken()


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_log_folder_keeps_each_line(tmp_path: Path, form: Any, capsys: pytest.CaptureFixture[str]):
    configure_logs(level="info", form=form, folder=tmp_path, name="auth")
    structlog.get_logger().info("request", status=200, refresh_token="s3cret")

    (file,) = tmp_path.iterdir()
    assert file.read_text() == capsys.readouterr().err
    assert "request" in file.read_text()
    assert "s3cret" not in file.read_text()


@pytest.mark.parametrize("form", ["json", "console"])
async def test_an_error_is_told_with_its_place_and_without_its_values(
    form: Any, capsys: pytest.CaptureFixture[str]
):
    configure_logs(level="info", form=form)
    try:
        await fail()
    except ValueError:
        structlog.get_logger().exception("failed")

    text = capsys.readouterr().err
    for there in ("failed", "ValueError", "UniqueViolationError", "test_logs.py", "in fail"):
        assert there in text
    assert NUMBER not in text


async def test_what_libraries_log_is_json_too_and_without_values(capsys: pytest.CaptureFixture[str]):
    configure_logs(level="info", form="json")
    lost = asyncio.create_task(fail())
    await asyncio.sleep(0.01)
    del lost
    gc.collect()  # asyncio then says that nobody looked at the error, and quotes it
    try:
        await fail()
    except ValueError:
        logging.getLogger("procrastinate.worker").exception("Job students.import[7]() failed")
    logging.getLogger("psycopg").error("connecting as %s: %s", "owner", NUMBER)

    text = capsys.readouterr().err
    assert [(line["event"], line["logger"]) for line in lines_of(text)] == [
        ("Task exception was never retrieved", "asyncio"),
        ("Job students.import[7]() failed", "procrastinate.worker"),
        ("connecting as %s: %s", "psycopg"),
    ]
    assert all("ValueError" in line["exception"] for line in lines_of(text)[:2])
    assert NUMBER not in text


def test_only_our_own_errors_are_quoted():
    assert (
        told(Unavailable("Try again shortly.")) == "studyspot.kernel.errors.Unavailable: Try again shortly."
    )
    assert told(KeyError(NUMBER)) == "KeyError"
    assert told(taken()) == "asyncpg.exceptions.UniqueViolationError"
    assert told(FileNotFoundError(2, "no", "asha.csv")) == "FileNotFoundError: No such file or directory"


def test_causes_are_told_once_and_not_without_end():
    outer, inner = Unavailable("Later."), KeyError(NUMBER)
    outer.__cause__, inner.__context__ = inner, outer
    assert told_with_cause(outer) == "studyspot.kernel.errors.Unavailable: Later. < KeyError"

    group = ExceptionGroup(NUMBER, [ValueError(NUMBER) for _ in range(100)])
    assert stack_of(group).count("ValueError") == CAUSES_MAX - 1
    assert NUMBER not in stack_of(group)


def test_a_day_has_a_file_and_thirty_are_kept(tmp_path: Path):
    others = {"auth-notes.log", "users-2020-01-01.log"}
    for day in range(40):
        (tmp_path / f"auth-{MIDNIGHT.date() - timedelta(day)}.log").touch()
    for name in others:
        (tmp_path / name).touch()
    with time_machine.travel(MIDNIGHT - timedelta(seconds=1), tick=False) as clock:
        configure_logs(level="info", form="json", folder=tmp_path, name="auth")
        log = structlog.get_logger()
        log.info("yesterday")
        clock.move_to(MIDNIGHT)
        log.info("today")

    assert "yesterday" in (tmp_path / "auth-2026-03-01.log").read_text()
    assert [line["event"] for line in lines_of((tmp_path / "auth-2026-03-02.log").read_text())] == ["today"]
    kept = sorted({path.name for path in tmp_path.iterdir()} - others)
    assert (len(kept), kept[0]) == (31, f"auth-{MIDNIGHT.date() - timedelta(30)}.log")
    assert others <= {path.name for path in tmp_path.iterdir()}


def test_a_file_that_was_removed_is_made_again(tmp_path: Path):
    configure_logs(level="info", form="json", folder=tmp_path, name="auth")
    log = structlog.get_logger()
    log.info("before")
    (path,) = tmp_path.iterdir()
    path.unlink()
    log.info("after")

    assert [line["event"] for line in lines_of(path.read_text())] == ["after"]


def test_two_processes_of_one_name_lose_no_line_at_midnight(tmp_path: Path):
    with time_machine.travel(MIDNIGHT - timedelta(seconds=1), tick=False) as clock:
        both = []
        for _ in range(2):
            configure_logs(level="info", form="json", folder=tmp_path, name="studyspot")
            both.append(structlog.get_logger().bind())
        for moment in ("before", "after"):
            for log in both:
                log.info(moment)
            clock.move_to(MIDNIGHT)

    assert [path.read_text().count("event") for path in sorted(tmp_path.iterdir())] == [2, 2]


async def test_lines_of_a_job_say_which_and_whose(platform: Any):
    bound: dict[str, Any] = {}

    async def run(*, tenant_id: str) -> None:
        bound.update(logs.bound(), given=tenant_id)

    queue = JobQueue(platform.control.dsn)
    queue.register([Job("test.bound", run)])
    await asyncio.create_task(queue._tasks["test.bound"].func(tenant_id="t1"))

    assert bound | {"job": "test.bound", "tenant_id": "t1", "given": "t1"} == bound
