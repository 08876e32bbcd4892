"""Who waits for a seat, as it crosses the door."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.kernel.errors import Conflict
from studyspot.services.bookings.contract.memberships import ShiftIds

WaitStatus = Literal["waiting", "offered", "accepted", "lapsed", "left"]


class WaitsAlready(Conflict):
    """The student is on the library's waitlist."""

    code = "WAITS_ALREADY"


class NothingOffered(Conflict):
    """There is no offer, or its time is over."""

    code = "NOTHING_OFFERED"


class Waiting(msgspec.Struct, frozen=True):
    """A place on a library's waitlist. `offered` has a draft of a membership, and the seat until
    `offered_until`; an offer that nobody took until then has `lapsed`, and the next in line gets it. Who is
    no student any more has `left`.
    """

    id: UUID
    library_id: UUID
    student_id: UUID
    student_name: str
    plan_id: UUID
    zone_id: UUID | None
    shift_ids: tuple[UUID, ...]
    starts_on: date
    status: WaitStatus
    membership_id: UUID | None
    seat_code: str | None
    offered_until: datetime | None
    created_at: datetime


class WaitingPage(msgspec.Struct, frozen=True):
    items: list[Waiting]
    total: int


class NewWaiting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """For a seat in a reserved plan: any of the library, or of a zone; from `starts_on` on, or the day
    of the offer.
    """

    student_id: UUID
    plan_id: UUID
    zone_id: UUID | None = None
    shift_ids: ShiftIds
    starts_on: date


class WaitingFilter(msgspec.Struct, frozen=True, kw_only=True):
    library_id: UUID | None = None
    student_id: UUID | None = None
    status: WaitStatus | None = None
