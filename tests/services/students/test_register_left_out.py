"""Whatever of a file holds something and is not read, its owner is told of."""

from collections.abc import Sequence

from openpyxl import Workbook
from registers.files import opened, saved

HEADER = ["Name", "Mobile", "S.No"]
ASHA = ["Asha", 9876543210, 1]


def left_out(*rows: Sequence[object], header: Sequence[object] = HEADER) -> list[tuple[str, str]]:
    book = Workbook()
    for row in (header, ASHA, *rows):
        book.active.append(row)
    return [(part, reason) for part, reason in opened(saved(book)).left_out]


def test_nothing_is_left_out_of_a_plain_register():
    assert left_out([], ["Ravi", 9876543211, 2]) == []


def test_a_line_of_totals_is_named():
    assert left_out(["Total", None, 2]) == [("row 3", "It is a line of totals.")]


def test_a_note_beside_the_columns_is_named_and_a_prepared_number_is_not():
    assert left_out([None, None, "closed for Diwali"], [None, None, 3]) == [
        ("row 3", "It has nothing in the columns that are read.")
    ]


def test_a_column_without_a_header_is_named():
    assert left_out(["Ravi", 9876543211, None, "pays late"], ["Om", 9876543212, None, "too"]) == [
        ("column D", "It has no header.")
    ]


def test_a_gap_in_the_header_is_such_a_column_too():
    found = left_out(["Ravi", 9876543211, 2, "in the middle"], header=[*HEADER, None, "City"])
    assert found == [("column D", "It has no header.")]


def test_columns_beyond_z_have_two_letters():
    assert left_out(["Ravi", 9876543211, *[None] * 24, "far away"]) == [("column AA", "It has no header.")]


def test_other_sheets_are_named_unless_they_are_empty():
    book = Workbook()
    book.active.title = "Morning"
    for row in (HEADER, ASHA):
        book.active.append(row)
    book.create_sheet("Empty")
    for title, state in (("Evening", "visible"), ("Old", "hidden")):
        sheet = book.create_sheet(title)
        sheet.append(HEADER)
        sheet.sheet_state = state

    assert opened(saved(book)).left_out == [
        ("sheet Evening", "Only the sheet Morning is read: save it as a file."),
        ("sheet Old", "It is hidden."),
    ]


def test_no_more_are_named_than_a_person_would_read():
    assert len(left_out(*[["Total"]] * 80)) == 50


def test_a_text_is_one_sheet():
    rows = "Name;Mobile\nAsha;9876543210;late\nTotal;1\n"
    assert opened(rows.encode()).left_out == [
        ("column C", "It has no header."),
        ("row 3", "It is a line of totals."),
    ]
