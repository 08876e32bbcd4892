"""Which seat a register means: "A-12", "a 12", "Seat 12"."""

import re
from collections.abc import Sequence
from uuid import UUID

import msgspec

from studyspot.services.bookings.rules.register.cells import FaultyCell, folded

_NO_CODE = re.compile(r"\b(?:seat|chair|table|desk|cabin|number|no|nos|sr|सीट|नंबर|कुर्सी)\b\.?|[#:()]")
_PIECES = re.compile(r"[^\W\d_]+|\d+")
_TOLD = 3


class KnownSeat(msgspec.Struct, frozen=True):
    id: UUID
    zone_id: UUID
    code: str
    is_for_women: bool


class Seats:
    """The seats of a library, found by whatever they are called."""

    def __init__(self, seats: Sequence[KnownSeat]) -> None:
        self._by_code = {folded(seat.code): seat for seat in seats}
        self._by_pieces: dict[str, list[KnownSeat]] = {}
        self._by_number: dict[str, list[KnownSeat]] = {}
        for seat in seats:
            pieces = _pieces(seat.code)
            self._by_pieces.setdefault("".join(pieces), []).append(seat)
            if pieces[-1].isdecimal():
                self._by_number.setdefault(pieces[-1], []).append(seat)

    def find(self, text: str) -> KnownSeat | None:
        """None for an empty cell. :raises FaultyCell: for none that is there, or several."""
        plain = folded(text)
        if not plain:
            return None
        if (exact := self._by_code.get(plain)) is not None:
            return exact
        pieces = _pieces(_NO_CODE.sub(" ", plain))
        found = self._by_pieces.get("".join(pieces)) or []
        if not found and len(pieces) == 1:
            found = self._by_number.get(pieces[0]) or []
        if len(found) == 1:
            return found[0]
        if found:
            codes = ", ".join(seat.code for seat in found[:_TOLD])
            raise FaultyCell("ambiguous_seat", f"This may be {codes}: write the whole code.")
        raise FaultyCell(
            "unknown_seat", f"There is no seat {text[:40]}. Add it to the library, or correct it."
        )


def _pieces(text: str) -> list[str]:
    """Letters and numbers by themselves, numbers without zeros in front."""
    return [
        str(int(piece)) if piece.isdecimal() else piece for piece in _PIECES.findall(folded(text)[:40])
    ] or [""]
