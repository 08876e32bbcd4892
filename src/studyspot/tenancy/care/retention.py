"""Which backups are kept: the newest of each of the last days, weeks and months that have one.

One whose restore has failed is none of these; one that was restored with success is not given up before
another was. One of a time to come, written while a clock was wrong, stays and makes no other superfluous.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from studyspot.tenancy.care.manifests import Manifest


class Keep(msgspec.Struct, frozen=True):
    """How many. What was asked for, or could not be restored, is kept for as many days as there are daily
    ones; `last` ones, from before a tenant's database was dropped, for `last_days`.
    """

    daily: int = 7
    weekly: int = 4
    monthly: int = 3
    last_days: int = 365


Verdicts = Mapping[str, bool]
"""By the name of a backup: whether it could be restored when that was last tried."""


def superseded(
    backups: Iterable[Manifest], *, now: datetime, keep: Keep, verdicts: Verdicts
) -> list[Manifest]:
    """Those to delete of a tenant that lives, oldest first: never the newest, nor the newest proved one."""
    newest_first = sorted(backups, key=lambda one: one.taken_at, reverse=True)
    past = [one for one in newest_first if one.taken_at <= now]
    regular = [one for one in past if one.reason != "last" and verdicts.get(one.name, True)]
    kept = {
        *(one.name for one in newest_first if one.taken_at > now),
        *(one.name for one in regular[:1]),
        *[one.name for one in past if verdicts.get(one.name, False)][:1],
        *_newest_of_each(regular, keep.daily, lambda at: at.date()),
        *_newest_of_each(regular, keep.weekly, lambda at: at.isocalendar()[:2]),
        *_newest_of_each(regular, keep.monthly, lambda at: (at.year, at.month)),
        *(
            one.name
            for one in past
            if one.reason == "asked" or not verdicts.get(one.name, True)
            if now - one.taken_at < timedelta(days=keep.daily)
        ),
        *(
            one.name
            for one in past
            if one.reason == "last" and now - one.taken_at < timedelta(days=keep.last_days)
        ),
    }
    return [one for one in reversed(newest_first) if one.name not in kept]


def outlived(backups: Iterable[Manifest], *, now: datetime, keep: Keep) -> list[Manifest]:
    """Those to delete of a tenant whose database was dropped, oldest first: all but the last ones, which have
    their time. When there was nothing left to back up, its newest is the last one.
    """
    oldest_first = sorted((one for one in backups if one.taken_at <= now), key=lambda one: one.taken_at)
    last = [one for one in oldest_first if one.reason == "last"] or oldest_first[-1:]
    kept = {one.name for one in last if now - one.taken_at < timedelta(days=keep.last_days)}
    return [one for one in oldest_first if one.name not in kept]


def _newest_of_each(
    newest_first: list[Manifest], count: int, period: Callable[[datetime], Hashable]
) -> list[str]:
    newest: dict[Hashable, str] = {}
    for one in newest_first:
        newest.setdefault(period(one.taken_at), one.name)
    return list(newest.values())[:count]
