"""The processes in which a service runs, and which of them to ask: those that answered last time.

Nobody is asked how he feels: a connection that fails says it. One that failed is left alone for a while,
twice as long each time; then a single request tries it again.
"""

import contextlib
import random
import time
from collections.abc import Iterator, Sequence

from studyspot.kernel.errors import Unavailable

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 5.0


def not_available(*, retry_after_seconds: int = 1) -> Unavailable:
    """What a user is told of a service that does not answer."""
    return Unavailable(
        "This part of StudySpot is not available. Try again shortly.",
        retry_after_seconds=retry_after_seconds,
    )


class Instance:
    """One address, such as `http://10.0.0.7:3001`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.busy = 0
        self.failures = 0
        self.not_before = 0.0

    @contextlib.contextmanager
    def asked(self) -> Iterator[None]:
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    def worked(self) -> None:
        self.failures = 0
        self.not_before = 0.0

    def failed(self) -> None:
        """Nothing came back. Said by each of many requests at once, it counts once per pause."""
        now = time.monotonic()
        if self.failures and now < self.not_before:
            return
        pause = min(FIRST_PAUSE_SECONDS * 2**self.failures, LONGEST_PAUSE_SECONDS)
        self.failures += 1
        self.not_before = now + pause


class Instances:
    """All addresses of one service."""

    def __init__(self, service: str, urls: Sequence[str]) -> None:
        """:raises ValueError: when there is none."""
        if not urls:
            raise ValueError(f"no address is known for {service}")
        self.service = service
        self._all = [Instance(url.rstrip("/")) for url in urls]

    @property
    def urls(self) -> list[str]:
        return [one.url for one in self._all]

    def pick(self, *, besides: Instance | None = None) -> Instance:
        """The least busy of those that work. One whose pause is over is tried by a single request at a time.

        :raises Unavailable: at once, when none is left.
        """
        now = time.monotonic()
        ready = [
            one
            for one in self._all
            if one is not besides and (not one.failures or (now >= one.not_before and not one.busy))
        ]
        if not ready:
            waits = max(min(one.not_before for one in self._all) - now, 0)
            raise not_available(retry_after_seconds=int(waits) + 1)
        fewest = min(one.busy for one in ready)
        return random.choice([one for one in ready if one.busy == fewest])  # noqa: S311 - to spread load
