"""How this process is doing, in the numbers and by the thresholds of the API's contract."""

from collections import Counter as Sums
from typing import Any, Literal

import msgspec

from studyspot.kernel.telemetry.snapshot import Family, Snapshot

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


def worst(statuses: list[Status]) -> Status:
    return max(statuses, key=WORST_LAST.index, default="healthy")


def judge(snapshot: Snapshot) -> Status:
    requests, queries = snapshot.requests.last_five_minutes, snapshot.queries.last_five_minutes
    return worst(
        [
            RESPONSE_MS.judge(requests.mean_ms),
            ERROR_PERCENT.judge(requests.error_percent),
            QUERY_MS.judge(queries.mean_ms),
        ]
    )


def report(snapshot: Snapshot) -> dict[str, Any]:
    """`health` is of the last minutes; routes, operations, namespaces and doors count since the start.

    Times are milliseconds, rates percent.
    """
    requests, queries = snapshot.requests.last_five_minutes, snapshot.queries.last_five_minutes
    return {
        "health": {
            "status": judge(snapshot),
            "metrics": {
                "avg_response_time": round(requests.mean_ms or 0),
                "error_rate": round(requests.error_percent or 0, 2),
                "requests_per_minute": snapshot.requests.last_minute.count,
                "db_avg_duration": round(queries.mean_ms or 0),
            },
        },
        "report": {
            "timestamp": snapshot.taken_at,
            "period": "5m",
            "api": {
                "total_calls": requests.count,
                "total_errors": requests.failures,
                "avg_response_time": round(requests.mean_ms or 0),
                "statuses": _by_status(snapshot.requests),
                "routes": _by_key(snapshot.requests),
            },
            "database": {
                "total_queries": queries.count,
                "total_errors": queries.failures,
                "avg_duration": round(queries.mean_ms or 0),
                "operations": _by_key(snapshot.queries),
            },
            "cache": {
                "total_operations": sum(sum(outcomes.values()) for outcomes in snapshot.cache.values()),
                "namespaces": snapshot.cache,
            },
            "doors": _by_key(snapshot.calls),
            "gauges": snapshot.gauges,
        },
    }


def _by_key(family: Family) -> list[dict[str, Any]]:
    return [
        {
            **dict(zip(family.labels, timed.key, strict=True)),
            "count": timed.count,
            "errors": timed.failures,
            "avg_ms": round(timed.seconds / timed.count * 1000, 2),
        }
        for timed in family.timed
    ]


def _by_status(requests: Family) -> dict[str, int]:
    found: Sums[str] = Sums()
    for timed in requests.timed:
        found[timed.key[-1]] += timed.count
    return dict(sorted(found.items()))
