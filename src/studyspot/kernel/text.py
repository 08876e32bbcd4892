"""Text from outside: normalised once, at the edge."""

import re
import unicodedata

MARKS_IN_A_ROW_MAX = 30
"""Unicode's own bound (UAX #15, Stream-Safe Text Format); no language needs twenty."""

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


def normalised(text: str) -> str:
    """NFC. :raises ValueError: when marks are piled up."""
    if is_piled_up(text):
        raise ValueError("malformed_text: Use at most 30 combining marks on a letter.")
    return unicodedata.normalize("NFC", text)
