"""What the ledger tells: dues, statements, the cash book, totals, the end of the day."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.errors import Conflict
from studyspot.services.payments.contract.charges import Charge, Note
from studyspot.services.payments.contract.payments import Method, Reference


class NotExplained(Conflict):
    """What was counted is not what the books say, and nobody said why. `details` name each difference."""

    code = "NOT_EXPLAINED"


class Due(msgspec.Struct, frozen=True):
    """What a student still has to pay, in paise, by how many days ago it was due; `upcoming` is not due."""

    student_id: UUID
    student_name: str
    open: int
    upcoming: int
    days_0_to_7: int
    days_8_to_15: int
    days_16_to_30: int
    days_over_30: int
    oldest_due_on: date


class DuePage(msgspec.Struct, frozen=True):
    items: list[Due]
    total: int


class Statement(msgspec.Struct, frozen=True):
    """Where a student stands. `open` is the sum of the open charges; all are paise."""

    student_id: UUID
    open: int
    overdue: int
    advance: int
    deposit: int
    charges: list[Charge]


class Transaction(msgspec.Struct, frozen=True):
    """What happened to a student's account: by how much, in paise, it changed what is `receivable`, paid in
    advance and kept as a deposit. Over all of them, that is what the statement says. A payment has a
    `number`; `account_id` is who wrote it. What was taken back `is_reversed`, by one that `reverses` it.
    """

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
    created_at: datetime


class TransactionPage(msgspec.Struct, frozen=True):
    items: list[Transaction]
    total: int


class CashLine(msgspec.Struct, frozen=True):
    """What came in by a method on a day and what went out, in paise. `difference` is what was found in the
    drawer at the end of the day beyond what the books said, or below nothing.
    """

    day: date
    method: Method
    received: int
    paid_out: int
    difference: int


class CashBook(msgspec.Struct, frozen=True):
    """`opening` and `closing` are the cash in the drawer before the first day and after the last."""

    opening: int
    closing: int
    lines: list[CashLine]


class AccountTotal(msgspec.Struct, frozen=True):
    """`amount` is in paise, positive in the sense of its account: income that was earned, cash that is in."""

    account: str
    kind: str
    amount: int


class UpiCredit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the bank's or the UPI app's statement."""

    reference: Reference
    amount: Annotated[int, Meta(ge=1, le=10**10)]


class NewDayClose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`counted` is the cash in the drawer, in paise. With `upi_seen`, the UPI payments since the last day of
    which they were compared are compared with it. A difference needs an `explanation`.
    """

    library_id: UUID
    day: date
    counted: Annotated[int, Meta(ge=0, le=10**12)]
    upi_seen: Annotated[tuple[UpiCredit, ...], Meta(max_length=2000)] | None = None
    explanation: Note | None = None


class SessionShare(msgspec.Struct, frozen=True):
    """The cash that came into a session of the drawer, less what went out; without an id, into none."""

    session_id: UUID | None
    account_id: UUID | None
    moved_paise: int


class DayClose(msgspec.Struct, frozen=True):
    """`expected` is the cash that the books say, before the difference was written into them. Of the UPI
    payments, `upi_missing` were not seen at the bank, or not in that amount, `upi_unknown` not in the books;
    both are null when nobody compared, and the next who does compares these days, too.
    The `sessions` together are the cash of the days that were closed, with that outside of all sessions.
    """

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
    closed_at: datetime


class DayClosePage(msgspec.Struct, frozen=True):
    items: list[DayClose]
    total: int
