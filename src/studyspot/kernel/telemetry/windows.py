"""What happened lately, out of sums that only grow: what they were at the start of each slot of ten seconds
is remembered for five minutes.
"""

from collections import deque

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
    """Moments are seconds of any one clock that does not go back."""

    def __init__(self) -> None:
        self.slot_ends = 0.0
        """From then on a slot must be begun before anything is added to the sums."""
        self._begun: deque[tuple[int, Recent]] = deque(maxlen=SLOTS)

    def begin_slot(self, moment: float, sums: Recent) -> None:
        number = int(moment / SLOT_SECONDS)
        self._begun.append((number, sums))
        self.slot_ends = (number + 1) * SLOT_SECONDS

    def last(self, seconds: int, moment: float, sums: Recent) -> Recent:
        """Of the last so many seconds (at most 300), to a slot."""
        oldest = int(moment / SLOT_SECONDS) - seconds // SLOT_SECONDS
        then = next((begun for number, begun in self._begun if number >= oldest), sums)
        return Recent(sums.count - then.count, sums.failures - then.failures, sums.seconds - then.seconds)
