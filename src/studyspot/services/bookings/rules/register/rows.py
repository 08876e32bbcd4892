"""One row of a running register: which membership it is, what it was sold for, what is owed and kept."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from studyspot.kernel.ids import new_id
from studyspot.kernel.validation import encode_hook
from studyspot.services.bookings.contract.imports import RegisterFault
from studyspot.services.bookings.contract.memberships import HeldShift, Term
from studyspot.services.bookings.rules.memberships import held
from studyspot.services.bookings.rules.register.cells import FaultyCell, read_amount, read_day
from studyspot.services.bookings.rules.register.plans import find_plan, listed_price, periods_in
from studyspot.services.bookings.rules.register.seats import KnownSeat, Seats
from studyspot.services.bookings.rules.register.shifts import read_shifts
from studyspot.services.libraries.contract import FeePlan, PlanKind, Shift
from studyspot.services.payments.contract import ChargeLine, NewBill, Opening
from studyspot.services.students.contract import NewStudent, ReadRow

Value = TypeVar("Value")


class Floor(msgspec.Struct, frozen=True):
    """What a library has, and the day on which its register was right. `columns` are the headers of the file
    by their fields.
    """

    library_id: UUID
    time_zone: str
    as_of: date
    seats: Seats
    shifts: Sequence[Shift]
    plans: Sequence[FeePlan]
    columns: dict[str, str]

    def fault(self, field: str, message: str, code: str) -> RegisterFault:
        asked = "name" if field in {"first_name", "last_name"} and field not in self.columns else field
        return RegisterFault(self.columns.get(asked, asked), field, message, code)


class Wanted(msgspec.Struct, frozen=True):
    """A membership that a row asks for. Amounts are paise; the same row again has the same `fingerprint`."""

    plan: FeePlan
    seat: KnownSeat | None
    shifts: tuple[HeldShift, ...]
    starts_on: date
    ends_on: date
    price: int
    dues: int
    advance: int
    deposit: int
    fingerprint: bytes


class Reading(msgspec.Struct):
    """A row, as far as it is understood: whatever is found out about it later is added to its faults."""

    row: int
    student: NewStudent | None
    wanted: Wanted | None
    faults: list[RegisterFault]
    student_id: UUID | None = None
    brought_in_as: UUID | None = None

    @property
    def item(self) -> dict[str, Any]:
        """The student, as an import of students takes them."""
        item: dict[str, Any] = msgspec.to_builtins(self.student, enc_hook=encode_hook)
        return item

    @property
    def is_good(self) -> bool:
        return not self.faults and self.wanted is not None and self.student is not None


class _Cells:
    """The cells of a row, and what is wrong with them."""

    def __init__(self, row: ReadRow, floor: Floor) -> None:
        self.text = row.cells
        self.floor = floor
        self.faults = [floor.fault(one.field, one.message, one.code) for one in row.faults]

    def read(self, field: str, reading: Callable[[str], Value]) -> Value | None:
        try:
            return reading(self.text.get(field, ""))
        except FaultyCell as faulty:
            self.refuse(field, faulty.message, faulty.code)
            return None

    def required_day(self, field: str, message: str) -> date | None:
        day = self.read(field, lambda text: read_day(text, self.floor.as_of))
        if day is None and not self.is_faulty(field):
            self.refuse(field, message, "required")
        return day

    def amount(self, field: str) -> int | None:
        return self.read(field, read_amount)

    def refuse(self, field: str, message: str, code: str) -> None:
        self.faults.append(self.floor.fault(field, message, code))

    def is_faulty(self, *fields: str) -> bool:
        return any(fault.field in fields for fault in self.faults)


def read_row(row: ReadRow, floor: Floor) -> Reading:
    """Everything that is wrong with it in itself is told at once."""
    cells = _Cells(row, floor)
    starts_on = cells.required_day("starts_on", "Give the first day.")
    ends_on = cells.required_day("ends_on", "Give the last day.")
    if starts_on and ends_on and ends_on < starts_on:
        cells.refuse("ends_on", f"It ends before it starts, on {starts_on}.", "wrong_order")
    seat = cells.read("seat", floor.seats.find)
    shifts = _shifts(cells, row.heading, starts_on or floor.as_of)
    if seat is not None and not shifts and not cells.is_faulty("shift"):
        cells.refuse("shift", f"Give the shift. {_offered(floor, starts_on)}", "required")
    if seat is None and not _sells_any_seat(floor) and not cells.is_faulty("seat"):
        cells.refuse("seat", "Give the seat: the library sells no plan without one.", "required")
    fee, dues, advance, deposit = _money(cells)
    wanted = None
    if starts_on and ends_on and ends_on >= starts_on and not cells.is_faulty("seat", "shift"):
        days = (ends_on - starts_on).days + 1
        kind: PlanKind = "unreserved" if seat is None else "reserved"
        shifts = shifts if seat is not None else ()
        plan = cells.read(
            "plan",
            lambda text: find_plan(text, floor.plans, kind=kind, shifts=shifts, days=days, fee=fee),
        )
        if plan is not None and row.student is not None:
            price = listed_price(plan, shifts, periods_in(plan, days)) if fee is None else fee
            asked = (
                row.student.phone,
                floor.library_id,
                seat and seat.id,
                sorted(s.shift_id for s in shifts),
            )
            told = (starts_on, ends_on, fee, dues, advance, deposit)
            mark = hashlib.sha256(msgspec.json.encode([*asked, *told], enc_hook=str)).digest()
            wanted = Wanted(plan, seat, shifts, starts_on, ends_on, price, dues, advance, deposit, mark)
    return Reading(row.row, row.student, wanted, cells.faults)


def _shifts(cells: _Cells, heading: str, day: date) -> tuple[HeldShift, ...]:
    """Of its own cell, or else of the title of its block; a library with one shift has no other."""
    offered = [held(shift, day) for shift in cells.floor.shifts]
    shifts = cells.read("shift", lambda text: read_shifts(text, offered))
    if shifts == () and heading:
        try:
            shifts = read_shifts(heading, offered)
        except FaultyCell:
            shifts = ()  # a title may say anything
    if shifts == () and len(offered) == 1:
        return (offered[0],)
    return shifts or ()


def _sells_any_seat(floor: Floor) -> bool:
    return any(plan.kind == "unreserved" for plan in floor.plans)


def _offered(floor: Floor, day: date | None) -> str:
    offered = [held(shift, day or floor.as_of) for shift in floor.shifts]
    return f"The library has: {', '.join(one.name for one in offered) or 'none yet'}."


def _money(cells: _Cells) -> tuple[int | None, int, int, int]:
    """Fee, dues, advance and deposit. Where no column says so, what was paid of the fee tells the rest."""
    fee, paid = cells.amount("fee"), cells.amount("paid")
    dues, advance, deposit = (cells.amount(field) for field in ("dues", "advance", "deposit"))
    rest = 0 if fee is None or paid is None else fee - paid
    columns: Collection[str] = cells.text
    if "dues" not in columns:
        dues = max(rest, 0)
    if "dues" not in columns and "advance" not in columns:
        advance = max(-rest, 0)
    return fee, dues or 0, advance or 0, deposit or 0


def term_of(wanted: Wanted, floor: Floor) -> Term:
    seat = wanted.seat
    return Term(
        id=new_id(),
        library_id=floor.library_id,
        time_zone=floor.time_zone,
        plan_id=wanted.plan.id,
        plan_name=wanted.plan.name,
        kind=wanted.plan.kind,
        seat_id=None if seat is None else seat.id,
        seat_code=None if seat is None else seat.code,
        zone_id=None if seat is None else seat.zone_id,
        shifts=wanted.shifts,
        hours_a_day=wanted.plan.hours_a_day,
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        price=wanted.price,
    )


def opening_bill(
    bill_id: UUID, wanted: Wanted, floor: Floor, *, student_id: UUID, membership_id: UUID
) -> NewBill | None:
    """What is owed is owed for these days first; what is more than they cost is older. None when it is all
    nothing.
    """
    owed = min(wanted.dues, wanted.price)
    charges = []
    if wanted.price:
        charges.append(
            ChargeLine(
                kind="fee",
                label=wanted.plan.name,
                amount=wanted.price,
                due_on=wanted.starts_on,
                period_from=wanted.starts_on,
                period_until=wanted.ends_on,
            )
        )
    if wanted.dues > owed:
        charges.append(
            ChargeLine(kind="other", label="Owed before", amount=wanted.dues - owed, due_on=floor.as_of)
        )
    if not charges and not wanted.advance and not wanted.deposit:
        return None
    return NewBill(
        id=bill_id,
        library_id=floor.library_id,
        student_id=student_id,
        membership_id=membership_id,
        day=floor.as_of,
        charges=tuple(charges),
        opening=Opening(paid=wanted.price - owed, advance=wanted.advance, deposit=wanted.deposit),
    )
