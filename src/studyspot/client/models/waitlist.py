"""Who waits for a seat."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment

WaitStatus = Literal["waiting", "offered", "accepted", "lapsed", "left"]


class Waiting(msgspec.Struct, frozen=True):
    """A place on a library's waitlist; who is `offered` a seat has it until `offered_until`."""

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
    offered_until: Moment | None
    created_at: Moment


class NewWaiting(msgspec.Struct, frozen=True, kw_only=True):
    student_id: UUID
    plan_id: UUID
    zone_id: UUID | None = None
    shift_ids: Sequence[UUID]
    starts_on: date
