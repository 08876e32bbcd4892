"""What students change of their own record and keep beside it, as it crosses the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.values import Email, Name, Phone, Pincode, ShortText
from studyspot.services.students.contract.records import Address, EducationLevel, Student

GoalText = Annotated[str, Meta(min_length=1, max_length=500)]
GoalPriority = Literal["low", "medium", "high"]
GoalStatus = Literal["active", "completed", "cancelled"]
GOALS_MAX = 100


class OwnChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What students change about themselves; the rest is the library's register."""

    version: Version
    email: Email | UnsetType | None = UNSET
    parent_phone: Phone | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    city: Name | UnsetType | None = UNSET
    state: Name | UnsetType | None = UNSET
    pincode: Pincode | UnsetType | None = UNSET
    education_level: EducationLevel | UnsetType | None = UNSET
    course: Name | UnsetType | None = UNSET
    institution: ShortText | UnsetType | None = UNSET
    emergency_contact_name: Name | UnsetType | None = UNSET
    emergency_contact_phone: Phone | UnsetType | None = UNSET


class Goal(msgspec.Struct, frozen=True):
    """What a student studies towards."""

    id: UUID
    goal: str
    target_date: date | None
    priority: GoalPriority
    status: GoalStatus
    version: int
    created_at: datetime
    updated_at: datetime


class NewGoal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    goal: GoalText
    target_date: date | None = None
    priority: GoalPriority = "medium"
    status: GoalStatus = "active"


class GoalChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    version: Version
    goal: GoalText | UnsetType = UNSET
    target_date: date | UnsetType | None = UNSET
    priority: GoalPriority | UnsetType = UNSET
    status: GoalStatus | UnsetType = UNSET


class PrivacySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What other students may see. The library keeps its register whatever is chosen here."""

    profile_visibility: Literal["public", "private", "friends"] = "private"
    show_email: bool = False
    show_phone: bool = False
    show_location: bool = False
    allow_data_sharing: bool = False


class StudentProfile(msgspec.Struct, frozen=True):
    student: Student
    academic_goals: list[Goal]
    privacy_settings: PrivacySettings
