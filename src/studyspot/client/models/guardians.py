"""Who answers for students, and what they agreed to."""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

Relation = Literal["mother", "father", "grandparent", "sibling", "spouse", "legal_guardian", "other"]
ConsentKind = Literal["given", "withdrawn", "ended"]
Verification = Literal["id_seen", "known_in_person", "code_to_phone", "signed_form", "digilocker"]


class Guardian(msgspec.Struct, frozen=True):
    """Somebody who answers for a student. Messages about a minor go to them."""

    id: UUID
    student_id: UUID
    name: str
    relation: Relation
    phone: str
    email: str | None
    version: int
    created_at: Moment
    updated_at: Moment


class NewGuardian(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    relation: Relation
    phone: str
    email: str | None = None


class GuardianChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read."""

    version: int
    name: str | UnsetType = UNSET
    relation: Relation | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    email: str | UnsetType | None = UNSET


class Consent(msgspec.Struct, frozen=True):
    """What a guardian agreed to, in the words of `text_version`, or took back. It has `ended` once the
    guardian's name or phone is another.
    """

    id: UUID
    student_id: UUID
    guardian_id: UUID
    kind: ConsentKind
    text_version: str
    verified_by: Verification
    account_id: UUID | None
    role: str
    recorded_at: Moment


class NewConsent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    guardian_id: UUID
    kind: Literal["given", "withdrawn"] = "given"
    text_version: str
    verified_by: Verification
