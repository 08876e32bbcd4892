"""Single cells and single rows, as messy as they come."""

import time
from datetime import UTC, date, datetime

import pytest
from messy_register import IDENTITY_NUMBER, TODAY

from studyspot.kernel.aadhaar import mask_aadhaar
from studyspot.kernel.cells.cleaning import text_of
from studyspot.kernel.values import Phone
from studyspot.services.students.register import RegisterRow, open_register
from studyspot.services.students.register.values import FaultyValue, read_phones, read_value


def row_of(**cells: str) -> RegisterRow:
    """The row of a register that has these columns only."""
    named = {"Name": "Asha", "Mobile": "9876543210"} | cells
    lines = [";".join(named), ";".join(f'"{cell}"' for cell in named.values())]
    (row,) = open_register("\n".join(lines).encode(), today=TODAY).rows()
    return row


def code_of(field: str, cell: object) -> str:
    with pytest.raises(FaultyValue) as faulty:
        read_value(field, cell, TODAY)
    return faulty.value.code


@pytest.mark.parametrize(
    "cell",
    [
        "9876543210", "098765 43210", "+91-98765-43210", "91 98765 43210", 9876543210.0,
        9876543210, "९८७६५४३२१०",
        "+91 098765 43210", "Mob: 9876543210", "Papa (98765) 43210", "9876543210.0", "98765\u00a043210",
        "\u202a+919876543210\u202c",
    ],
)  # fmt: skip
def test_a_phone_comes_out_as_e164(cell):
    assert read_phones(cell) == ["+919876543210"]


@pytest.mark.parametrize("cell", ["9876543210 / 9812345678", "9876543210,9812345678",
"9876543210 or 9812345678",
                                  "9876543210\n9812345678", "+919876543210 / +919812345678"])  # fmt: skip
def test_two_phones_in_one_cell_are_both_read(cell):
    assert read_phones(cell) == ["+919876543210", "+919812345678"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("12345", "invalid_phone"), ("9.87654E+09", "invalid_phone"), ("98765432101", "invalid_phone"),
        ("9876543210 / 79", "invalid_phone"), ("none yet", "invalid_phone"), ("=1+1", "formula"),
        ("+cmd|' /C calc'!A0", "formula"), ("-12", "invalid_phone"),
        ("9876543OIO", "invalid_phone"), ("Mob 1-800-FLOWERS", "invalid_phone"),
    ],
)  # fmt: skip
def test_an_impossible_phone_is_a_fault(cell, code):
    with pytest.raises(FaultyValue) as faulty:
        read_phones(cell)
    assert faulty.value.code == code


@pytest.mark.parametrize(
    "cell",
    [
        "022 2553 1234",
        "+91 20 2553 1234",
        "(080) 2553-1234",
        "+9779841234567",
        "+12125550123",
        "+916748337887",
    ],
)
def test_a_landline_and_a_foreign_number_are_read_as_the_api_reads_them(cell):
    assert read_phones(cell) == [Phone.parse(cell)]


def test_the_second_phone_is_the_parents_unless_a_column_says_otherwise():
    both = "9876543210 / 9812345678"
    assert row_of(Mobile=both).values["parent_phone"] == "+919812345678"
    assert row_of(Mobile=both, Father_Mobile="9812345670").values["parent_phone"] == "+919812345670"
    assert row_of(Mobile=both, Father_Mobile="").values["parent_phone"] == "+919812345678"


@pytest.mark.parametrize(
    "cell",
    [
        date(2004, 3, 12), datetime(2004, 3, 12, tzinfo=UTC), 38058.0, 38058, "38058",
        "12/03/2004", "12-03-04", "12.03.2004",
        "12 Mar 2004", "12-Mar-04", "2004-03-12", "2004-03-12 00:00:00", "12/3/2004 0:00", "12th March, 2004",
        "March 12, 2004", "१२/०३/२००४", "12 मार्च 2004", "12 / 03 / 2004",
    ],
)  # fmt: skip
def test_a_date_is_read_the_indian_way(cell):
    assert read_value("date_of_birth", cell, TODAY) == date(2004, 3, 12)


def test_a_two_digit_year_puts_a_birth_in_the_past_and_a_joining_near_today():
    assert read_value("date_of_birth", "12-11-68", TODAY) == date(1968, 11, 12)
    assert read_value("date_of_birth", "12-11-26", TODAY) == date(1926, 11, 12)
    assert read_value("enrollment_date", "12-11-26", TODAY) == date(2026, 11, 12)
    assert read_value("enrollment_date", "12-11-98", TODAY) == date(1998, 11, 12)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31/02/2004", "invalid_date"), ("03/25/2004", "invalid_date"),
        ("soon", "invalid_date"), ("2004", "invalid_date"),
        (2004.0, "invalid_date"), ("01/01/2027", "future_date"), (date(2031, 1, 1), "future_date"),
        ("03/11/2023", "invalid_date"), ("01/11/1925", "invalid_date"), ("12-11-24", "invalid_date"),
        ("99999", "future_date"), (True, "invalid_date"), ("12/03/204", "invalid_date"),
    ],
)  # fmt: skip
def test_an_impossible_birth_date_is_a_fault(cell, code):
    assert code_of("date_of_birth", cell) == code


def test_three_and_a_hundred_years_are_allowed_ages():
    assert read_value("date_of_birth", "02/11/2023", TODAY) == date(2023, 11, 2)
    assert read_value("date_of_birth", "02/11/1926", TODAY) == date(1926, 11, 2)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "@SUM(A1)", "+A1", "-A1+2", "=HYPERLINK(1)", "\u200b=1", " =1", "+919876543210|cmd", "＝1"],
)
def test_text_that_looks_like_a_formula_is_a_fault_in_every_text_field(cell):
    for field in ("name", "address", "notes", "email", "library"):
        assert code_of(field, cell) == "formula"


@pytest.mark.parametrize("cell", ["+91 98765 43210", "-5", "+3.5", "a=b", "1+1", "- pays late", "+ 1 guest"])
def test_phones_and_numbers_in_a_text_are_no_formulas(cell):
    assert read_value("notes", cell, TODAY) == cell


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  Asha \u00a0 Devi\n", "Asha Devi"), ("A\u200bsha\ufeff", "Asha"),
        ("दऱ\u200dया", "दऱ\u200dया"), ("2345\u200d6789", "23456789"),
        ("Jose\u0301", "José"), ("a\x07b\x00", "ab"),
        ("#N/A", ""), ("-", ""), ("N/A", ""), (400001.0, "400001"), (12.5, "12.5"), (None, ""),
    ],
)  # fmt: skip
def test_text_is_tidied(written, read):
    assert text_of(written) == read


@pytest.mark.parametrize(
    ("field", "limit"),
    [("first_name", 100), ("last_name", 100), ("address", 500), ("city", 100), ("state", 100),
    ("education_level", 50),
     ("course", 100), ("institution", 200), ("notes", 1000)],
)  # fmt: skip
def test_a_text_may_be_as_long_as_its_limit_and_no_longer(field, limit):
    assert read_value(field, "x" * limit, TODAY) == "x" * limit
    assert code_of(field, "x" * (limit + 1)) == "too_long"


def test_an_email_is_bounded_and_kept_in_lower_case():
    assert read_value("email", " Asha@Example.IN ", TODAY) == "asha@example.in"
    assert code_of("email", "x" * 250 + "@example.in") == "too_long"
    assert code_of("email", "asha@@example") == "invalid_email"


@pytest.mark.parametrize(("cell", "gender"), [("M", "male"), ("FEMALE", "female"),
("Boy", "male"), ("महिला", "female"),
                                              ("पुरुष", "male"), ("Trans", "other"),
                                              ("F.", "female")])  # fmt: skip
def test_gender_is_one_of_three_words(cell, gender):
    assert read_value("gender", cell, TODAY) == gender


@pytest.mark.parametrize("cell", ["400 001", "400001", 400001.0, "400-001", "४००००१"])
def test_a_pincode_is_six_digits(cell):
    assert read_value("pincode", cell, TODAY) == "400001"


@pytest.mark.parametrize("cell", ["012345", "4000", "4000011", "abc"])
def test_any_other_pincode_is_a_fault(cell):
    assert code_of("pincode", cell) == "invalid_pincode"


@pytest.mark.parametrize(
    "written", [IDENTITY_NUMBER, "2345 6789 0124", "2345-6789-0124", "1100 2345 6789 0124"]
)
def test_an_aadhaar_number_in_free_text_is_masked(written):
    for field in ("notes", "address"):
        kept = read_value(field, f"card {written}.", TODAY)
        assert kept.endswith("XXXX XXXX 0124.")
        assert "6789" not in kept


@pytest.mark.parametrize(
    "written", ["234567890125", "123456789010", "1234567890124", "+919876543210", "034567890124"]
)
def test_other_long_numbers_stay(written):
    assert mask_aadhaar(written) == written


def test_a_name_is_split_into_its_first_word_and_the_rest():
    assert row_of(Name="Mrs. Asha Rani Devi").values["last_name"] == "Rani Devi"
    for written in (
        "Sharma, Priya",
        "Dr. Priya Sharma",
        "Prof. Dr. Priya Sharma",
        "Shri Priya Sharma",
        "Sharma, Dr. Priya",
    ):
        values = row_of(Name=written).values
        assert (values["first_name"], values["last_name"]) == ("Priya", "Sharma")
    assert row_of(Name="कु. रेखा शर्मा").values["first_name"] == "रेखा"
    assert row_of(Name="Priya,").values["first_name"] == "Priya"
    assert "last_name" not in row_of(Name="Asha").values
    assert row_of(Name="Asha Devi", Surname="Devi").values["last_name"] == "Devi"
    assert row_of(Name="Asha Rani", Surname="Devi").values["last_name"] == "Rani Devi"
    assert [(f.field, f.code) for f in row_of(Name=f"{'x' * 101} y").faults] == [("first_name", "too_long")]


def test_every_fault_of_a_row_is_collected():
    row = row_of(Name="", Mobile="12", Email="x", DOB="31/02/2004", Sex="?", Pin="1", City="=1")
    assert {(fault.field, fault.code) for fault in row.faults} == {
        ("first_name", "required"), ("phone", "invalid_phone"), ("email", "invalid_email"),
        ("city", "formula"),
        ("date_of_birth", "invalid_date"), ("gender", "invalid_gender"), ("pincode", "invalid_pincode"),
    }  # fmt: skip
    assert row.values == {}


def test_a_fault_never_repeats_what_was_in_the_cell():
    faults = row_of(Mobile=IDENTITY_NUMBER, Email=IDENTITY_NUMBER, DOB=IDENTITY_NUMBER).faults
    assert len(faults) == 3
    assert not any(IDENTITY_NUMBER in fault.message for fault in faults)


@pytest.mark.parametrize("written", ["'9876543210", "'+919876543210"])
def test_the_apostrophe_that_makes_a_text_of_a_number_is_not_part_of_it(written):
    assert read_phones(written) == ["+919876543210"]
    assert read_value("notes", "'-5", TODAY) == "-5"
    for kept in ("'tis fine", "class of '09", "D'Souza"):
        assert read_value("notes", kept, TODAY) == kept
    assert read_value("pincode", "'400001", TODAY) == "400001"
    assert read_value("date_of_birth", "'12/03/2004", TODAY) == date(2004, 3, 12)
    assert read_value("notes", "'=1+1", TODAY) == "=1+1"


@pytest.mark.parametrize("name", ["योगेश", "योगिता देवी", "कुलदीप सिंह", "Totala Rao"])
def test_a_name_that_begins_like_a_total_is_a_student_even_without_a_phone(name):
    (row,) = open_register(f"Name,Mobile\n{name},\n".encode(), today=TODAY).rows()
    assert [(fault.field, fault.code) for fault in row.faults] == [("phone", "required")]


@pytest.mark.parametrize(
    "total", ["Total", "TOTAL: 1000", "Total 1000", "Sub-total", "कुल", "कुल योग", "योग: 12", "कुल1000"]
)
def test_a_line_of_totals_is_no_student(total):
    text = f"Name,Mobile,Notes\nAsha,9876543210,\n{total},,250\n,{total},250\n"
    assert len(list(open_register(text.encode(), today=TODAY).rows())) == 1


def test_rows_with_only_a_serial_number_and_lines_of_totals_are_skipped():
    text = "S.No,Name,Mobile\n1,Asha,9876543210\n2,,\n,,\nTotal,1,\nGrand total: 1,,250\n"
    assert [row.number for row in open_register(text.encode(), today=TODAY).rows()] == [2]


def test_a_pile_of_marks_is_cut_and_takes_no_time():
    began = time.perf_counter()

    assert len(text_of("a" + "\u0301\u0327" * 500_000)) <= 32
    assert time.perf_counter() - began < 2
