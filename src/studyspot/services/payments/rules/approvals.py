"""What may be asked for, and when it may be answered and carried out."""

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import structs

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.services.payments.contract.approvals import (
    AlreadyAnswered,
    Approval,
    ApprovalKind,
    NewApproval,
    NotApproved,
)
from studyspot.services.payments.rules.expenses import check_expense, check_outlay
from studyspot.services.payments.rules.ledger import check_payment, check_refund

APPROVAL_LIFE = timedelta(days=7)
NEEDED: Mapping[ApprovalKind, str] = {
    "waiver": "payments:update",
    "credit": "payments:update",
    "refund": "payments:update",
    "payment": "payments:create",
    "reversal": "payments:update",
    "expense": "payments:create",
    "outlay": "payments:create",
}
"""What who asks for it, or carries it out, may do anyhow."""


def kind_asked(asked: NewApproval) -> ApprovalKind:
    """:raises ValidationFailed: unless it is one thing."""
    kinds: list[ApprovalKind] = [kind for kind in NEEDED if getattr(asked, kind) is not None]
    if len(kinds) != 1:
        told, code = "Ask for one thing at a time.", "not_allowed" if kinds else "required"
        faults = [Fault(kind, told, code) for kind in kinds or NEEDED]
        raise ValidationFailed("This asks for nothing, or for too much at once.", details=faults)
    return kinds[0]


def check_money_asked(asked: NewApproval, *, today: date, billed_on: date | None = None) -> None:
    """`billed_on` is the day of the bill that is to be paid. :raises ValidationFailed: with every fault."""
    try:
        if asked.payment is not None:
            check_payment(asked.payment, today=today)
        if asked.refund is not None:
            check_refund(asked.refund)
        if asked.expense is not None:
            check_expense(asked.expense, today=today)
        if asked.outlay is not None:
            check_outlay(asked.outlay, billed_on=billed_on or today, today=today)
    except ValidationFailed as refused:
        path = kind_asked(asked)
        faults = [structs.replace(one, field=f"{path}.{one.field}") for one in refused.details]
        raise ValidationFailed(refused.message, details=faults) from None


def check_answerable(approval: Approval) -> None:
    """:raises AlreadyAnswered:"""
    if approval.status == "expired":
        raise AlreadyAnswered("Nobody answered in time. It is to be asked for anew.")
    if approval.status != "asked":
        raise AlreadyAnswered("This is answered already.")


def check_usable(approval: Approval) -> None:
    """:raises NotApproved:"""
    told = {
        "asked": "Nobody has approved this yet.",
        "refused": "This was refused.",
        "expired": "This was not carried out in time. Ask for it anew.",
        "used": "This was carried out already.",
    }
    if approval.status in told:
        raise NotApproved(told[approval.status])
