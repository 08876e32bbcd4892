"""What somebody may not do alone. Who asks says the whole of it, another answers, and then it is carried out
as it was asked for, by who stands at the counter: cash leaves the drawer at that moment, and not when it was
approved.
"""

from datetime import date
from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Forbidden, InsufficientPermissions, NotFound
from studyspot.kernel.idempotency import fingerprint_of, key_of
from studyspot.kernel.ids import new_id
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.approvals import (
    Answer,
    Approval,
    ApprovalFilter,
    ApprovalKind,
    ApprovalPage,
    NewApproval,
)
from studyspot.services.payments.contract.charges import KeyReused
from studyspot.services.payments.contract.payments import ApprovalNeeded
from studyspot.services.payments.service.charges import Charges
from studyspot.services.payments.service.expenses import Expenses
from studyspot.services.payments.service.money import Money
from studyspot.services.payments.service.posting import postings


class Subject(msgspec.Struct, frozen=True):
    """What it is about."""

    library_id: UUID
    student_id: UUID | None
    amount: int


class Approvals(Charges, Money, Expenses):
    async def list_approvals(
        self, caller: Caller, *, filter: ApprovalFilter, page: int, limit: int
    ) -> ApprovalPage:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_approvals(
                connection, filter, now=now, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_approvals(connection, filter, now=now)
            return ApprovalPage(items, total)

    async def get_approval(self, caller: Caller, *, approval_id: UUID) -> Approval:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await _found(connection, approval_id)

    async def ask_approval(self, caller: Caller, *, asked: NewApproval, key: str | None = None) -> Approval:
        kind = rules.kind_asked(asked)
        if caller.account_id is None:
            raise Forbidden("A person asks for approval.")
        _check_may(caller, kind)
        subject = await self._subject(caller, asked)
        key = key_of(caller, key)
        before = await self._asked(caller, asked, key)
        if before is not None:
            return before
        try:
            return await self._ask(caller, asked, subject, asked_by=caller.account_id, key=key)
        except KeyReused:
            before = await self._asked(caller, asked, key)  # at the same moment
            if before is None:
                raise
            return before

    async def _asked(self, caller: Caller, asked: NewApproval, key: str | None) -> Approval | None:
        """Under the key before. :raises KeyReused: when that was something else."""
        if key is None:
            return None
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            before = await store.find_keyed_approval(connection, key)
            if before is None:
                return None
            if before.fingerprint != fingerprint_of(asked):
                raise KeyReused("Something else was asked under this Idempotency-Key before.")
            return await _found(connection, before.id)

    async def _ask(
        self, caller: Caller, asked: NewApproval, subject: Subject, *, asked_by: UUID, key: str | None
    ) -> Approval:
        approval_id, now = new_id(), clock.now()
        async with postings(self._tenancy, caller) as book:
            await store.insert_approval(
                book.tx,
                approval_id,
                rules.kind_asked(asked),
                asked,
                library_id=subject.library_id,
                student_id=subject.student_id,
                amount=subject.amount,
                key=key,
                fingerprint=fingerprint_of(asked),
                asked_by=asked_by,
                asked_at=now,
                expires_at=now + rules.APPROVAL_LIFE,
            )
            return await _recorded(book.tx, caller, "approvals:ask", approval_id, None)

    async def _subject(self, caller: Caller, asked: NewApproval) -> Subject:
        """:raises NotFound: :raises ValidationFailed:"""
        lowered = asked.waiver or asked.credit
        if lowered is not None:
            charge = await self.get_charge(caller, charge_id=lowered.charge_id)
            return Subject(charge.library_id, charge.student_id, lowered.amount)
        if asked.reversal is not None:
            payment = await self.get_payment(caller, payment_id=asked.reversal.payment_id)
            return Subject(payment.library_id, payment.student_id, payment.amount)
        if asked.outlay is not None:
            expense = await self.get_expense(caller, expense_id=asked.outlay.expense_id)
            await self._check_money(caller, asked, expense.library_id, billed_on=expense.billed_on)
            return Subject(expense.library_id, None, expense.amount_paise)
        if asked.expense is not None:
            await self._check_money(caller, asked, asked.expense.library_id)
            return Subject(asked.expense.library_id, None, asked.expense.amount_paise)
        given = asked.refund or asked.payment
        assert given is not None  # noqa: S101 - there is one thing
        await self._check_money(caller, asked, given.library_id)
        return Subject(given.library_id, given.student_id, given.amount)

    async def _check_money(
        self, caller: Caller, asked: NewApproval, library_id: UUID, *, billed_on: date | None = None
    ) -> None:
        library = await self._libraries.get_library(on_own_account(caller), library_id=library_id)
        today = clock.today_in(library.time_zone)
        rules.check_money_asked(asked, today=today, billed_on=billed_on)

    async def approve(self, caller: Caller, *, approval_id: UUID, answer: Answer) -> Approval:
        return await self._answer(caller, approval_id, "approved", answer)

    async def refuse(self, caller: Caller, *, approval_id: UUID, answer: Answer) -> Approval:
        return await self._answer(caller, approval_id, "refused", answer)

    async def _answer(self, caller: Caller, approval_id: UUID, status: str, answer: Answer) -> Approval:
        if caller.account_id is None:
            raise Forbidden("A person answers.")
        async with postings(self._tenancy, caller) as book:
            before = await _found(book.tx, approval_id, for_update=True)
            rules.check_answerable(before)
            if before.asked_by == caller.account_id:
                raise ApprovalNeeded("What you asked for is answered by somebody else.")
            await store.answer_approval(
                book.tx,
                approval_id,
                status=status,
                answered_by=caller.account_id,
                answered_at=clock.now(),
                answer=answer.reason,
            )
            action = "approvals:approve" if status == "approved" else "approvals:refuse"
            return await _recorded(book.tx, caller, action, approval_id, before)

    async def carry_out(self, caller: Caller, *, approval_id: UUID) -> Approval:
        approval = await self.get_approval(caller, approval_id=approval_id)
        _check_may(caller, approval.kind)
        rules.check_usable(approval)
        asked = approval.asked
        if asked.waiver is not None:
            await self._waive(caller, asked.waiver.charge_id, asked.waiver, approval_id=approval_id)
        elif asked.credit is not None:
            await self._credit(caller, asked.credit.charge_id, asked.credit, approval_id=approval_id)
        elif asked.reversal is not None:
            await self._reverse(caller, asked.reversal.payment_id, asked.reversal, approval_id=approval_id)
        elif asked.refund is not None:
            await self._refund(caller, asked.refund, approval_id=approval_id)
        elif asked.payment is not None:
            await self._take(caller, asked.payment, approval_id=approval_id)
        elif asked.expense is not None:
            await self._spend(caller, asked.expense, approval_id=approval_id)
        elif asked.outlay is not None:
            await self._settle(caller, asked.outlay.expense_id, asked.outlay, approval_id=approval_id)
        return await self.get_approval(caller, approval_id=approval_id)


def _check_may(caller: Caller, kind: ApprovalKind) -> None:
    """:raises InsufficientPermissions: for what the caller may not do even a little of."""
    if not caller.may(rules.NEEDED[kind]):
        raise InsufficientPermissions("Your role does not allow this. Ask the owner.")


async def _recorded(
    tx: Connection, caller: Caller, action: str, approval_id: UUID, before: Approval | None
) -> Approval:
    """The approval as it is now."""
    after = await _found(tx, approval_id)
    await audit.record(
        tx, caller, action, entity="approval", entity_id=approval_id, before=before, after=after
    )
    return after


async def _found(tx: Connection, approval_id: UUID, *, for_update: bool = False) -> Approval:
    approval = await store.find_approval(tx, approval_id, now=clock.now(), for_update=for_update)
    if approval is None:
        raise NotFound("There is no such request.")
    return approval
