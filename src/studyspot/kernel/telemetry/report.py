"""How the platform is doing, in the numbers and by the thresholds of the API's contract."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from studyspot.kernel.telemetry.snapshot import Snapshot
from studyspot.kernel.telemetry.windows import Recent

Status = Literal["healthy", "degraded", "unhealthy"]


class Thresholds(msgspec.Struct, frozen=True):
    """Above these, not at them, it is worse. Nothing measured is healthy."""

    degraded: float
    unhealthy: float

    def judge(self, value: float | None) -> Status:
        if value is None or value <= self.degraded:
            return "healthy"
        return "degraded" if value <= self.unhealthy else "unhealthy"


RESPONSE_MS = Thresholds(1000, 3000)
ERROR_PERCENT = Thresholds(5, 15)
QUERY_MS = Thresholds(100, 500)
WORST_LAST: tuple[Status, ...] = ("healthy", "degraded", "unhealthy")


def worst(statuses: Collection[Status]) -> Status:
    return max(statuses, key=WORST_LAST.index, default="healthy")


def judge(requests: Recent, queries: Recent) -> Status:
    return worst(
        [
            RESPONSE_MS.judge(requests.mean_ms),
            ERROR_PERCENT.judge(requests.error_percent),
            QUERY_MS.judge(queries.mean_ms),
        ]
    )


class Indicators(msgspec.Struct, frozen=True):
    """Times are milliseconds, the rate is in percent."""

    avg_response_time: int
    error_rate: float
    requests_per_minute: int
    db_avg_duration: int


class PlatformHealth(msgspec.Struct, frozen=True):
    status: Status
    metrics: Indicators


class ProcessHealth(msgspec.Struct, frozen=True):
    """Without metrics: it does not answer."""

    status: Status
    metrics: Indicators | None


class RequestTotals(msgspec.Struct, frozen=True):
    total_calls: int
    total_errors: int
    avg_response_time: int


class QueryTotals(msgspec.Struct, frozen=True):
    total_queries: int
    total_errors: int
    avg_duration: int


class CacheTotals(msgspec.Struct, frozen=True):
    total_operations: int


class Report(msgspec.Struct, frozen=True):
    timestamp: datetime
    api: RequestTotals
    database: QueryTotals
    cache: CacheTotals
    period: str = "5m"


class Measures(msgspec.Struct, frozen=True):
    """Of the last five minutes, of all processes together and of each."""

    health: PlatformHealth
    report: Report
    processes: dict[str, ProcessHealth]


def report(front: Snapshot, processes: Mapping[str, Snapshot | None]) -> Measures:
    """None is a process that does not answer.

    `front` is the one that users speak to: requests are counted there, since each is counted again in the
    service to which it goes on.
    """
    found = [one for one in processes.values() if one is not None]
    requests = front.requests.last_five_minutes
    queries = _together([one.queries.last_five_minutes for one in found])
    each = {name: _of_one(one) for name, one in processes.items()}
    status = worst([judge(requests, queries), *(one.status for one in each.values())])
    return Measures(
        PlatformHealth(status, _indicators(requests, front.requests.last_minute, queries)),
        Report(
            front.taken_at,
            RequestTotals(requests.count, requests.failures, round(requests.mean_ms or 0)),
            QueryTotals(queries.count, queries.failures, round(queries.mean_ms or 0)),
            CacheTotals(sum(one.cache_last_five_minutes.count for one in found)),
        ),
        each,
    )


def _of_one(snapshot: Snapshot | None) -> ProcessHealth:
    if snapshot is None:
        return ProcessHealth("unhealthy", None)
    requests, queries = snapshot.requests.last_five_minutes, snapshot.queries.last_five_minutes
    metrics = _indicators(requests, snapshot.requests.last_minute, queries)
    return ProcessHealth(judge(requests, queries), metrics)


def _indicators(requests: Recent, last_minute: Recent, queries: Recent) -> Indicators:
    return Indicators(
        round(requests.mean_ms or 0),
        round(requests.error_percent or 0, 2),
        last_minute.count,
        round(queries.mean_ms or 0),
    )


def _together(all_recent: Collection[Recent]) -> Recent:
    return Recent(
        sum(one.count for one in all_recent),
        sum(one.failures for one in all_recent),
        sum(one.seconds for one in all_recent),
    )
