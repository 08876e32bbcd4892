"""How a transaction is written: under the student's lock, once for a key, on a day that is open. In which
order locks are taken stands in `store/ledger.py`.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import Refusal
from studyspot.kernel.idempotency import fingerprint_of
from studyspot.kernel.ids import new_id
from studyspot.kernel.money import in_rupees
from studyspot.services.libraries.contract import Library
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.approvals import Approval
from studyspot.services.payments.contract.charges import DayClosed, KeyReused, MoreThanOpen, UnknownStudent
from studyspot.services.payments.contract.drawers import DrawerClosed, DrawerNeeded, DrawerOpen
from studyspot.services.payments.contract.payments import APPROVE, ApprovalNeeded, ReferenceKnown
from studyspot.services.payments.rules import Entry
from studyspot.tenancy.engine import Tenancy


class Postings:
    """Transactions of the books, in a transaction of the database."""

    def __init__(self, tx: Connection, caller: Caller, student_id: UUID | None = None) -> None:
        self.tx = tx
        self._caller = caller
        self._student_id = student_id
        self._approval: Approval | None = None
        self._may_alone = caller.may(APPROVE)

    async def with_approval(self, approval_id: UUID | None) -> None:
        """What is written first from here on is what was approved: it is carried out then, and not again.

        :raises NotApproved:
        """
        if approval_id is None:
            return
        now = clock.now()
        approval = await store.find_approval(self.tx, approval_id, now=now, for_update=True)
        assert approval is not None  # noqa: S101 - read before, and none is ever deleted
        rules.check_usable(approval)
        self._approval = approval
        self._may_alone = True

    async def posted(self, key: str | None, asked: object) -> UUID | None:
        """The transaction that was written for it before. :raises KeyReused: when that was something else."""
        if key is None:
            return None
        before = await store.find_posted(self.tx, key)
        if before is not None and before.fingerprint != fingerprint_of(asked):
            raise KeyReused("Something else was asked under this Idempotency-Key before. Use a new one.")
        return None if before is None else before.id

    async def day(self, library: Library, wanted: date | None = None) -> date:
        """Today, or the first day after those that are closed. One that is wanted stays as it is. Nobody
        closes a day from here on.

        :raises ApprovalNeeded: for a day that is over.
        """
        today = clock.today_in(library.time_zone)
        if wanted is not None and wanted < today and not self._may_alone:
            raise ApprovalNeeded("This day is over. Ask a colleague who may approve.")
        first_open = await self.open_day(library.id, today)
        return wanted or first_open

    def check_may_alone(self, told: str) -> None:
        """:raises ApprovalNeeded: unless the caller may approve, or it is approved."""
        if not self._may_alone:
            raise ApprovalNeeded(told)

    async def check_may_give(self, library: Library, amount: int) -> None:
        """Waived, credited, paid out, spent, taken back or found wrong, after the `day` is known. Whatever
        day of the books it is for, it counts to today.

        :raises ApprovalNeeded: for more than anybody may give away alone in one day, in all libraries.
        """
        if self._may_alone:
            return
        zone = library.time_zone
        given = await store.given_away(
            self.tx, self._caller.account_id, day=clock.today_in(zone), time_zone=zone
        )
        if given + amount > rules.APPROVAL_LIMIT:
            limit = in_rupees(rules.APPROVAL_LIMIT)
            raise ApprovalNeeded(f"More than {limit} a day is given away, or spent, by who may approve.")

    async def open_day(self, library_id: UUID, day: date) -> date:
        await store.keep_open(self.tx, library_id)
        closed = await store.last_closed_day(self.tx, library_id)
        return day if closed is None else max(day, closed + timedelta(days=1))

    async def post(
        self,
        kind: str,
        entries: Sequence[Entry],
        *,
        library: Library,
        day: date,
        note: str | None = None,
        reverses: UUID | None = None,
        key: str | None = None,
        asked: object = None,
        drawer_session_id: UUID | None = None,
        reference: str | None = None,
    ) -> UUID:
        """Cash moves in the caller's session of the drawer, unless another is named.

        :raises DrawerNeeded: when there is none, and the library asks for it.
        """
        if drawer_session_id is None and any(entry.account == "cash" for entry in entries):
            drawer_session_id = await self._drawer(library)
        transaction_id = await self.begin(
            kind,
            library_id=library.id,
            day=day,
            note=note,
            reverses=reverses,
            key=key,
            asked=asked,
            drawer_session_id=drawer_session_id,
            reference=reference,
        )
        await store.insert_entries(self.tx, transaction_id, entries)
        return transaction_id

    async def _drawer(self, library: Library) -> UUID | None:
        session_id = await store.find_open_session(self.tx, library.id, self._caller.account_id)
        if session_id is None and library.needs_drawer_session:
            raise DrawerNeeded("Count the drawer and open a session of it first.")
        return session_id

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
        drawer_session_id: UUID | None = None,
        reference: str | None = None,
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
            drawer_session_id=drawer_session_id,
            reference=reference,
            created_at=clock.now(),
        )
        if self._approval is not None:
            before, self._approval = self._approval, None
            await self._use(before, transaction_id)
        return transaction_id

    async def _use(self, before: Approval, transaction_id: UUID) -> None:
        now = clock.now()
        await store.use_approval(
            self.tx, before.id, transaction_id, used_by=self._caller.account_id, used_at=now
        )
        after = await store.find_approval(self.tx, before.id, now=now)
        await audit.record(
            self.tx,
            self._caller,
            "approvals:use",
            entity="approval",
            entity_id=before.id,
            before=before,
            after=after,
        )


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

    async def use_advance(self, *, library: Library, day: date) -> None:
        """Pays what is open from what the student paid ahead, what is due first first."""
        held = await store.find_holding(self.tx, self._student_id)
        shares = rules.share_out(held.advance, await store.list_open(self.tx, self._student_id))
        if shares:
            used = sum(share.amount for share in shares)
            entries = [
                Entry("advances", used, student_id=self._student_id),
                *rules.entries_of_shares(shares, self._student_id),
            ]
            await self.post("allocation", entries, library=library, day=day)

    async def give_advance_back(self, opening_id: UUID, *, library: Library, day: date) -> None:
        """As far as an opening cannot be taken back without it."""
        held = await store.find_holding(self.tx, self._student_id)
        entries = rules.advance_given_back(
            await store.list_entries(self.tx, opening_id),
            await store.list_charges_of(self.tx, student_id=self._student_id),
            self._student_id,
            advance=held.advance,
            deposit=held.deposit,
        )
        if entries:
            await self.post("allocation", entries, library=library, day=day)


@contextlib.asynccontextmanager
async def ledger(
    tenancy: Tenancy, caller: Caller, student_id: UUID, approval_id: UUID | None = None
) -> AsyncIterator[Ledger]:
    async with postings(tenancy, caller) as unlocked:
        await store.lock_student(unlocked.tx, student_id)
        book = Ledger(unlocked.tx, caller, student_id)
        await book.with_approval(approval_id)
        yield book


@contextlib.asynccontextmanager
async def postings(tenancy: Tenancy, caller: Caller) -> AsyncIterator[Postings]:
    """In one transaction, and in the words of `refusal_of`."""
    try:
        async with tenancy.transaction(tenant_of(caller)) as tx:
            yield Postings(tx, caller)
    except ConstraintViolated as violation:
        raise refusal_of(violation) from None


@contextlib.asynccontextmanager
async def spending(
    tenancy: Tenancy, caller: Caller, library_id: UUID, approval_id: UUID | None = None
) -> AsyncIterator[Postings]:
    """What a library spends, one after the other."""
    async with postings(tenancy, caller) as book:
        await store.lock_spending(book.tx, library_id)
        await book.with_approval(approval_id)
        yield book


_CLOSED = (DayClosed, "This day is closed. Write it on a day that is open.")
_MORE = (MoreThanOpen, "This is more than there is.")
_NOBODY = (UnknownStudent, "There is no such student.")
_REUSED = (KeyReused, "Something else was asked under this Idempotency-Key before. Use a new one.")
_REFUSALS: Mapping[str, tuple[type[Refusal], str]] = {
    "day_closed": _CLOSED,
    "day_closed_once": _CLOSED,
    "drawer_closed": (DrawerClosed, "This drawer is closed already."),
    "drawer_open": (DrawerOpen, "A drawer of this day is open. Close it first."),
    "one_open_session": (DrawerOpen, "You have an open session of this drawer. Close it first."),
    "transaction_key": _REUSED,
    "approval_key": _REUSED,
    "approval_by_another": (ApprovalNeeded, "What you asked for is answered by somebody else."),
    "approval_student": _NOBODY,
    "upi_reference": (ReferenceKnown, "A payment with this UPI reference is there already."),
    "advance_held": _MORE,
    "deposit_held": _MORE,
    "charge_open": _MORE,
    "charge_billed": _MORE,
    "transaction_student": _NOBODY,
    "charge_student": _NOBODY,
}


def refusal_of(violation: ConstraintViolated) -> Exception:
    """What a broken constraint means to the caller; any other one is a bug and stays as it is."""
    if violation.constraint not in _REFUSALS:
        return violation
    refusal, told = _REFUSALS[violation.constraint]
    return refusal(told)
