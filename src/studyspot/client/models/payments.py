"""What students owe and pay, and what the books tell. All amounts are paise."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment

ChargeKind = Literal["fee", "registration", "deposit", "late_fee", "fine", "other"]
Method = Literal["cash", "upi", "cheque", "bank_transfer"]


class Charge(msgspec.Struct, frozen=True):
    """`billed` is what the amount came to after credits: some of it was `paid`, some `waived`, the rest is
    `open`.
    """

    id: UUID
    library_id: UUID
    student_id: UUID
    student_name: str
    membership_id: UUID | None
    kind: ChargeKind
    label: str
    amount: int
    tax: int
    billed: int
    paid: int
    waived: int
    open: int
    due_on: date
    period_from: date | None
    period_until: date | None
    created_at: Moment


class NewCharge(msgspec.Struct, frozen=True, kw_only=True):
    """One that is written by hand; due today unless a day is given. The tax is within, at `tax_rate` in
    hundredths of a percent: unless it is given none on a fine, and on others what the library is registered
    for.
    """

    library_id: UUID
    student_id: UUID
    kind: Literal["late_fee", "fine", "other"]
    label: str
    amount: int
    due_on: date | None = None
    tax_rate: int | None = None


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    amount: int
    reason: str


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    amount: int
    reason: str


class Allocation(msgspec.Struct, frozen=True):
    """The part of a payment that went to a charge."""

    charge_id: UUID
    label: str
    amount: int


class Payment(msgspec.Struct, frozen=True):
    """`advance` is the part of the amount that was for nothing yet."""

    id: UUID
    number: str
    library_id: UUID
    student_id: UUID
    student_name: str
    method: Method
    reference: str | None
    amount: int
    day: date
    note: str | None
    allocations: tuple[Allocation, ...]
    advance: int
    is_reversed: bool
    received_at: Moment


class ChargeShare(msgspec.Struct, frozen=True, kw_only=True):
    charge_id: UUID
    amount: int


class NewPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Without `allocations` it pays what is due first. Everything but cash has a `reference`."""

    library_id: UUID
    student_id: UUID
    method: Method
    reference: str | None = None
    amount: int
    day: date | None = None
    note: str | None = None
    allocations: Sequence[ChargeShare] | None = None


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    reason: str


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    """Out of what is kept for a student. What is not paid out in cash may have a `reference`."""

    library_id: UUID
    student_id: UUID
    source: Literal["advance", "deposit"]
    method: Method
    reference: str | None = None
    amount: int
    reason: str


class DepositUse(msgspec.Struct, frozen=True, kw_only=True):
    """Pays the charges that are named, or else what is due first first."""

    library_id: UUID
    amount: int
    charge_ids: Sequence[UUID] | None = None
    note: str | None = None


class Statement(msgspec.Struct, frozen=True):
    """Where a student stands; `charges` are those that are open."""

    student_id: UUID
    open: int
    overdue: int
    advance: int
    deposit: int
    charges: tuple[Charge, ...]


class Transaction(msgspec.Struct, frozen=True):
    """By how much it changed what is receivable of a student, paid in advance and kept as a deposit."""

    id: UUID
    kind: Literal["bill", "payment", "allocation", "waiver", "credit", "refund", "reversal", "deposit_use"]
    day: date
    library_id: UUID
    note: str | None
    number: str | None
    reference: str | None
    receivable_paise: int
    advance_paise: int
    deposit_paise: int
    account_id: UUID | None
    reverses: UUID | None
    is_reversed: bool
    created_at: Moment


class Due(msgspec.Struct, frozen=True):
    """What a student still has to pay, by how many days ago it was due."""

    student_id: UUID
    student_name: str
    open: int
    upcoming: int
    days_0_to_7: int
    days_8_to_15: int
    days_16_to_30: int
    days_over_30: int
    oldest_due_on: date


class CashLine(msgspec.Struct, frozen=True):
    day: date
    method: Method
    received: int
    paid_out: int
    difference: int


class CashBook(msgspec.Struct, frozen=True):
    """`opening` and `closing` are the cash in the drawer before the first day and after the last."""

    opening: int
    closing: int
    lines: tuple[CashLine, ...]


class AccountTotal(msgspec.Struct, frozen=True):
    account: str
    kind: str
    amount: int


class UpiCredit(msgspec.Struct, frozen=True):
    """A line of the bank's or the UPI app's statement."""

    reference: str
    amount: int


class NewDayClose(msgspec.Struct, frozen=True, kw_only=True):
    """`counted` is the cash in the drawer; a difference needs an `explanation`."""

    library_id: UUID
    day: date
    counted: int
    upi_seen: Sequence[UpiCredit] | None = None
    explanation: str | None = None


class SessionShare(msgspec.Struct, frozen=True):
    """The cash that moved in a session of the drawer; without an id, in none."""

    session_id: UUID | None
    account_id: UUID | None
    moved_paise: int


class DayClose(msgspec.Struct, frozen=True):
    """`upi_missing` were not seen at the bank, `upi_unknown` are not in the books; null: nobody compared."""

    id: UUID
    library_id: UUID
    day: date
    expected: int
    counted: int
    explanation: str | None
    upi_missing: tuple[UpiCredit, ...] | None
    upi_unknown: tuple[UpiCredit, ...] | None
    sessions: tuple[SessionShare, ...]
    account_id: UUID | None
    closed_at: Moment
