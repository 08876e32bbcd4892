"""What a library spends, as it crosses the door."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.kernel.errors import BodyTooLarge, Conflict, Refusal
from studyspot.services.payments.contract.charges import Amount, Label, Note
from studyspot.services.payments.contract.payments import Method, Reference

ExpenseCategory = Literal[
    "rent", "electricity", "salary", "internet", "cleaning", "repairs", "supplies", "marketing", "other"
]
FileType = Literal["application/pdf", "image/jpeg", "image/png", "image/webp"]
FILE_BYTES_MAX = 5 * 2**20
FILES_MAX = 5
"""Of one expense: a photo may be taken again."""


class AlreadyPaid(Conflict):
    code = "ALREADY_PAID"


class UnreadableFile(Refusal):
    """What was sent is no PDF, JPEG, PNG or WebP, whatever its name says."""

    code = "UNREADABLE_FILE"


class FileTooLarge(BodyTooLarge):
    """More than `FILE_BYTES_MAX`."""


class TooManyFiles(Conflict):
    code = "TOO_MANY_FILES"


class Outlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The money that goes out for a bill, all at once. Everything but cash has a `reference`. Without a
    `day` it is today's.
    """

    method: Method
    reference: Reference | None = None
    day: date | None = None


class NewExpense(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bill that somebody wrote to the library, of the day `billed_on`, or today's. Without `paid` it is
    owed. The note says what it is for, and what number the bill has.
    """

    library_id: UUID
    category: ExpenseCategory
    amount_paise: Amount
    billed_on: date | None = None
    payee: Label | None = None
    note: Note | None = None
    paid: Outlay | None = None


class Expense(msgspec.Struct, frozen=True):
    """`billed_on` and `paid_on` are days of the books; one that is not paid is owed. `file_type` is the kind
    of the photo of the bill, if there is one.
    """

    id: UUID
    library_id: UUID
    category: ExpenseCategory
    amount_paise: int
    billed_on: date
    payee: str | None
    note: str | None
    paid_on: date | None
    method: Method | None
    reference: str | None
    is_reversed: bool
    reversal_reason: str | None
    file_type: FileType | None
    account_id: UUID | None
    created_at: datetime


class ExpensePage(msgspec.Struct, frozen=True):
    items: list[Expense]
    total: int


class ExpenseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` are days of the bills. What was reversed is neither paid nor owed."""

    library_id: UUID | None = None
    category: ExpenseCategory | None = None
    is_paid: bool | None = None
    since: date | None = None
    until: date | None = None


class BillFile(msgspec.Struct, frozen=True):
    """The photo of a bill."""

    media_type: FileType
    content: bytes
