"""Counting and timing: windows, buckets, bounded keys, thresholds at their exact values."""

import asyncio
from types import SimpleNamespace

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.lines import captured_lines

from studyspot.kernel import clock
from studyspot.kernel.errors import Conflict, Unavailable, is_our_fault
from studyspot.kernel.telemetry import health, measures, slow_gauges
from studyspot.kernel.telemetry.health import Health
from studyspot.kernel.telemetry.measures import BOUNDS_SECONDS, KEYS_MAX, Timings
from studyspot.kernel.telemetry.prometheus import prometheus_text
from studyspot.kernel.telemetry.report import ERROR_PERCENT, QUERY_MS, RESPONSE_MS, judge, report, worst
from studyspot.kernel.telemetry.slow_gauges import SlowGauges
from studyspot.kernel.telemetry.snapshot import Family, Snapshot, Timed, take_snapshot
from studyspot.kernel.telemetry.windows import Recent


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """`at.seconds` is what the measures' clock says."""
    moment = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(measures, "now", lambda: moment.seconds)
    return moment


def record(timings: Timings, at: SimpleNamespace, seconds: float, *, failed: bool = False) -> None:
    timings.record(("x",), at.seconds - seconds, at.seconds, failed=failed)


def test_what_is_older_is_forgotten(at: SimpleNamespace):
    timings = Timings("t", "", ("what",))
    record(timings, at, 1.0, failed=True)
    at.seconds += 100
    record(timings, at, 3.0)

    assert timings.last(60) == Recent(1, 0, 3.0)
    assert timings.last(300) == Recent(2, 1, 4.0)
    at.seconds += 290
    assert timings.last(300) == Recent(1, 0, 3.0)
    at.seconds += 60
    assert timings.last(300) == Recent(0, 0, 0)


def test_what_was_used_for_hours_holds_its_slots_and_no_more(at: SimpleNamespace):
    timings = Timings("t", "", ("what",))
    for _ in range(1_000):
        record(timings, at, 0.5)
        at.seconds += 10

    assert timings.last(300) == Recent(30, 0, 15.0)


def test_every_key_counts_as_lately(at: SimpleNamespace):
    counter = measures.Counter("c", "", ("what",))
    for key in ("x", "y", "x"):
        counter.add((key,))
        at.seconds += 30

    assert counter.last(60) == Recent(2, 0, 0)
    assert counter.last(300) == Recent(3, 0, 0)


@pytest.mark.parametrize(
    ("seconds", "bucket"), [(0.0, 0), (0.001, 0), (0.0011, 1), (30.0, len(BOUNDS_SECONDS) - 1), (31.0, -1)]
)
def test_a_bound_belongs_to_the_bucket_below_it(seconds: float, bucket: int):
    timings = Timings("t", "", ("what",))
    timings.record(("x",), 0.0, seconds)
    ((_, timing),) = timings.items()

    assert timing.buckets[bucket] == 1
    assert (timing.count, timing.seconds) == (1, seconds)


def test_a_mistake_that_makes_keys_without_end_is_bounded():
    timings = Timings("t", "", ("what",))
    for number in range(KEYS_MAX + 500):
        timings.record((str(number),), 0.0, 0.1)
    found = dict(timings.items())

    assert len(found) == KEYS_MAX + 1
    assert found["(too many)",].count == 500


@pytest.mark.parametrize(
    ("thresholds", "value", "status"),
    [
        (RESPONSE_MS, None, "healthy"),
        (RESPONSE_MS, 1000, "healthy"),
        (RESPONSE_MS, 1000.1, "degraded"),
        (RESPONSE_MS, 3000, "degraded"),
        (RESPONSE_MS, 3000.1, "unhealthy"),
        (ERROR_PERCENT, 5, "healthy"),
        (ERROR_PERCENT, 5.01, "degraded"),
        (ERROR_PERCENT, 15, "degraded"),
        (ERROR_PERCENT, 15.01, "unhealthy"),
        (QUERY_MS, 100, "healthy"),
        (QUERY_MS, 100.1, "degraded"),
        (QUERY_MS, 500, "degraded"),
        (QUERY_MS, 500.1, "unhealthy"),
    ],
)
def test_a_value_at_a_threshold_is_in_the_better_class(thresholds, value, status):
    assert thresholds.judge(value) == status


NOTHING = Recent(0, 0, 0)


def snapshot(*, requests: Recent = NOTHING, queries: Recent = NOTHING) -> Snapshot:
    timed = [Timed(("GET", "/api/v1/students", "200"), 0.5, 1, [2, *[0] * len(BOUNDS_SECONDS)])]
    return Snapshot(
        "students",
        clock.now(),
        Family("studyspot_requests", "r", ("method", "route", "status"), timed, NOTHING, requests),
        Family("studyspot_queries", "q", ("operation",), [], NOTHING, queries),
        Family("studyspot_door_calls", "c", ("method",), [], NOTHING, NOTHING),
        {"registry": {"hit": 3, "miss": 1, "set": 1}},
        Recent(5, 0, 0),
        {"tenant_connections": 7.0},
        {"jobs_waiting": 4.0},
    )


@pytest.mark.parametrize(
    ("requests", "queries", "status"),
    [
        (Recent(0, 0, 0), Recent(0, 0, 0), "healthy"),
        (Recent(20, 1, 20.0), Recent(10, 0, 1.0), "healthy"),
        (Recent(20, 2, 1.0), Recent(10, 0, 1.0), "degraded"),
        (Recent(20, 0, 61.0), Recent(10, 0, 1.1), "unhealthy"),
        (Recent(20, 0, 1.0), Recent(10, 0, 5.1), "unhealthy"),
    ],
)
def test_the_worst_of_three_counts(requests: Recent, queries: Recent, status: str):
    assert judge(requests, queries) == status


def test_the_worst_of_none_is_healthy():
    assert worst([]) == "healthy"


def test_the_report_is_the_contracts_and_of_all_processes_together():
    gateway = snapshot(requests=Recent(3, 1, 0.6))
    room = snapshot(requests=Recent(2, 0, 0.1), queries=Recent(2, 0, 0.01))
    other = snapshot(queries=Recent(4, 1, 0.05))

    told = msgspec.to_builtins(report(gateway, {"gateway": gateway, "room": room, "other": other}))

    assert told["health"] == {
        "status": "unhealthy",
        "metrics": {
            "avg_response_time": 200,
            "error_rate": 33.33,
            "requests_per_minute": 0,
            "db_avg_duration": 10,
        },
    }
    assert {name: value for name, value in told["report"].items() if name != "timestamp"} == {
        "period": "5m",
        "api": {"total_calls": 3, "total_errors": 1, "avg_response_time": 200},
        "database": {"total_queries": 6, "total_errors": 1, "avg_duration": 10},
        "cache": {"total_operations": 15},
    }
    assert told["processes"]["room"] == {
        "status": "healthy",
        "metrics": {
            "avg_response_time": 50,
            "error_rate": 0,
            "requests_per_minute": 0,
            "db_avg_duration": 5,
        },
    }


def test_a_process_that_does_not_answer_is_seen():
    gateway = snapshot()
    processes = {"gateway": gateway, "auth": None}

    told = msgspec.to_builtins(report(gateway, processes))

    assert told["health"]["status"] == "unhealthy"
    assert told["processes"]["auth"] == {"status": "unhealthy", "metrics": None}
    assert _samples(processes)["studyspot_up"] == {"gateway": 1, "auth": 0}


def test_one_process_that_is_unwell_makes_the_whole_so():
    gateway, slow = snapshot(), snapshot(queries=Recent(1, 0, 0.2))

    assert report(gateway, {"gateway": gateway, "slow": slow}).health.status == "degraded"


def _samples(processes: dict[str, Snapshot | None]) -> dict[str, dict[str | None, float]]:
    """Values by the name of their process."""
    families = text_string_to_metric_families(prometheus_text(processes).decode())
    return {
        family.name: {sample.labels.get("process"): sample.value for sample in family.samples}
        for family in families
    }


def test_what_is_nobodys_own_is_told_once():
    samples = _samples({"worker@a": snapshot(), "worker@b": snapshot()})

    assert samples["studyspot_jobs_waiting"] == {None: 4}
    assert samples["studyspot_tenant_connections"] == {"worker@a": 7, "worker@b": 7}


def test_prometheus_can_read_it():
    families = {
        one.name: one
        for one in text_string_to_metric_families(prometheus_text({"students": snapshot()}).decode())
    }

    samples = {
        (sample.name, sample.labels.get("le")): sample.value
        for sample in families["studyspot_requests_seconds"].samples
    }
    assert samples["studyspot_requests_seconds_count", None] == 2
    assert samples["studyspot_requests_seconds_sum", None] == 0.5
    assert samples["studyspot_requests_seconds_bucket", "+Inf"] == 2
    assert {one.labels["process"] for one in families["studyspot_requests_seconds"].samples} == {"students"}


def test_a_snapshot_holds_what_was_counted():
    before = dict(measures.CACHE.by_key)
    measures.CACHE.add(("registry", "hit"))
    taken = take_snapshot("here", {}, {})

    assert taken.cache["registry"]["hit"] == before.get(("registry", "hit"), 0) + 1


async def test_what_is_needed_is_tried_and_what_is_wrong_is_logged_not_told():
    async def works() -> None: ...

    async def fails() -> None:
        raise Unavailable("db7.internal does not answer")

    with captured_lines() as lines:
        ready, broken = (
            await Health("a", {"one": works}).readiness(),
            await Health("a", {"one": fails}).readiness(),
        )

    assert (ready.status, ready.checks["one"].ok) == ("ready", True)
    assert (broken.status, broken.checks["one"].ok) == ("not_ready", False)
    assert "db7.internal" not in str(broken)
    assert "db7.internal" in lines[0]["problem"]


async def test_what_is_needed_is_tried_once_a_second_however_often_somebody_asks(
    monkeypatch: pytest.MonkeyPatch,
):
    tried = 0

    async def works() -> None:
        nonlocal tried
        tried += 1
        await asyncio.sleep(0.01)

    asked = Health("a", {"one": works})
    await asyncio.gather(*(asked.readiness() for _ in range(50)))
    await asked.readiness()
    assert tried == 1
    monkeypatch.setattr(health, "REMEMBERED_SECONDS", 0.0)
    await asked.readiness()
    assert tried == 2


async def test_what_it_can_do_without_is_tried_too_and_keeps_nobody_away():
    async def fails() -> None:
        raise Unavailable("no answer")

    readiness = await Health("a", {}, can_do_without={"redis": fails}).readiness()

    assert (readiness.status, readiness.checks["redis"].ok) == ("ready", False)


async def test_a_number_that_does_not_come_is_left_out_and_asked_for_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slow_gauges, "ASK_SECONDS_MAX", 0.05)
    answer, asked = asyncio.Event(), []

    async def ask() -> dict[str, float]:
        asked.append(1)
        await answer.wait()
        return {"jobs_waiting": 3}

    gauges = SlowGauges(ask)
    assert [await gauges.read() for _ in range(3)] == [{}, {}, {}]
    assert len(asked) == 1
    answer.set()
    await asyncio.sleep(0)
    assert await gauges.read() == {"jobs_waiting": 3}
    answer.clear()
    assert await gauges.read() == {}  # that answer was of another moment
    await gauges.close()


async def test_a_number_nobody_knows_is_left_out():
    async def ask() -> dict[str, float]:
        raise Unavailable("no database")

    gauges = SlowGauges(ask)

    with captured_lines() as lines:
        assert await gauges.read() == {}
    assert [line["event"] for line in lines] == ["gauges_left_out"]
    await gauges.close()


async def test_who_is_about_to_stop_is_not_ready_from_that_moment():
    health = Health("a", {})
    assert (await health.readiness()).status == "ready"
    health.is_draining = True

    assert (await health.readiness()).status == "not_ready"


@pytest.mark.parametrize(
    ("problem", "ours"),
    [(Conflict("No."), False), (Unavailable("Later."), True), (ZeroDivisionError(), True)],
)
def test_a_no_is_no_error_of_ours(problem: Exception, ours: bool):
    assert is_our_fault(problem) is ours
