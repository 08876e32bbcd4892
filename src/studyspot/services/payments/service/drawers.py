"""Who has the drawer: opened with a count, handed over with another; and cash that goes to the bank."""

from datetime import date
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Fault, Forbidden, NotFound, ValidationFailed
from studyspot.kernel.idempotency import key_of
from studyspot.kernel.ids import new_id
from studyspot.kernel.money import in_rupees
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.books import NotExplained
from studyspot.services.payments.contract.drawers import (
    CashTransfer,
    CashTransferPage,
    DrawerClosed,
    DrawerCount,
    DrawerMovementPage,
    DrawerSession,
    DrawerSessionFilter,
    DrawerSessionPage,
    NewCashTransfer,
    NewDrawerSession,
)
from studyspot.services.payments.contract.payments import APPROVE, ApprovalNeeded
from studyspot.services.payments.service.posting import Postings, postings, spending
from studyspot.tenancy.engine import Tenancy


class Drawers:
    _tenancy: Tenancy
    _libraries: Libraries

    async def list_drawer_sessions(
        self, caller: Caller, *, filter: DrawerSessionFilter, page: int, limit: int
    ) -> DrawerSessionPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_sessions(
                connection, filter, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_sessions(connection, filter)
            return DrawerSessionPage(items, total)

    async def get_drawer_session(self, caller: Caller, *, session_id: UUID) -> DrawerSession:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await _found(connection, session_id)

    async def list_drawer_movements(
        self, caller: Caller, *, session_id: UUID, page: int, limit: int
    ) -> DrawerMovementPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            await _found(connection, session_id)
            items, total = await store.list_movements(
                connection, session_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_movements(connection, session_id)
            return DrawerMovementPage(items, total)

    async def open_drawer(self, caller: Caller, *, session: NewDrawerSession) -> DrawerSession:
        if caller.account_id is None:
            raise Forbidden("A drawer is opened by a person.")
        library = await self._libraries.get_library(on_own_account(caller), library_id=session.library_id)
        async with postings(self._tenancy, caller) as book:
            await store.lock_library(book.tx, library.id)
            session_id = new_id()
            await store.insert_session(
                book.tx,
                session_id,
                library_id=library.id,
                account_id=caller.account_id,
                day=await book.day(library),
                opening=session.opening_paise,
                opening_expected=await store.expected_opening(book.tx, library.id),
                opened_at=clock.now(),
            )
            return await _recorded(book, caller, "drawers:open", session_id, None)

    async def close_drawer(self, caller: Caller, *, session_id: UUID, count: DrawerCount) -> DrawerSession:
        read = await self.get_drawer_session(caller, session_id=session_id)
        counted = rules.counted(count)
        if caller.account_id != read.account_id and not caller.may(APPROVE):
            raise ApprovalNeeded("This drawer is closed by who opened it, or a colleague who may approve.")
        library = await self._libraries.get_library(on_own_account(caller), library_id=read.library_id)
        async with postings(self._tenancy, caller) as book:
            await store.keep_open(book.tx, library.id)
            await store.lock_giver(book.tx, caller.account_id)
            await store.lock_session(book.tx, session_id)
            before = await _found(book.tx, session_id)
            if before.closed_at is not None:
                raise DrawerClosed("This drawer is closed already.")
            found = counted - before.expected_paise
            if found:
                _check_explained(before, found, count.explanation)
                day = await store.last_day_of_session(book.tx, session_id)
                await book.check_may_give(library, abs(found))
                await book.post(
                    "difference",
                    rules.entries_of_difference(found),
                    library=library,
                    day=day,
                    note=count.explanation,
                    drawer_session_id=session_id,
                )
            await store.close_session(
                book.tx,
                session_id,
                expected=before.expected_paise,
                counted=counted,
                denominations=count.denominations or (),
                explanation=count.explanation,
                closed_by=caller.account_id,
                closed_at=clock.now(),
            )
            return await _recorded(book, caller, "drawers:close", session_id, before)

    async def list_cash_transfers(
        self, caller: Caller, *, library_id: UUID | None = None, page: int, limit: int
    ) -> CashTransferPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_transfers(
                connection, library_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_transfers(connection, library_id)
            return CashTransferPage(items, total)

    async def move_cash(
        self, caller: Caller, *, transfer: NewCashTransfer, key: str | None = None
    ) -> CashTransfer:
        if (transfer.direction, transfer.pocket) == ("out", "owner") and not caller.may(APPROVE):
            raise ApprovalNeeded("What the owner takes out is written by a colleague who may approve.")
        rules.check_reference(transfer)
        library = await self._libraries.get_library(on_own_account(caller), library_id=transfer.library_id)
        key = key_of(caller, key)
        async with spending(self._tenancy, caller, library.id) as book:
            posted = await book.posted(key, transfer)
            if posted is not None:
                return await _transfer(book.tx, posted)
            await _check_named(book.tx, caller, transfer)
            await store.lock_library(book.tx, library.id)
            day = await book.day(library)
            if transfer.direction == "out":
                rules.check_is_there(transfer, await _cash_there(book.tx, caller, transfer, day))
            posted = await book.post(
                "transfer",
                rules.entries_of_transfer(transfer),
                library=library,
                day=day,
                note=transfer.note,
                key=key,
                asked=transfer,
                drawer_session_id=transfer.drawer_session_id,
                reference=transfer.reference,
            )
            moved = await _transfer(book.tx, posted)
            await audit.record(
                book.tx, caller, "cash:move", entity="cash_transfer", entity_id=posted, after=moved
            )
            return moved


async def _check_named(tx: Connection, caller: Caller, transfer: NewCashTransfer) -> None:
    """:raises ValidationFailed: :raises ApprovalNeeded: for another's drawer."""
    if transfer.drawer_session_id is None:
        return
    named = await store.find_session(tx, transfer.drawer_session_id)
    if named is None or named.library_id != transfer.library_id:
        fault = Fault("drawer_session_id", "The library has no such drawer session.", "unknown")
        raise ValidationFailed("This cash comes from a drawer that is not there.", details=[fault])
    if named.account_id != caller.account_id and not caller.may(APPROVE):
        raise ApprovalNeeded("This is another's drawer. Ask a colleague who may approve.")


async def _cash_there(tx: Connection, caller: Caller, transfer: NewCashTransfer, day: date) -> int:
    """In the session that it goes out of, or without one in the library. While nobody else writes."""
    session_id = transfer.drawer_session_id
    if session_id is None:
        session_id = await store.find_open_session(tx, transfer.library_id, caller.account_id)
    if session_id is None:
        return await store.expected_cash(tx, transfer.library_id, until=day)
    return (await _found(tx, session_id)).expected_paise


def _check_explained(session: DrawerSession, found: int, explanation: str | None) -> None:
    """:raises NotExplained: telling the difference."""
    if explanation is None:
        told = f"There should be {in_rupees(session.expected_paise)}: {rules.told_difference(found)}."
        fault = Fault("counted_paise", told, "cash_differs")
        raise NotExplained("Count again, or explain the difference.", details=[fault])


async def _recorded(
    book: Postings, caller: Caller, action: str, session_id: UUID, before: DrawerSession | None
) -> DrawerSession:
    """The session as it is now."""
    after = await _found(book.tx, session_id)
    await audit.record(
        book.tx, caller, action, entity="drawer_session", entity_id=session_id, before=before, after=after
    )
    return after


async def _found(tx: Connection, session_id: UUID) -> DrawerSession:
    session = await store.find_session(tx, session_id)
    if session is None:
        raise NotFound("There is no such drawer session.")
    return session


async def _transfer(tx: Connection, transaction_id: UUID) -> CashTransfer:
    transfer = await store.find_transfer(tx, transaction_id)
    assert transfer is not None  # noqa: S101 - written in this transaction, or before
    return transfer
