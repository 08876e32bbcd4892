"""Which shifts a register means: "Morning", "9-2", "6 to 11 am", "24 hrs", "M + E"."""

import re
from collections.abc import Callable, Sequence

from studyspot.services.bookings.contract.memberships import HeldShift
from studyspot.services.bookings.rules.register.cells import FaultyCell, folded

_NOISE = re.compile(r"\b(?:shift|batch|slot|timings?|time)\b|शिफ्ट|पाली|बैच")
_AND = re.compile(r"\s*(?:\+|&|,|/|;|\band\b|\baur\b|और)\s*")
_TIME = r"(\d{{1,2}})(?:[:.](\d{{2}}))?(?: ?({half}))?"
_HALF = r"a\.?m\.?|p\.?m\.?|noon"
_TIMES = re.compile(
    f"(?:from )?{_TIME.format(half=_HALF)} ?(?:-|–|—|to|till|until|se) ?{_TIME.format(half=_HALF)}(?: ?hrs?)?"
)
_WHOLE_DAY = re.compile(
    r"24 ?(?:x ?7|/ ?7|h|hr|hrs|hour|hours)?|(?:full|whole|all|entire)[ -]?(?:day|time)|din bhar|पूर[ाे] दिन"
)
_DAY_MINUTES = 24 * 60
_HALF_DAY = 12 * 60
_NOON = 12
_PARTS: dict[str, tuple[tuple[str, ...], range]] = {
    "morning": (("morning", "subah", "सुबह", "प्रातः"), range(4 * 60, 12 * 60)),
    "afternoon": (("afternoon", "noon", "dopahar", "दोपहर"), range(12 * 60, 16 * 60)),
    "evening": (("evening", "sham", "shaam", "शाम"), range(15 * 60, 21 * 60)),
    "night": (("night", "raat", "रात"), range(19 * 60, 24 * 60)),
}
Shifts = tuple[HeldShift, ...]


def read_shifts(text: str, shifts: Sequence[HeldShift]) -> Shifts:
    """None for an empty cell. :raises FaultyCell: with the shifts that there are."""
    plain = " ".join(_NOISE.sub(" ", folded(text)[:100]).split())
    if not plain:
        return ()
    found = _all_of(plain, shifts)
    if len(found) == 1:
        return (found[0],)
    parts = [part for part in _AND.split(plain) if part]
    if len(parts) > 1:
        each = [_all_of(part, shifts) for part in parts]
        if all(len(one) == 1 for one in each):
            return tuple(dict.fromkeys(one[0] for one in each))
    if found:
        raise FaultyCell("ambiguous_shift", f"This may be {_told(found)}: write the name of the shift.")
    offered = _told(shifts) or "none yet"
    raise FaultyCell("unknown_shift", f"There is no shift {text[:40]}. The library has: {offered}.")


def _all_of(plain: str, shifts: Sequence[HeldShift]) -> list[HeldShift]:
    """Those that it may mean, by the first way that finds any."""
    for way in (_by_name, _by_times, _by_whole_day, _by_part_of_day, _by_code):
        if found := way(plain, shifts):
            return found
    return []


def _by_name(plain: str, shifts: Sequence[HeldShift]) -> list[HeldShift]:
    return [shift for shift in shifts if _compact(shift.name) == _compact(plain)]


def _by_times(plain: str, shifts: Sequence[HeldShift]) -> list[HeldShift]:
    match = _TIMES.fullmatch(plain)
    if match is None:
        return []
    starts, ends = _minutes(*match.group(1, 2, 3)), _minutes(*match.group(4, 5, 6))
    return [shift for shift in shifts if _minute(shift.starts) in starts and _minute(shift.ends) in ends]


def _minutes(hour: str, minute: str | None, half: str | None) -> set[int]:
    """Of the day. Without am or pm it may be either."""
    hours, rest = int(hour), int(minute or 0)
    if half == "noon":
        return {_NOON * 60}
    if half is not None:
        return {(hours % _NOON + (_NOON if half.startswith("p") else 0)) * 60 + rest}
    if hours > _NOON or hours == 0:
        return {hours % 24 * 60 + rest}
    return {hours % _NOON * 60 + rest, (hours % _NOON + _NOON) * 60 + rest}


def _by_whole_day(plain: str, shifts: Sequence[HeldShift]) -> list[HeldShift]:
    """All 24 hours, or what comes nearest to a day."""
    if not _WHOLE_DAY.fullmatch(plain):
        return []
    named = [shift for shift in shifts if _WHOLE_DAY.search(folded(shift.name))]
    round_the_clock = [shift for shift in shifts if _length(shift) == _DAY_MINUTES]
    if plain.startswith("24"):
        return round_the_clock or [shift for shift in named if "24" in shift.name]
    longest = max(map(_length, shifts), default=0)
    return named or round_the_clock or [one for one in shifts if _length(one) == longest >= _HALF_DAY]


def _by_part_of_day(plain: str, shifts: Sequence[HeldShift]) -> list[HeldShift]:
    for words, begins in _PARTS.values():
        if plain in words:
            named = [one for one in shifts if any(word in folded(one.name).split() for word in words)]
            return named or [
                one for one in shifts if _minute(one.starts) in begins and _length(one) < _HALF_DAY
            ]
    return []


def _by_code(plain: str, shifts: Sequence[HeldShift]) -> list[HeldShift]:
    """The first letters of its words, or of its name."""
    wanted = _compact(plain)
    ways: tuple[Callable[[HeldShift], bool], ...] = (
        lambda shift: _initials(shift.name) == wanted,
        lambda shift: _compact(shift.name).startswith(wanted),
    )
    return next((found for way in ways if (found := [one for one in shifts if way(one)])), [])


def _initials(name: str) -> str:
    return "".join(
        word if word.isdecimal() else word[0] for word in re.findall(r"[^\W\d_]+|\d+", folded(name))
    )


def _compact(text: str) -> str:
    return "".join(char for char in _NOISE.sub("", folded(text)) if char.isalnum()) or folded(text)


def _minute(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _length(shift: HeldShift) -> int:
    return (_minute(shift.ends) - _minute(shift.starts)) % _DAY_MINUTES or _DAY_MINUTES


def _told(shifts: Sequence[HeldShift]) -> str:
    return ", ".join(f"{shift.name} ({shift.starts}–{shift.ends})" for shift in shifts[:10])
