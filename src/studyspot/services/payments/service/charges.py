"""What students owe: billed, credited, waived."""

from datetime import date
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import NotFound
from studyspot.kernel.idempotency import key_of
from studyspot.kernel.ids import new_id
from studyspot.services.libraries.contract import Libraries, Library
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.charges import (
    Charge,
    ChargeFilter,
    ChargeKind,
    ChargeLine,
    ChargePage,
    Credit,
    NewBill,
    NewCharge,
    Opening,
    UsedSince,
    Waiver,
)
from studyspot.services.payments.contract.payments import Payment
from studyspot.services.payments.service.papers import write_papers_of_bill
from studyspot.services.payments.service.posting import Ledger, ledger
from studyspot.tenancy.engine import Tenancy


class Charges:
    _tenancy: Tenancy
    _libraries: Libraries

    async def post_bill(self, caller: Caller, *, bill: NewBill) -> list[Charge]:
        key = f"bill {bill.id}"
        library = await self._libraries.get_library(on_own_account(caller), library_id=bill.library_id)
        async with ledger(self._tenancy, caller, bill.student_id) as book:
            posted = await book.posted(key, bill)
            if posted is None:
                posted = await _post(book, library, bill, key)
            return await store.list_charges_of(book.tx, bill_id=posted)

    async def reverse_opening(self, caller: Caller, *, bill_id: UUID, reason: str) -> None:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            bill = await store.find_opening(connection, f"bill {bill_id}")
        if bill is None:
            return
        library = await self._libraries.get_library(on_own_account(caller), library_id=bill.library_id)
        async with ledger(self._tenancy, caller, bill.student_id) as book:
            if await store.is_reversed(book.tx, bill.id):
                return
            if await store.is_used_since(book.tx, bill.id):
                raise UsedSince("The student paid, or was paid, since.")
            day = await book.day(library)
            await book.give_advance_back(bill.id, library=library, day=day)
            reversed_by = await book.begin(
                "reversal",
                library_id=bill.library_id,
                membership_id=bill.membership_id,
                day=day,
                note=reason,
                reverses=bill.id,
            )
            await store.insert_opposite(book.tx, reversed_by, of=bill.id)

    async def list_charges(
        self, caller: Caller, *, filter: ChargeFilter, page: int, limit: int
    ) -> ChargePage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_charges(
                connection, filter, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_charges(connection, filter)
            return ChargePage(items, total)

    async def get_charge(self, caller: Caller, *, charge_id: UUID) -> Charge:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found(await store.find_charge(connection, charge_id))

    async def create_charge(self, caller: Caller, *, charge: NewCharge, key: str | None = None) -> Charge:
        library = await self._libraries.get_library(on_own_account(caller), library_id=charge.library_id)
        today = clock.today_in(library.time_zone)
        rules.check_due(charge.due_on, today=today)
        key = key_of(caller, key)
        async with ledger(self._tenancy, caller, charge.student_id) as book:
            posted = await book.posted(key, charge)
            if posted is None:
                await book.check_student()
                day = await book.day(library)
                registered = await store.find_registration(book.tx, library.id, day)
                line = ChargeLine(
                    kind=charge.kind,
                    label=charge.label,
                    amount=charge.amount,
                    tax=rules.tax_of_charge(charge.kind, charge.amount, charge.tax_rate, registered),
                    due_on=charge.due_on or today,
                )
                posted = await book.begin("bill", library_id=library.id, day=day, key=key, asked=charge)
                await _write(book, posted, [line], library.id, charge.student_id, None)
                await write_papers_of_bill(book.tx, library, charge.student_id, day, transaction_id=posted)
                await book.use_advance(library=library, day=day)
                [created] = await store.list_charges_of(book.tx, bill_id=posted)
                await audit.record(
                    book.tx, caller, "charges:create", entity="charge", entity_id=created.id, after=created
                )
            [found] = await store.list_charges_of(book.tx, bill_id=posted)
            return found

    async def waive_charge(
        self, caller: Caller, *, charge_id: UUID, waiver: Waiver, key: str | None = None
    ) -> Charge:
        return await self._waive(caller, charge_id, waiver, key=key)

    async def _waive(
        self,
        caller: Caller,
        charge_id: UUID,
        waiver: Waiver,
        *,
        key: str | None = None,
        approval_id: UUID | None = None,
    ) -> Charge:
        read = await self.get_charge(caller, charge_id=charge_id)
        library = await self._libraries.get_library(on_own_account(caller), library_id=read.library_id)
        key, asked = key_of(caller, key), (charge_id, waiver)
        async with ledger(self._tenancy, caller, read.student_id, approval_id) as book:
            before = _found(await store.find_charge(book.tx, charge_id))
            if await book.posted(key, asked) is not None:
                return before
            day = await book.day(library)
            await book.check_may_give(library, waiver.amount)
            await book.post(
                "waiver",
                rules.entries_of_waiver(before, waiver.amount),
                library=library,
                day=day,
                note=waiver.reason,
                key=key,
                asked=asked,
            )
            return await _recorded(book, caller, "charges:waive", before)

    async def credit_charge(
        self, caller: Caller, *, charge_id: UUID, credit: Credit, key: str | None = None
    ) -> Charge:
        return await self._credit(caller, charge_id, credit, key=key)

    async def _credit(
        self,
        caller: Caller,
        charge_id: UUID,
        credit: Credit,
        *,
        key: str | None = None,
        approval_id: UUID | None = None,
    ) -> Charge:
        read = await self.get_charge(caller, charge_id=charge_id)
        library = await self._libraries.get_library(on_own_account(caller), library_id=read.library_id)
        key, asked = key_of(caller, key), ("credit", charge_id, credit)
        async with ledger(self._tenancy, caller, read.student_id, approval_id) as book:
            before = _found(await store.find_charge(book.tx, charge_id))
            if await book.posted(key, asked) is not None:
                return before
            entries = rules.entries_of_correction(before, credit.amount)
            day = await book.day(library)
            await book.check_may_give(library, credit.amount)
            posted = await book.post(
                "credit", entries, library=library, day=day, note=credit.reason, key=key, asked=asked
            )
            await book.use_advance(library=library, day=day)
            await write_papers_of_bill(
                book.tx, library, before.student_id, day, transaction_id=posted, credited=entries
            )
            return await _recorded(book, caller, "charges:credit", before)


async def charge_paid_out(
    book: Ledger, payment: Payment, amount: int, *, library_id: UUID, day: date
) -> None:
    """Of a payment that was taken back: what the student had out of it in money."""
    line = ChargeLine(
        kind="other", label=f"Paid out of {payment.number}, which came back", amount=amount, due_on=day
    )
    posted = await book.begin("bill", library_id=library_id, day=day)
    await _write(book, posted, [line], library_id, payment.student_id, None)


async def _post(book: Ledger, library: Library, bill: NewBill, key: str) -> UUID:
    await book.check_student()
    day = await book.open_day(bill.library_id, bill.day)
    label = next((line.label for line in bill.credits), None)
    posted = await book.begin(
        "bill",
        library_id=bill.library_id,
        membership_id=bill.membership_id,
        day=day,
        note=label,
        key=key,
        asked=bill,
    )
    entries = []
    for line in bill.credits:
        billed = await _billed(book, bill, line.kind)
        entries += rules.entries_of_credit(line.amount, billed, bill.student_id)
    if bill.is_void:
        for kind in ("registration", "deposit"):
            for charge in await store.list_charges_of(book.tx, membership_id=bill.membership_id, kind=kind):
                entries += rules.entries_of_credit(charge.open, [charge], bill.student_id)
    await _write(
        book,
        posted,
        bill.charges,
        bill.library_id,
        bill.student_id,
        bill.membership_id,
        entries,
        opening=bill.opening,
    )
    if bill.opening is None:
        await book.use_advance(library=library, day=day)
        await write_papers_of_bill(
            book.tx, library, bill.student_id, day, transaction_id=posted, credited=entries
        )
    return posted


async def _billed(book: Ledger, bill: NewBill, kind: ChargeKind) -> list[Charge]:
    """What a credit lowers, what is due last first."""
    if bill.of_bill is None:
        return await store.list_charges_of(book.tx, membership_id=bill.membership_id, kind=kind)
    before = await store.find_posted(book.tx, f"bill {bill.of_bill}")
    charges = [] if before is None else await store.list_charges_of(book.tx, bill_id=before.id)
    return [charge for charge in charges if charge.kind == kind]


async def _write(
    book: Ledger,
    posted: UUID,
    lines: tuple[ChargeLine, ...] | list[ChargeLine],
    library_id: UUID,
    student_id: UUID,
    membership_id: UUID | None,
    entries: list[rules.Entry] | tuple[()] = (),
    opening: Opening | None = None,
) -> None:
    charges = [(new_id(), line) for line in lines]
    await store.insert_charges(
        book.tx,
        posted,
        charges,
        library_id=library_id,
        student_id=student_id,
        membership_id=membership_id,
    )
    account = None if opening is None else rules.OPENING
    billed = [
        entry
        for charge_id, line in charges
        for entry in rules.entries_of_charge(charge_id, line, account=account)
    ]
    if opening is not None:
        billed += rules.entries_of_opening(opening, charges, student_id)
    await store.insert_entries(book.tx, posted, [*entries, *billed])


async def _recorded(book: Ledger, caller: Caller, action: str, before: Charge) -> Charge:
    """The charge as it is now."""
    after = _found(await store.find_charge(book.tx, before.id))
    await audit.record(
        book.tx, caller, action, entity="charge", entity_id=before.id, before=before, after=after
    )
    return after


def _found(charge: Charge | None) -> Charge:
    if charge is None:
        raise NotFound("There is no such charge.")
    return charge
