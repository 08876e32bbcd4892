"""All that is kept about one student, as it crosses the door."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from studyspot.services.payments.contract import Payment, Statement
from studyspot.services.students.contract.guardians import Consent, Guardian
from studyspot.services.students.contract.id_proofs import IdProof
from studyspot.services.students.contract.own import Goal, PrivacySettings
from studyspot.services.students.contract.records import Student
from studyspot.services.students.contract.tickets import Ticket

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


class PersonalData(msgspec.Struct, frozen=True):
    """Of lists that grow, the newest thousand."""

    at: datetime
    student: Student
    guardians: list[Guardian]
    consents: list[Consent]
    academic_goals: list[Goal]
    privacy_settings: PrivacySettings
    id_proofs: list[IdProof]
    memberships: list[KeptTerm]
    visits: list[KeptVisit]
    tickets: list[Ticket]
    payments: list[Payment]
    statement: Statement
