"""Money that comes in, and goes back."""

from datetime import date
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import NotFound
from studyspot.kernel.idempotency import key_of
from studyspot.kernel.ids import new_id
from studyspot.kernel.money import in_rupees
from studyspot.services.libraries.contract import Libraries, Library
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.books import Statement
from studyspot.services.payments.contract.charges import MoreThanOpen
from studyspot.services.payments.contract.payments import (
    AlreadyReversed,
    DepositUse,
    NewPayment,
    NewRefund,
    Payment,
    PaymentFilter,
    PaymentPage,
    Reversal,
)
from studyspot.services.payments.rules import Entry
from studyspot.services.payments.service.books import statement
from studyspot.services.payments.service.charges import charge_paid_out
from studyspot.services.payments.service.papers import parties_of, write_papers, write_receipt
from studyspot.services.payments.service.posting import Ledger, ledger
from studyspot.tenancy.engine import Tenancy


class Money:
    _tenancy: Tenancy
    _libraries: Libraries

    async def list_payments(
        self, caller: Caller, *, filter: PaymentFilter, page: int, limit: int
    ) -> PaymentPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_payments(
                connection, filter, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_payments(connection, filter)
            return PaymentPage(items, total)

    async def get_payment(self, caller: Caller, *, payment_id: UUID) -> Payment:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found(await store.find_payment(connection, payment_id))

    async def take_payment(self, caller: Caller, *, payment: NewPayment, key: str | None = None) -> Payment:
        return await self._take(caller, payment, key=key)

    async def _take(
        self, caller: Caller, payment: NewPayment, *, key: str | None = None, approval_id: UUID | None = None
    ) -> Payment:
        library = await self._libraries.get_library(on_own_account(caller), library_id=payment.library_id)
        rules.check_payment(payment, today=clock.today_in(library.time_zone))
        key = key_of(caller, key)
        async with ledger(self._tenancy, caller, payment.student_id, approval_id) as book:
            posted = await book.posted(key, payment)
            if posted is not None:
                return _found(await store.find_payment_of(book.tx, posted))
            await book.check_student()
            day = await book.day(library, payment.day)
            posted = await book.post(
                "payment",
                await _entries(book, payment),
                library=library,
                day=day,
                note=payment.note,
                key=key,
                asked=payment,
            )
            payment_id = new_id()
            await store.insert_payment(
                book.tx,
                payment_id,
                posted,
                library_id=library.id,
                student_id=payment.student_id,
                method=payment.method,
                reference=rules.reference_of(payment),
                amount=payment.amount,
                received_at=clock.now(),
            )
            taken = await _recorded(book, caller, "payments:create", payment_id, None)
            parties = await parties_of(book.tx, library, taken.student_id, day)
            await write_receipt(book.tx, parties, taken, posted)
            ahead = rules.voucher(parties, "receipt_voucher", taken.advance)
            await write_papers(
                book.tx, parties, [ahead], transaction_id=posted, student_id=taken.student_id, day=day
            )
            return taken

    async def reverse_payment(self, caller: Caller, *, payment_id: UUID, reversal: Reversal) -> Payment:
        return await self._reverse(caller, payment_id, reversal)

    async def _reverse(
        self, caller: Caller, payment_id: UUID, reversal: Reversal, *, approval_id: UUID | None = None
    ) -> Payment:
        read = await self.get_payment(caller, payment_id=payment_id)
        library = await self._libraries.get_library(on_own_account(caller), library_id=read.library_id)
        async with ledger(self._tenancy, caller, read.student_id, approval_id) as book:
            before = _found(await store.find_payment(book.tx, payment_id))
            if before.is_reversed:
                raise AlreadyReversed("This payment is reversed already.")
            day = await book.day(library)
            await book.check_may_give(library, read.amount)
            held = await store.find_holding(book.tx, before.student_id)
            charges = await store.list_charges_of(book.tx, student_id=before.student_id)
            back = rules.taken_back(before, charges, advance=held.advance, deposit=held.deposit)
            reversed_by = await book.post(
                "reversal",
                back.entries,
                library=library,
                day=day,
                note=reversal.reason,
                reverses=await store.find_transaction_of(book.tx, payment_id),
            )
            await store.mark_reversed(book.tx, payment_id, reversed_by)
            await _write_voucher_of_refund(
                book,
                library,
                before.student_id,
                reversed_by,
                amount=sum(one.amount for one in back.entries if one.account == "advances"),
                day=day,
            )
            if back.paid_out:
                await charge_paid_out(book, before, back.paid_out, library_id=library.id, day=day)
            await book.use_advance(library=library, day=day)
            return await _recorded(book, caller, "payments:reverse", payment_id, before)

    async def refund(self, caller: Caller, *, refund: NewRefund, key: str | None = None) -> Statement:
        return await self._refund(caller, refund, key=key)

    async def _refund(
        self, caller: Caller, refund: NewRefund, *, key: str | None = None, approval_id: UUID | None = None
    ) -> Statement:
        library = await self._libraries.get_library(on_own_account(caller), library_id=refund.library_id)
        rules.check_refund(refund)
        key, today = key_of(caller, key), clock.today_in(library.time_zone)
        async with ledger(self._tenancy, caller, refund.student_id, approval_id) as book:
            if await book.posted(key, refund) is None:
                await book.check_student()
                day = await book.day(library)
                await book.check_may_give(library, refund.amount)
                if refund.source == "deposit":
                    await _check_dues(book, refund)
                account = "advances" if refund.source == "advance" else "deposits"
                entries = [
                    Entry(account, refund.amount, student_id=refund.student_id),
                    Entry(rules.MONEY[refund.method], -refund.amount),
                ]
                posted = await book.post(
                    "refund",
                    entries,
                    library=library,
                    day=day,
                    note=refund.reason,
                    key=key,
                    asked=refund,
                    reference=rules.reference_of(refund),
                )
                await _write_voucher_of_refund(
                    book,
                    library,
                    refund.student_id,
                    posted,
                    amount=refund.amount if refund.source == "advance" else 0,
                    day=day,
                )
                await audit.record(
                    book.tx, caller, "payments:refund", entity="refund", entity_id=posted, after=refund
                )
            return await statement(book.tx, refund.student_id, today=today)

    async def use_deposit(
        self, caller: Caller, *, student_id: UUID, use: DepositUse, key: str | None = None
    ) -> Statement:
        library = await self._libraries.get_library(on_own_account(caller), library_id=use.library_id)
        key, asked = key_of(caller, key), ("deposit use", student_id, use)
        async with ledger(self._tenancy, caller, student_id) as book:
            student = await store.find_student(book.tx, student_id)
            if student is None or not student.is_there:
                raise NotFound("There is no such student.")
            if await book.posted(key, asked) is None:
                held = await store.find_holding(book.tx, student_id)
                if use.amount > held.deposit:
                    raise MoreThanOpen(f"Only {in_rupees(held.deposit)} is kept as a deposit.")
                charges = await store.list_charges_of(book.tx, student_id=student_id)
                shares = rules.shares_of_deposit(use, charges)
                entries = [
                    Entry("deposits", use.amount, student_id=student_id),
                    *rules.entries_of_shares(shares, student_id),
                ]
                day = await book.day(library)
                posted = await book.post(
                    "deposit_use", entries, library=library, day=day, note=use.note, key=key, asked=asked
                )
                await audit.record(
                    book.tx, caller, "deposits:use", entity="deposit_use", entity_id=posted, after=use
                )
            return await statement(book.tx, student_id, today=clock.today_in(library.time_zone))


async def _check_dues(book: Ledger, refund: NewRefund) -> None:
    """:raises ApprovalNeeded: for a part of the deposit that the student owes."""
    held = await store.find_holding(book.tx, refund.student_id)
    owed = sum(charge.open for charge in await store.list_open(book.tx, refund.student_id))
    if held.deposit - owed < refund.amount <= held.deposit:
        told = f"Dues of {in_rupees(owed)} are open. Use the deposit for them, or ask who may approve."
        book.check_may_alone(told)


async def _write_voucher_of_refund(
    book: Ledger, library: Library, student_id: UUID, posted: UUID, *, amount: int, day: date
) -> None:
    """For as much of it as there was a voucher for when it was paid ahead."""
    parties = await parties_of(book.tx, library, student_id, day)
    paid_back = min(amount, await store.advance_with_voucher(book.tx, student_id))
    voucher = rules.voucher(parties, "refund_voucher", paid_back)
    await write_papers(book.tx, parties, [voucher], transaction_id=posted, student_id=student_id, day=day)


async def _entries(book: Ledger, payment: NewPayment) -> list[Entry]:
    if payment.allocations is None:
        shares = rules.share_out(payment.amount, await store.list_open(book.tx, payment.student_id))
    else:
        charges = await store.list_charges_of(book.tx, student_id=payment.student_id)
        shares = rules.shares_as_asked(payment.allocations, charges)
    rest = payment.amount - sum(share.amount for share in shares)
    entries = [
        Entry(rules.MONEY[payment.method], payment.amount),
        *rules.entries_of_shares(shares, payment.student_id),
        Entry("advances", -rest, student_id=payment.student_id),
    ]
    return [entry for entry in entries if entry.amount]


async def _recorded(
    book: Ledger, caller: Caller, action: str, payment_id: UUID, before: Payment | None
) -> Payment:
    """The payment as it is now."""
    after = _found(await store.find_payment(book.tx, payment_id))
    await audit.record(
        book.tx, caller, action, entity="payment", entity_id=payment_id, before=before, after=after
    )
    return after


def _found(payment: Payment | None) -> Payment:
    if payment is None:
        raise NotFound("There is no such payment.")
    return payment
