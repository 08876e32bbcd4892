"""Students, as they cross the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Conflict, DuplicateEntry, Refusal
from studyspot.kernel.values import Email, LongText, Name, Phone, Pincode, ShortText

StudentStatus = Literal["active", "inactive", "suspended"]
Gender = Literal["male", "female", "other"]
Address = Annotated[str, Meta(max_length=500)]
EducationLevel = Annotated[str, Meta(max_length=50, pattern=r"^[^\n]*$")]
Reason = Annotated[str, Meta(min_length=10, max_length=500)]


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
    """One student. `student_code` is the human one, unique in the business. A `minor` is under eighteen
    today in India, by the date of birth: who has told none is not known to be one.
    """

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
    created_at: datetime
    updated_at: datetime


class NewStudent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`enrollment_date` is today in India if it is not given."""

    first_name: Name
    last_name: Name | None = None
    email: Email | None = None
    phone: Phone
    parent_phone: Phone | None = None
    date_of_birth: date | None = None
    gender: Gender | None = None
    address: Address | None = None
    city: Name | None = None
    state: Name | None = None
    pincode: Pincode | None = None
    education_level: EducationLevel | None = None
    course: Name | None = None
    institution: ShortText | None = None
    emergency_contact_name: Name | None = None
    emergency_contact_phone: Phone | None = None
    library_id: UUID | None = None
    enrollment_date: date | None = None
    notes: LongText | None = None


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
