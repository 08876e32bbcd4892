"""What leaves as CSV or XLSX runs nothing and comes back as it was."""

import csv
import io
from datetime import date

import pytest
from messy_register import TODAY
from openpyxl import load_workbook
from registers.files import xlsx

from studyspot.kernel.spreadsheets import write_csv
from studyspot.services.students.register import open_register

HEADER = ["Name", "Mobile", "Joining date", "Notes"]
ROW = ["आशा देवी", "+919876543210", date(2026, 1, 31), "=1+1"]


def lines_of(*rows: list[str | int | date | None]) -> list[list[str]]:
    text = b"".join(write_csv(HEADER, rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_csv_begins_with_the_mark_that_makes_excel_show_hindi():
    assert b"".join(write_csv(HEADER, [ROW])).startswith(b"\xef\xbb\xbfName")


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+A1",
        "-A1",
        "@x",
        "\tx",
        "\rx",
        "+91 98765",
        "+919876543210|x",
        "+919876543210\n",
        "\nx",
        "＝1+1",
        "＋A1",
        "－A1",
        "＠x",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    assert lines_of(["a", cell])[1] == ["a", f"'{cell}"]


@pytest.mark.parametrize("cell", ["+919876543210", "a=b", "आशा", ""])
def test_phones_and_plain_texts_are_written_as_they_are(cell):
    assert lines_of(["a", cell])[1] == ["a", cell]


def test_a_long_csv_comes_in_pieces():
    pieces = list(write_csv(HEADER, ([*ROW[:3], "x" * 100] for _ in range(10_000))))
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 100_000


def test_an_xlsx_holds_texts_as_texts_and_dates_as_dates():
    sheet = load_workbook(io.BytesIO(xlsx(HEADER, [[*ROW[:3], "=1+1"], ["a", None, None, "@x"]]))).active
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "d", "s"]
    assert sheet["D2"].value == "=1+1"
    assert sheet["D3"].value == "@x"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_written_can_be_read_again(form):
    rows = [[*ROW[:3], "+91 98765 43210"]]
    content = b"".join(write_csv(HEADER, rows)) if form == "csv" else xlsx(HEADER, rows)
    (row,) = open_register(content, today=TODAY).rows()
    assert row.values == {
        "first_name": "आशा", "last_name": "देवी", "phone": "+919876543210", "notes": "+91 98765 43210",
        "enrollment_date": date(2026, 1, 31),
    }  # fmt: skip
