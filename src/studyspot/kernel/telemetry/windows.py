"""What happened lately: sums of the last five minutes and of the last one, in slots of ten seconds."""

import time

import msgspec

SLOT_SECONDS = 10
SLOTS = 31
"""Five minutes that are over and the slot that is being filled."""


class Recent(msgspec.Struct, frozen=True):
    """Sums over a time. A share or mean of nothing is None."""

    count: int
    failures: int
    seconds: float

    @property
    def mean_ms(self) -> float | None:
        return self.seconds / self.count * 1000 if self.count else None

    @property
    def error_percent(self) -> float | None:
        return self.failures / self.count * 100 if self.count else None


class Window:
    def __init__(self) -> None:
        self._slots = [(0, 0, 0, 0.0)] * SLOTS  # its number since the clock's start, count, failures, seconds
        self._number = -1
        self._count = self._failures = 0
        self._seconds = 0.0

    def record(self, seconds: float, *, failed: bool) -> None:
        number = int(time.monotonic() / SLOT_SECONDS)
        if number != self._number:
            self._close(number)
        self._count += 1
        self._seconds += seconds
        if failed:
            self._failures += 1

    def last(self, seconds: int) -> Recent:
        """Of the last so many seconds (at most 300), to a slot."""
        number = int(time.monotonic() / SLOT_SECONDS)
        if number != self._number:
            self._close(number)
        oldest = number - seconds // SLOT_SECONDS
        found = [(self._count, self._failures, self._seconds)]
        found += [slot[1:] for slot in self._slots if oldest <= slot[0] < number and slot[1]]
        return Recent(*(sum(column) for column in zip(*found, strict=True)))

    def _close(self, number: int) -> None:
        if self._number >= 0:
            self._slots[self._number % SLOTS] = (
                self._number,
                self._count,
                self._failures,
                self._seconds,
            )
        self._number, self._count, self._failures, self._seconds = number, 0, 0, 0.0
