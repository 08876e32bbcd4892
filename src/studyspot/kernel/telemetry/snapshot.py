"""All measures of one process at one moment, fit for a wire: the gateway gathers those of every process."""

from datetime import datetime

import msgspec

from studyspot.kernel import clock
from studyspot.kernel.telemetry.measures import CACHE, CALLS, QUERIES, REQUESTS, Key, Timings
from studyspot.kernel.telemetry.windows import Recent

FIVE_MINUTES, ONE_MINUTE = 300, 60


class Timed(msgspec.Struct, frozen=True):
    """Since the start of the process. `buckets` are as in `measures.Timing`."""

    key: Key
    seconds: float
    failures: int
    buckets: list[int]

    @property
    def count(self) -> int:
        return sum(self.buckets)


class Family(msgspec.Struct, frozen=True):
    name: str
    description: str
    labels: Key
    timed: list[Timed]
    last_minute: Recent
    last_five_minutes: Recent


class Snapshot(msgspec.Struct, frozen=True):
    """`process` is what it calls itself, such as `gateway`, `auth` or `auth+users`; `gauges` are numbers of
    this moment, `shared` those that are not this process's own: whoever is asked finds the same.
    """

    process: str
    taken_at: datetime
    requests: Family
    queries: Family
    calls: Family
    cache: dict[str, dict[str, int]]
    """Outcomes (`hit`, `miss`, `set`) by namespace."""
    cache_last_five_minutes: Recent
    gauges: dict[str, float]
    shared: dict[str, float]


def take_snapshot(process: str, gauges: dict[str, float], shared: dict[str, float]) -> Snapshot:
    cache: dict[str, dict[str, int]] = {}
    for (namespace, outcome), count in sorted(CACHE.by_key.items()):
        cache.setdefault(namespace, {"hit": 0, "miss": 0, "set": 0})[outcome] = count
    return Snapshot(
        process,
        clock.now(),
        _family(REQUESTS),
        _family(QUERIES),
        _family(CALLS),
        cache,
        CACHE.last(FIVE_MINUTES),
        gauges,
        shared,
    )


def _family(timings: Timings) -> Family:
    timed = [
        Timed(key, timing.seconds, timing.failures, list(timing.buckets))
        for key, timing in sorted(timings.items())
    ]
    return Family(
        timings.name,
        timings.description,
        timings.labels,
        timed,
        timings.last(ONE_MINUTE),
        timings.last(FIVE_MINUTES),
    )
