"""One row at a time: its cells become the values of a student, with every fault of the row."""

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from studyspot.kernel.aadhaar import mask_aadhaar
from studyspot.kernel.cells.cleaning import Cell, text_of
from studyspot.kernel.errors import Fault

from .columns import Columns
from .synonyms import PHRASES
from .values import FaultyValue, Value, bounded, read_phones, read_value, split_name

_PHONES = ("phone", "parent_phone", "emergency_contact_phone")
_REQUIRED = {"first_name": "Give the student's name.", "phone": "Give the student's phone number."}
_TOTALS = re.compile(r"(?:(?:(?:grand|sub)[ -]?)?totals?|कुल|योग)(?![^\W\d]|[\u0900-\u0963])")
"""As whole words: योगेश and कुलदीप are names. A vowel sign is no `\\w` to Python, hence the range."""
_FEWEST_DIGITS = 7


class RegisterRow(msgspec.Struct, frozen=True):
    """`number` is the row's number as the person sees it in the sheet; a field with a fault has no value.
    `cells` are those of fields that are no student's, as they stand there, `heading` is their block's title.
    """

    number: int
    values: dict[str, Value]
    faults: tuple[Fault, ...]
    cells: dict[str, str] = {}
    heading: str = ""


def is_data(cells: Sequence[Cell], columns: Columns) -> bool:
    """Whether a row is about a student: not blank (a serial number alone is blank), not a line of totals."""
    if not any(text_of(_at(cells, place)) for place in columns.position.values()):
        return False
    return not is_total(cells, columns)


def is_total(cells: Sequence[Cell], columns: Columns) -> bool:
    """Totals begin with their word and have nothing like a phone number in the column of phones."""
    first = next((text.casefold() for cell in cells if (text := text_of(cell))), "")
    if not _TOTALS.match(first):
        return False
    phone = text_of(_at(cells, columns.position.get("phone", -1)))
    return sum(map(str.isdecimal, phone)) < _FEWEST_DIGITS


def read_row(
    number: int, cells: Sequence[Cell], columns: Columns, today: date, heading: str = ""
) -> RegisterRow:
    reading, others = _Reading(), {}
    for field, place in columns.position.items():
        if field not in PHRASES:
            others[field] = mask_aadhaar(text_of(_at(cells, place)))
        elif field in _PHONES:
            reading.take_phones(field, _at(cells, place))
        else:
            reading.take(field, _at(cells, place), today)
    reading.split_name()
    reading.place_second_phone()
    reading.require()
    return RegisterRow(number, reading.values, tuple(reading.faults), others, heading)


class _Reading:
    """What is known of a row while its cells are read."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.faults: list[Fault] = []
        self.second_phone: str | None = None

    def take(self, field: str, cell: Cell, today: date) -> None:
        try:
            if (value := read_value(field, cell, today)) is not None:
                self.values[field] = value
        except FaultyValue as faulty:
            # The person is asked for a name; that it is split is our affair
            self.faults.append(faulty.at("first_name" if field == "name" else field))

    def take_phones(self, field: str, cell: Cell) -> None:
        try:
            phones = read_phones(cell)
        except FaultyValue as faulty:
            self.faults.append(faulty.at(field))
            return
        if phones:
            self.values[field] = str(phones[0])
        if field == "phone" and len(phones) > 1:
            self.second_phone = str(phones[1])

    def split_name(self) -> None:
        if (name := self.values.pop("name", None)) is None:
            return
        first, last = split_name(str(name))
        surname = str(self.values.get("last_name", ""))
        if surname and not last.casefold().endswith(surname.casefold()):
            last = f"{last} {surname}".strip()
        self._keep("first_name", first)
        self._keep("last_name", last)

    def place_second_phone(self) -> None:
        """A second number is a parent's, unless a column says otherwise: even a faulty one was meant."""
        if self.second_phone and "parent_phone" not in self._mentioned():
            self.values["parent_phone"] = self.second_phone

    def require(self) -> None:
        mentioned = self._mentioned()
        self.faults += [
            Fault(field=field, message=message, code="required")
            for field, message in _REQUIRED.items()
            if field not in mentioned
        ]

    def _keep(self, field: str, text: str) -> None:
        try:
            if text:
                self.values[field] = bounded(field, text)
        except FaultyValue as faulty:
            self.values.pop(field, None)
            self.faults.append(faulty.at(field))

    def _mentioned(self) -> set[str]:
        return self.values.keys() | {fault.field for fault in self.faults}


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if 0 <= place < len(cells) else None
