"""The days of memberships, and what they are worth.

A day of a term is worth the term's price divided by its days. What is given back or charged for some of the
days is rounded to the nearest paisa, halves up; what stays is the rest, so nothing is lost between the two.
Days that were given for nothing are worth nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.ids import new_id
from studyspot.kernel.money import share_of
from studyspot.services.bookings.contract.absences import ABSENCE_DAYS_MAX
from studyspot.services.bookings.contract.bookings import NotByTheHour
from studyspot.services.bookings.contract.memberships import (
    FREE_DAYS_MAX,
    PAUSE_DAYS_MAX,
    HeldShift,
    NotForMembers,
    OtherPrice,
    Pause,
    Term,
)
from studyspot.services.bookings.rules.times import DAY, Window, times_of_day
from studyspot.services.libraries.contract import FeePlan, Shift
from studyspot.services.payments.contract import APPROVE, ApprovalNeeded

DAYS_AROUND = 366


class Place(NamedTuple):
    """A seat from one moment until just before another. A night is of the `day` on which it begins."""

    day: date
    seat_id: UUID
    starts_at: datetime
    ends_at: datetime


class Cut(NamedTuple):
    """What is left of terms that end early, and the days that are gone, each at what it was sold for."""

    terms: list[Term]
    gone: list[Term]

    @property
    def unused(self) -> int:
        """What the days that are gone were sold for, in paise."""
        return sum(term.price for term in self.gone)


def check_plan(plan: FeePlan, *, seat_id: UUID | None) -> None:
    """:raises NotForMembers:"""
    if plan.period == "hourly":
        raise NotForMembers("This plan is sold by the hour. Make a booking.")
    if (plan.kind == "reserved") != (seat_id is not None):
        needed = "Name the seat." if seat_id is None else "It has no seat of its own: name none."
        raise NotForMembers(f"This plan is {plan.kind}. {needed}")


def check_hourly(plan: FeePlan, *, library_id: UUID) -> None:
    """:raises NotByTheHour:"""
    if plan.library_id != library_id:
        raise NotByTheHour("This plan is another library's.")
    if plan.period != "hourly":
        raise NotByTheHour(f"This plan is {plan.period}. Sell it as a membership.")


def check_start(starts_on: date, *, today: date) -> None:
    """:raises ValidationFailed:"""
    check_near("starts_on", starts_on, first=today - DAYS_AROUND * DAY, last=today + DAYS_AROUND * DAY)


def check_near(field: str, day: date, *, first: date, last: date) -> None:
    """:raises ValidationFailed: unless the day is between the two."""
    if not first <= day <= last:
        fault = Fault(field, f"Give a day from {first} to {last}.", "out_of_range")
        raise ValidationFailed("This cannot be done on that day.", details=[fault])


def check_absence(first_on: date, last_on: date, *, today: date) -> None:
    """:raises ValidationFailed: with every fault."""
    faults = []
    if first_on < today:
        faults.append(Fault("first_on", "Give a day to come.", "out_of_range"))
    if not 0 <= (last_on - first_on).days < ABSENCE_DAYS_MAX:
        message = f"Give 1 to {ABSENCE_DAYS_MAX} days; for more, pause the membership."
        faults.append(Fault("last_on", message, "out_of_range"))
    if faults:
        raise ValidationFailed("Nobody can be absent then.", details=faults)


def check_pause(
    first_on: date, last_on: date, *, today: date, terms: Sequence[Term], pauses: Sequence[Pause]
) -> None:
    """:raises ValidationFailed: with every fault."""
    faults = []
    if any(pause.last_on >= today for pause in pauses):
        faults.append(Fault("first_on", "It rests already, or is going to. End that first.", "overlap"))
    if not max(today, terms[0].starts_on) <= first_on <= terms[-1].ends_on:
        faults.append(Fault("first_on", "Give a day to come, before the membership ends.", "out_of_range"))
    if not 0 <= (last_on - first_on).days < PAUSE_DAYS_MAX:
        faults.append(Fault("last_on", f"Pause for 1 to {PAUSE_DAYS_MAX} days.", "out_of_range"))
    if faults:
        raise ValidationFailed("The membership cannot rest then.", details=faults)


def check_free_days(caller: Caller, terms: Sequence[Term], more: int) -> None:
    """:raises ApprovalNeeded: for more than anybody may give away alone."""
    given = sum(days_of(term) for term in terms if term.is_free)
    if given + more > FREE_DAYS_MAX and not caller.may(APPROVE):
        raise ApprovalNeeded(
            f"It has {given} free days. More than {FREE_DAYS_MAX} are given by a colleague who may approve."
        )


def held(shift: Shift, day: date) -> HeldShift:
    """As it is sold on that day; before there was such a shift, as it was at first."""
    times = shift.times_on(day) or shift.times[0]
    return HeldShift(shift.id, shift.name, times.starts, times.ends)


def days_of(term: Term) -> int:
    return (term.ends_on - term.starts_on).days + 1


def cut(terms: Sequence[Term], first_gone: date) -> Cut:
    """Without the days from `first_gone` on."""
    kept, gone = [], []
    for term in terms:
        days = min((term.ends_on - first_gone).days + 1, days_of(term))
        if days <= 0:
            kept.append(term)
        elif days == days_of(term):
            gone.append(term)
        else:
            worth = share_of(term.price, days, days_of(term))
            kept.append(replace(term, ends_on=first_gone - DAY, price=term.price - worth))
            gone.append(replace(term, id=new_id(), starts_on=first_gone, price=worth))
    return Cut(kept, gone)


def libraries_from(terms: Sequence[Term], day: date) -> set[UUID]:
    """Where they have days from that one on, or had the last."""
    return {term.library_id for term in terms if term.ends_on >= day or term is terms[-1]}


def check_same_price(
    terms: Sequence[Term],
    from_on: date,
    *,
    library_id: UUID,
    zone_id: UUID,
    extras: Mapping[UUID, Mapping[UUID | None, int]],
) -> None:
    """Of a seat in that zone; `extras` are what zones cost besides, by the plan. :raises OtherPrice:"""
    for term in terms:
        extra = extras.get(term.plan_id, {})
        is_moved = term.ends_on >= from_on and term.library_id == library_id
        if is_moved and extra.get(term.zone_id, 0) != extra.get(zone_id, 0):
            raise OtherPrice(
                f"This seat has another price in {term.plan_name}. Change the plan to that seat."
            )


def reseated(
    terms: Sequence[Term], from_on: date, *, library_id: UUID, seat_id: UUID, zone_id: UUID
) -> list[Term]:
    """On another seat of the library from that day on, on the days that they have there."""
    return [
        replace(term, seat_id=seat_id, zone_id=zone_id)
        if term.starts_on >= from_on and term.library_id == library_id
        else term
        for term in split(terms, from_on)
    ]


def split(terms: Sequence[Term], day: date) -> list[Term]:
    """The same days at the same price, with a term that begins on that day if one was to go on."""
    pieces: list[Term] = []
    for term in terms:
        if term.starts_on < day <= term.ends_on:
            before = cut([term], day)
            pieces += [*before.terms, *before.gone]
        else:
            pieces.append(term)
    return pieces


def replanned(terms: Sequence[Term], offer: Term) -> list[Term]:
    """In the plan that is offered from its first day on, at its price by the day, until the same last day.
    Days that were free stay so.
    """
    period = days_of(offer)
    return [
        replace(
            offer,
            id=new_id(),
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            price=0 if term.is_free else share_of(offer.price, days_of(term), period),
            is_free=term.is_free,
            reason=term.reason,
        )
        if term.starts_on >= offer.starts_on
        else term
        for term in split(terms, offer.starts_on)
    ]


def extended(terms: Sequence[Term], days: int, reason: str) -> list[Term]:
    """By days that cost nothing: a term of their own, so that those before are worth what they were."""
    last = terms[-1]
    added = replace(
        last,
        id=new_id(),
        starts_on=last.ends_on + DAY,
        ends_on=last.ends_on + days * DAY,
        price=0,
        is_free=True,
        reason=reason,
    )
    return [*terms, added]


def goes_on(offered: Term, terms: Sequence[Term], *, is_paid: bool) -> bool:
    """Whether what was offered as the next term is still of the plan and the shifts there are at the end, and
    due after the last day. What is paid is not due any more.
    """
    last = terms[-1]
    is_due_then = offered.starts_on == last.ends_on + DAY
    return (offered.plan_id, offered.shifts) == (last.plan_id, last.shifts) and (is_paid or is_due_then)


def paused(terms: Sequence[Term], pause: Pause) -> list[Term]:
    """The days from the pause on come after it."""
    pieces = split(terms, pause.first_on)
    return _moved(pieces, pause.first_on, by=pause.last_on - pause.first_on + DAY)


def resumed(terms: Sequence[Term], pause: Pause, from_on: date) -> list[Term]:
    """The days after the pause begin on that day."""
    return _moved(terms, pause.last_on, by=from_on - pause.last_on - DAY)


def _moved(terms: Sequence[Term], since: date, *, by: timedelta) -> list[Term]:
    return [
        replace(term, starts_on=term.starts_on + by, ends_on=term.ends_on + by)
        if term.starts_on >= since
        else term
        for term in terms
    ]


def places(terms: Sequence[Term], *, grace_days: int, now: datetime) -> list[Place]:
    """Where a member sits from now on, day by day, and in the days of grace. Times of one day that overlap
    are one; those of the next begin when the day before is over, on whichever seat.
    """
    found: list[Place] = []
    for term in terms:
        if term.seat_id is None:
            continue
        grace = grace_days * DAY if term is terms[-1] else timedelta()
        today = now.astimezone(ZoneInfo(term.time_zone)).date()
        day = max(term.starts_on, today - DAY)  # the night before may end today
        while day <= term.ends_on + grace:
            since = found[-1].ends_at if found else now
            found += [
                Place(day, term.seat_id, max(starts_at, since), ends_at)
                for starts_at, ends_at in _times_on(term, day)
                if ends_at > since
            ]
            day += DAY
    return found


def _times_on(term: Term, day: date) -> list[Window]:
    zone = ZoneInfo(term.time_zone)
    times: list[Window] = []
    for starts_at, ends_at in sorted(
        times_of_day(day, (shift.starts, shift.ends), zone) for shift in term.shifts
    ):
        if times and starts_at < times[-1][1]:
            times[-1] = times[-1][0], max(times[-1][1], ends_at)
        else:
            times.append((starts_at, ends_at))
    return times
