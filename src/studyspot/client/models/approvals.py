"""What somebody may not do alone. All amounts are paise."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.expenses import NewExpense
from studyspot.client.models.moment import Moment
from studyspot.client.models.payments import Method, NewPayment, NewRefund

ApprovalKind = Literal["waiver", "credit", "refund", "payment", "reversal", "expense", "outlay"]
ApprovalStatus = Literal["asked", "approved", "refused", "expired", "used"]


class AskedWaiver(msgspec.Struct, frozen=True, kw_only=True):
    amount: int
    reason: str
    charge_id: UUID


class AskedCredit(msgspec.Struct, frozen=True, kw_only=True):
    amount: int
    reason: str
    charge_id: UUID


class AskedReversal(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    payment_id: UUID


class AskedOutlay(msgspec.Struct, frozen=True, kw_only=True):
    method: Method
    reference: str | None = None
    day: date | None = None
    expense_id: UUID


class NewApproval(msgspec.Struct, frozen=True, kw_only=True):
    """One of these, as it is to be done."""

    waiver: AskedWaiver | None = None
    credit: AskedCredit | None = None
    refund: NewRefund | None = None
    payment: NewPayment | None = None
    reversal: AskedReversal | None = None
    expense: NewExpense | None = None
    outlay: AskedOutlay | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    reason: str


class Approval(msgspec.Struct, frozen=True):
    """`result_id` is the payment or the expense that came of it."""

    id: UUID
    library_id: UUID
    student_id: UUID | None
    kind: ApprovalKind
    amount_paise: int
    asked: NewApproval
    status: ApprovalStatus
    asked_by: UUID
    asked_at: Moment
    expires_at: Moment
    answered_by: UUID | None
    answered_at: Moment | None
    answer: str | None
    used_by: UUID | None
    used_at: Moment | None
    result_id: UUID | None
