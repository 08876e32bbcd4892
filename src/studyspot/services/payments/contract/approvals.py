"""What somebody may not do alone, as it crosses the door: asked for, answered by another, done once."""

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from studyspot.kernel.contract import Caller, repeatable
from studyspot.kernel.errors import Conflict
from studyspot.services.payments.contract.charges import Credit, Key, Note, Waiver
from studyspot.services.payments.contract.expenses import NewExpense, Outlay
from studyspot.services.payments.contract.payments import NewPayment, NewRefund, Reversal

ApprovalKind = Literal["waiver", "credit", "refund", "payment", "reversal", "expense", "outlay"]
ApprovalStatus = Literal["asked", "approved", "refused", "expired", "used"]


class AlreadyAnswered(Conflict):
    """Somebody approved or refused it before, or nobody did in time."""

    code = "ALREADY_ANSWERED"


class NotApproved(Conflict):
    """It is not approved, not any more, or was carried out already."""

    code = "NOT_APPROVED"


class AskedWaiver(Waiver, frozen=True, forbid_unknown_fields=True, kw_only=True):
    charge_id: UUID


class AskedCredit(Credit, frozen=True, forbid_unknown_fields=True, kw_only=True):
    charge_id: UUID


class AskedReversal(Reversal, frozen=True, forbid_unknown_fields=True, kw_only=True):
    payment_id: UUID


class AskedOutlay(Outlay, frozen=True, forbid_unknown_fields=True, kw_only=True):
    expense_id: UUID


class NewApproval(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of these, as it is to be done: a waiver, a credit, a refund, a reversal, or the money for an
    expense, of more than the caller may alone; a payment, an expense or an outlay for one of a day that is
    over.
    """

    waiver: AskedWaiver | None = None
    credit: AskedCredit | None = None
    refund: NewRefund | None = None
    payment: NewPayment | None = None
    reversal: AskedReversal | None = None
    expense: NewExpense | None = None
    outlay: AskedOutlay | None = None


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: Note


class Approval(msgspec.Struct, frozen=True):
    """`answered_by` is never who asked. Until it `expires_at` it is answered and carried out, once;
    `result_id` is the payment or the expense that came of it.
    """

    id: UUID
    library_id: UUID
    student_id: UUID | None
    kind: ApprovalKind
    amount_paise: int
    asked: NewApproval
    status: ApprovalStatus
    asked_by: UUID
    asked_at: datetime
    expires_at: datetime
    answered_by: UUID | None
    answered_at: datetime | None
    answer: str | None
    used_by: UUID | None
    used_at: datetime | None
    result_id: UUID | None


class ApprovalPage(msgspec.Struct, frozen=True):
    items: list[Approval]
    total: int


class ApprovalFilter(msgspec.Struct, frozen=True, kw_only=True):
    library_id: UUID | None = None
    kind: ApprovalKind | None = None
    status: ApprovalStatus | None = None
    asked_by: UUID | None = None


class Approvals(Protocol):
    """What needs a second person."""

    @repeatable
    async def list_approvals(
        self, caller: Caller, *, filter: ApprovalFilter, page: int, limit: int
    ) -> ApprovalPage:
        """What was asked for last comes first."""
        ...

    @repeatable
    async def get_approval(self, caller: Caller, *, approval_id: UUID) -> Approval:
        """:raises NotFound:"""
        ...

    async def ask_approval(self, caller: Caller, *, asked: NewApproval, key: Key | None = None) -> Approval:
        """For seven days. :raises NotFound: when there is no such charge, payment or library.

        :raises ValidationFailed: unless it is one thing that fits together. :raises UnknownStudent:
        :raises InsufficientPermissions: for what the caller may not do even a little of. :raises KeyReused:
        :raises Forbidden: for what is no person.
        """
        ...

    async def approve(self, caller: Caller, *, approval_id: UUID, answer: Answer) -> Approval:
        """:raises NotFound: :raises AlreadyAnswered: :raises ApprovalNeeded: for who asked.

        :raises Forbidden: for what is no person.
        """
        ...

    async def refuse(self, caller: Caller, *, approval_id: UUID, answer: Answer) -> Approval:
        """:raises NotFound: :raises AlreadyAnswered: :raises ApprovalNeeded: for who asked.

        :raises Forbidden: for what is no person.
        """
        ...

    async def carry_out(self, caller: Caller, *, approval_id: UUID) -> Approval:
        """Does exactly what was approved, once. :raises NotFound: :raises NotApproved:

        :raises InsufficientPermissions: And what the method itself raises, but for `ApprovalNeeded`.
        """
        ...
