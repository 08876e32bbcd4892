"""What is known of a student who joins, as it crosses the door."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.values import Email, LongText, Name, Phone, Pincode, ShortText

Gender = Literal["male", "female", "other"]
Address = Annotated[str, Meta(max_length=500)]
EducationLevel = Annotated[str, Meta(max_length=50, pattern=r"^[^\n]*$")]


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
