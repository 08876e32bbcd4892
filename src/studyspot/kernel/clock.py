"""The clock, read at the edges only: rules are given the time, tests move it (time-machine)."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
