"""What students owe, as it crosses the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.errors import Conflict, Refusal
from studyspot.services.libraries.contract import TaxRate

ChargeKind = Literal["fee", "registration", "deposit", "late_fee", "fine", "other"]
Amount = Annotated[int, Meta(ge=1, le=10**10, description="Whole paise; 100 are one rupee")]
Label = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\n]*$")]
Note = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\n]*$")]
Key = Annotated[str, Meta(min_length=1, max_length=200)]
"""The caller's own name for what it asks: the same again is answered again, and not done again."""


def lock_of(student_id: UUID) -> str:
    """What the advisory lock is named under which a transaction writes about a student's money. Whoever ends
    a student takes it before every other lock, and sees all the money there is.
    """
    return f"payments.student {student_id}"


class UnknownStudent(Refusal):
    """The business has no such student."""

    code = "UNKNOWN_STUDENT"


class KeyReused(Refusal):
    """Something else was asked under the same key before."""

    code = "IDEMPOTENCY_KEY_REUSED"


class UsedSince(Conflict):
    """Somebody paid, or was paid, since the bill was written."""

    code = "USED_SINCE"


class MoreThanOpen(Conflict):
    """More than is still to be paid, or than is kept."""

    code = "MORE_THAN_OPEN"


class NotByHand(Conflict):
    """What a membership was billed is credited by what happens to it, and a deposit is given back."""

    code = "NOT_BY_HAND"


class DayClosed(Conflict):
    """The day is closed: what is found later is written on a later day."""

    code = "DAY_CLOSED"


class Charge(msgspec.Struct, frozen=True):
    """`billed` is what the amount came to after credits: some of it was `paid`, some `waived`, and the rest
    is `open`. All are paise; `tax` is a part of `amount`.
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
    created_at: datetime


class ChargePage(msgspec.Struct, frozen=True):
    items: list[Charge]
    total: int


class ChargeLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`tax` is a part of `amount`."""

    kind: ChargeKind
    label: Label
    amount: Amount
    tax: Annotated[int, Meta(ge=0, le=10**10)] = 0
    due_on: date
    period_from: date | None = None
    period_until: date | None = None


class CreditLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lowers what a membership's fees, or late fees, came to, or those of one bill, those due last first.
    What was paid of them already becomes the student's advance.
    """

    kind: Literal["fee", "late_fee"] = "fee"
    label: Label
    amount: Amount


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a library brings along from its old books. Of the charges so much was `paid` there, of the first
    first; `advance` and `deposit` are kept for the student. All are paise.
    """

    paid: Annotated[int, Meta(ge=0, le=10**10)] = 0
    advance: Annotated[int, Meta(ge=0, le=10**10)] = 0
    deposit: Annotated[int, Meta(ge=0, le=10**10)] = 0


class NewBill(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`id` is the caller's: the same bill again is not posted again. A bill for a day that is closed is
    posted on the next open one. With an `opening` nothing of it is earned or received here, and an advance
    pays none of it. One that `is_void` says that the membership never was: what is open of its registration
    and deposit is not owed any more. Without a membership credits are of what was billed before in `of_bill`.
    """

    id: UUID
    library_id: UUID
    student_id: UUID
    membership_id: UUID | None = None
    day: date
    charges: tuple[ChargeLine, ...] = ()
    credits: tuple[CreditLine, ...] = ()
    opening: Opening | None = None
    is_void: bool = False
    of_bill: UUID | None = None


class NewCharge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One that is written by hand, such as a fine; `due_on` is within a year, or else today. The tax is
    within: at `tax_rate`, or else none on a fine and on all others what the library is registered for. A
    library that is not registered as a regular one takes none.
    """

    library_id: UUID
    student_id: UUID
    kind: Literal["late_fee", "fine", "other"]
    label: Label
    amount: Amount
    due_on: date | None = None
    tax_rate: TaxRate | None = None


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lets a student off a part of what is open."""

    amount: Amount
    reason: Note


class Credit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lowers what a charge came to that was written by hand and is wrong, and the tax with it: first what is
    open, then what was paid, which becomes the student's advance. What was waived stays so.
    """

    amount: Amount
    reason: Note


class ChargeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`is_open` finds what is still to be paid."""

    library_id: UUID | None = None
    student_id: UUID | None = None
    membership_id: UUID | None = None
    is_open: bool | None = None
