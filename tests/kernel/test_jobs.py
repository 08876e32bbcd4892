"""The job worker: started again whatever ended it, and said to be missing meanwhile."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.lines import captured_lines

from studyspot.entrypoints.platform import Platform
from studyspot.kernel import jobs
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.jobs import JobQueue


@pytest.fixture
async def queue(platform: Platform) -> AsyncIterator[JobQueue]:
    """Of another process."""
    queue = JobQueue(platform.control.dsn)
    await queue.open()
    yield queue
    await queue.close()


async def test_a_worker_that_ends_by_a_bug_is_missed_and_started_again(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "WORKER_RESTART_SECONDS", 0.05)
    monkeypatch.setattr(jobs, "WORKER_SETTLED_SECONDS", 0.2)
    starts = 0

    async def breaks_at_first(**_: object) -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            raise RuntimeError("a bug in the library")
        await asyncio.Event().wait()  # and does none of the other tests' jobs

    monkeypatch.setattr(queue._app, "run_worker_async", breaks_at_first)
    with captured_lines() as lines:
        queue.start_worker()
        await asyncio.sleep(0.1)
        with pytest.raises(Unavailable):
            await queue.check_worker()
        await asyncio.sleep(0.2)
        await queue.check_worker()

    assert starts == 2
    said = [(line["event"], line["log_level"]) for line in lines if line["event"].startswith("job_")]
    assert said == [("job_worker_lost", "error")]


async def test_a_process_with_a_worker_is_ready_only_while_that_works(platform: Platform):
    health = platform.health("here")
    assert (await health.readiness()).checks["job_worker"].ok
