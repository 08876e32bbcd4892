"""Text from outside: normalised once, at the edge."""

import re
import unicodedata

MARKS_IN_A_ROW_MAX = 30
"""Unicode's own bound (UAX #15, Stream-Safe Text Format); no language needs twenty."""

_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_LOOSE_JOINERS = re.compile(r"(?:(?<=[\x00-\x7f])|\A)[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|\Z)")
"""Indian scripts and emoji need joiners between two characters; anywhere else they hide something."""
_MARKS = "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code)))
_PILED_UP = re.compile(f"([{_MARKS}]{{{MARKS_IN_A_ROW_MAX}}})[{_MARKS}]+")


def is_piled_up(text: str) -> bool:
    """Whether so many marks stand on one letter that putting them in order, in a time that grows with their
    square, would take for ever.
    """
    return not text.isascii() and _PILED_UP.search(text) is not None


def unpiled(text: str) -> str:
    """Without the marks that are too many."""
    return text if text.isascii() else _PILED_UP.sub(r"\1", text)


def visible(text: str) -> str:
    """Without what nobody sees: soft hyphens, blanks of no width, changes of the writing direction, which
    come along when a phone number is copied from a chat.
    """
    return text if text.isascii() else _LOOSE_JOINERS.sub("", _INVISIBLE.sub("", text))


def normalised(text: str) -> str:
    """NFC. :raises ValueError: when marks are piled up."""
    if is_piled_up(text):
        raise ValueError("malformed_text: Use at most 30 combining marks on a letter.")
    return unicodedata.normalize("NFC", text)
