"""What any cell goes through before it means something: tidy text, formulas, identity numbers."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from studyspot.kernel.text import normalised, unpiled, visible
from studyspot.kernel.values import Phone

Cell = str | int | float | bool | date | datetime | time | timedelta | None

_NUMBER = re.compile(r"[+-]?(?:[\d,]*\d|[\d,]*\.\d+)%?")
"""Two adjoining repetitions of digits would take quadratic time over a cell made to fail."""
_TEXT_MARK = re.compile(r"\A'(?=[=+\-@＝＠＋－]|[\d ./-]+$)")
"""The apostrophe by which a person, or our own CSV, tells a spreadsheet to leave a cell alone."""
_PHONE_SHAPE = re.compile(r"[+-][\d ().-]+")
_EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_PLACEHOLDERS = frozenset({"-", "--", "---", "–", "—", ".", "n/a", "na", "n.a.", "_"})
_FORMULA_STARTS = ("=", "@", "+", "-", "＝", "＠", "＋", "－")
_TWELVE_DIGITS = re.compile(r"(?<![\d+])\d{4}[ .-]?\d{4}[ .-]?\d{4}(?!\d)")


def text_of(cell: Cell) -> str:
    """The cell as a person reads it: NFC, one line, nothing invisible; "" for an empty or a broken cell."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a spreadsheet keeps 400001 as 400001.0
    text = _TEXT_MARK.sub("", tidy(cell if isinstance(cell, str) else str(cell)), count=1)
    return "" if text in _EXCEL_ERRORS or text.casefold() in _PLACEHOLDERS else text


def tidy(text: str) -> str:
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = "".join(
        " " if char.isspace() else char
        for char in visible(text)
        if char.isspace() or unicodedata.category(char) not in {"Cc", "Cs", "Co", "Cn"}
    )
    return " ".join(normalised(unpiled(spaced)).split())


def is_marked_as_text(cell: Cell) -> bool:
    """Whether the apostrophe says that what follows is no formula, whatever it looks like."""
    return isinstance(cell, str) and _TEXT_MARK.match(tidy(cell)) is not None


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet would run this text; see OWASP, "CSV Injection".

    A dash or a plus sign with a blank behind it begins a note, as in "- pays late".
    """
    if not text.startswith(_FORMULA_STARTS) or text.startswith(("- ", "+ ")):
        return False
    return not (_NUMBER.fullmatch(text) or _is_phone(text))


def _is_phone(text: str) -> bool:
    if not _PHONE_SHAPE.fullmatch(text):
        return False
    try:
        Phone.parse(text)
    except ValueError:
        return False
    return True


def mask_aadhaar(text: str) -> str:
    """Hide every Aadhaar number but its last four digits, as UIDAI's masked Aadhaar does."""
    start = 0
    while found := _TWELVE_DIGITS.search(text, start):
        digits = [unicodedata.digit(char) for char in found.group() if char.isdigit()]
        if digits[0] > 1 and _verhoeff_holds(digits):
            shown = "".join(map(str, digits[-4:]))
            text = f"{text[: found.start()]}XXXX XXXX {shown}{text[found.end() :]}"
            start = found.start() + len("XXXX XXXX 1234")
        else:
            start = found.start() + 1  # the number may begin with a later group
    return text


_DIHEDRAL = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_PERMUTED = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def _verhoeff_holds(digits: list[int]) -> bool:
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _DIHEDRAL[check][_PERMUTED[place % 8][digit]]
    return check == 0
