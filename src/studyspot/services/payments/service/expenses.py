"""What a library spends: bills that others write to it, and the money that goes out for them."""

from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import NotFound
from studyspot.kernel.idempotency import key_of
from studyspot.kernel.ids import new_id
from studyspot.services.libraries.contract import Libraries, Library
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.expenses import (
    FILE_BYTES_MAX,
    FILES_MAX,
    AlreadyPaid,
    BillFile,
    Expense,
    ExpenseFilter,
    ExpensePage,
    FileTooLarge,
    NewExpense,
    Outlay,
    TooManyFiles,
    UnreadableFile,
)
from studyspot.services.payments.contract.payments import AlreadyReversed, Reversal
from studyspot.services.payments.service.posting import Postings, spending
from studyspot.tenancy.engine import Tenancy


class Expenses:
    _tenancy: Tenancy
    _libraries: Libraries

    async def list_expenses(
        self, caller: Caller, *, filter: ExpenseFilter, page: int, limit: int
    ) -> ExpensePage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_expenses(
                connection, filter, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_expenses(connection, filter)
            return ExpensePage(items, total)

    async def get_expense(self, caller: Caller, *, expense_id: UUID) -> Expense:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found(await store.find_expense(connection, expense_id))

    async def create_expense(self, caller: Caller, *, expense: NewExpense, key: str | None = None) -> Expense:
        return await self._spend(caller, expense, key=key)

    async def _spend(
        self, caller: Caller, expense: NewExpense, *, key: str | None = None, approval_id: UUID | None = None
    ) -> Expense:
        library = await self._libraries.get_library(on_own_account(caller), library_id=expense.library_id)
        rules.check_expense(expense, today=clock.today_in(library.time_zone))
        key = key_of(caller, key)
        async with spending(self._tenancy, caller, library.id, approval_id) as book:
            posted = await book.posted(key, expense)
            if posted is not None:
                return _found(await store.find_expense_of(book.tx, posted))
            posted = await book.post(
                "expense",
                rules.entries_of_expense(expense.category, expense.amount_paise),
                library=library,
                day=await book.day(library, expense.billed_on),
                note=expense.note,
                key=key,
                asked=expense,
            )
            expense_id = new_id()
            await store.insert_expense(book.tx, expense_id, posted, expense)
            if expense.paid is not None:
                await _pay(book, library, _found(await store.find_expense(book.tx, expense_id)), expense.paid)
            return await _recorded(book, caller, "expenses:create", expense_id, None)

    async def pay_expense(
        self, caller: Caller, *, expense_id: UUID, outlay: Outlay, key: str | None = None
    ) -> Expense:
        return await self._settle(caller, expense_id, outlay, key=key)

    async def _settle(
        self,
        caller: Caller,
        expense_id: UUID,
        outlay: Outlay,
        *,
        key: str | None = None,
        approval_id: UUID | None = None,
    ) -> Expense:
        read = await self.get_expense(caller, expense_id=expense_id)
        library = await self._libraries.get_library(on_own_account(caller), library_id=read.library_id)
        rules.check_outlay(outlay, billed_on=read.billed_on, today=clock.today_in(library.time_zone))
        key, asked = key_of(caller, key), (expense_id, outlay)
        async with spending(self._tenancy, caller, library.id, approval_id) as book:
            before = _found(await store.find_expense(book.tx, expense_id))
            if await book.posted(key, asked) is not None:
                return before
            if before.is_reversed:
                raise AlreadyReversed("This expense is reversed: nothing is owed.")
            if before.paid_on is not None:
                raise AlreadyPaid("This expense is paid already.")
            await _pay(book, library, before, outlay, key=key, asked=asked)
            return await _recorded(book, caller, "expenses:pay", expense_id, before)

    async def reverse_expense(self, caller: Caller, *, expense_id: UUID, reversal: Reversal) -> Expense:
        read = await self.get_expense(caller, expense_id=expense_id)
        library = await self._libraries.get_library(on_own_account(caller), library_id=read.library_id)
        async with spending(self._tenancy, caller, library.id) as book:
            before = _found(await store.find_expense(book.tx, expense_id))
            if before.is_reversed:
                raise AlreadyReversed("This expense is reversed already.")
            posted = await store.find_transactions_of(book.tx, expense_id)
            assert posted is not None  # noqa: S101 - found above
            written = {posted.transaction_id: rules.entries_of_expense(before.category, before.amount_paise)}
            if posted.settlement_id is not None and before.method is not None:
                written[posted.settlement_id] = rules.entries_of_outlay(before.method, before.amount_paise)
            day = await book.day(library)
            if before.paid_on is not None:
                await book.check_may_give(library, before.amount_paise)
            for transaction_id, entries in written.items():
                await book.post(
                    "reversal",
                    rules.opposite(entries),
                    library=library,
                    day=day,
                    note=reversal.reason,
                    reverses=transaction_id,
                )
            return await _recorded(book, caller, "expenses:reverse", expense_id, before)

    async def attach_bill(self, caller: Caller, *, expense_id: UUID, content: bytes) -> Expense:
        read = await self.get_expense(caller, expense_id=expense_id)
        if len(content) > FILE_BYTES_MAX:
            raise FileTooLarge(f"A file may hold at most {FILE_BYTES_MAX:,} bytes. Send a smaller photo.")
        media_type = rules.kind_of_file(content)
        if media_type is None:
            raise UnreadableFile("This is no PDF, JPEG, PNG or WebP. Send a photo of the bill, or the PDF.")
        async with spending(self._tenancy, caller, read.library_id) as book:
            before = _found(await store.find_expense(book.tx, expense_id))
            file = BillFile(media_type, content)
            if not await store.insert_file(book.tx, expense_id, file, account_id=caller.account_id):
                raise TooManyFiles(f"An expense keeps {FILES_MAX} files. Write it anew if none is right.")
            return await _recorded(book, caller, "expenses:attach", expense_id, before)

    async def get_bill_file(self, caller: Caller, *, expense_id: UUID) -> BillFile:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            _found(await store.find_expense(connection, expense_id))
            file = await store.find_file(connection, expense_id)
        if file is None:
            raise NotFound("There is no file of this expense.")
        return file


async def _pay(
    book: Postings,
    library: Library,
    expense: Expense,
    outlay: Outlay,
    *,
    key: str | None = None,
    asked: object = None,
) -> None:
    """Not before the day of the bill, which may be the first that is open."""
    day = await book.day(library, outlay.day)
    if outlay.day is None:
        day = max(day, expense.billed_on)
    await book.check_may_give(library, expense.amount_paise)
    posted = await book.post(
        "settlement",
        rules.entries_of_outlay(outlay.method, expense.amount_paise),
        library=library,
        day=day,
        key=key,
        asked=asked,
    )
    await store.insert_settlement(book.tx, expense.id, posted, outlay)


async def _recorded(
    book: Postings, caller: Caller, action: str, expense_id: UUID, before: Expense | None
) -> Expense:
    """The expense as it is now."""
    after = _found(await store.find_expense(book.tx, expense_id))
    await audit.record(
        book.tx, caller, action, entity="expense", entity_id=expense_id, before=before, after=after
    )
    return after


def _found(expense: Expense | None) -> Expense:
    if expense is None:
        raise NotFound("There is no such expense.")
    return expense
