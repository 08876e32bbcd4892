"""Which column of somebody's sheet is which field. The words people use of a student are in `synonyms.py`;
whoever reads more than students brings the words for that.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from studyspot.kernel.cells.cleaning import Cell, text_of

from .synonyms import NOISE, PHRASES

_PARENTHESES = re.compile(r"[(\[{].*?[)\]}]")
_APOSTROPHES = re.compile("['\u2018\u2019`´]")
_SHORTEST_WITH_TYPO = 6

AADHAAR_REASON = "Aadhaar numbers are never read or stored."
UNKNOWN_REASON = "We do not keep this about a student."


class Columns(msgspec.Struct, frozen=True):
    """Where each field stands, and which places have a header at all; `by_header` and `ignored` are for the
    person to look at.
    """

    position: dict[str, int]
    named: frozenset[int]
    by_header: dict[str, str]
    ignored: tuple[tuple[str, str], ...]


class Vocabulary:
    """Which words mean which field; of two fields with the same word the one that is named first has it."""

    def __init__(self, phrases: Mapping[str, Sequence[str]], *, headers: Mapping[str, str] = {}) -> None:
        """`headers` are whole headers of one file: their fields are found in no other column."""
        named = set(headers.values())
        self._fields = {word: field for word, field in _index(phrases).items() if field not in named}
        self._headers = {_compact(header): field for header, field in headers.items()}
        self.exact_field = lru_cache(maxsize=4096)(self._exact_field)

    def _exact_field(self, header: str) -> str | None:
        if field := self._headers.get(_compact(header)):
            return field
        if not header or len(header) > 60 or is_aadhaar(header):  # noqa: PLR2004 - longer is a title or a note
            return None
        for wording in (header, _PARENTHESES.sub(" ", header)):
            words = _words(wording)
            kept = [word for word in words if word not in NOISE]
            for candidate in ("".join(words), "".join(kept), "".join(sorted(kept))):
                if field := self._fields.get(candidate):
                    return field
        return None

    def field_with_typo(self, header: str) -> str | None:
        compact = "".join(word for word in _words(header) if word not in NOISE)
        if len(compact) < _SHORTEST_WITH_TYPO or is_aadhaar(header):
            return None
        return next((field for known, field in self._fields.items() if _one_slip_apart(compact, known)), None)


def recognise(headers: Sequence[Cell], vocabulary: Vocabulary | None = None) -> Columns:
    """Give every header its field. Of two columns for one field the leftmost counts."""
    vocabulary = vocabulary or STUDENTS
    position: dict[str, int] = {}
    by_header: dict[str, str] = {}
    ignored: list[tuple[str, str]] = []
    exact = [vocabulary.exact_field(text_of(header)) for header in headers]
    for place, header in enumerate(map(text_of, headers)):
        field = exact[place] or vocabulary.field_with_typo(header)
        if not header:
            continue
        if is_aadhaar(header):
            ignored.append((header, AADHAAR_REASON))
        elif field is None:
            ignored.append((header, UNKNOWN_REASON))
        elif field in position or (field == "name" and "first_name" in exact):
            ignored.append((header, f"Another column already gives the {field.replace('_', ' ')}."))
        else:
            position[field] = place
            by_header[_unused(header, by_header)] = field
    named = frozenset(place for place, header in enumerate(headers) if text_of(header))
    return Columns(position=position, named=named, by_header=by_header, ignored=tuple(ignored))


def score(headers: Sequence[Cell], vocabulary: Vocabulary | None = None) -> int:
    """How many fields a row names, if it can be a header at all: it must name the person or the phone."""
    exact_field = (vocabulary or STUDENTS).exact_field
    fields = {field for cell in headers if isinstance(cell, str) and (field := exact_field(text_of(cell)))}
    return len(fields) if fields & {"name", "first_name", "phone"} else 0


def is_aadhaar(header: str) -> bool:
    """Aadhaar in any of its spellings: doubled letters are folded before the comparison."""
    compact = "".join(_words(header))
    folded = re.sub(r"(.)\1+", r"\1", compact)
    return "adhar" in folded or "आधार" in compact or compact in {"uid", "uidno", "uidnumber", "uidai"}


def _unused(header: str, taken: dict[str, str]) -> str:
    return header if header not in taken else f"{header} (2)"


def _one_slip_apart(written: str, known: str) -> bool:
    """Whether one letter was added, left out, replaced, or swapped with its neighbour."""
    if abs(len(written) - len(known)) > 1 or len(known) < _SHORTEST_WITH_TYPO:
        return False
    start = 0
    while start < min(len(written), len(known)) and written[start] == known[start]:
        start += 1
    rest, known_rest = written[start:], known[start:]
    return (
        rest[1:] == known_rest
        or rest == known_rest[1:]
        or rest[1:] == known_rest[1:]
        or (rest[:2] == known_rest[:2][::-1] and rest[2:] == known_rest[2:])
    )


def _words(text: str) -> list[str]:
    """Words in lower case. The nukta goes: फ़ोन and फोन are one word to whoever typed it."""
    folded = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", text)).casefold().replace("\u093c", "")
    return "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in folded).split()


def _compact(text: str) -> str:
    return "".join(_words(text))


def _index(listed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for field, phrases in listed.items():
        for phrase in phrases:
            fields.setdefault(_compact(phrase), field)
    for field, phrases in listed.items():
        for phrase in phrases:
            kept = [word for word in _words(phrase) if word not in NOISE]
            if len(kept) > 1:
                fields.setdefault("".join(sorted(kept)), field)
    return fields


STUDENTS = Vocabulary(PHRASES)
