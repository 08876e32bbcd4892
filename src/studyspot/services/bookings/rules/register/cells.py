"""One cell at a time: amounts and days as they are written in a register."""

import re
import unicodedata
from datetime import date

from studyspot.kernel.cells.dates import read_date
from studyspot.kernel.money import from_rupees

AMOUNT_MAX = 10**9
YEARS_AHEAD = 10
DAYS_AROUND = 3 * 366
_NOTHING = frozenset({"nil", "none", "zero", "no", "null", "na", "n/a", "शून्य"})
_AFTER_AMOUNT = re.compile(
    r"\s*(?:/=|/-|only|per month|/\s*month|pm|p\.m\.|rs\.?|inr|रु\.?|रुपये)\s*$", re.IGNORECASE
)
_BEFORE_AMOUNT = re.compile(r"^\s*(?:rupees|rs\.?|inr|₹|रु\.?)\s*", re.IGNORECASE)
_WITHOUT_YEAR = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s*[/.\- ]\s*(\d{1,2}|[^\W\d_]{3,})", re.IGNORECASE)


class FaultyCell(Exception):
    """A cell that is not understood: `code` for programs, the message for the person who has the file."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def folded(text: str) -> str:
    """Lower case, Latin digits, one blank between words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    latin = (str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)
    return " ".join("".join(latin).split())


def read_amount(text: str) -> int | None:
    """Paise; None for an empty cell. :raises FaultyCell:"""
    plain = folded(text)
    if not plain:
        return None
    if plain in _NOTHING:
        return 0
    bare = _AFTER_AMOUNT.sub("", _AFTER_AMOUNT.sub("", _BEFORE_AMOUNT.sub("", plain)))
    try:
        amount = from_rupees(bare)
    except ValueError as problem:
        raise FaultyCell(*str(problem).split(": ", 1)) from None
    if amount > AMOUNT_MAX:
        raise FaultyCell("invalid_amount", "This amount is too large.")
    return amount


def read_day(text: str, as_of: date) -> date | None:
    """A day within three years of the register's; one without a year is the nearest. None for an empty cell.

    :raises FaultyCell:
    """
    plain = folded(text)
    if not plain:
        return None
    try:
        day = _nearest(plain, as_of) if _WITHOUT_YEAR.fullmatch(plain) else _read(plain, as_of)
    except (ValueError, OverflowError):
        raise FaultyCell("invalid_date", "Give a day that exists, written as 31/12/2026.") from None
    if abs((day - as_of).days) > DAYS_AROUND:
        raise FaultyCell("invalid_date", f"{day} is years from {as_of}. Check the year.")
    return day


def _read(text: str, as_of: date) -> date:
    return read_date(text, latest_year=as_of.year + YEARS_AHEAD)


def _nearest(text: str, as_of: date) -> date:
    found = []
    for year in (as_of.year - 1, as_of.year, as_of.year + 1):
        try:
            found.append(_read(f"{text.rstrip('/.- ')}/{year}", as_of))
        except ValueError:  # 29 February, of which there is none in most years
            continue
    return min(found, key=lambda day: abs((day - as_of).days))
