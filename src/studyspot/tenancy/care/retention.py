"""Which backups are kept: the newest of each of the last days, weeks and months that have one."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta

import msgspec

from studyspot.tenancy.care.manifests import Manifest


class Keep(msgspec.Struct, frozen=True):
    """How many. What was asked for is kept for as many days as there are daily ones; `last` ones, from before
    a tenant's database was dropped, for `last_days`.
    """

    daily: int = 7
    weekly: int = 4
    monthly: int = 3
    last_days: int = 365


def superseded(backups: Iterable[Manifest], *, now: datetime, keep: Keep) -> list[Manifest]:
    """Those to delete, oldest first. The newest of all is never among them, unless it is an outlived last
    one.
    """
    newest_first = sorted(backups, key=lambda one: one.taken_at, reverse=True)
    regular = [one for one in newest_first if one.reason != "last"]
    kept = {
        *(one.name for one in regular[:1]),
        *_newest_of_each(regular, keep.daily, lambda at: at.date()),
        *_newest_of_each(regular, keep.weekly, lambda at: at.isocalendar()[:2]),
        *_newest_of_each(regular, keep.monthly, lambda at: (at.year, at.month)),
        *(
            one.name
            for one in newest_first
            if (one.reason == "asked" and now - one.taken_at < timedelta(days=keep.daily))
            or (one.reason == "last" and now - one.taken_at < timedelta(days=keep.last_days))
        ),
    }
    return [one for one in reversed(newest_first) if one.name not in kept]


def _newest_of_each(
    newest_first: list[Manifest], count: int, period: Callable[[datetime], Hashable]
) -> list[str]:
    newest: dict[Hashable, str] = {}
    for one in newest_first:
        newest.setdefault(period(one.taken_at), one.name)
    return list(newest.values())[:count]
