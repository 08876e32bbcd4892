"""What a column's header tells about it."""

import pytest

from studyspot.services.students.register.columns import recognise


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Mobile No.", "phone"), ("Ph", "phone"), ("WhatsApp", "phone"), ("Ph. No", "phone"),
        ("फ़ोन", "phone"),
        ("फोन नंबर", "phone"), ("मोबाइल", "phone"), ("MOBILE NUMBER *", "phone"), ("Moblie No", "phone"),
        ("नाम", "name"), ("छात्र का नाम", "name"), ("Student Name", "name"), ("Student's Name", "name"),
        ("Name of the Student", "name"), ("NAME (in block letters)", "name"), ("First Name", "first_name"),
        ("Surname", "last_name"), ("Father's Mobile", "parent_phone"), ("Parent’s Phone No", "parent_phone"),
        ("Mobile (Father)", "parent_phone"), ("पिता का मोबाइल", "parent_phone"),
        ("Father No.", "parent_phone"),
        ("DOB", "date_of_birth"), ("D.O.B", "date_of_birth"), ("DOB (dd/mm/yyyy)", "date_of_birth"),
        ("जन्म तिथि", "date_of_birth"), ("Date of Birth", "date_of_birth"), ("Sex", "gender"),
        ("लिंग", "gender"),
        ("M/F", "gender"), ("Joining date", "enrollment_date"), ("Date of Joining", "enrollment_date"),
        ("Addr", "address"), ("Adress", "address"), ("पता", "address"), ("Pin code", "pincode"),
        ("PINCODE", "pincode"), ("पिन कोड", "pincode"), ("E-mail", "email"), ("Email ID", "email"),
        ("ईमेल", "email"), ("City", "city"), ("शहर", "city"), ("राज्य", "state"),
        ("Qualification", "education_level"),
        ("Preparing for", "course"), ("College/School", "institution"),
        ("Emergency Contact Name", "emergency_contact_name"),
        ("Emergency No.", "emergency_contact_phone"), ("Remarks", "notes"),
        ("Branch", "library"), ("शाखा", "library"),
    ],
)  # fmt: skip
def test_a_header_is_recognised_in_english_and_hindi(header, field):
    assert recognise([header]).by_header == {header: field}


@pytest.mark.parametrize(
    "header",
    [
        "Father's Name",
        "Mother Name",
        "Student ID",
        "Seat No",
        "Fees",
        "Middle name",
        "Due date",
        "Batch",
        "Status",
        "Roll No",
    ],
)
def test_a_header_we_have_no_field_for_is_ignored(header):
    assert recognise([header]).position == {}


@pytest.mark.parametrize(
    "header",
    [
        "Aadhaar",
        "Aadhar No",
        "UID",
        "आधार",
        "ADHAR CARD",
        "Addhaar no.",
        "आधार संख्या",
        "Aadhaar linked mobile",
    ],
)
def test_an_aadhaar_column_is_never_read(header):
    columns = recognise([header])
    assert columns.position == {}
    assert "never" in columns.ignored[0][1]


def test_of_two_columns_for_one_field_the_first_counts_and_the_other_is_listed():
    columns = recognise(["Mobile", "WhatsApp No", "Name", "First Name"])
    assert columns.position == {"phone": 0, "first_name": 3}
    assert [header for header, _ in columns.ignored] == ["WhatsApp No", "Name"]
