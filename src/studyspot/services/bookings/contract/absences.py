"""Hours of members that others may have, as they cross the door."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.kernel.errors import Conflict

ABSENCE_DAYS_MAX = 60


class NothingToRelease(Conflict):
    """On these days there are no hours of theirs that somebody else could have."""

    code = "NOTHING_TO_RELEASE"


class Absence(msgspec.Struct, frozen=True):
    """Hours of a seat that can be sold to others, while the membership goes on: declared, or because the
    member did not come.
    """

    id: UUID
    membership_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: Literal["declared", "no_show"]


class NewAbsence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From the first day to the last; a night belongs to the day on which it begins."""

    first_on: date
    last_on: date
