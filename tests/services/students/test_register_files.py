"""Whole files: what is read from them, in how much time and memory, and which are refused."""

import io
import time
import tracemalloc
import zipfile
from collections import deque
from collections.abc import Callable
from datetime import date
from itertools import islice

import pytest
from messy_register import FIRST_ROW, TODAY, Cell, MessyRegister, messy_register, xls_file
from openpyxl import Workbook

from studyspot.services.students.register import Register, UnreadableRegister, open_register, write_xlsx
from studyspot.services.students.register.legacy import checked_workbook, compound_file

SMALL = b"Name,Mobile\nAsha,9876543210\n"
Forms = pytest.mark.parametrize("form", ["csv", "windows_csv", "xlsx", "xls"])


def opened(content: bytes) -> Register:
    return open_register(content, today=TODAY)


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableRegister) as refused:
        opened(content)
    assert (refused.value.status, refused.value.code) == (422, "UNREADABLE_FILE")
    return refused.value.message


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


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_more_than_ten_thousand_rows_are_refused(form):
    assert "10,000" in refusal(getattr(messy_register(10_001), form)())


def test_more_than_sixty_columns_are_refused():
    header = ",".join(["Name", "Mobile", *(f"c{n}" for n in range(59))])
    assert "60" in refusal(f"{header}\nAsha,9876543210\n".encode())


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


def test_a_mark_that_is_never_closed_refuses_the_file_instead_of_swallowing_rows():
    assert "quotation mark" in refusal(b'Name,Mobile\n"Asha,9876543210\nRavi,9876543211\n')


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


@pytest.mark.parametrize(
    "content",
    [
        b"", b" \n", b"%PDF-1.7\n%\xe2\xe3", b"\x89PNG\r\n\x1a\n\0\0", b"PK\x03\x04 broken", b"just a letter",
        b"<html><table><tr><td>Name</td><td>Mobile</td></tr></table>",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1short",
        b"Colour,Price\nred,12\n", b"Name,Mobile\n", bytes(range(256)) * 40, compound_file(b"no workbook"),
    ],
)  # fmt: skip
def test_what_is_no_register_is_refused_in_words(content):
    assert refusal(content)


def test_a_file_protected_by_a_password_is_named_as_such():
    encrypted = compound_file(b"").replace(
        "Workbook".encode("utf-16-le").ljust(64, b"\0") + b"\x12",
        "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + b"\x22",
    )
    assert "password" in refusal(encrypted)


def test_an_archive_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked():
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/bomb.xml", "w") as part,
    ):
        for _ in range(80):
            part.write(bytes(1_000_000))
    assert peak_of(lambda: refusal(bomb.getvalue())) < 2_000_000


def test_a_sheet_that_spans_billions_of_cells_is_refused():
    book = Workbook()
    book.active.append(["Name", "Mobile"])
    book.active["XFD1048576"] = 1
    assert "too large" in refusal(saved(book))


def test_formatting_down_to_the_last_row_does_not_count_as_content():
    book = Workbook()
    book.active.append(["Name", "Mobile"])
    book.active.append(["Asha", 9876543210])
    book.active["XFD1048576"].number_format = "0"
    assert len(list(opened(saved(book)).rows())) == 1


def test_an_ods_that_repeats_a_cell_billions_of_times_is_refused():
    assert "too large" in refusal(ods([["Name", "Mobile"], ["Asha", "9876543210"]], repeated=2_000_000_000))


def test_a_long_text_shared_by_many_cells_is_refused_before_it_is_laid_out():
    lines: list[list[Cell]] = [["Name", "Mobile"], *[["x" * 30_000, "x" * 30_000]] * 1_200]
    assert "too large" in refusal(write_xlsx(lines[0], lines[1:]))
    assert "too large" in refusal(xls_file(lines))
    assert "too large" in refusal(ods([["Name", "x" * 10_000]], repeated_rows=10_000))


def test_an_xls_that_spans_too_many_cells_is_refused_before_it_is_laid_out():
    with pytest.raises(UnreadableRegister):
        checked_workbook(xls_file([["Name", "Mobile"], *[[]] * 60_000, [None] * 200 + ["x"]]))


def test_an_xls_that_declares_too_many_rows_is_read_by_the_rows_it_has():
    declared = xls_file([["Name", "Mobile"], ["Asha", "9876543210"]], declared_rows=2**32 - 1)
    assert len(list(opened(declared).rows())) == 1


def test_an_xls_whose_sectors_form_a_loop_is_refused():
    content = bytearray(xls_file([["Name", "Mobile"], ["Asha", "9876543210"]]))
    content[-512:-508] = (0).to_bytes(4, "little")
    assert refusal(bytes(content))


def saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def peak_of(action: Callable[[], object]) -> int:
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def ods(lines: list[list[str]], repeated: int = 1, repeated_rows: int = 1) -> bytes:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f'<table:table-row table:number-rows-repeated="{repeated_rows}">'
        f"{''.join(map(cell.format, line))}</table:table-row>"
        for line in lines
    )
    if repeated > 1:
        far = f'<table:table-cell table:number-columns-repeated="{repeated}"'
        rows += f"<table:table-row>{cell.format('x').replace('<table:table-cell', far)}</table:table-row>"
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    text = (
        f'<?xml version="1.0"?><office:document-content{names}><office:body><office:spreadsheet>'
        f'<table:table table:name="Students">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", text)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return written.getvalue()
