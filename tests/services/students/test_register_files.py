"""Whole files: what is read from them, in how much time and memory."""

import time
from collections import deque
from datetime import date
from itertools import islice

import pytest
from messy_register import FIRST_ROW, MessyRegister, messy_register
from openpyxl import Workbook
from registers.files import SMALL, ods, opened, peak_of, saved

Forms = pytest.mark.parametrize("form", ["csv", "windows_csv", "xlsx", "xls"])


@pytest.fixture(scope="module")
def thousand() -> MessyRegister:
    return messy_register(1_000)


@pytest.fixture(scope="module")
def ten_thousand() -> MessyRegister:
    return messy_register(10_000)


@Forms
def test_a_thousand_messy_rows_yield_exactly_the_expected_values_and_faults(form, thousand):
    rows = list(opened(getattr(thousand, form)()).rows())
    found = [(row.number, row.values, {(fault.field, fault.code) for fault in row.faults}) for row in rows]
    expected = [(row.number, row.values, set(row.faults)) for row in thousand.expected]
    assert found == expected
    assert len(thousand.good) == 950
    assert rows[0].number == FIRST_ROW


@Forms
def test_columns_that_are_not_read_are_listed_with_a_reason(form, thousand):
    register = opened(getattr(thousand, form)())
    assert register.columns["D.O.B"] == "date_of_birth"
    ignored = dict(register.ignored)
    assert set(ignored) == {"S.No", "Aadhaar No", "Fees"}
    assert "Aadhaar" in ignored["Aadhaar No"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_ten_thousand_rows_take_seconds_and_bounded_memory(form, ten_thousand):
    content = getattr(ten_thousand, form)()
    started = time.process_time()
    assert sum(1 for _ in opened(content).rows()) == 10_000
    assert time.process_time() - started < 10


def test_memory_is_bounded_by_the_file_not_by_what_is_made_of_its_rows(ten_thousand):
    content = ten_thousand.csv()
    assert peak_of(lambda: deque(islice(opened(content).rows(), 1_000), maxlen=0)) < 2_000_000
    content = messy_register(2_000).xlsx()
    assert peak_of(lambda: deque(opened(content).rows(), maxlen=0)) < 12_000_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_of_a_text_is_read(encoding, delimiter):
    text = f'नाम{delimiter}मोबाइल{delimiter}पता\nआशा देवी{delimiter}९८७६५४३२१०{delimiter}"a, b;\nc"\n'
    (row,) = opened(text.encode(encoding)).rows()
    assert row.values == {
        "first_name": "आशा", "last_name": "देवी", "phone": "+919876543210", "address": "a, b; c",
    }  # fmt: skip


def test_rows_are_numbered_as_the_sheet_shows_them_even_after_a_quoted_newline():
    rows = opened(b'Name,Mobile\n"Asha\nDevi",9876543210\n\nRavi,9876543211\n').rows()
    assert [row.number for row in rows] == [2, 4]


def test_the_rows_of_a_register_can_be_read_twice():
    register = opened(SMALL)
    assert list(register.rows()) == list(register.rows())


def test_hidden_sheets_are_not_read():
    book = Workbook()
    book.active.append(["Name", "Mobile"])
    book.active.append(["Old", 9876543211])
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("Now")
    shown.append(["Name", "Mobile", "DOB"])
    shown.append(["Asha", 9876543210, date(2004, 3, 12)])
    (row,) = opened(saved(book)).rows()
    assert (row.values["first_name"], row.values["date_of_birth"]) == ("Asha", date(2004, 3, 12))


def test_an_ods_file_is_read():
    (row,) = opened(ods([["Name", "Mobile"], ["Asha", "9876543210"]])).rows()
    assert row.values["phone"] == "+919876543210"
