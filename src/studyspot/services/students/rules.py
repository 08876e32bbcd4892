"""Pure decisions of the students room: how text is folded for searching, and which states follow which."""

import itertools
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from studyspot.kernel.errors import Fault, LimitExceeded, ValidationFailed
from studyspot.services.students.contract import StudentStatus, WrongState
from studyspot.services.students.contract.leads import Lead
from studyspot.services.students.contract.tickets import (
    TicketEventKind,
    TicketMove,
    TicketPriority,
    TicketStatus,
)

YOUNGEST_YEARS = 3
OLDEST_YEARS = 100
ADULT_YEARS = 18
_UNHEARD = "\u093c\u200c\u200d"
"""The Devanagari dot, and the joiners that change how letters look together."""
_LATIN_ACCENTS = range(0x300, 0x370)
_ASIAN_SCRIPTS = range(0x600, 0xE00)
"""Arabic, Devanagari and the other scripts of India."""
_FIRST_CAPITALS, _OTHER_CAPITALS = "ABCDEFGH", "IJKLMNOPQRSTUVWXYZ"
_CAPITALS = {
    code: "".join(capitals)
    for code, capitals in zip(
        _ASIAN_SCRIPTS, itertools.product(_FIRST_CAPITALS, _OTHER_CAPITALS, _OTHER_CAPITALS), strict=False
    )
}
_PHONE_MARKS = re.compile(r"[ ().-]")
_WITH_TRUNK_ZERO = 11
_TRIGRAM = re.compile("[0-9A-Za-z]{3}")


class Promise(NamedTuple):
    """How soon somebody who complains is answered, and helped, day and night."""

    response: timedelta
    resolution: timedelta


PROMISES: Mapping[TicketPriority, Promise] = {
    "critical": Promise(timedelta(hours=1), timedelta(hours=8)),
    "high": Promise(timedelta(hours=4), timedelta(days=1)),
    "medium": Promise(timedelta(hours=8), timedelta(days=3)),
    "low": Promise(timedelta(days=1), timedelta(days=7)),
}
_MOVES: Mapping[tuple[TicketStatus, TicketStatus], TicketEventKind] = {
    ("open", "in_progress"): "started",
    ("open", "resolved"): "resolved",
    ("in_progress", "resolved"): "resolved",
    ("resolved", "closed"): "closed",
    ("resolved", "open"): "reopened",
    ("closed", "open"): "reopened",
}


def fold(text: str) -> str:
    """Lower case, one blank between words, Latin digits, without Latin accents and without the Devanagari dot
    and the joiners that people leave out (फ़ → फ).

    Vowel signs are also combining marks in Unicode, but dropping those would make other words: they stay.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFD", " ".join(text.casefold().split()))
    kept = (
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in decomposed
        if ord(char) not in _LATIN_ACCENTS and char not in _UNHEARD
    )
    return unicodedata.normalize("NFC", "".join(kept))


def search_text(first_name: str, last_name: str | None, *parts: str | None) -> str:
    """What a search looks into: the folded parts, the name so that it is found in either order."""
    name = (first_name, last_name, first_name) if last_name else (first_name,)
    return searchable(" ".join(part for part in (*name, *parts) if part))


def search_needle(wanted: str) -> str:
    """The part to look for; a phone number is found however its digits are grouped."""
    folded = fold(wanted)
    digits = _PHONE_MARKS.sub("", folded)
    if len(digits) >= 4 and digits.removeprefix("+").isdecimal():  # noqa: PLR2004 - shorter may be part of a name
        return digits if len(digits) < _WITH_TRUNK_ZERO else digits.removeprefix("0")
    return searchable(wanted)


def searchable(text: str) -> str:
    """Folded, each letter of an Asian script as three capitals, which nothing else in folded text is.

    pg_trgm finds no words in letters that the server's locale does not know, and the locale C knows ASCII
    alone. The first capital is never one of the others, so a part is found exactly where it stands.
    """
    return fold(text).translate(_CAPITALS)


def has_trigram(needle: str) -> bool:
    """Whether the trigram index helps to find it."""
    return _TRIGRAM.search(needle) is not None


def like_pattern(needle: str) -> str:
    escaped = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
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


def is_minor(born: date | None, today: date) -> bool:
    """Under eighteen; as `students.adult_on` says it."""
    return born is not None and (born.year + ADULT_YEARS, born.month, born.day) > (
        today.year,
        today.month,
        today.day,
    )


def limit_exceeded(students_max: int) -> LimitExceeded:
    allowed = "1 student" if students_max == 1 else f"{students_max:,} students"
    return LimitExceeded(f"Your plan allows {allowed}. Upgrade to add more.")


def check_suspendable(status: StudentStatus) -> None:
    """:raises WrongState:"""
    if status == "suspended":
        raise WrongState("This student is suspended already.")


def check_may_sign_in(status: StudentStatus) -> None:
    """:raises WrongState: while suspended."""
    if status == "suspended":
        raise WrongState("This student is suspended. Reactivate them first.")


def check_reactivatable(status: StudentStatus) -> None:
    """:raises WrongState:"""
    if status == "active":
        raise WrongState("This student is active already.")


class Deadlines(NamedTuple):
    respond_by: datetime
    resolve_by: datetime


def deadlines(priority: TicketPriority, counted_from: datetime) -> Deadlines:
    promise = PROMISES[priority]
    return Deadlines(counted_from + promise.response, counted_from + promise.resolution)


def check_move(status: TicketStatus, move: TicketMove) -> TicketEventKind:
    """What it is called.

    :raises WrongState: :raises ValidationFailed: when nothing says how it was resolved.
    """
    kind = _MOVES.get((status, move.status))
    if kind is None:
        told, wanted = status.replace("_", " "), move.status.replace("_", " ")
        raise WrongState(f"This ticket is {told}; it cannot become {wanted} from there.")
    if kind == "resolved" and move.text is None:
        fault = Fault("text", "Say how it was resolved.", "required")
        raise ValidationFailed("This ticket is not resolved yet.", details=[fault])
    return kind


def check_lead_open(lead: Lead) -> None:
    """:raises WrongState: for who is a student by now, or was forgotten."""
    if lead.phone is None and lead.status != "converted":
        raise WrongState("Who this was is forgotten. Write down whoever asks anew.")
    if lead.status == "converted":
        raise WrongState("This lead is a student by now. Change the student.")
