"""Registers of several blocks, with titles between them and cells that are merged."""

import io
from datetime import date

from openpyxl import Workbook

from studyspot.services.students.register import Register, open_register
from studyspot.services.students.register.columns import Vocabulary
from studyspot.services.students.register.synonyms import PHRASES

WORDS = Vocabulary({"seat": ("seat", "chair"), "starts_on": ("from", "start date"), **PHRASES})


def opened(*lines: list[object], merged: tuple[str, ...] = (), **headers: str) -> Register:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    for area in merged:
        book.active.merge_cells(area)
    file = io.BytesIO()
    book.save(file)
    words = WORDS if not headers else Vocabulary({"seat": ("seat",), **PHRASES}, headers=headers)
    return open_register(file.getvalue(), today=date(2026, 11, 27), vocabulary=words)


def test_every_block_has_its_own_header_and_title():
    register = opened(
        ["STUDY POINT, PUNE"],
        ["MORNING BATCH"],
        ["Name", "Mobile", "Seat No"],
        ["Asha", "9876543210", "A-1"],
        [None],
        ["EVENING BATCH"],
        ["Chair", "Mobile", "Name"],
        ["B 2", "9876543211", "Ravi"],
        merged=("A1:C1", "A2:C2", "A6:C6"),
    )

    rows = list(register.rows())
    assert [(row.number, row.values, row.cells, row.heading) for row in rows] == [
        (4, {"first_name": "Asha", "phone": "+919876543210"}, {"seat": "A-1"}, "MORNING BATCH"),
        (8, {"first_name": "Ravi", "phone": "+919876543211"}, {"seat": "B 2"}, "EVENING BATCH"),
    ]
    assert [row.faults for row in rows] == [(), ()]
    assert register.columns == {"Name": "name", "Mobile": "phone", "Seat No": "seat", "Chair": "seat"}


def test_a_cell_that_is_merged_downwards_is_in_each_of_its_rows():
    register = opened(
        ["Student", None, "Seat", "Dates"],
        ["Name", "Mobile", None, "From"],
        ["Asha", "9876543210", "A-1", date(2026, 11, 1)],
        ["Ravi", "9876543211", None, "05/11/26"],
        ["Anil", "9876543212", None, ""],
        merged=("A1:B1", "C1:C2", "C3:C4"),
    )

    assert [row.cells for row in register.rows()] == [
        {"seat": "A-1", "starts_on": "2026-11-01"},
        {"seat": "A-1", "starts_on": "05/11/26"},
        {"seat": "", "starts_on": ""},
    ]


def test_whoever_knows_their_headers_better_says_so():
    register = opened(["Name", "Mobile", "Seat", "Kursi"], ["Asha", "9876543210", "x", "A-1"], Kursi="seat")

    assert [row.cells for row in register.rows()] == [{"seat": "A-1"}]
    assert [column for column, _ in register.ignored] == ["Seat"]
