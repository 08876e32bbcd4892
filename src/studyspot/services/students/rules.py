"""Pure decisions of the students room: how text is folded for searching, and which states follow which."""

import unicodedata
from datetime import date

from studyspot.kernel.errors import Fault
from studyspot.services.students.contract import StudentStatus, WrongState

YOUNGEST_YEARS = 3
OLDEST_YEARS = 100
_NUKTA = "\u093c"
_LATIN_ACCENTS = ("\u0300", "\u036f")


def fold(text: str) -> str:
    """Lower case, without Latin accents and without the Devanagari dot that people leave out (फ़ → फ).

    Vowel signs are also combining marks in Unicode, but dropping those would make other words: they stay.
    """
    decomposed = unicodedata.normalize("NFD", text.casefold())
    kept = "".join(
        char for char in decomposed if not _LATIN_ACCENTS[0] <= char <= _LATIN_ACCENTS[1] and char != _NUKTA
    )
    return unicodedata.normalize("NFC", kept)


def search_text(*parts: str | None) -> str:
    """What a search looks into: the folded parts, one after another."""
    return fold(" ".join(part for part in parts if part))


def search_pattern(wanted: str) -> str:
    """A LIKE pattern for any part; a phone number is found however its digits are grouped."""
    folded = fold(wanted)
    digits = folded.replace(" ", "").replace("-", "")
    if len(digits) >= 4 and digits.lstrip("+").isdigit():  # noqa: PLR2004 - shorter ones may be part of a name
        folded = digits
    escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def birth_faults(born: date | None, today: date) -> list[Fault]:
    """A date of birth in the future, or of nobody who could sit in a library, is a slip of the pen."""
    if born is None:
        return []
    if born > today:
        return [Fault("date_of_birth", "This date is in the future.", "future_date")]
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not YOUNGEST_YEARS <= years <= OLDEST_YEARS:
        return [Fault("date_of_birth", f"That would make the student {years} years old.", "invalid_date")]
    return []


def check_suspendable(status: StudentStatus) -> None:
    """:raises WrongState:"""
    if status == "suspended":
        raise WrongState("This student is suspended already.")


def check_reactivatable(status: StudentStatus) -> None:
    """:raises WrongState:"""
    if status == "active":
        raise WrongState("This student is active already.")
