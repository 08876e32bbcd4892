"""The measures of some processes as Prometheus reads them."""

from collections.abc import Iterator, Mapping

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


def prometheus_text(processes: Mapping[str, Snapshot | None]) -> bytes:
    """By the names of the processes; None is one that does not answer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measures(processes))
    return generate_latest(registry)


class _Measures(Collector):
    def __init__(self, processes: Mapping[str, Snapshot | None]) -> None:
        self._processes = processes
        self._found = {name: one for name, one in processes.items() if one is not None}

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("studyspot_up", "Whether the process answers", labels=(PROCESS,))
        for name, one in self._processes.items():
            up.add_metric((name,), one is not None)
        yield up
        for kind in ("requests", "queries", "calls"):
            yield from self._families({name: getattr(one, kind) for name, one in self._found.items()})
        yield from self._caches()
        yield from self._gauges()

    def _caches(self) -> Iterator[Metric]:
        cache = CounterMetricFamily(CACHE.name, CACHE.description, labels=(PROCESS, *CACHE.labels))
        for process, one in self._found.items():
            for namespace, outcomes in one.cache.items():
                for outcome, count in outcomes.items():
                    cache.add_metric((process, namespace, outcome), count)
        yield cache

    def _gauges(self) -> Iterator[Metric]:
        """What is nobody's own is told once, or a sum over the processes would be a multiple of it."""
        own: dict[str, GaugeMetricFamily] = {}
        shared: dict[str, float] = {}
        for process, one in self._found.items():
            shared = one.shared | shared
            for name, value in one.gauges.items():
                described = GaugeMetricFamily(f"studyspot_{name}", _words(name), labels=(PROCESS,))
                own.setdefault(name, described).add_metric((process,), value)
        yield from own.values()
        for name, value in shared.items():
            yield GaugeMetricFamily(f"studyspot_{name}", _words(name), value=value)

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


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cumulative(timed: Timed) -> list[tuple[str, float]]:
    total, buckets = 0, []
    for bound, count in zip(_BOUNDS, timed.buckets, strict=True):
        total += count
        buckets.append((bound, float(total)))
    return buckets
