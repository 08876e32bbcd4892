"""The running register of a library as its owner keeps it in Excel: 300 members in three blocks, made up from
a seed, with what it comes to.

`RunningRegister(planted=True)` has twenty faults, which it lists by row, column and code; without them the
same rows are right.
"""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from openpyxl import Workbook

MEMBERS = 300
SEATS = [f"{row}-{number}" for row in "PQ" for number in range(1, 61)]
WHOLE_DAY_SEATS = [f"C-{number}" for number in range(1, 21)]
MORNING = ("Morning", "morning shift", "6-11", "6 to 11", "6:00 am - 11:00 am", "M", "सुबह")
EVENING = ("Evening", "EVENING", "4-9", "4 to 9 pm", "16:00-21:00", "eve", "शाम")
WHOLE_DAY = ("Full Day", "full-day", "FD", "6 am to 10 pm", "whole day")
TAKEN, KNOWN_PHONE = "D-1", "9790000001"

Cell = str | int | float | date | None
COLUMNS = {
    "no": "S.No",
    "name": "Student Name",
    "phone": "Mob. No",
    "email": "E-mail",
    "gender": "M/F",
    "seat": "Seat No.",
    "shift": "Shift",
    "starts_on": "From",
    "ends_on": "Valid Upto",
    "plan": "Plan",
    "fee": "Fees (Rs.)",
    "paid": "Paid",
    "dues": "Balance Due",
    "advance": "Adv.",
    "deposit": "Security Deposit",
    "aadhaar": "Aadhaar",
}
ORDERS = (list(COLUMNS), list(reversed(COLUMNS)), [name for name in COLUMNS if name != "shift"])
TITLES = ("ABHYAS STUDY POINT, KOTA — REGISTER", "OLD MEMBERS", "EVENING BATCH")


@dataclass
class Member:
    cells: dict[str, Cell]
    dues: int
    advance: int
    deposit: int
    fault: tuple[str, str] | None = None
    row: int = 0


@dataclass
class RunningRegister:
    today: date
    planted: bool = True
    members: list[Member] = field(default_factory=list)
    content: bytes = b""

    def __post_init__(self) -> None:
        chance = random.Random(11)
        self.members = [_member(index, self.today, chance) for index in range(MEMBERS)]
        for place, (column, code, change) in zip(range(5, MEMBERS, 14), _faults(self.today), strict=False):
            member = self.members[place]
            if self.planted:
                member.cells |= change
                member.fault = (COLUMNS[column], code)
        self.content = self._written()

    @property
    def faults(self) -> set[tuple[int, str, str]]:
        return {(one.row, *one.fault) for one in self.members if one.fault}

    @property
    def good(self) -> list[Member]:
        return [one for one in self.members if not one.fault]

    def _written(self) -> bytes:
        """Blocks of 120 with a shift for each, 60 in which it is merged, 120 whose shift is in the title."""
        book = Workbook()
        sheet: Any = book.active
        merges: list[str] = []
        blocks = [(0, 120, 0), (120, 180, 1), (180, MEMBERS, 2)]
        for first, last, place in blocks:
            order = ORDERS[place]
            sheet.append([TITLES[place]])
            merges.append(f"A{sheet.max_row}:P{sheet.max_row}")
            sheet.append([])
            sheet.append([COLUMNS[name] for name in order])
            for member in self.members[first:last]:
                member.row = sheet.max_row + 1
                sheet.append([member.cells.get(name) for name in order])
            sheet.append(["Total", None, None, 99999])
        shift = chr(ord("A") + ORDERS[0].index("shift"))
        row = self.members[0].row
        sheet[f"{shift}{row}"] = "Morning"
        sheet[f"{shift}{row + 1}"] = sheet[f"{shift}{row + 2}"] = None
        for area in [*merges, f"{shift}{row}:{shift}{row + 2}"]:
            sheet.merge_cells(area)
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()


def _member(index: int, today: date, chance: random.Random) -> Member:
    starts = today - timedelta(days=chance.randint(0, 25))
    ends = starts + timedelta(days=chance.choice([29, 30, 89]))
    dues, advance = chance.choice([(0, 0), (0, 0), (chance.randint(1, 12) * 100, 0), (0, 300), (1500, 0)])
    deposit = chance.choice([0, 500, 1000])
    fee = 3300 if (ends - starts).days > 60 else 1200
    cells: dict[str, Cell] = {
        "no": index + 1,
        "name": f"Member {chance.choice(['Asha', 'Ravi', 'Meera', 'Imran'])} {index}",
        "phone": chance.choice([f"98{index:08}", float(f"98{index:08}"), f"+91 98{index:08}"]),
        "gender": "F" if index % 2 else "M",
        "starts_on": _day(starts, today, chance),
        "ends_on": _day(ends, today, chance),
        "fee": _amount(fee, chance),
        "paid": _amount(fee - min(dues, fee), chance),
        "dues": _amount(dues, chance) if dues else chance.choice([None, "-", "Nil", 0]),
        "advance": _amount(advance, chance) if advance else None,
        "deposit": _amount(deposit, chance) if deposit else "",
        "aadhaar": "234567890124",
    }
    cells |= _place(index, chance)
    return Member(cells, dues, advance, deposit)


def _place(index: int, chance: random.Random) -> dict[str, Cell]:
    """The first 120 in the morning, 20 the whole day, 40 on any free chair, and 120 in the evening."""
    if index < 120:
        return {"seat": _seat(SEATS[index], chance), "shift": chance.choice(MORNING)}
    if index < 140:
        return {"seat": _seat(WHOLE_DAY_SEATS[index - 120], chance), "shift": chance.choice(WHOLE_DAY)}
    if index < 180:
        return {}
    return {"seat": _seat(SEATS[index - 180], chance)}


def _seat(code: str, chance: random.Random) -> str:
    row, number = code.split("-")
    return chance.choice(
        [code, f"{row}{number}", f"Seat {code}", f"{row.lower()} {number}", f"{row}-0{number}"]
    )


def _day(day: date, today: date, chance: random.Random) -> Cell:
    ways = ["%d/%m/%Y", "%d-%m-%y", "%d.%m.%Y", "%d %b %Y"]
    if abs((day - today).days) < 100:
        ways.append("%d/%m")
    return chance.choice([day, *(day.strftime(way) for way in ways)])


def _amount(rupees: int, chance: random.Random) -> Cell:
    return chance.choice(
        [rupees, float(rupees), f"₹{rupees:,}/-", f"Rs. {rupees}", f"{rupees:,}.00", f"{rupees}/-"]
    )


def _faults(today: date) -> Iterator[tuple[str, str, dict[str, Cell]]]:
    """Column, code, and what is written instead, for twenty rows: the first nine are in the morning."""
    yield "seat", "unknown_seat", {"seat": "Z-99"}
    yield "seat", "seat_taken", {"seat": "P-1"}
    yield "shift", "unknown_shift", {"shift": "Dawn patrol"}
    yield "shift", "unknown_shift", {"shift": "7-3"}
    yield "starts_on", "invalid_date", {"starts_on": "31/02/2026"}
    yield "ends_on", "wrong_order", {"ends_on": (today - timedelta(days=60)).strftime("%d/%m/%Y")}
    yield "fee", "invalid_amount", {"fee": "twelve hundred"}
    yield "dues", "invalid_amount", {"dues": "1,2,3"}
    yield "phone", "invalid_phone", {"phone": "98765"}
    yield "phone", "invalid_phone", {"phone": "9.87E+09"}
    yield "phone", "duplicate_in_file", {"phone": "9800000003"}
    yield "name", "required", {"name": None}
    yield "ends_on", "required", {"ends_on": None}
    yield "seat", "ambiguous_seat", {"seat": "7"}
    yield "advance", "invalid_amount", {"advance": "-500"}
    yield "deposit", "invalid_amount", {"deposit": "some"}
    yield "plan", "unknown_plan", {"plan": "Diamond"}
    yield "email", "invalid_email", {"email": "asha at example"}
    yield "phone", "already_member", {"phone": KNOWN_PHONE}
    yield "seat", "seat_taken", {"seat": TAKEN, "shift": None}
