"""What any cell goes through before it means something: tidy text, formulas."""

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
    is_phone = _PHONE_SHAPE.fullmatch(text) and Phone.is_one(text)
    return not (_NUMBER.fullmatch(text) or is_phone)
