"""Memberships, as they cross the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Conflict, Refusal
from studyspot.services.bookings.contract.absences import Absence
from studyspot.services.bookings.contract.seats import Reason
from studyspot.services.libraries.contract import CouponCode, PlanKind, Quantity

PAUSE_DAYS_MAX = 180
EXTENSION_DAYS_MAX = 366
FREE_DAYS_MAX = 7
"""So many are given by who may not approve."""
MembershipStatus = Literal["draft", "active", "paused", "grace", "expired", "cancelled"]
NextTermStatus = Literal["offered", "renewed", "lapsed"]
ShiftIds = Annotated[tuple[UUID, ...], Meta(max_length=20)]


class NotForMembers(Refusal):
    """The plan is sold by the hour, or needs a seat that was not named, or the other way round."""

    code = "NOT_FOR_MEMBERS"


class MembershipOver(Conflict):
    """The membership is cancelled, has run out, or is not there yet: it cannot be changed so."""

    code = "MEMBERSHIP_OVER"


class ConsentNeeded(Refusal):
    """The student is under eighteen, and no guardian's consent stands (DPDP Act 2023, s. 9)."""

    code = "GUARDIAN_CONSENT_NEEDED"


class PriceChanged(Conflict):
    """The student is not new any more: what was taken off for that is not."""

    code = "PRICE_CHANGED"


class OtherPrice(Conflict):
    """The seat costs more, or less, in the plan of the membership than the one they have: `change` it to be
    billed for the difference.
    """

    code = "OTHER_PRICE"


class HeldShift(msgspec.Struct, frozen=True):
    """A shift as it was sold: later times of it change nothing here."""

    shift_id: UUID
    name: str
    starts: str
    ends: str


class Term(msgspec.Struct, frozen=True):
    """Some days of a membership, from the first to the last, in one plan and on one seat. `price` is what
    they cost, in paise with tax: a term that is cut short keeps its share. Days that were added for nothing
    are `is_free`, and stay so in another plan; `reason` says why they were.
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
    is_free: bool = False
    reason: str | None = None


class Pause(msgspec.Struct, frozen=True):
    """Days on which a membership rests: its seat is free, and it lasts so much longer."""

    id: UUID
    first_on: date
    last_on: date
    reason: str | None


class NextTerm(msgspec.Struct, frozen=True):
    """What was billed as a next term, in paise: `open` is what is still to be paid of it. It is `offered`
    until it begins or is given up; one that is offered and paid begins as soon as its seat can be had.
    """

    starts_on: date
    ends_on: date
    price: int
    late_fee: int
    open: int
    status: NextTermStatus


class Redemption(msgspec.Struct, frozen=True):
    """What was taken off once, in paise: by a coupon with this code, or without one for a new student whom
    another one brought. A draft's is given back when nobody wants it any more.
    """

    code: str | None
    amount: int
    is_given_back: bool
    created_at: datetime


class Membership(msgspec.Struct, frozen=True):
    """What a student has for days, weeks or months. Plan, seat, shifts and price are those of today's term,
    or else of the next one, or the last, and so is the library. It is in `grace` for `grace_days` after
    `ends_on`, with the seat kept, and then `expired`; one that does not renew has no grace.
    """

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
    held_until: datetime | None
    cancel_reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class MembershipPage(msgspec.Struct, frozen=True):
    items: list[Membership]
    total: int


class MembershipHistory(msgspec.Struct, frozen=True):
    """Every term, pause and absence, in the order of their days, what was offered as next terms, and what was
    taken off once.
    """

    terms: list[Term]
    next_terms: list[NextTerm]
    pauses: list[Pause]
    absences: list[Absence]
    redemptions: list[Redemption]


class NewMembership(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A reserved plan needs a `seat_id` (a seat or a locker) and `shift_ids`; an unreserved one neither, and
    perhaps a `zone_id`. The server says what it costs. Unless it is said, what is sold by the month or longer
    renews. A `draft` keeps the seat for the library's `hold_minutes`, and costs nothing until it is
    activated.
    """

    student_id: UUID
    plan_id: UUID
    starts_on: date
    quantity: Quantity = 1
    seat_id: UUID | None = None
    zone_id: UUID | None = None
    shift_ids: ShiftIds = ()
    renews: bool | None = None
    coupon_code: CouponCode | None = None
    draft: bool = False


class PlanChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another plan, other shifts, another seat, or another library, whose plan it then is. The days from
    `from_on` on (today, unless said otherwise) are given back at the old price and charged at the new one;
    the last day stays. The days of grace are the new plan's; whether it `renews` stays unless it is said.
    `version` is the one that was read.
    """

    version: Version
    plan_id: UUID
    from_on: date | None = None
    seat_id: UUID | None = None
    zone_id: UUID | None = None
    shift_ids: ShiftIds = ()
    renews: bool | None = None


class SeatMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another seat of the library from now on, which costs the same; or of the one to which the membership is
    going to be taken, from then on. In grace it is the next term's.
    """

    version: Version
    seat_id: UUID


class SeatSwap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two memberships exchange their seats from now on, which cost each of them the same."""

    version: Version
    other_id: UUID
    other_version: Version


class NewPause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    version: Version
    first_on: date
    last_on: date
    reason: Reason | None = None


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days that cost nothing and are worth nothing, added at the end. Who may not approve what is given away
    may add them up to 7 free days of a membership in all, whoever gave those before.
    """

    version: Version
    days: Annotated[int, Meta(ge=1, le=EXTENSION_DAYS_MAX)]
    reason: Reason


class Renewal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """More periods of the same plan, at today's price: after the last day, or from today once the membership
    has expired. With a coupon they are sold anew, instead of what was offered.
    """

    version: Version
    quantity: Quantity = 1
    coupon_code: CouponCode | None = None


class RenewalCounts(msgspec.Struct, frozen=True):
    """How many next terms were billed, began because they were paid, got a late fee, and were given up, and
    how many students were rewarded for others whom they brought.
    """

    offered: int
    renewed: int
    late: int
    lapsed: int
    rewarded: int


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`last_on` is the last day that is used: today, unless said otherwise. The days after it are given back
    unless `gives_back` is false; of a membership that has not begun by then, what is still open of
    registration and deposit is not owed either.
    """

    version: Version
    last_on: date | None = None
    gives_back: bool = True
    reason: Reason


class MembershipFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`ends_since` and `ends_until` find those whose last day is between them."""

    library_id: UUID | None = None
    student_id: UUID | None = None
    status: MembershipStatus | None = None
    ends_since: date | None = None
    ends_until: date | None = None
