"""All that is kept about one student, as it crosses the door."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from studyspot.services.payments.contract import Charge, PaperKind, Payment, Statement
from studyspot.services.students.contract.guardians import Consent, Guardian
from studyspot.services.students.contract.id_proofs import IdProof
from studyspot.services.students.contract.leads import Lead
from studyspot.services.students.contract.own import Goal, PrivacySettings
from studyspot.services.students.contract.records import Student
from studyspot.services.students.contract.tickets import Ticket, TicketEvent

LISTED_MAX = 1000


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
    came_at: datetime
    left_at: datetime | None


class KeptBooking(msgspec.Struct, frozen=True):
    """A seat or locker for some hours."""

    library_id: UUID
    seat_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: str
    cancel_reason: str | None
    created_at: datetime


class KeptLeave(msgspec.Struct, frozen=True):
    """A while for which the student went out; a strike, unless they were back by then or it was forgiven."""

    library_id: UUID
    since: datetime
    back_by: datetime
    back_at: datetime | None
    is_strike: bool
    forgiven_at: datetime | None
    forgive_reason: str | None


class KeptWaiting(msgspec.Struct, frozen=True):
    """A place on a waitlist."""

    library_id: UUID
    plan_id: UUID
    zone_id: UUID | None
    starts_on: date
    status: str
    created_at: datetime


class KeptReferral(msgspec.Struct, frozen=True):
    """Whether the student brought somebody, who is not named, or was brought. Who brought has the reward."""

    has_brought: bool
    is_rewarded: bool
    reward_paise: int | None
    created_at: datetime


class KeptPaper(msgspec.Struct, frozen=True):
    """A receipt or another paper that names the student; `total` is in paise."""

    kind: PaperKind
    number: str
    day: date
    total: int


class PersonalData(msgspec.Struct, frozen=True):
    """Of lists that grow, the newest thousand. Of what was said about tickets, what the student may see."""

    at: datetime
    student: Student
    has_photo: bool
    guardians: list[Guardian]
    consents: list[Consent]
    academic_goals: list[Goal]
    privacy_settings: PrivacySettings
    id_proofs: list[IdProof]
    memberships: list[KeptTerm]
    visits: list[KeptVisit]
    bookings: list[KeptBooking]
    leaves: list[KeptLeave]
    waitlist: list[KeptWaiting]
    tickets: list[Ticket]
    ticket_events: list[TicketEvent]
    leads: list[Lead]
    referrals: list[KeptReferral]
    charges: list[Charge]
    payments: list[Payment]
    papers: list[KeptPaper]
    statement: Statement
