"""The processes in which a service runs, and which of them to ask: those that answered last time.

Nobody is asked how he feels: a connection that fails says it, and so does one on which nothing comes back.
One that failed is left alone for a while, twice as long each time; then a single request tries it again, and
another one each time that while has passed. Where somebody else asked and it said that it is ready, the while
is over: what the health page calls well is asked from then on.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Sequence

from studyspot.kernel.errors import Unavailable

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 5.0
SILENT_SECONDS_MIN = 1.0
"""Who was given less time than this to answer has not failed by being silent."""
IN_FLIGHT_MAX = 500
"""Requests that one instance may have unanswered. It answers hundreds a second, so who came after more than
these would be gone before his turn: better to tell him at once."""


def not_available(*, retry_after_seconds: int = 1) -> Unavailable:
    """What a user is told of a service that does not answer."""
    return Unavailable(
        "This part of StudySpot is not available. Try again shortly.",
        retry_after_seconds=retry_after_seconds,
    )


def _nobody_minds() -> None: ...


class Instance:
    """One address, such as `http://10.0.0.7:3001`."""

    def __init__(self, url: str, on_failure: Callable[[], None] = _nobody_minds) -> None:
        self.url = url
        self.busy = 0
        self.answers = 0
        self.failures = 0
        """Since it answered last."""
        self.not_before = 0.0
        self._on_failure = on_failure

    @contextlib.contextmanager
    def asked(self) -> Iterator["Asked"]:
        self.busy += 1
        try:
            yield Asked(self)
        finally:
            self.busy -= 1

    def may_be_asked(self, now: float) -> bool:
        return self.busy < IN_FLIGHT_MAX and (not self.failures or now >= self.not_before)

    def rest(self) -> None:
        """Nobody else asks it until its pause is over: it failed, or is being tried after that."""
        doubled = FIRST_PAUSE_SECONDS * 2 ** min(self.failures - 1, 10)
        self.not_before = time.monotonic() + min(doubled, LONGEST_PAUSE_SECONDS)

    def found_ready(self) -> None:
        """It told the health page so."""
        self.failures = 0

    def fail(self) -> None:
        self.failures += 1
        self.rest()
        self._on_failure()


class Asked:
    """One request to an instance. What became of it is said here, since it counts only for what is not known
    yet: the failures of many that were sent at once are one.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._sent_at = time.monotonic()
        self._failures, self._answers = instance.failures, instance.answers

    def answered(self) -> None:
        self._instance.answers += 1
        self._instance.failures = 0

    def failed(self) -> None:
        """Nothing came back, and nothing will."""
        if self._instance.failures == self._failures:
            self._instance.fail()

    def timed_out(self) -> None:
        """Nothing came back in time: the instance has failed when it was silent towards all others too."""
        waited = time.monotonic() - self._sent_at
        if self._instance.answers == self._answers and waited >= SILENT_SECONDS_MIN:
            self.failed()


class Instances:
    """All addresses of one service. `written` are its URLs as they were set: a name in them may stand for
    several instances, which `resolving` finds out.
    """

    def __init__(self, service: str, urls: Sequence[str]) -> None:
        """:raises ValueError: when there is none."""
        if not urls:
            raise ValueError(f"no address is known for {service}")
        self.service = service
        self.written = [url.rstrip("/") for url in urls]
        self.on_failure = _nobody_minds
        self._all: list[Instance] = []
        self.are_at(self.written)

    @property
    def urls(self) -> list[str]:
        return [one.url for one in self._all]

    def __iter__(self) -> Iterator[Instance]:
        return iter(self._all)

    def are_at(self, urls: Sequence[str]) -> None:
        """From now on. Of those that stay it is still known how they are."""
        known = {one.url: one for one in self._all}
        self._all = [known.get(url) or Instance(url, self._one_failed) for url in dict.fromkeys(urls)]

    def pick(self, *, besides: Instance | None = None) -> Instance:
        """The least busy of those that work, or one that is to be tried again.

        :raises Unavailable: at once, when none is left.
        """
        now = time.monotonic()
        ready = [one for one in self._all if one is not besides and one.may_be_asked(now)]
        if not ready:
            waits = max(min(one.not_before for one in self._all) - now, 0)
            raise not_available(retry_after_seconds=int(waits) + 1)
        fewest = min(one.busy for one in ready)
        picked = random.choice([one for one in ready if one.busy == fewest])  # noqa: S311 - to spread load
        if picked.failures:
            picked.rest()
        return picked

    def _one_failed(self) -> None:
        self.on_failure()
