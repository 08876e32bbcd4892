"""Dates as people and spreadsheets write them in India: the day first, the month by number or by name."""

import re
from datetime import date, datetime, timedelta

from studyspot.kernel.cells.cleaning import Cell, text_of

_SERIAL_ZERO = date(1899, 12, 30)
"""Day 0 of Excel's 1900 calendar, its phantom 29 February 1900 taken into account."""

_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?: ?[ap]m)?Z?)?"
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}}) ?[/.\- ] ?(\d{{1,2}}) ?[/.\- ] ?(\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})[/.\-](\d{{1,2}})[/.\-](\d{{1,2}}){_TIME}", re.IGNORECASE)
_NAMED_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[ ,./\-]*([^\W\d][^\d\s,./\-]+)[ ,./\-]*(\d{4}|\d{2})", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    r"([^\W\d][^\d\s,./\-]+)[ ./\-]*(\d{1,2})(?:st|nd|rd|th)?[ ,./\-]+(\d{4}|\d{2})", re.IGNORECASE
)
_ENGLISH = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_HINDI = ("जनवरी", "फरवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर")
_MONTHS = (
    {name: number for number, name in enumerate(_ENGLISH, 1)}
    | {name[:3]: number for number, name in enumerate(_ENGLISH, 1)}
    | {name: number for number, name in enumerate(_HINDI, 1)}
    | {"sept": 9}
)


def read_date(cell: Cell, *, latest_year: int, latest: date | None = None) -> date:
    """Read one date. A two-digit year is the last such year up to `latest_year`, and not after `latest`.

    Raises `ValueError` for anything that is not a day of the calendar; mm/dd/yyyy is not understood.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell)
    if serial := _SERIAL.fullmatch(text):
        return _SERIAL_ZERO + timedelta(days=int(serial[1]))
    year, month, day = _parts(text)
    if len(year) > 2:  # noqa: PLR2004 - a year with its century
        return date(int(year), month, day)
    return _with_century(int(year), month, day, latest_year, latest)


def _parts(text: str) -> tuple[str, int, int]:
    if found := _DAY_FIRST.fullmatch(text):
        return found[3], int(found[2]), int(found[1])
    if found := _YEAR_FIRST.fullmatch(text):
        return found[1], int(found[2]), int(found[3])
    if found := _NAMED_MONTH.fullmatch(text):
        return found[3], _month(found[2]), int(found[1])
    if found := _MONTH_FIRST.fullmatch(text):
        return found[3], _month(found[1]), int(found[2])
    raise ValueError("not a date")


def _month(name: str) -> int:
    try:
        return _MONTHS[name.casefold().replace("\u093c", "")]
    except KeyError:
        raise ValueError("not a month") from None


def _with_century(year: int, month: int, day: int, latest_year: int, latest: date | None) -> date:
    century = latest_year - latest_year % 100
    full_year = century + year if century + year <= latest_year else century + year - 100
    resolved = date(full_year, month, day)
    if latest is not None and resolved > latest:
        return date(full_year - 100, month, day)
    return resolved
