"""One field at a time: cells become values or faults. The rules are those of the student's schema."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from studyspot.kernel.aadhaar import mask_aadhaar
from studyspot.kernel.cells.cleaning import Cell, is_marked_as_text, looks_like_formula, text_of
from studyspot.kernel.cells.dates import read_date
from studyspot.kernel.errors import Fault
from studyspot.kernel.values import Email, Phone

Value = str | date

MAX_LENGTH = {
    "first_name": 100,
    "last_name": 100,
    "emergency_contact_name": 100,
    "library": 100,
    "email": 254,
    "address": 500,
    "city": 100,
    "state": 100,
    "education_level": 50,
    "course": 100,
    "institution": 200,
    "notes": 1000,
}
_GENDERS = {
    word: gender
    for gender, words in {
        "male": "male m boy man gents पुरुष लड़का पु",
        "female": "female f girl woman lady ladies महिला स्त्री लड़की म",
        "other": "other others o transgender trans tg अन्य किन्नर",
    }.items()
    for word in unicodedata.normalize("NFC", words).split()
}
_PINCODE = re.compile(r"[1-9]\d{5}")
_BETWEEN_PHONES = re.compile(r"[/,;|&\\]|\bor\b|\band\b|(?<=\d{10}) +(?=\+?\d{10})", re.IGNORECASE)
_PHONE_LABEL = re.compile(r"^[^\W\d_][^\d+(]*(?=[\d+(])")
"""Such as "Mob:" before the number."""
_SHORTENED = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "prof", "shri", "shree", "sri", "smt", "kum", "kumari"}
    | {"श्री", "श्रीमती", "सुश्री", "कु", "कुमारी", "डॉ"}
)
_PLACEHOLDERS = frozenset({"nil", "null", "none"})
_YOUNGEST, _OLDEST = 3, 100
_PLAUSIBLE_YEARS = 100
_YEARS_AHEAD = 10


class FaultyValue(Exception):
    """A cell that cannot be kept: `code` for programs, `message` for the person who has the file."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def at(self, field: str) -> Fault:
        return Fault(field=field, message=self.message, code=self.code)


def read_value(field: str, cell: Cell, today: date) -> Value | None:
    """The value of one cell, or None for an empty one. Raises `FaultyValue`. Phones: see `read_phones`."""
    text = text_of(cell)
    if not text or (field not in _NAMES and text.casefold() in _PLACEHOLDERS):
        return None
    if looks_like_formula(text) and not is_marked_as_text(cell):
        raise FaultyValue("formula", "Replace the formula by plain text; it may not start with =, +, - or @.")
    reader: Callable[[str, Cell, date], Value] = _READERS.get(field, _read_text)
    return reader(field, cell, today)


def read_phones(cell: Cell) -> list[Phone]:
    """The numbers in one cell, E.164: "9876543210 / 9812345678" holds two. Raises `FaultyValue`."""
    text = text_of(cell)
    if text.casefold() in _PLACEHOLDERS:
        return []
    if _SHORTENED.fullmatch(text):
        raise FaultyValue(
            "invalid_phone",
            "The spreadsheet has shortened this number. Format the column as text and save again.",
        )
    parts = [part.strip() for part in _BETWEEN_PHONES.split(text)]
    return [_read_phone(part) for part in parts if part]


def _read_phone(text: str) -> Phone:
    digits = text.removesuffix(".0")  # a number that went through a spreadsheet into a CSV
    try:
        return Phone.parse(_PHONE_LABEL.sub("", digits))
    except ValueError as problem:
        if text.startswith(("=", "@")) or (looks_like_formula(text) and any(map(str.isalpha, text))):
            raise FaultyValue("formula", "Replace the formula by the phone number itself.") from None
        code, _colon, message = str(problem).partition(": ")
        raise FaultyValue(code, message) from None


def split_name(name: str) -> tuple[str, str]:
    """First word and the rest; of `Sharma, Priya` what stands behind the comma comes first.

    A title is no name: messages would greet "Mr.".
    """
    last, comma, first = name.partition(",")
    words = (f"{first} {last}" if comma and first.strip() else last).split()
    while len(words) > 1 and words[0].casefold().rstrip(".") in _TITLES:
        del words[0]
    return (words[0], " ".join(words[1:])) if words else ("", "")


def bounded(field: str, text: str) -> str:
    limit = MAX_LENGTH[field]
    if len(text) > limit:
        raise FaultyValue("too_long", f"Shorten this to {limit} characters.")
    return text


def _read_text(field: str, cell: Cell, _: date) -> str:
    return bounded(field, mask_aadhaar(text_of(cell)))


def _read_whole_name(_: str, cell: Cell, __: date) -> str:
    return mask_aadhaar(text_of(cell))


def _read_email(field: str, cell: Cell, _: date) -> str:
    text = bounded(field, text_of(cell).removeprefix("mailto:"))
    try:
        return Email.parse(text)
    except ValueError as problem:
        code, _colon, message = str(problem).partition(": ")
        raise FaultyValue(code, message) from None


def _read_gender(_: str, cell: Cell, __: date) -> str:
    try:
        return _GENDERS[text_of(cell).casefold().rstrip(".")]
    except KeyError:
        raise FaultyValue("invalid_gender", "Give male, female or other.") from None


def _read_pincode(_: str, cell: Cell, __: date) -> str:
    kept = (char for char in text_of(cell) if char not in " -")
    digits = "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in kept)
    if not _PINCODE.fullmatch(digits):
        raise FaultyValue("invalid_pincode", "Give the six digits of the postal code, such as 400001.")
    return digits


def _read_birth_date(_: str, cell: Cell, today: date) -> date:
    born = _read_day(cell, today.year, today)
    if born > today:
        raise FaultyValue("future_date", "Give a date of birth in the past.")
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not _YOUNGEST <= age <= _OLDEST:
        raise FaultyValue(
            "invalid_date",
            f"Check the date of birth: it makes the student younger than {_YOUNGEST} or older "
            f"than {_OLDEST}.",
        )
    return born


def _read_enrollment_date(_: str, cell: Cell, today: date) -> date:
    day = _read_day(cell, today.year + _YEARS_AHEAD, None)
    if abs(day.year - today.year) > _PLAUSIBLE_YEARS:
        raise FaultyValue("invalid_date", "Check the year of this date.")
    return day


def _read_day(cell: Cell, latest_year: int, latest: date | None) -> date:
    try:
        return read_date(cell, latest_year=latest_year, latest=latest)
    except ValueError:
        raise FaultyValue("invalid_date", "Give a day that exists, written as 31/12/2004.") from None


_NAMES = frozenset({"name", "first_name", "last_name", "emergency_contact_name"})
_READERS: dict[str, Callable[[str, Cell, date], Value]] = {
    "name": _read_whole_name,
    "email": _read_email,
    "gender": _read_gender,
    "pincode": _read_pincode,
    "date_of_birth": _read_birth_date,
    "enrollment_date": _read_enrollment_date,
}
