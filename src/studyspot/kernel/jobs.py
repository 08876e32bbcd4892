"""Durable background work: Procrastinate on the control database, at least once, with retries and schedules.

A job carries ids, never data, and does the same when it runs twice. Rooms declare jobs as values; only this
module knows the library.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import procrastinate
import structlog
from procrastinate import utils as procrastinate_utils

from studyspot.kernel import logs
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.problems import told_with_cause

SCHEMA = "jobs"
STALLED_AFTER = timedelta(minutes=2)
WORKER_RESTART_SECONDS = 2.0
WORKER_SETTLED_SECONDS = 5.0
"""One that has run for so long is believed to go on."""
log = structlog.get_logger(__name__)


class Job(msgspec.Struct, frozen=True):
    """Work for later. `run` takes the ids it was deferred with; `every` is a cron line for scheduled work.

    What has a lower `priority` waits while there is anything else to do.
    """

    name: str
    run: Callable[..., Awaitable[object]]
    attempts_max: int = 5
    wait_seconds: int = 5
    every: str | None = None
    priority: int = 0


class Waiting(NamedTuple):
    jobs: int
    oldest_seconds: float


class JobQueue:
    """Defers jobs and runs them. One instance per process."""

    def __init__(self, dsn: str) -> None:
        self._connector = procrastinate.PsycopgConnector(
            conninfo=dsn, min_size=1, max_size=4, kwargs={"options": f"-c search_path={SCHEMA}"}
        )
        self._app = procrastinate.App(connector=self._connector)
        self._tasks: dict[str, Any] = {}
        self._worker: asyncio.Task[None] | None = None
        self._worker_lost_at = float("-inf")
        self.register([Job("jobs.requeue_stalled", self._requeue_stalled, every="* * * * *")])

    def register(self, jobs: Sequence[Job]) -> None:
        """Makes jobs known, before `open`."""
        for job in jobs:
            self._tasks[job.name] = self._task(job)

    async def open(self) -> None:
        await self._app.open_async()

    async def close(self) -> None:
        """Lets running jobs finish for ten seconds, then gives them back to the queue."""
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(self._worker, timeout=15)
        await self._app.close_async()

    async def defer(
        self, name: str, *, once_key: str | None = None, after_seconds: int = 0, **ids: str
    ) -> None:
        """Queues a job. With `once_key` it is not queued again while one of that key still waits."""
        later = {"seconds": after_seconds} if after_seconds else None
        task = self._tasks[name].configure(queueing_lock=once_key, schedule_in=later)
        with contextlib.suppress(procrastinate.exceptions.AlreadyEnqueued):
            await task.defer_async(**ids)

    async def waiting(self) -> Waiting:
        """Jobs whose time has come and that nobody does yet."""
        row = await self._connector.execute_query_one_async(
            """
            SELECT count(*) AS jobs, coalesce(extract(epoch FROM now() - min(due)), 0)::float8 AS seconds
            FROM (
                SELECT coalesce(job.scheduled_at, min(event.at)) AS due
                FROM procrastinate_jobs job LEFT JOIN procrastinate_events event ON event.job_id = job.id
                WHERE job.status = 'todo'
                GROUP BY job.id
            ) waiting
            WHERE due <= now()
            """
        )
        return Waiting(row["jobs"], row["seconds"])

    async def workers(self) -> int:
        """How many give signs of life, in all processes."""
        row = await self._connector.execute_query_one_async(
            """
            SELECT count(*) AS workers FROM procrastinate_workers
            WHERE last_heartbeat > now() - interval '30 seconds'
            """
        )
        return int(row["workers"])

    def start_worker(self) -> None:
        """Runs jobs in this process until `close`."""
        self._worker = asyncio.create_task(self._work(), name="job worker")

    async def check_worker(self) -> None:
        """:raises Unavailable: while this process does no jobs although it should."""
        lost_seconds_ago = time.monotonic() - self._worker_lost_at
        if self._worker is None or self._worker.done() or lost_seconds_ago < WORKER_SETTLED_SECONDS:
            raise Unavailable("The job worker does not run.")

    async def _work(self) -> None:
        """The library's worker ends when it loses its database, or by a bug; then it is started again."""
        while True:
            try:
                await self._app.run_worker_async(
                    install_signal_handlers=False,
                    concurrency=4,
                    shutdown_graceful_timeout=10,
                    delete_jobs="successful",
                    listen_notify=True,
                )
                log.warning("job_worker_ended")
            except procrastinate.exceptions.ConnectorException as problem:
                log.warning("job_worker_lost", problem=told_with_cause(problem))
            except Exception:
                log.exception("job_worker_lost")
            self._worker_lost_at = time.monotonic()
            await asyncio.sleep(WORKER_RESTART_SECONDS)

    def _task(self, job: Job) -> Any:
        retry = procrastinate.RetryStrategy(max_attempts=job.attempts_max, exponential_wait=job.wait_seconds)

        async def run(timestamp: int | None = None, **ids: str) -> None:
            del timestamp  # when a schedule was due: no job of ours depends on it
            # Each job is a task of its own; what the library logs at its end says this, too.
            logs.bind(job=job.name, tenant_id=ids.get("tenant_id"))
            await job.run(**ids)

        lock = job.name if job.every else None
        task = self._app.task(name=job.name, retry=retry, queueing_lock=lock, priority=job.priority)(run)
        return self._app.periodic(cron=job.every)(task) if job.every else task

    async def _requeue_stalled(self) -> None:
        """A worker that was killed leaves its jobs marked as running; they are given to others."""
        stalled = await self._app.job_manager.get_stalled_jobs(
            seconds_since_heartbeat=STALLED_AFTER.total_seconds()
        )
        for job in stalled:
            log.warning("job_requeued", job=job.task_name, id=job.id)
            await self._app.job_manager.retry_job(job, retry_at=procrastinate_utils.utcnow())


async def ensure_queue_schema(connection: Connection, app_role: str) -> None:
    """Procrastinate's own tables, in a schema of their own, usable by the application's role."""
    if await connection.value("SELECT to_regclass('jobs.procrastinate_jobs')") is None:
        sql = files("procrastinate").joinpath("sql/schema.sql").read_text(encoding="utf-8")
        async with connection.transaction() as tx:
            await tx.run_script(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}; SET LOCAL search_path = {SCHEMA};")
            await tx.run_script(sql)
    await connection.run_script(
        f"""
        GRANT USAGE ON SCHEMA {SCHEMA} TO {app_role};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {app_role};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {app_role};
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {SCHEMA} TO {app_role};
        """
    )
