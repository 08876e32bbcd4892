"""Identity papers that were shown, as they cross the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.ids import AccountId

ID_PROOFS_MAX = 10
IdProofKind = Literal["aadhaar", "pan", "driving_licence", "voter_id", "passport", "school_or_college_id"]
LastFour = Annotated[
    str, Meta(max_length=4, pattern=r"^[0-9A-Z]{4}$", description="Four digits or capital letters")
]


class IdProof(msgspec.Struct, frozen=True):
    """A paper that somebody saw. `last_four` are the last characters of its number, all that is kept."""

    id: UUID
    student_id: UUID
    kind: IdProofKind
    last_four: str
    seen_by: AccountId | None
    seen_by_role: str
    seen_on: date
    created_at: datetime


class NewIdProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Seen by the caller, today in India unless a day is given."""

    kind: IdProofKind
    last_four: LastFour
    seen_on: date | None = None
