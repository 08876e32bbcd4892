"""Money that comes in and goes back, as it crosses the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.errors import Conflict, DuplicateEntry, Refusal
from studyspot.kernel.values import OTHER_NUMBER
from studyspot.services.payments.contract.charges import Amount, Note

Method = Literal["cash", "upi", "cheque", "bank_transfer"]
REFERENCE_MAX = 100
Reference = Annotated[
    str, Meta(min_length=1, max_length=REFERENCE_MAX, pattern=r"^[^\n]*$", extra=OTHER_NUMBER)
]
"""Of a UPI payment it has twelve digits, too."""


class ReferenceKnown(DuplicateEntry):
    """A payment with this UPI reference is there already."""


class AlreadyReversed(Conflict):
    code = "ALREADY_REVERSED"


APPROVE = "payments:approve"
"""The permission of who gives away more than others may alone."""


class ApprovalNeeded(Refusal):
    """More than the caller may give away, spend or date back alone: a colleague who may approve does it."""

    status = 403
    code = "APPROVAL_NEEDED"


class Allocation(msgspec.Struct, frozen=True):
    """The part of a payment, in paise, that went to a charge."""

    charge_id: UUID
    label: str
    amount: int


class Payment(msgspec.Struct, frozen=True):
    """`number` counts the payments of the business without a gap. `advance` is the part of the amount that
    was for nothing yet; all are paise.
    """

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
    received_at: datetime


class PaymentPage(msgspec.Struct, frozen=True):
    items: list[Payment]
    total: int


class ChargeShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    charge_id: UUID
    amount: Amount


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without `allocations` it goes to what is open, what is due first first. What remains is an advance.
    Everything but cash has a `reference`. Without a `day` it is today's, or of the next day that is open.
    """

    library_id: UUID
    student_id: UUID
    method: Method
    reference: Reference | None = None
    amount: Amount
    day: date | None = None
    note: Note | None = None
    allocations: Annotated[tuple[ChargeShare, ...], Meta(max_length=100)] | None = None


class Reversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: Note


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Out of what is kept for a student: an advance, or a deposit. What is not paid out in cash may have a
    `reference`, which their transactions tell.
    """

    library_id: UUID
    student_id: UUID
    source: Literal["advance", "deposit"]
    method: Method
    reference: Reference | None = None
    amount: Amount
    reason: Note


class DepositUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So much of a deposit is kept for good: it pays the charges that are named, or else what is open, what
    is due first first. It pays no deposit.
    """

    library_id: UUID
    amount: Amount
    charge_ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=100)] | None = None
    note: Note | None = None


class PaymentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` are days of the library's books."""

    library_id: UUID | None = None
    student_id: UUID | None = None
    method: Method | None = None
    since: date | None = None
    until: date | None = None
