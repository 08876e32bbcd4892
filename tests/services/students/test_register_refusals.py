"""Which files are refused, in which words, and before they cost anything."""

import io
import struct
import time
import zipfile

import pytest
from messy_register import Cell, messy_register, xls_file
from openpyxl import Workbook
from registers.files import SMALL, ods, opened, peak_of, refusal, saved, with_sheet, xlsx

from studyspot.services.students.register import UnreadableRegister, extents
from studyspot.services.students.register.legacy import checked_workbook, compound_file


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_more_than_ten_thousand_rows_are_refused(form):
    assert "10,000" in refusal(getattr(messy_register(10_001), form)())


def test_more_than_fifty_columns_are_refused():
    header = ",".join(["Name", "Mobile", *(f"c{n}" for n in range(48))])
    assert len(list(opened(f"{header}\nAsha,9876543210\n".encode()).rows())) == 1
    assert "50" in refusal(f"{header},c48\nAsha,9876543210\n".encode())


@pytest.mark.parametrize("column", ["Notes", "A column we do not keep"])
def test_a_cell_of_more_than_two_thousand_characters_refuses_the_file_and_names_its_row(column):
    for form in _csv, xlsx:
        assert len(list(opened(form(*_with_cell(column, 2_000))).rows())) == 21
        assert "Row 22 has a cell of more than 2,000 characters" in refusal(form(*_with_cell(column, 2_001)))


def test_more_areas_of_merged_cells_than_anybody_needs_are_refused(monkeypatch):
    monkeypatch.setattr(extents, "MAX_MERGED", 2)
    book = Workbook()
    for line in (["Name", "Mobile"], ["Asha", "9876543210"]):
        book.active.append(line)
    for row in (10, 20):
        book.active.merge_cells(f"A{row}:B{row}")
    assert len(list(opened(saved(book)).rows())) == 1
    book.active.merge_cells("A30:B30")
    assert "too large" in refusal(saved(book))


def test_a_long_cell_near_the_header_never_makes_another_sheet_the_register():
    book = Workbook()
    book.active.append(["x" * 3_000])
    for title in ("Students", "Students of last year"):
        sheet = book.create_sheet(title)
        sheet.append(["Name", "Mobile"])
        sheet.append(["Asha", "9876543210"])
    assert len(list(opened(saved(book)).rows())) == 1
    book["Students"].append(["x" * 3_000, "9876543211"])
    assert "Row 3 has a cell" in refusal(saved(book))


def test_a_mark_that_is_never_closed_refuses_the_file_instead_of_swallowing_rows():
    assert "quotation mark" in refusal(b'Name,Mobile\n"Asha,9876543210\nRavi,9876543211\n')


def test_a_mark_that_swallows_a_megabyte_is_named_with_its_row():
    message = refusal(b'Name,Mobile\nAsha,9876543210\n"Ravi,9876543211\n' + b"Asha,9876543210\n" * 60_000)
    assert "Row 3" in message
    assert "quotation mark" in message


def test_a_text_of_blanks_beyond_the_last_row_or_column_of_excel_is_refused():
    assert "too large" in refusal(SMALL + b"\n" * 1_048_576)
    assert "too large" in refusal(SMALL + b"," * 16_384)


def test_a_text_of_more_cells_than_a_workbook_may_have_is_refused_at_once():
    began = time.monotonic()
    assert "too large" in refusal(b"Name,Mobile\n" + (b"," * 16_000 + b"\n") * 1_300)
    assert time.monotonic() - began < 10  # and not the minute and a half that all of it took


@pytest.mark.parametrize("column", ["Notes", "Mobile", "DOB", "Email"])
def test_hostile_cells_take_no_more_time_than_others(column):
    cells = ("+" + "1" * 1_998 + "x", "(" * 2_000, "2345 6789 0124 " * 133, "1," * 1_000)
    lines = [f'A,B,"{cell}"' for cell in cells for _ in range(250)]
    names = {"Notes": "Name,Mobile,Notes", "Mobile": "Name,Notes,Mobile"}
    header = names.get(column, f"Name,Mobile,{column}")
    started = time.process_time()
    assert len(list(opened("\n".join([header, *lines]).encode()).rows())) == 1_000
    assert time.process_time() - started < 5


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


ROWS = "".join(
    f'<row><c t="inlineStr"><is><t>{name}</t></is></c><c t="inlineStr"><is><t>{mobile}</t></is></c></row>'
    for name, mobile in (("Name", "Mobile"), ("Asha", "9876543210"))
)


def test_a_sheet_of_elements_without_end_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(extents, "MAX_ELEMENTS", 2_000)
    register = xlsx(["Name", "Mobile"], [["Asha", "9876543210"]])
    assert len(list(opened(with_sheet(register, ROWS + "<row/>" * 1_000)).rows())) == 1
    assert "too large" in refusal(with_sheet(register, ROWS + "<row/>" * 2_000))
    assert "too large" in refusal(with_sheet(register, ROWS + "<a>" * 100 + "</a>" * 100))


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
    assert "too large" in refusal(xlsx(lines[0], lines[1:]))
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


def _with_cell(column: str, length: int) -> tuple[list[str], list[list[str]]]:
    rows = [["Asha", "9876543210", ""]] * 20
    return ["Name", "Mobile", column], [*rows, ["Ravi", "9876543211", "x" * length]]


def _csv(header: list[str], rows: list[list[str]]) -> bytes:
    return "\n".join(map(",".join, [header, *rows])).encode()


@pytest.mark.parametrize("difat_starts_at", [0, 0xFFFFFFFE])
def test_a_small_xls_does_not_unfold_into_a_huge_one(difat_starts_at: int):
    content = bytearray(512 * 1024)
    content[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HH", content, 30, 9, 6)
    struct.pack_into("<I", content, 68, difat_starts_at)

    assert peak_of(lambda: refusal(bytes(content))) < 16 << 20
