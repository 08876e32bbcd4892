"""How a transaction is written: under the student's lock, once for a key, on a day that is open."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.idempotency import fingerprint_of
from studyspot.kernel.ids import new_id
from studyspot.kernel.money import in_rupees
from studyspot.services.libraries.contract import Library
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.charges import DayClosed, KeyReused, MoreThanOpen, UnknownStudent
from studyspot.services.payments.contract.payments import ApprovalNeeded, ReferenceKnown
from studyspot.services.payments.rules import Entry
from studyspot.tenancy.engine import Tenancy

APPROVE = "payments:approve"


class Postings:
    """Transactions of the books, in a transaction of the database."""

    def __init__(self, tx: Connection, caller: Caller, student_id: UUID | None = None) -> None:
        self.tx = tx
        self._caller = caller
        self._student_id = student_id

    async def posted(self, key: str | None, asked: object) -> UUID | None:
        """The transaction that was written for it before. :raises KeyReused: when that was something else."""
        if key is None:
            return None
        before = await store.find_posted(self.tx, key)
        if before is not None and before.fingerprint != fingerprint_of(asked):
            raise KeyReused("Something else was asked under this Idempotency-Key before. Use a new one.")
        return None if before is None else before.id

    async def day(self, library: Library, wanted: date | None = None) -> date:
        """Today, or the first day after those that are closed. One that is wanted stays as it is.

        :raises ApprovalNeeded: for a day that is over.
        """
        today = clock.today_in(library.time_zone)
        if wanted is not None and wanted < today and not self._caller.may(APPROVE):
            raise ApprovalNeeded("This day is over. Ask a colleague who may approve.")
        return wanted or await self.open_day(library.id, today)

    async def check_may_give(self, library_id: UUID, day: date, amount: int) -> None:
        """Waived, paid out or taken back. :raises ApprovalNeeded: for more than anybody may give away alone
        in one day.
        """
        if self._caller.may(APPROVE):
            return
        given = await store.given_away(self.tx, library_id, day, self._caller.account_id)
        check_amount(self._caller, given + amount)

    async def open_day(self, library_id: UUID, day: date) -> date:
        await store.keep_open(self.tx, library_id)
        closed = await store.last_closed_day(self.tx, library_id)
        return day if closed is None else max(day, closed + timedelta(days=1))

    async def post(
        self,
        kind: str,
        entries: Sequence[Entry],
        *,
        library_id: UUID,
        day: date,
        membership_id: UUID | None = None,
        note: str | None = None,
        reverses: UUID | None = None,
        key: str | None = None,
        asked: object = None,
    ) -> UUID:
        transaction_id = await self.begin(
            kind,
            library_id=library_id,
            day=day,
            membership_id=membership_id,
            note=note,
            reverses=reverses,
            key=key,
            asked=asked,
        )
        await store.insert_entries(self.tx, transaction_id, entries)
        return transaction_id

    async def begin(
        self,
        kind: str,
        *,
        library_id: UUID,
        day: date,
        membership_id: UUID | None = None,
        note: str | None = None,
        reverses: UUID | None = None,
        key: str | None = None,
        asked: object = None,
    ) -> UUID:
        """A transaction whose entries follow."""
        transaction_id = new_id()
        await store.insert_transaction(
            self.tx,
            transaction_id,
            kind,
            library_id=library_id,
            student_id=self._student_id,
            membership_id=membership_id,
            day=day,
            note=note,
            reverses=reverses,
            key=key,
            fingerprint=None if asked is None else fingerprint_of(asked),
            account_id=self._caller.account_id,
        )
        return transaction_id


class Ledger(Postings):
    """One student's transactions."""

    def __init__(self, tx: Connection, caller: Caller, student_id: UUID) -> None:
        super().__init__(tx, caller, student_id)
        self._student_id: UUID = student_id

    async def check_student(self) -> None:
        """:raises UnknownStudent:"""
        student = await store.find_student(self.tx, self._student_id)
        if student is None or not student.is_there:
            raise UnknownStudent("There is no such student.")

    async def use_advance(self, *, library_id: UUID, day: date) -> None:
        """Pays what is open from what the student paid ahead, what is due first first."""
        held = await store.find_holding(self.tx, self._student_id)
        shares = rules.share_out(held.advance, await store.list_open(self.tx, self._student_id))
        if shares:
            used = sum(share.amount for share in shares)
            entries = [
                Entry("advances", used, student_id=self._student_id),
                *rules.entries_of_shares(shares, self._student_id),
            ]
            await self.post("allocation", entries, library_id=library_id, day=day)


@contextlib.asynccontextmanager
async def ledger(tenancy: Tenancy, caller: Caller, student_id: UUID) -> AsyncIterator[Ledger]:
    try:
        async with tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock_student(tx, student_id)
            yield Ledger(tx, caller, student_id)
    except ConstraintViolated as violation:
        raise refusal_of(violation) from None


@contextlib.asynccontextmanager
async def spending(tenancy: Tenancy, caller: Caller, library_id: UUID) -> AsyncIterator[Postings]:
    """What a library spends, one after the other."""
    try:
        async with tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock_spending(tx, library_id)
            yield Postings(tx, caller)
    except ConstraintViolated as violation:
        raise refusal_of(violation) from None


def check_amount(caller: Caller, amount: int) -> None:
    """:raises ApprovalNeeded: for more than anybody may give away alone."""
    if amount > rules.APPROVAL_LIMIT and not caller.may(APPROVE):
        limit = in_rupees(rules.APPROVAL_LIMIT)
        raise ApprovalNeeded(f"More than {limit} a day is given away by a colleague who may approve.")


def refusal_of(violation: ConstraintViolated) -> Exception:
    """What a broken constraint means to the caller; any other one is a bug and stays as it is."""
    match violation.constraint:
        case "day_closed" | "day_closed_once":
            return DayClosed("This day is closed. Write it on a day that is open.")
        case "transaction_key":
            return KeyReused("Something else was asked under this Idempotency-Key before. Use a new one.")
        case "upi_reference":
            return ReferenceKnown("A payment with this UPI reference is there already.")
        case "advance_held" | "deposit_held" | "charge_open":
            return MoreThanOpen("This is more than there is.")
        case "transaction_student" | "charge_student":
            return UnknownStudent("There is no such student.")
        case _:
            return violation
