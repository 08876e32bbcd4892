"""The measures of some processes as Prometheus reads them."""

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from studyspot.kernel.telemetry.measures import BOUNDS_SECONDS, CACHE
from studyspot.kernel.telemetry.snapshot import Family, Snapshot, Timed

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PROCESS = "process"
_BOUNDS = (*map(str, BOUNDS_SECONDS), "+Inf")


def prometheus_text(snapshots: Sequence[Snapshot]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measures(snapshots))
    return generate_latest(registry)


class _Measures(Collector):
    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterator[Metric]:
        for kind in ("requests", "queries", "calls"):
            yield from self._families({one.process: getattr(one, kind) for one in self._snapshots})
        cache = CounterMetricFamily(CACHE.name, CACHE.description, labels=(PROCESS, *CACHE.labels))
        gauges: dict[str, GaugeMetricFamily] = {}
        for one in self._snapshots:
            for namespace, outcomes in one.cache.items():
                for outcome, count in outcomes.items():
                    cache.add_metric((one.process, namespace, outcome), count)
            for name, value in one.gauges.items():
                described = GaugeMetricFamily(f"studyspot_{name}", name.replace("_", " "), labels=(PROCESS,))
                gauges.setdefault(name, described).add_metric((one.process,), value)
        yield cache
        yield from gauges.values()

    def _families(self, by_process: dict[str, Family]) -> Iterator[Metric]:
        some = next(iter(by_process.values()))
        labels = (PROCESS, *some.labels)
        seconds = HistogramMetricFamily(f"{some.name}_seconds", some.description, labels=labels)
        failures = CounterMetricFamily(f"{some.name}_failures", "Those that failed", labels=labels)
        for process, family in by_process.items():
            for timed in family.timed:
                key = (process, *timed.key)
                seconds.add_metric(key, _cumulative(timed), sum_value=timed.seconds)
                failures.add_metric(key, timed.failures)
        yield seconds
        yield failures


def _cumulative(timed: Timed) -> list[tuple[str, float]]:
    total, buckets = 0, []
    for bound, count in zip(_BOUNDS, timed.buckets, strict=True):
        total += count
        buckets.append((bound, float(total)))
    return buckets
