"""Which seats a row stands for, which days and times can be given."""

import re
from collections.abc import Hashable, Sequence
from datetime import date

import msgspec

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.services.libraries.contract.floor import SEATS_AT_ONCE_MAX, NewSeats, SeatRows
from studyspot.services.libraries.contract.hours import Holiday
from studyspot.services.libraries.contract.shifts import TimesInThePast

_LETTERS = 26


class Place(msgspec.Struct, frozen=True):
    """A code, and where it stands on the map."""

    code: str
    row: int | None = None
    column: int | None = None


def places(new: NewSeats, *, last_row: int) -> list[Place]:
    """The seats that are meant; rows stand on the map below `last_row`.

    :raises ValidationFailed: with every fault.
    """
    if (new.rows is None) == (not new.codes):
        raise ValidationFailed(
            "Give either whole rows or single codes.",
            details=[Fault("rows", "Give rows or codes, and not both.", "either_or")],
        )
    if new.rows is not None:
        return _of_rows(new.rows, last_row=last_row)
    found = [Place(code.upper()) for code in new.codes]
    faults = [
        Fault(f"codes[{position}]", f"{found[position].code} stands here twice.", "duplicate")
        for position in _repeated([one.code for one in found])
    ]
    if faults:
        raise ValidationFailed("A code is one seat's.", details=faults)
    return found


def _of_rows(rows: SeatRows, *, last_row: int) -> list[Place]:
    first, last = _number(rows.first), _number(rows.last)
    if last < first:
        raise ValidationFailed(
            "The rows are in the wrong order.",
            details=[Fault("rows.last", f"Give {rows.first} or a row after it.", "wrong_order")],
        )
    if (last - first + 1) * rows.each > SEATS_AT_ONCE_MAX:
        raise ValidationFailed(
            "These are too many at once.",
            details=[Fault("rows", f"Make at most {SEATS_AT_ONCE_MAX} at once.", "too_many")],
        )
    width = len(str(rows.each))
    return [
        Place(f"{_label(row)}{seat:0{width}}", last_row + 1 + row - first, seat)
        for row in range(first, last + 1)
        for seat in range(1, rows.each + 1)
    ]


def _number(label: str) -> int:
    number = 0
    for letter in label:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number


def _label(number: int) -> str:
    label = ""
    while number:
        number, letter = divmod(number - 1, _LETTERS)
        label = chr(ord("A") + letter) + label
    return label


def code_order(code: str) -> str:
    """What codes are sorted by: numbers by their value, so that A2 stands before A10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(12), code)


def check_holidays(holidays: Sequence[Holiday]) -> None:
    """:raises ValidationFailed: when a day has two."""
    faults = [
        Fault(f"holidays[{position}].day", "This day has another holiday.", "duplicate")
        for position in _repeated([one.day for one in holidays])
    ]
    if faults:
        raise ValidationFailed("A day has one holiday.", details=faults)


def _repeated(values: Sequence[Hashable]) -> list[int]:
    """The positions of those that stand somewhere before."""
    first: dict[Hashable, int] = {}
    return [position for position, one in enumerate(values) if first.setdefault(one, position) != position]


def check_not_past(valid_from: date, *, today: date) -> None:
    """:raises TimesInThePast:"""
    if valid_from < today:
        raise TimesInThePast(f"Give a day from today ({today.isoformat()}) on: what was is not changed.")
