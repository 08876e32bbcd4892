"""Aadhaar numbers: found wherever they stand in a text, so that none is ever kept in full.

One is twelve digits, the first from 2 to 9, the last a check by Verhoeff's scheme (UIDAI). One other number
of twelve digits in ten passes for one by chance.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from studyspot.kernel.values import Phone

LENGTH = 12
_FEWEST_IN_A_GROUP = 3
"""Days are written in groups of two, and stand beside other numbers."""
_may_hold = re.compile(r"\d(?:[\s._\u2010-\u2015-]{0,3}\d){11}").search
_PART = re.compile(
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=\d*[a-f])[0-9a-f]{32}\b)"
    r"|(?P<phone>\+[0-9][0-9 ().-]{6,20}[0-9])"
    r"|(?P<account>(?<!\d)91[6-9][0-9]{9}(?=@))"
    r"|(?P<digits>\d+)",
    re.IGNORECASE,
)
_between_groups = re.compile(r"[\s._\u2010-\u2015-]{1,3}").fullmatch


def holds_aadhaar(text: str) -> bool:
    return next(_found(text), None) is not None if _may_hold(text) else False


def mask_aadhaar(text: str) -> str:
    """Hides every Aadhaar number but its last four digits, as UIDAI's masked Aadhaar does."""
    if not _may_hold(text):
        return text
    kept, end = [], 0
    for start, stop, digits in _found(text):
        shown = "".join(map(str, digits[-4:]))
        kept += [text[end:start], f"XXXX XXXX {shown}"]
        end = stop
    return "".join([*kept, text[end:]])


class _Found(NamedTuple):
    start: int
    stop: int
    digits: list[int]


def _found(text: str) -> Iterator[_Found]:
    """Those that do not overlap, from the left. A number may begin with a later group of digits than the
    first, as behind a postal code.
    """
    end = 0
    groups = _groups(text)
    for number, group in enumerate(groups):
        if group.start() < end:
            continue
        stop, digits = group.start(), list[int]()
        for last in groups[number:]:
            if digits and not _between_groups(text[stop : last.start()]):
                break
            stop = last.end()
            digits += map(unicodedata.digit, last.group())
            if len(digits) >= LENGTH:
                break
        if len(digits) == LENGTH and digits[0] > 1 and _verhoeff_holds(digits):
            yield _Found(group.start(), stop, digits)
            end = stop


def _groups(text: str) -> list[re.Match[str]]:
    """Digits that stand together, but for those of our own ids and of phone numbers with their country: also
    of mobiles by which an account is called, as `919812345678@upi`.
    """
    groups = []
    place = 0
    while part := _PART.search(text, place):
        place = part.end()
        if part["phone"] is not None and not Phone.is_one(part["phone"]):
            place = part.start() + 1
        elif part["digits"] is not None and len(part["digits"]) >= _FEWEST_IN_A_GROUP:
            groups.append(part)
    return groups


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
