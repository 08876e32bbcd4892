"""How the platform is doing, in the numbers and by the thresholds of the API's contract."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

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


def report(front: Snapshot, processes: Mapping[str, Snapshot | None]) -> dict[str, Any]:
    """Of the last five minutes, of all processes together and of each; None is one that does not answer.

    `front` is the one that users speak to: requests are counted there, since each is counted again in the
    service to which it goes on. Times are milliseconds, rates percent.
    """
    found = [one for one in processes.values() if one is not None]
    requests = front.requests.last_five_minutes
    queries = _together([one.queries.last_five_minutes for one in found])
    each = {name: _of_one(one) for name, one in processes.items()}
    status = worst([judge(requests, queries), *(one["status"] for one in each.values())])
    return {
        "health": {
            "status": status,
            "metrics": _metrics(requests, front.requests.last_minute, queries),
        },
        "report": {
            "timestamp": front.taken_at,
            "period": "5m",
            "api": {
                "total_calls": requests.count,
                "total_errors": requests.failures,
                "avg_response_time": round(requests.mean_ms or 0),
            },
            "database": {
                "total_queries": queries.count,
                "total_errors": queries.failures,
                "avg_duration": round(queries.mean_ms or 0),
            },
            "cache": {"total_operations": sum(one.cache_last_five_minutes.count for one in found)},
        },
        "processes": each,
    }


def _of_one(snapshot: Snapshot | None) -> dict[str, Any]:
    if snapshot is None:
        return {"status": "unhealthy", "metrics": None}
    requests, queries = snapshot.requests.last_five_minutes, snapshot.queries.last_five_minutes
    return {
        "status": judge(requests, queries),
        "metrics": _metrics(requests, snapshot.requests.last_minute, queries),
    }


def _metrics(requests: Recent, last_minute: Recent, queries: Recent) -> dict[str, float]:
    return {
        "avg_response_time": round(requests.mean_ms or 0),
        "error_rate": round(requests.error_percent or 0, 2),
        "requests_per_minute": last_minute.count,
        "db_avg_duration": round(queries.mean_ms or 0),
    }


def _together(all_recent: Collection[Recent]) -> Recent:
    return Recent(
        sum(one.count for one in all_recent),
        sum(one.failures for one in all_recent),
        sum(one.seconds for one in all_recent),
    )
