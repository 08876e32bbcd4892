"""Counters and timings, cheap enough for every request, query and call: some 0.3 µs each.

A key is made of names that stand in the code (a route's pattern, a function, a method), never of ids: so
their number is bounded, and a bug that breaks this is stopped at `KEYS_MAX`.
"""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator

from studyspot.kernel.telemetry.windows import Recent, Window

BOUNDS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
KEYS_MAX = 2_000
Key = tuple[str, ...]


class Timing:
    """All that was recorded of one key. `buckets[i]` counts what took at most `BOUNDS_SECONDS[i]`, the last
    what took longer.
    """

    __slots__ = ("buckets", "failures", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.failures = 0
        self.buckets = [0] * (len(BOUNDS_SECONDS) + 1)

    @property
    def count(self) -> int:
        return sum(self.buckets)


class Timings:
    """How often something happened, how long it took, how often it failed. `labels` name a key's parts."""

    def __init__(self, name: str, description: str, labels: Key) -> None:
        self.name, self.description, self.labels = name, description, labels
        self.before_reading: Callable[[], None] = lambda: None
        """Set by who records a little later: it brings what it has kept back."""
        self._by_key: dict[Key, Timing] = {}
        self._window = Window()

    def record(self, key: Key, began: float, ended: float, *, failed: bool = False) -> None:
        """The moments are those of `now`."""
        if ended >= self._window.slot_ends:
            self._window.begin_slot(ended, self._sums())
        timing = self._by_key.get(key)
        if timing is None:
            timing = self._new(key)
        seconds = ended - began
        timing.seconds += seconds
        timing.buckets[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        if failed:
            timing.failures += 1

    def items(self) -> Iterator[tuple[Key, Timing]]:
        self.before_reading()
        yield from list(self._by_key.items())

    def last(self, seconds: int) -> Recent:
        self.before_reading()
        return self._window.last(seconds, now(), self._sums())

    def _sums(self) -> Recent:
        every = self._by_key.values()
        return Recent(
            sum(one.count for one in every),
            sum(one.failures for one in every),
            sum(one.seconds for one in every),
        )

    def _new(self, key: Key) -> Timing:
        if len(self._by_key) >= KEYS_MAX:
            key = ("(too many)",) * len(self.labels)
        return self._by_key.setdefault(key, Timing())


class Counter:
    def __init__(self, name: str, description: str, labels: Key) -> None:
        self.name, self.description, self.labels = name, description, labels
        self.by_key: defaultdict[Key, int] = defaultdict(int)
        self._window = Window()

    def add(self, key: Key) -> None:
        if (moment := now()) >= self._window.slot_ends:
            self._window.begin_slot(moment, self._sums())
        if len(self.by_key) >= KEYS_MAX and key not in self.by_key:
            key = ("(too many)",) * len(self.labels)
        self.by_key[key] += 1

    def last(self, seconds: int) -> Recent:
        return self._window.last(seconds, now(), self._sums())

    def _sums(self) -> Recent:
        return Recent(sum(self.by_key.values()), 0, 0.0)


now = time.perf_counter

REQUESTS = Timings(
    "studyspot_requests", "HTTP requests by the pattern of their route", ("method", "route", "status")
)
QUERIES = Timings("studyspot_queries", "Statements by the function that runs them", ("operation",))
CALLS = Timings("studyspot_door_calls", "Calls of rooms' doors", ("method",))
CACHE = Counter("studyspot_cache", "Looks into caches", ("namespace", "outcome"))
