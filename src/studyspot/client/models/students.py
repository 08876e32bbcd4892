"""Students, their goals and the import of registers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.errors import Fault
from studyspot.client.models.moment import Moment

StudentStatus = Literal["active", "inactive", "suspended"]
Gender = Literal["female", "male", "other"]
GoalPriority = Literal["high", "low", "medium"]
GoalStatus = Literal["active", "cancelled", "completed"]
ImportMode = Literal["all_or_nothing", "best_effort"]
OnDuplicate = Literal["refuse", "skip", "update"]


class Student(msgspec.Struct, frozen=True):
    """One student. `student_code` is the human one, unique in the business. A `minor` is under eighteen."""

    id: UUID
    student_code: str
    first_name: str
    last_name: str | None
    email: str | None
    phone: str
    parent_phone: str | None
    date_of_birth: date | None
    minor: bool
    gender: Gender | None
    address: str | None
    city: str | None
    state: str | None
    pincode: str | None
    education_level: str | None
    course: str | None
    institution: str | None
    emergency_contact_name: str | None
    emergency_contact_phone: str | None
    library_id: UUID | None
    enrollment_date: date
    notes: str | None
    status: StudentStatus
    suspension_reason: str | None
    version: int
    created_at: Moment
    updated_at: Moment


class NewStudent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`enrollment_date` is today in India if it is not given."""

    first_name: str
    last_name: str | None = None
    email: str | None = None
    phone: str
    parent_phone: str | None = None
    date_of_birth: date | None = None
    gender: Gender | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    pincode: str | None = None
    education_level: str | None = None
    course: str | None = None
    institution: str | None = None
    emergency_contact_name: str | None = None
    emergency_contact_phone: str | None = None
    library_id: UUID | None = None
    enrollment_date: date | None = None
    notes: str | None = None


class StudentChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read."""

    version: int
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    phone: str | UnsetType = UNSET
    parent_phone: str | UnsetType | None = UNSET
    date_of_birth: date | UnsetType | None = UNSET
    gender: Gender | UnsetType | None = UNSET
    address: str | UnsetType | None = UNSET
    city: str | UnsetType | None = UNSET
    state: str | UnsetType | None = UNSET
    pincode: str | UnsetType | None = UNSET
    education_level: str | UnsetType | None = UNSET
    course: str | UnsetType | None = UNSET
    institution: str | UnsetType | None = UNSET
    emergency_contact_name: str | UnsetType | None = UNSET
    emergency_contact_phone: str | UnsetType | None = UNSET
    library_id: UUID | UnsetType | None = UNSET
    enrollment_date: date | UnsetType = UNSET
    notes: str | UnsetType | None = UNSET
    status: Literal["active", "inactive"] | UnsetType = UNSET


class StudentSummary(msgspec.Struct, frozen=True):
    """`new_this_month` by enrolment date, the month being India's."""

    total_students: int
    active_students: int
    suspended_students: int
    inactive_students: int
    new_this_month: int


class OwnChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What students change about themselves; the rest is the library's register."""

    version: int
    email: str | UnsetType | None = UNSET
    parent_phone: str | UnsetType | None = UNSET
    address: str | UnsetType | None = UNSET
    city: str | UnsetType | None = UNSET
    state: str | UnsetType | None = UNSET
    pincode: str | UnsetType | None = UNSET
    education_level: str | UnsetType | None = UNSET
    course: str | UnsetType | None = UNSET
    institution: str | UnsetType | None = UNSET
    emergency_contact_name: str | UnsetType | None = UNSET
    emergency_contact_phone: str | UnsetType | None = UNSET


class Goal(msgspec.Struct, frozen=True):
    """What a student studies towards."""

    id: UUID
    goal: str
    target_date: date | None
    priority: GoalPriority
    status: GoalStatus
    version: int
    created_at: Moment
    updated_at: Moment


class NewGoal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    goal: str
    target_date: date | None = None
    priority: GoalPriority = "medium"
    status: GoalStatus = "active"


class GoalChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    version: int
    goal: str | UnsetType = UNSET
    target_date: date | UnsetType | None = UNSET
    priority: GoalPriority | UnsetType = UNSET
    status: GoalStatus | UnsetType = UNSET


class PrivacySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What other students may see. The library keeps its register whatever is chosen here."""

    profile_visibility: Literal["friends", "private", "public"] = "private"
    show_email: bool = False
    show_phone: bool = False
    show_location: bool = False
    allow_data_sharing: bool = False


class StudentProfile(msgspec.Struct, frozen=True):
    student: Student
    academic_goals: tuple[Goal, ...]
    privacy_settings: PrivacySettings


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`dry_run` reports and writes nothing. `mode` says whether one bad row holds back the good ones. A
    student who is there already, by phone, is updated with what the row gives, skipped, or
    reported; one to whom the row adds nothing new is skipped.
    """

    dry_run: bool = False
    mode: ImportMode = "best_effort"
    on_duplicate: OnDuplicate = "update"
    library_id: UUID | None = None


class BulkImportBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Each item has the fields of a new student, and may name its `library` instead of `library_id`."""

    students: Sequence[Mapping[str, Any]]
    options: ImportOptions = ImportOptions()


class ImportedRow(msgspec.Struct, frozen=True):
    """What became of one row. `row` is its number in the sheet, or its place in the JSON list, from 1."""

    row: int
    status: Literal["created", "failed", "skipped", "updated"]
    student_id: UUID | None = None
    student_code: str | None = None
    faults: tuple[Fault, ...] = ()


class IgnoredColumn(msgspec.Struct, frozen=True):
    column: str
    reason: str


class LeftOut(msgspec.Struct, frozen=True):
    """A sheet, row or column of the file that holds something and was not read."""

    part: str
    reason: str


class ImportReport(msgspec.Struct, frozen=True):
    """One line for every row that was read."""

    dry_run: bool
    total: int
    created: int
    updated: int
    skipped: int
    failed: int
    rows: tuple[ImportedRow, ...]
    ignored_columns: tuple[IgnoredColumn, ...]
    left_out: tuple[LeftOut, ...]
