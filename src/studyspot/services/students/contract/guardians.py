"""Guardians and what they agree to, as it crosses the door."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import AccountId
from studyspot.kernel.values import Email, Name, Phone

GUARDIANS_MAX = 3
Relation = Literal["mother", "father", "grandparent", "sibling", "spouse", "legal_guardian", "other"]
SaidKind = Literal["given", "withdrawn"]
ConsentKind = Literal["given", "withdrawn", "ended"]
Verification = Literal["id_seen", "known_in_person", "code_to_phone", "signed_form", "digilocker"]
TextVersion = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\n]*$")]


class UnknownGuardian(Refusal):
    """The guardian who is said to have agreed is none of this student's."""

    code = "UNKNOWN_GUARDIAN"


class Guardian(msgspec.Struct, frozen=True):
    """Somebody who answers for a student. Messages about a minor go to them."""

    id: UUID
    student_id: UUID
    name: str
    relation: Relation
    phone: str
    email: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class NewGuardian(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    relation: Relation
    phone: Phone
    email: Email | None = None


class GuardianChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    version: Version
    name: Name | UnsetType = UNSET
    relation: Relation | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    email: Email | UnsetType | None = UNSET


class Consent(msgspec.Struct, frozen=True):
    """What a guardian agreed to, in the words of `text_version`, or took back; how it was made sure who they
    are, and who wrote it down. A consent has `ended` once the guardian's name or phone is another: whoever
    that is, is asked anew.
    """

    id: UUID
    student_id: UUID
    guardian_id: UUID
    kind: ConsentKind
    text_version: str
    verified_by: Verification
    account_id: AccountId | None
    role: str
    recorded_at: datetime


class NewConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`text_version` names the words that were agreed to; whoever keeps those knows them by it."""

    guardian_id: UUID
    kind: SaidKind = "given"
    text_version: TextVersion
    verified_by: Verification


class ConsentPage(msgspec.Struct, frozen=True):
    items: list[Consent]
    total: int
