"""All that is kept about one student, as it crosses the door."""

from datetime import datetime

import msgspec

from studyspot.services.bookings.contract import Membership
from studyspot.services.payments.contract import Payment, Statement
from studyspot.services.students.contract.guardians import Consent, Guardian
from studyspot.services.students.contract.id_proofs import IdProof
from studyspot.services.students.contract.own import Goal, PrivacySettings
from studyspot.services.students.contract.records import Student

LISTED_MAX = 1000


class PersonalData(msgspec.Struct, frozen=True):
    """Of lists that grow, the newest thousand."""

    at: datetime
    student: Student
    guardians: list[Guardian]
    consents: list[Consent]
    academic_goals: list[Goal]
    privacy_settings: PrivacySettings
    id_proofs: list[IdProof]
    memberships: list[Membership]
    payments: list[Payment]
    statement: Statement
