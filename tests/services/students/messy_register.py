"""A student register as a library owner keeps it, made up from a seed, with what should be read from it.

`messy_register(1_000)` knows its own answer; `.csv()`, `.windows_csv()`, `.xlsx()`, `.xls()` are the files.
"""

import csv
import io
import random
import struct
from dataclasses import dataclass
from datetime import date

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from studyspot.services.students.register.legacy import compound_file

TODAY = date(2026, 11, 2)
HEADER = (
    "S.No", "Student Name", "Mobile No.", "Father's Mobile", "E-mail ID", "D.O.B", "Sex", "Addr", "City",
    "Pin code", "Joining date", "Aadhaar No", "Fees", "Remarks",
)  # fmt: skip
TITLES = (("JOSÉ’S STUDY LIBRARY, PUNE",), ("Register 2026",), ())
FIRST_ROW = len(TITLES) + 2
IDENTITY_NUMBER = "234567890124"
"""Made up; its check digit holds."""

FIRST_NAMES = ("Asha", "Ravi", "José", "Meera", "Imran", "Gurpreet", "Zoë", "Anil")
LAST_NAMES = ("Kumar", "Devi Sharma", "D’Souza", "Khan", "Iyer", "")

Cell = str | float | date | None


@dataclass(frozen=True)
class Expected:
    """What one row must come to: its values, and (field, code) of every fault."""

    number: int
    values: dict[str, str | date]
    faults: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class MessyRegister:
    lines: list[list[Cell]]
    expected: list[Expected]

    @property
    def good(self) -> list[Expected]:
        return [row for row in self.expected if not row.faults]

    @property
    def faulty(self) -> list[Expected]:
        return [row for row in self.expected if row.faults]

    def csv(self, encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(
            [[_as_text(cell) for cell in line] for line in self.lines]
        )
        return text.getvalue().encode(encoding)

    def windows_csv(self) -> bytes:
        return self.csv("cp1252", ";")

    def xlsx(self) -> bytes:
        book = Workbook(write_only=True)
        book.create_sheet("Instructions").append(["Fill in the second sheet"])
        sheet = book.create_sheet("Students")
        for line in self.lines:
            sheet.append([_as_text_cell(sheet, cell) if isinstance(cell, str) else cell for cell in line])
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()

    def xls(self) -> bytes:
        return xls_file(self.lines)


def messy_register(count: int, seed: int = 7) -> MessyRegister:
    """`count` students below three title lines, blank lines and a line of totals among them."""
    chance = random.Random(seed)
    lines: list[list[Cell]] = [*([*title] for title in TITLES), [*HEADER]]
    expected = []
    for index in range(count):
        if index % 97 == 96:
            lines.append([None] * len(HEADER))
        line, values, faults = _student(index, chance)
        lines.append(line)
        expected.append(Expected(number=len(lines), values=values, faults=frozenset(faults)))
    lines.append(
        [None, f"Total {count} students", None, None, None, None, None, None, None, None, None, None, 0.0]
    )
    return MessyRegister(lines=lines, expected=expected)


def _student(
    index: int, chance: random.Random
) -> tuple[list[Cell], dict[str, str | date], list[tuple[str, str]]]:
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    national = f"98{index:08d}"
    born = date(chance.randint(1990, 2010), chance.randint(1, 12), chance.randint(1, 28))
    joined = date(chance.randint(2019, 2026), chance.randint(1, 9), chance.randint(1, 28))
    values: dict[str, str | date] = {
        "first_name": first, "phone": f"+91{national}", "email": f"student{index}@example.in",
        "date_of_birth": born, "gender": "female", "address": "Flat 3, “Shanti”, MG Road", "city": "Pune",
        "pincode": "411001", "enrollment_date": joined, "notes": "ID XXXX XXXX 0124",
    }  # fmt: skip
    if last:
        values["last_name"] = last
    cells: dict[str, Cell] = {
        "S.No": float(index + 1), "Student Name": f"  {first}   {last} ",
        "E-mail ID": f" Student{index}@Example.in",
        "Mobile No.": chance.choice(_phones(national)), "D.O.B": chance.choice(_dates(born)),
        "Sex": chance.choice(["F", "female", "Girl"]), "Addr": "Flat 3,\n“Shanti”,\tMG Road",
        "City": "Pune\u00a0",
        "Pin code": chance.choice(_PINCODES),
        "Joining date": chance.choice(_dates(joined)),
        "Aadhaar No": IDENTITY_NUMBER, "Fees": 1200.0, "Remarks": chance.choice(_identity_notes()),
    }  # fmt: skip
    if index % 10 == 1:
        cells["Mobile No."] = f"{national} / 9812345678"
        values["parent_phone"] = "+919812345678"
    faults = _spoil(index, cells, values)
    return [cells.get(column) for column in HEADER], values, faults


def _spoil(index: int, cells: dict[str, Cell], values: dict[str, str | date]) -> list[tuple[str, str]]:
    """Every twentieth row is wrong in one of these ways, every two hundredth in two."""
    if index % 20:
        return []
    spoilt = [_SPOILT[index // 20 % len(_SPOILT)]]
    if index % 200 == 0:
        spoilt.append(("City", "city", "formula", "=cmd|' /C calc'!A0"))
    for column, field, _, cell in spoilt:
        cells[column] = cell
        values.pop(field, None)
        if field == "first_name":
            values.pop("last_name", None)
    return [(field, code) for _, field, code, _ in spoilt]


_SPOILT: tuple[tuple[str, str, str, Cell], ...] = (
    ("Mobile No.", "phone", "invalid_phone", "98765"),
    ("Mobile No.", "phone", "required", None),
    ("Student Name", "first_name", "required", "  "),
    ("E-mail ID", "email", "invalid_email", "asha at example"),
    ("D.O.B", "date_of_birth", "invalid_date", "31/02/2004"),
    ("D.O.B", "date_of_birth", "future_date", "01/01/2031"),
    ("Sex", "gender", "invalid_gender", "yes"),
    ("Pin code", "pincode", "invalid_pincode", "011001"),
    ("Addr", "address", "too_long", "x" * 501),
    ("Remarks", "notes", "formula", "@SUM(1+1)"),
    ("Father's Mobile", "parent_phone", "invalid_phone", "9.87654E+09"),
)


_PINCODES: tuple[Cell, ...] = ("411001", "411 001", 411001.0)


def _phones(national: str) -> list[Cell]:
    half = f"{national[:5]} {national[5:]}"
    return [national, f"0{half}", f"+91-{half.replace(' ', '-')}", f"91 {half}", float(national)]


def _dates(day: date) -> list[Cell]:
    serial = (day - date(1899, 12, 30)).days
    return [
        day,
        float(serial),
        *(day.strftime(way) for way in ("%d/%m/%Y", "%d-%m-%y", "%d.%m.%Y", "%d %b %Y", "%d-%b-%y")),
    ]


def _identity_notes() -> list[Cell]:
    return [f"ID {IDENTITY_NUMBER}", "ID 2345 6789 0124", "ID\u200b 2345-6789-0124"]


def _as_text(cell: Cell) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.0f}"
    return (cell or "").replace("\u200b", "")  # Windows-1252 has no such character


def _as_text_cell(sheet: object, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # else a text that begins with = becomes a formula without a value
    return cell


def xls_file(lines: list[list[Cell]], declared_rows: int = 1) -> bytes:
    """A BIFF8 workbook of one sheet, its texts shared as Excel shares them: numbers and texts are enough."""
    texts = {cell: None for line in lines for cell in map(_xls_text, line) if cell is not None}
    places = {text: place for place, text in enumerate(texts)}
    beginning = _record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 6)) + _record(0x0042, b"\xb0\x04")
    end = _record(0x000A, b"")
    name = b"Students"
    shared = _shared_texts(list(texts))
    where = len(beginning) + 4 + 8 + len(name) + len(shared) + len(end)
    sheet = _record(0x0085, struct.pack("<IBBBB", where, 0, 0, len(name), 0) + name)
    first = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 6))
    dimensions = _record(0x0200, struct.pack("<IIHHH", 0, declared_rows, 0, 1, 0))
    cells = b"".join(
        _xls_cell(row, column, cell, places)
        for row, line in enumerate(lines)
        for column, cell in enumerate(line)
        if cell is not None
    )
    return compound_file(beginning + sheet + shared + end + first + dimensions + cells + end)


def _xls_text(cell: Cell) -> str | None:
    return None if cell is None or isinstance(cell, float) else str(cell)


def _shared_texts(texts: list[str]) -> bytes:
    """The SST record, continued every 8,000 bytes in the middle of whatever text stands there."""
    pieces = [bytearray(struct.pack("<II", len(texts), len(texts)))]
    for text in texts:
        if len(pieces[-1]) > 7_900:
            pieces.append(bytearray())
        pieces[-1] += struct.pack("<HB", len(text), 1)
        for char in text:
            if len(pieces[-1]) >= 8_000:
                pieces.append(bytearray(b"\1"))
            pieces[-1] += char.encode("utf-16-le")
    return b"".join(_record(0x003C if place else 0x00FC, bytes(piece)) for place, piece in enumerate(pieces))


def _xls_cell(row: int, column: int, cell: Cell, places: dict[str, int]) -> bytes:
    where = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, float):
        return _record(0x0203, where + struct.pack("<d", cell))
    return _record(0x00FD, where + struct.pack("<I", places[str(cell)]))


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body
