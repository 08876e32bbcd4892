"""What the ledger tells, and how a day is closed."""

from datetime import date
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Fault, NotFound, ValidationFailed
from studyspot.kernel.ids import new_id
from studyspot.kernel.money import in_rupees
from studyspot.services.libraries.contract import Libraries, Library
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.books import (
    AccountTotal,
    CashBook,
    DayClose,
    DayClosePage,
    DuePage,
    NewDayClose,
    NotExplained,
    Statement,
    TransactionPage,
)
from studyspot.services.payments.contract.charges import DayClosed
from studyspot.services.payments.contract.drawers import DrawerOpen
from studyspot.services.payments.service.posting import Postings, postings
from studyspot.tenancy.engine import Tenancy

INDIA = "Asia/Kolkata"
"""Where it is not a library's own day that counts."""


class Books:
    _tenancy: Tenancy
    _libraries: Libraries

    async def get_statement(self, caller: Caller, *, student_id: UUID) -> Statement:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if await store.find_student(connection, student_id) is None:
                raise NotFound("There is no such student.")
            return await statement(connection, student_id, today=clock.today_in(INDIA))

    async def list_transactions(
        self, caller: Caller, *, student_id: UUID, page: int, limit: int
    ) -> TransactionPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if await store.find_student(connection, student_id) is None:
                raise NotFound("There is no such student.")
            items, total = await store.list_transactions(
                connection, student_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_transactions(connection, student_id)
            return TransactionPage(items, total)

    async def list_dues(
        self, caller: Caller, *, library_id: UUID | None = None, page: int, limit: int
    ) -> DuePage:
        today = clock.today_in(INDIA)
        if library_id is not None:
            library = await self._libraries.get_library(on_own_account(caller), library_id=library_id)
            today = clock.today_in(library.time_zone)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_dues(
                connection, library_id, today=today, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_dues(connection, library_id)
            return DuePage(items, total)

    async def get_cash_book(self, caller: Caller, *, library_id: UUID, since: date, until: date) -> CashBook:
        rules.check_days(since, until)
        await self._libraries.get_library(on_own_account(caller), library_id=library_id)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            lines = await store.list_cash_lines(connection, library_id, since=since, until=until)
            closing = await store.expected_cash(connection, library_id, until=until)
        moved = sum(
            line.received - line.paid_out + line.difference for line in lines if line.method == "cash"
        )
        return CashBook(closing - moved, closing, lines)

    async def list_totals(
        self,
        caller: Caller,
        *,
        library_id: UUID | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> list[AccountTotal]:
        rules.check_order(since, until)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await store.list_totals(connection, library_id, since=since, until=until)

    async def list_day_closes(
        self, caller: Caller, *, library_id: UUID, page: int, limit: int
    ) -> DayClosePage:
        await self._libraries.get_library(on_own_account(caller), library_id=library_id)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_day_closes(
                connection, library_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_day_closes(connection, library_id)
            return DayClosePage(items, total)

    async def close_day(self, caller: Caller, *, close: NewDayClose) -> DayClose:
        library = await self._libraries.get_library(on_own_account(caller), library_id=close.library_id)
        if close.day > clock.today_in(library.time_zone):
            fault = Fault("day", "Give a day that has come.", "too_late")
            raise ValidationFailed("This day cannot be closed yet.", details=[fault])
        async with postings(self._tenancy, caller) as book:
            await store.lock_library(book.tx, library.id)
            return await _close(book, caller, library, close)


async def _close(book: Postings, caller: Caller, library: Library, close: NewDayClose) -> DayClose:
    tx = book.tx
    closed = await store.last_closed_day(tx, close.library_id)
    if closed is not None and close.day <= closed:
        raise DayClosed(f"Everything until {closed} is closed already.")
    await _check_drawers(tx, close)
    expected = await store.expected_cash(tx, close.library_id, until=close.day)
    sessions = await store.list_session_shares(tx, close.library_id, since=closed, until=close.day)
    differences = await _compare_upi(tx, close)
    if close.explanation is None:
        _check_equal(expected, close.counted, differences)
    found = close.counted - expected
    if found:
        await book.check_may_give(library, abs(found))
        await _write_difference(book, close, found)
    close_id = new_id()
    await store.insert_day_close(
        tx,
        close_id,
        library_id=close.library_id,
        day=close.day,
        expected=expected,
        counted=close.counted,
        explanation=close.explanation,
        upi_missing=None if differences is None else differences.missing,
        upi_unknown=None if differences is None else differences.unknown,
        sessions=sessions,
        account_id=caller.account_id,
        closed_at=clock.now(),
    )
    written = await store.find_day_close(tx, close_id)
    assert written is not None  # noqa: S101 - written in this transaction
    await audit.record(tx, caller, "days:close", entity="day_close", entity_id=close_id, after=written)
    return written


async def _compare_upi(tx: Connection, close: NewDayClose) -> rules.Differences | None:
    """With what was seen since the last day that was compared; nothing, when nobody looked."""
    if close.upi_seen is None:
        return None
    compared = await store.last_compared_day(tx, close.library_id)
    booked = await store.list_upi(tx, close.library_id, since=compared, until=close.day)
    return rules.compare(booked, close.upi_seen)


async def _check_drawers(tx: Connection, close: NewDayClose) -> None:
    """:raises DrawerOpen: naming each."""
    details = [
        Fault("day", f"The session {one.id} with {in_rupees(one.expected_paise)} is open.", "drawer_open")
        for one in await store.list_open_sessions(tx, close.library_id, until=close.day)
    ]
    if details:
        raise DrawerOpen("Close the drawers of this day first.", details=details)


def _check_equal(expected: int, counted: int, differences: rules.Differences | None) -> None:
    """:raises NotExplained: naming each difference."""
    details = []
    if counted != expected:
        told = f"The books say {in_rupees(expected)}: {rules.told_difference(counted - expected)}."
        details.append(Fault("counted", told, "cash_differs"))
    for one in differences.missing if differences else ():
        told = f"{one.reference} over {in_rupees(one.amount)} is in the books and was not seen."
        details.append(Fault("upi_seen", told, "upi_missing"))
    for one in differences.unknown if differences else ():
        told = f"{one.reference} over {in_rupees(one.amount)} was seen and is not in the books."
        details.append(Fault("upi_seen", told, "upi_unknown"))
    if details:
        raise NotExplained("Count again, or explain the difference.", details=details)


async def _write_difference(book: Postings, close: NewDayClose, found: int) -> None:
    """In no session of the drawer: all of them are counted."""
    posted = await book.begin(
        "difference", library_id=close.library_id, day=close.day, note=close.explanation
    )
    await store.insert_entries(book.tx, posted, rules.entries_of_difference(found))


async def statement(tx: Connection, student_id: UUID, *, today: date) -> Statement:
    charges = await store.list_open(tx, student_id)
    held = await store.find_holding(tx, student_id)
    return Statement(
        student_id,
        open=sum(charge.open for charge in charges),
        overdue=sum(charge.open for charge in charges if charge.due_on < today),
        advance=held.advance,
        deposit=held.deposit,
        charges=charges,
    )
