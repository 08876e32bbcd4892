"""Money: whole paise, never a float. One rupee is 100 paise."""

import re
from typing import Annotated

import msgspec

PAISE_MAX = 10**13
"""A hundred billion rupees: sums of a business stay far below, and a JSON reader's 2**53 far above."""
Paise = Annotated[int, msgspec.Meta(ge=0, le=PAISE_MAX, description="Whole paise; 100 are one rupee")]

_RUPEES = re.compile(
    r"(?:₹|rs\.?|inr)?\s*(?P<rupees>[0-9]+|[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3})(?:\.(?P<paise>[0-9]{1,2}))?\s*(?:/-)?",
    re.IGNORECASE,
)


def share_of(amount: int, part: int, whole: int) -> int:
    """The part of an amount, to the nearest paisa, halves up: of the whole it is all."""
    return (2 * amount * part + whole) // (2 * whole)


def in_rupees(paise: int) -> str:
    """As it is written in India, in lakhs and crores: `in_rupees(12345678)` is "₹1,23,456.78"."""
    rupees, rest = divmod(abs(paise), 100)
    head, tail = divmod(rupees, 1000)
    groups = f"{tail:03}" if head else str(tail)
    while head:
        head, group = divmod(head, 100)
        groups = f"{group:02}," + groups if head else f"{group}," + groups
    return f"{'-' if paise < 0 else ''}₹{groups}.{rest:02}"


def from_rupees(text: str) -> int:
    """Paise of an amount as people write it: "1200", "₹1,200.50", "Rs. 1,20,000/-".

    :raises ValueError: for anything that would have to be guessed or rounded.
    """
    match = _RUPEES.fullmatch(text.strip())
    if match is None:
        raise ValueError("invalid_amount: Give an amount in rupees such as 1200 or 1,200.50.")
    paise = int(match["rupees"].replace(",", "")) * 100 + int((match["paise"] or "0").ljust(2, "0"))
    if paise > PAISE_MAX:
        raise ValueError("invalid_amount: This amount is too large.")
    return paise
