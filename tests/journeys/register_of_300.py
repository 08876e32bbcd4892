"""The register of a branch of 120 seats as its owner keeps it in Excel: 300 members, made up from a seed, in
four blocks with titles, headers and totals between them, merged cells, days and amounts in every way.

`Register(as_of, planted=True)` has six faults, which it lists by row, column and code; without them the same
rows are right.
"""

import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from openpyxl import Workbook
from tests.journeys.own_floor import Plan

DAY = timedelta(days=1)
SEATS = [f"{row}{number:02}" for row in "ABCDEF" for number in range(1, 21)]
Cell = str | int | float | date | None
COLUMNS = {
    "no": "S.No",
    "name": "Name of Student",
    "phone": "Mob. No",
    "seat": "Seat No.",
    "shift": "Timing",
    "starts_on": "From",
    "ends_on": "Valid Upto",
    "fee": "Fees (Rs.)",
    "dues": "Balance Due",
    "advance": "Adv.",
    "deposit": "Security Deposit",
}
BLOCKS = (
    (
        "ABHYAS STUDY POINT, PUNE",
        "Morning",
        120,
        ("9-2", "morning", "Morning shift", "9 to 2", "9:00 am - 2:00 pm"),
    ),
    ("EVENING BATCH", "Evening", 110, ("2-8", "evening", "EVENING", "2 to 8 pm", "14:00-20:00", "शाम")),
    ("RAAT WALE", "Night", 40, ("9 pm - 6 am", "night", "Night shift", "21:00-06:00")),
    ("KAHIN BHI BAITHO", None, 30, ("",)),
)
"""Title, shift, how many, and how the shift is written. Those without one sit on any free chair."""


@dataclass
class Member:
    """Amounts in rupees."""

    name: str
    phone: str
    seat: str | None
    shift: str | None
    plan: Plan
    first: date
    last: date
    fee: int
    dues: int
    advance: int
    deposit: int
    cells: dict[str, Cell] = field(default_factory=dict)
    fault: tuple[str, str] | None = None
    row: int = 0


class Register:
    def __init__(self, as_of: date, plans: dict[str, Plan], *, planted: bool) -> None:
        chance = random.Random(300)
        self.members: list[Member] = []
        for _, shift, count, ways in BLOCKS:
            for place in range(count):
                member = _member(len(self.members), place, shift, plans, as_of, chance)
                member.cells = _cells(member, len(self.members), ways, as_of, chance)
                self.members.append(member)
        if planted:
            _plant(self.members)
        self.content = self._written()

    @property
    def faults(self) -> set[tuple[int, str, str]]:
        return {(one.row, *one.fault) for one in self.members if one.fault}

    def _written(self) -> bytes:
        """The first three share a merged cell for their shift; the evening's columns run backwards."""
        book, left = Workbook(), list(self.members)
        sheet: Any = book.active
        for number, (title, _, count, _) in enumerate(BLOCKS):
            order = list(reversed(COLUMNS)) if number == 1 else list(COLUMNS)
            sheet.append([title])
            sheet.merge_cells(f"A{sheet.max_row}:K{sheet.max_row}")
            sheet.append([])
            sheet.append([COLUMNS[name] for name in order])
            first = sheet.max_row + 1
            block, left = left[:count], left[count:]
            for member in block:
                member.row = sheet.max_row + 1
                sheet.append([member.cells[name] for name in order])
            if number == 0:
                sheet[f"E{first}"] = "9-2"
                sheet[f"E{first + 1}"] = sheet[f"E{first + 2}"] = None
                sheet.merge_cells(f"E{first}:E{first + 2}")
            sheet.append(["Total", None, None, 123456])
            sheet.append([])
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()


def _member(
    index: int, place: int, shift: str | None, plans: dict[str, Plan], as_of: date, chance: random.Random
) -> Member:
    """A few have run out by the day before; who pays by the quarter stays the whole month."""
    first = as_of - chance.randint(0, 32) * DAY
    plan = plans["Any chair" if shift is None else chance.choice(["Monthly"] * 5 + ["Premium"])]
    months = chance.choice([1, 3, 3])
    last = first - DAY
    for _ in range(months):
        last = plan.last_day(last + DAY)
    fee = plan.price // 100 * months
    if plan.name == "Monthly" and months == 1 and index % 7 == 0:
        fee -= 100  # as it was agreed with them once
    dues, advance = chance.choice(
        [(0, 0), (0, 0), (0, 0), (chance.randint(1, 9) * 50, 0), (0, 350), (1500, 0)]
    )
    if last < as_of:
        dues = fee
    name = f"{chance.choice(['Asha', 'Ravi', 'Meera', 'Imran', 'Zoya'])} {_letters(index)}"
    return Member(
        name=name,
        phone=f"98{index:08}",
        seat=None if shift is None else SEATS[place],
        shift=shift,
        plan=plan,
        first=first,
        last=last,
        fee=fee,
        dues=dues,
        advance=advance,
        deposit=chance.choice([0, 500, 500, 1000]),
    )


def _letters(number: int) -> str:
    return "Sh" + "".join(chr(ord("a") + number // 26**place % 26) for place in (1, 0))


def _cells(
    member: Member, index: int, ways: tuple[str, ...], as_of: date, chance: random.Random
) -> dict[str, Cell]:
    return {
        "no": index + 1,
        "name": chance.choice([member.name, member.name.upper(), f" {member.name} "]),
        "phone": chance.choice([member.phone, float(member.phone), f"+91 {member.phone}"]),
        "seat": _seat(member.seat, chance),
        "shift": chance.choice(ways),
        "starts_on": _day(member.first, as_of, chance),
        "ends_on": _day(member.last, as_of, chance),
        "fee": _amount(member.fee, chance),
        "dues": _amount(member.dues, chance) if member.dues else chance.choice([None, "-", "Nil", 0]),
        "advance": _amount(member.advance, chance) if member.advance else None,
        "deposit": _amount(member.deposit, chance) if member.deposit else "",
    }


def _seat(code: str | None, chance: random.Random) -> str | None:
    if code is None:
        return None
    row, number = code[0], int(code[1:])
    return chance.choice(
        [code, f"{row}-{number}", f"Seat {code}", f"{row.lower()} {number}", f"{row}{number}"]
    )


def _day(day: date, as_of: date, chance: random.Random) -> Cell:
    ways = ["%d/%m/%Y", "%d-%m-%y", "%d.%m.%Y", "%d %b %Y"]
    if abs((day - as_of).days) < 100:
        ways.append("%d/%m")
    return chance.choice([day, *(day.strftime(way) for way in ways)])


def _amount(rupees: int, chance: random.Random) -> Cell:
    return chance.choice([rupees, float(rupees), f"₹{rupees:,}/-", f"Rs. {rupees}", f"{rupees:,}.00"])


def _plant(members: list[Member]) -> None:
    """Six rows that nobody can take as they are."""
    wrong: dict[int, tuple[str, str, Cell]] = {
        8: ("starts_on", "invalid_date", "31/02/2026"),
        31: ("seat", "unknown_seat", "Z-99"),
        77: ("phone", "invalid_phone", "98765"),
        140: ("fee", "invalid_amount", "twelve hundred"),
        205: ("seat", "seat_taken", "A01"),
        245: ("shift", "unknown_shift", "7-3"),
    }
    for index, (column, code, cell) in wrong.items():
        members[index].cells[column] = cell
        members[index].fault = (COLUMNS[column], code)
