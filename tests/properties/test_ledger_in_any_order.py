"""Whatever is done to a student's account, in any order: the ledger is in balance, and it says what a clerk
with a sheet of paper says.
"""

import asyncio
import itertools
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.people import Person
from tests.services.bookings.hall import Hall, today

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.services.payments.contract import (
    Credit,
    DepositUse,
    NewBill,
    NewCharge,
    NewPayment,
    NewRefund,
    Payment,
    Reversal,
    Transaction,
    Waiver,
)
from studyspot.services.payments.contract.charges import MoreThanOpen

T = TypeVar("T")
_paise = st.integers(1, 3_000)
_kinds = st.sampled_from(["fee", "fee", "registration", "deposit", "fine"])


class Line(msgspec.Struct):
    """A charge on the sheet of paper."""

    id: UUID
    kind: str
    due_in: int
    billed: int
    open: int
    waived: int = 0

    @property
    def paid(self) -> int:
        return self.billed - self.open - self.waived


class Account(RuleBasedStateMachine):
    payments = Bundle("payments")

    def __init__(self, loop: asyncio.AbstractEventLoop, platform: Platform, hall: Hall) -> None:
        super().__init__()
        self._loop = loop
        self._platform = platform
        self._library_id = UUID(hall.id)
        self._tenant = TenantId(UUID(str(hall.owner.tenant_id)))
        self._caller = system(tenant_id=self._tenant)
        self._hall = hall
        self._membership = uuid4()
        self._lines: list[Line] = []
        self._advance = self._deposit = self._cash = 0

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    @initialize()
    def enrol(self) -> None:
        self._student_id = UUID(self._do(self._hall.enrol())["id"])

    @rule(kind=_kinds, amount=_paise, tax=st.integers(0, 300), due_in=st.integers(-40, 40))
    def charge(self, kind: str, amount: int, tax: int, due_in: int) -> None:
        line = {"kind": kind, "label": kind, "amount": amount, "due_on": today() + timedelta(days=due_in)}
        line["tax"] = min(tax, amount) if kind == "fee" else 0
        [charge] = self._bill(charges=[line])
        self._lines.append(Line(charge.id, kind, due_in, amount, amount))
        self._use_advance()

    @rule(amount=_paise)
    def charge_by_hand(self, amount: int) -> None:
        charge = NewCharge(
            library_id=self._library_id,
            student_id=self._student_id,
            kind="other",
            label="Locker key",
            amount=amount,
        )
        made = self._do(self._platform.payments.create_charge(self._caller, charge=charge))
        self._lines.append(Line(made.id, "by hand", 0, amount, amount))
        self._use_advance()

    @rule(data=st.data(), amount=_paise)
    def take_back_by_hand(self, data: st.DataObject, amount: int) -> None:
        lines = [line for line in self._lines if line.kind == "by hand"]
        if not lines:
            return
        line = data.draw(st.sampled_from(lines))
        asked = self._platform.payments.credit_charge(
            self._caller, charge_id=line.id, credit=Credit(amount=amount, reason="Typed wrongly")
        )
        if amount > line.billed - line.waived:
            self._is_refused(asked)
            return
        self._do(asked)
        unpaid = min(amount, line.open)
        line.billed -= amount
        line.open -= unpaid
        self._advance += amount - unpaid
        self._use_advance()

    @rule(amount=st.integers(1, 6_000))
    def take_back_days(self, amount: int) -> None:
        fees = [line for line in self._latest_first() if line.kind == "fee"]
        credit = [{"label": "Days not used", "amount": amount}]
        if amount > sum(line.billed for line in fees):
            self._is_refused(self._posting(credits=credit))
            return
        self._bill(credits=credit)
        for line in fees:
            back = min(amount, line.billed)
            amount -= back
            line.billed -= back
            for what in ("open", "waived"):
                part = min(back, getattr(line, what))
                setattr(line, what, getattr(line, what) - part)
                back -= part
            self._advance += back
        self._use_advance()

    @rule(target=payments, amount=_paise)
    def pay(self, amount: int) -> Payment:
        wanted = NewPayment(
            library_id=self._library_id, student_id=self._student_id, method="cash", amount=amount
        )
        payment = self._do(self._platform.payments.take_payment(self._caller, payment=wanted))
        self._cash += amount
        self._advance += self._settle(amount)
        return payment

    @rule(payment=consumes(payments))
    def reverse(self, payment: Payment) -> None:
        """What it paid by itself is open again, and what it paid ahead is taken from elsewhere; what is paid
        ahead otherwise pays what is open.
        """
        reversal = Reversal(reason="Came back")
        asked = self._platform.payments.reverse_payment(
            self._caller, payment_id=payment.id, reversal=reversal
        )
        left = payment.amount
        own = {share.charge_id: share.amount for share in payment.allocations}
        for line in self._latest_first():
            left -= self._reopen(line, own.get(line.id, 0))
        for line in self._latest_first():
            left -= self._reopen(line, max(left - self._advance, 0))
        self._do(asked)
        paid_out = max(left - self._advance, 0)
        self._advance -= left - paid_out
        self._cash -= payment.amount
        if paid_out:
            known = {line.id for line in self._lines}
            found = self._do(self._platform.payments.get_statement(self._caller, student_id=self._student_id))
            [charge] = [one for one in found.charges if one.id not in known]
            assert (charge.kind, charge.open) == ("other", paid_out)
            self._lines.append(Line(charge.id, "other", 0, paid_out, paid_out))
        self._use_advance()

    def _reopen(self, line: Line, amount: int) -> int:
        part = min(amount, line.paid, self._deposit if line.kind == "deposit" else amount)
        line.open += part
        self._deposit -= part * (line.kind == "deposit")
        return part

    @rule(data=st.data(), amount=_paise)
    def waive(self, data: st.DataObject, amount: int) -> None:
        if not self._lines:
            return
        line = data.draw(st.sampled_from(self._lines))
        asked = self._platform.payments.waive_charge(
            self._caller, charge_id=line.id, waiver=Waiver(amount=amount, reason="Kindness")
        )
        if amount > line.open:
            self._is_refused(asked)
            return
        self._do(asked)
        line.open -= amount
        line.waived += amount

    @rule(amount=_paise, source=st.sampled_from(["advance", "deposit"]))
    def refund(self, amount: int, source: Any) -> None:
        refund = NewRefund(
            library_id=self._library_id,
            student_id=self._student_id,
            source=source,
            method="cash",
            amount=amount,
            reason="Moves away",
        )
        asked = self._platform.payments.refund(self._caller, refund=refund)
        held = f"_{source}"
        if amount > getattr(self, held):
            self._is_refused(asked)
            return
        self._do(asked)
        setattr(self, held, getattr(self, held) - amount)
        self._cash -= amount

    @rule(amount=_paise)
    def use_deposit(self, amount: int) -> None:
        lines = [line for line in reversed(self._latest_first()) if line.kind != "deposit"]
        use = DepositUse(library_id=self._library_id, amount=amount)
        asked = self._platform.payments.use_deposit(self._caller, student_id=self._student_id, use=use)
        if amount > min(self._deposit, sum(line.open for line in lines)):
            self._is_refused(asked)
            return
        self._do(asked)
        self._deposit -= amount
        for line in lines:
            part = min(amount, line.open)
            line.open -= part
            amount -= part

    @invariant()
    def the_books_say_what_the_sheet_says(self) -> None:
        if not hasattr(self, "_student_id"):
            return
        found = self._do(self._platform.payments.get_statement(self._caller, student_id=self._student_id))
        assert found.open == sum(line.open for line in self._lines)
        assert (found.advance, found.deposit) == (self._advance, self._deposit)
        assert {one.id: one.open for one in found.charges} == {
            line.id: line.open for line in self._lines if line.open
        }

    @invariant()
    def the_transactions_together_are_what_the_statement_says(self) -> None:
        if not hasattr(self, "_student_id"):
            return
        found = self._do(self._transactions())
        assert len({one.id for one in found}) == len(found)
        assert [
            sum(one.receivable_paise for one in found),
            sum(one.advance_paise for one in found),
            sum(one.deposit_paise for one in found),
        ] == [sum(line.open for line in self._lines), self._advance, self._deposit]

    async def _transactions(self) -> list[Transaction]:
        """Of all pages."""
        found: list[Transaction] = []
        for number in itertools.count(1):
            page = await self._platform.payments.list_transactions(
                self._caller, student_id=self._student_id, page=number, limit=7
            )
            found += page.items
            if len(found) >= page.total:
                break
        return found

    def teardown(self) -> None:
        balance, cash, numbers, count = self._do(self._audit())
        assert (balance, cash) == (0, self._cash)
        assert numbers == count

    async def _audit(self) -> tuple[int, int, int, int]:
        """All entries together, the student's cash, the last number given, and how many there are."""
        async with self._platform.tenancy.connection(self._tenant) as connection:
            balance = await connection.value("SELECT coalesce(sum(amount), 0) FROM payments.entries")
            cash = await connection.value(
                """
                SELECT coalesce(sum(e.amount), 0) FROM payments.entries e
                JOIN payments.transactions t ON t.id = e.transaction_id
                WHERE e.account = 'cash' AND t.student_id = $1
                """,
                getattr(self, "_student_id", None),
            )
            last = await connection.value("SELECT coalesce(max(number), 0) FROM payments.payments")
            return balance, cash, last, await connection.value("SELECT count(*) FROM payments.payments")

    def _bill(self, **what: Any) -> list[Any]:
        return self._do(self._posting(**what))

    def _posting(self, **what: Any) -> Coroutine[Any, Any, list[Any]]:
        bill = {
            "id": uuid4(),
            "library_id": self._library_id,
            "student_id": self._student_id,
            "membership_id": self._membership,
            "day": today(),
        }
        return self._platform.payments.post_bill(self._caller, bill=msgspec.convert(bill | what, NewBill))

    def _is_refused(self, asked: Coroutine[Any, Any, object]) -> None:
        try:
            self._do(asked)
        except MoreThanOpen:
            return
        raise AssertionError("this was to be refused")

    def _latest_first(self) -> list[Line]:
        return sorted(self._lines, key=lambda line: (line.due_in, line.id), reverse=True)

    def _settle(self, amount: int) -> int:
        """Pays what is due first first; what is left."""
        for line in reversed(self._latest_first()):
            part = min(amount, line.open)
            line.open -= part
            amount -= part
            if line.kind == "deposit":
                self._deposit += part
        return amount

    def _use_advance(self) -> None:
        self._advance = self._settle(self._advance)


def test_an_account_is_right_to_the_paisa(loop: asyncio.AbstractEventLoop, platform: Platform, owner: Person):
    hall = loop.run_until_complete(Hall.opened(owner))

    run_state_machine_as_test(
        lambda: Account(loop, platform, hall),
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
