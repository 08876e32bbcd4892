"""The door of the students room."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Caller, Version, repeatable
from studyspot.kernel.errors import Conflict, DuplicateEntry, Refusal
from studyspot.kernel.values import Email, LongText, Name, Phone, Pincode, ShortText
from studyspot.services.students.contract.imports import (
    IMPORT_ROWS_MAX as IMPORT_ROWS_MAX,
    IgnoredColumn as IgnoredColumn,
    ImportedRow as ImportedRow,
    ImportOptions as ImportOptions,
    ImportRefused as ImportRefused,
    ImportReport as ImportReport,
    LeftOut as LeftOut,
    ReadRegister as ReadRegister,
    ReadRow as ReadRow,
    RegisterColumns as RegisterColumns,
)
from studyspot.services.students.contract.newcomers import (
    Address as Address,
    EducationLevel as EducationLevel,
    Gender as Gender,
    NewStudent as NewStudent,
)

StudentStatus = Literal["active", "inactive", "suspended"]
Reason = Annotated[str, Meta(min_length=10, max_length=500)]
GoalText = Annotated[str, Meta(min_length=1, max_length=500)]
GoalPriority = Literal["low", "medium", "high"]
GoalStatus = Literal["active", "completed", "cancelled"]
GOALS_MAX = 100


class StudentExists(DuplicateEntry):
    """Another student of the business has this phone number or e-mail address."""


class UnknownLibrary(Refusal):
    """The library named for the student is not one of the business."""

    code = "UNKNOWN_LIBRARY"


class WrongState(Conflict):
    code = "WRONG_STATE"


class StudentInUse(Conflict):
    """The student has a seat, a locker or a membership that is not over, or owes money, or has some here."""

    code = "STUDENT_IN_USE"


class Student(msgspec.Struct, frozen=True):
    """One student. `student_code` is the human one, unique in the business."""

    id: UUID
    student_code: str
    first_name: str
    last_name: str | None
    email: str | None
    phone: str
    parent_phone: str | None
    date_of_birth: date | None
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
    created_at: datetime
    updated_at: datetime


class StudentChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What is given is changed; `version` is the one that was read."""

    version: Version
    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    phone: Phone | UnsetType = UNSET
    parent_phone: Phone | UnsetType | None = UNSET
    date_of_birth: date | UnsetType | None = UNSET
    gender: Gender | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    city: Name | UnsetType | None = UNSET
    state: Name | UnsetType | None = UNSET
    pincode: Pincode | UnsetType | None = UNSET
    education_level: EducationLevel | UnsetType | None = UNSET
    course: Name | UnsetType | None = UNSET
    institution: ShortText | UnsetType | None = UNSET
    emergency_contact_name: Name | UnsetType | None = UNSET
    emergency_contact_phone: Phone | UnsetType | None = UNSET
    library_id: UUID | UnsetType | None = UNSET
    enrollment_date: date | UnsetType = UNSET
    notes: LongText | UnsetType | None = UNSET
    status: Literal["active", "inactive"] | UnsetType = UNSET


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


class StudentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`search` finds any part of a name, code, phone or e-mail; case and accents do not matter."""

    status: StudentStatus | None = None
    library_id: UUID | None = None
    search: ShortText | None = None


class StudentPage(msgspec.Struct, frozen=True):
    items: list[Student]
    total: int


class StudentSummary(msgspec.Struct, frozen=True):
    """`new_this_month` by enrolment date, the month being India's."""

    total_students: int
    active_students: int
    suspended_students: int
    inactive_students: int
    new_this_month: int


class Students(Protocol):
    """The students of the caller's tenant."""

    @repeatable
    async def list_students(
        self, caller: Caller, *, filter: StudentFilter, page: int, limit: int
    ) -> StudentPage:
        """Newest first."""
        ...

    @repeatable
    async def get_student(self, caller: Caller, *, student_id: UUID) -> Student:
        """:raises NotFound: when the tenant has no such student."""
        ...

    async def create_student(self, caller: Caller, *, student: NewStudent) -> Student:
        """:raises StudentExists: :raises LimitExceeded: :raises UnknownLibrary:"""
        ...

    async def change_student(self, caller: Caller, *, student_id: UUID, change: StudentChange) -> Student:
        """:raises NotFound: :raises VersionConflict: :raises StudentExists: :raises UnknownLibrary:"""
        ...

    async def delete_student(self, caller: Caller, *, student_id: UUID) -> None:
        """Hides the record; phone, e-mail and place in the plan are free again.

        :raises NotFound: :raises StudentInUse:
        """
        ...

    async def suspend_student(self, caller: Caller, *, student_id: UUID, reason: Reason) -> Student:
        """Also shuts them out of their own sign-in. :raises NotFound: :raises WrongState: when suspended
        already.
        """
        ...

    async def reactivate_student(self, caller: Caller, *, student_id: UUID) -> Student:
        """:raises NotFound: :raises WrongState: when active already."""
        ...

    async def open_account(self, caller: Caller, *, student_id: UUID) -> None:
        """Lets a student sign in, with the phone number of the record, and see that record. Safe to repeat.

        The first password is set through "forgot password", whose code goes to that phone.

        :raises NotFound: :raises WrongState: while suspended. :raises MemberExists: when the phone number
        signs in to this business as somebody else.
        """
        ...

    async def close_account(self, caller: Caller, *, student_id: UUID) -> None:
        """Takes the sign-in away; the record stays. Safe to repeat. :raises NotFound:"""
        ...

    @repeatable
    async def get_own(self, caller: Caller) -> Student:
        """The caller's own record, without what the staff notes. :raises NotFound: for who is no student."""
        ...

    async def change_own(self, caller: Caller, *, change: OwnChange) -> Student:
        """:raises NotFound: :raises VersionConflict: :raises StudentExists:"""
        ...

    @repeatable
    async def get_profile(self, caller: Caller, *, student_id: UUID) -> StudentProfile:
        """:raises NotFound:"""
        ...

    @repeatable
    async def get_own_profile(self, caller: Caller) -> StudentProfile:
        """:raises NotFound: for a caller who is no student here."""
        ...

    async def add_goal(self, caller: Caller, *, goal: NewGoal) -> Goal:
        """One of the caller's own. :raises NotFound: :raises LimitExceeded: beyond `GOALS_MAX`."""
        ...

    @repeatable
    async def get_goal(self, caller: Caller, *, goal_id: UUID) -> Goal:
        """One of the caller's own. :raises NotFound:"""
        ...

    async def change_goal(self, caller: Caller, *, goal_id: UUID, change: GoalChange) -> Goal:
        """:raises NotFound: :raises VersionConflict:"""
        ...

    async def delete_goal(self, caller: Caller, *, goal_id: UUID) -> None:
        """:raises NotFound:"""
        ...

    @repeatable
    async def set_privacy(self, caller: Caller, *, privacy: PrivacySettings) -> PrivacySettings:
        """The caller's own, all of them. :raises NotFound:"""
        ...

    @repeatable
    async def get_summary(self, caller: Caller) -> StudentSummary:
        """Counted now."""
        ...

    async def import_students(
        self,
        caller: Caller,
        *,
        students: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=IMPORT_ROWS_MAX)],
        options: ImportOptions,
    ) -> ImportReport:
        """Each item is checked as a `NewStudent` of its own.

        :raises ImportRefused: when nothing was taken. :raises UnknownLibrary:
        """
        ...

    async def import_register(
        self, caller: Caller, *, content: bytes, options: ImportOptions
    ) -> ImportReport:
        """Reads a CSV or spreadsheet as people keep them.

        :raises UnreadableRegister: when it is none. :raises ImportRefused: when nothing was taken.
        :raises UnknownLibrary:
        """
        ...

    @repeatable
    async def read_register(
        self, caller: Caller, *, content: bytes, columns: RegisterColumns
    ) -> ReadRegister:
        """The same, and what else a room asks for, without writing anything. Of two rows with the same phone
        the second is faulty.

        :raises UnreadableRegister: when it is none.
        """
        ...

    @repeatable
    async def export_students(
        self, caller: Caller, *, filter: StudentFilter, after: UUID | None, limit: int
    ) -> list[Student]:
        """In order of creation, those after a given one: for reading all of them in bounded steps.

        The first step, after none, goes into the audit trail.
        """
        ...
