"""What is kept about a student: identity papers that were shown, and all of it together."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.guardians import Consent, Guardian
from studyspot.client.models.leads import Lead
from studyspot.client.models.moment import Moment
from studyspot.client.models.papers import PaperKind
from studyspot.client.models.payments import Charge, Payment, Statement
from studyspot.client.models.students import Goal, PrivacySettings, Student
from studyspot.client.models.tickets import Ticket, TicketEvent

IdProofKind = Literal["aadhaar", "pan", "driving_licence", "voter_id", "passport", "school_or_college_id"]


class IdProof(msgspec.Struct, frozen=True):
    """A paper that somebody saw. `last_four` are the last characters of its number, all that is kept."""

    id: UUID
    student_id: UUID
    kind: IdProofKind
    last_four: str
    seen_by: UUID | None
    seen_by_role: str
    seen_on: date
    created_at: Moment


class NewIdProof(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Seen by the caller, today in India unless a day is given."""

    kind: IdProofKind
    last_four: str
    seen_on: date | None = None


class KeptTerm(msgspec.Struct, frozen=True):
    """Some days of a membership; `price` is in paise."""

    membership_id: UUID
    library_id: UUID
    status: str
    plan_name: str
    starts_on: date
    ends_on: date
    price: int


class KeptVisit(msgspec.Struct, frozen=True):
    library_id: UUID
    came_at: Moment
    left_at: Moment | None


class KeptBooking(msgspec.Struct, frozen=True):
    """A seat or locker for some hours."""

    library_id: UUID
    seat_id: UUID
    starts_at: Moment
    ends_at: Moment
    status: str
    cancel_reason: str | None
    created_at: Moment


class KeptLeave(msgspec.Struct, frozen=True):
    """A while for which the student went out; a strike, unless they were back by then or it was forgiven."""

    library_id: UUID
    since: Moment
    back_by: Moment
    back_at: Moment | None
    is_strike: bool
    forgiven_at: Moment | None
    forgive_reason: str | None


class KeptWaiting(msgspec.Struct, frozen=True):
    """A place on a waitlist."""

    library_id: UUID
    plan_id: UUID
    zone_id: UUID | None
    starts_on: date
    status: str
    created_at: Moment


class KeptReferral(msgspec.Struct, frozen=True):
    """Whether the student brought somebody, who is not named, or was brought. Who brought has the reward."""

    has_brought: bool
    is_rewarded: bool
    reward_paise: int | None
    created_at: Moment


class KeptPaper(msgspec.Struct, frozen=True):
    """A receipt or another paper that names the student; `total` is in paise."""

    kind: PaperKind
    number: str
    day: date
    total: int


class PersonalData(msgspec.Struct, frozen=True):
    """Of lists that grow, the newest thousand. Of what was said about tickets, what the student may see."""

    at: Moment
    student: Student
    has_photo: bool
    guardians: tuple[Guardian, ...]
    consents: tuple[Consent, ...]
    academic_goals: tuple[Goal, ...]
    privacy_settings: PrivacySettings
    id_proofs: tuple[IdProof, ...]
    memberships: tuple[KeptTerm, ...]
    visits: tuple[KeptVisit, ...]
    bookings: tuple[KeptBooking, ...]
    leaves: tuple[KeptLeave, ...]
    waitlist: tuple[KeptWaiting, ...]
    tickets: tuple[Ticket, ...]
    ticket_events: tuple[TicketEvent, ...]
    leads: tuple[Lead, ...]
    referrals: tuple[KeptReferral, ...]
    charges: tuple[Charge, ...]
    payments: tuple[Payment, ...]
    papers: tuple[KeptPaper, ...]
    statement: Statement
