"""What students have for longer than a day."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment
from studyspot.client.models.plans import PlanKind

NextTermStatus = Literal["offered", "renewed", "lapsed"]
MembershipStatus = Literal["draft", "active", "paused", "grace", "expired", "cancelled"]


class HeldShift(msgspec.Struct, frozen=True):
    """A shift as it was sold."""

    shift_id: UUID
    name: str
    starts: str
    ends: str


class Term(msgspec.Struct, frozen=True):
    """Some days of a membership, in one plan and on one seat; `price` is what they cost, in paise. Those that
    were added for nothing are `is_free`, and have a `reason`.
    """

    id: UUID
    library_id: UUID
    time_zone: str
    plan_id: UUID
    plan_name: str
    kind: PlanKind
    seat_id: UUID | None
    seat_code: str | None
    zone_id: UUID | None
    shifts: tuple[HeldShift, ...]
    hours_a_day: int | None
    starts_on: date
    ends_on: date
    price: int
    is_free: bool
    reason: str | None


class Pause(msgspec.Struct, frozen=True):
    id: UUID
    first_on: date
    last_on: date
    reason: str | None


class Absence(msgspec.Struct, frozen=True):
    """Hours that can be sold to others, while the membership goes on."""

    id: UUID
    membership_id: UUID
    starts_at: Moment
    ends_at: Moment
    reason: Literal["declared", "no_show"]


class NewAbsence(msgspec.Struct, frozen=True, kw_only=True):
    """From the first day to the last; a night belongs to the day on which it begins."""

    first_on: date
    last_on: date


class NextTerm(msgspec.Struct, frozen=True):
    """What was billed as a next term, in paise; `open` is what is still to be paid of it."""

    starts_on: date
    ends_on: date
    price: int
    late_fee: int
    open: int
    status: NextTermStatus


class Redemption(msgspec.Struct, frozen=True):
    """What a coupon took off, in paise, or without a `code` the welcome of one whom another brought."""

    code: str | None
    amount: int
    is_given_back: bool
    created_at: Moment


class MembershipHistory(msgspec.Struct, frozen=True):
    """Every term and pause, in the order of their days, and what was taken off once."""

    terms: tuple[Term, ...]
    next_terms: tuple[NextTerm, ...]
    pauses: tuple[Pause, ...]
    absences: tuple[Absence, ...]
    redemptions: tuple[Redemption, ...]


class Membership(msgspec.Struct, frozen=True):
    """Plan, seat, shifts and price are those of today's term, or else of the next one, or the last."""

    id: UUID
    library_id: UUID
    student_id: UUID
    student_name: str
    status: MembershipStatus
    plan_id: UUID
    plan_name: str
    kind: PlanKind
    seat_id: UUID | None
    seat_code: str | None
    zone_id: UUID | None
    shifts: tuple[HeldShift, ...]
    price: int
    starts_on: date
    ends_on: date
    grace_days: int
    renews: bool
    held_until: Moment | None
    cancel_reason: str | None
    version: int
    created_at: Moment
    updated_at: Moment


class NewMembership(msgspec.Struct, frozen=True, kw_only=True):
    """A reserved plan needs a `seat_id` and `shift_ids`, an unreserved one neither. A `draft` keeps the seat
    for the library's `hold_minutes`, until it is activated. Unless it is said, what is sold by the month or
    longer renews.
    """

    student_id: UUID
    plan_id: UUID
    starts_on: date
    quantity: int = 1
    seat_id: UUID | None = None
    zone_id: UUID | None = None
    shift_ids: Sequence[UUID] = []
    renews: bool | None = None
    coupon_code: str | None = None
    draft: bool = False


class PlanChange(msgspec.Struct, frozen=True, kw_only=True):
    """From `from_on` on, today unless said otherwise, until the same last day. Whether it `renews` stays
    unless it is said.
    """

    version: int
    plan_id: UUID
    from_on: date | None = None
    seat_id: UUID | None = None
    zone_id: UUID | None = None
    shift_ids: Sequence[UUID] = []
    renews: bool | None = None


class SeatMove(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    seat_id: UUID


class SeatSwap(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    other_id: UUID
    other_version: int


class NewPause(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    first_on: date
    last_on: date
    reason: str | None = None


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """Days that cost nothing."""

    version: int
    days: int
    reason: str


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    quantity: int = 1
    coupon_code: str | None = None


class Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    """`last_on` is the last day that is used: today, unless said otherwise."""

    version: int
    last_on: date | None = None
    gives_back: bool = True
    reason: str
