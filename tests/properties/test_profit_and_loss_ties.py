"""Whatever happens in whatever order: a month's result is what the accounts of the ledger moved by in it,
and over all months it is what was paid of the charges, to the paisa.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from typing import Any, Literal, get_args
from uuid import UUID, uuid4

import msgspec
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from tests.people import Person
from tests.services.bookings.hall import Hall, today

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.errors import Conflict
from studyspot.kernel.ids import TenantId
from studyspot.services.payments.contract import (
    Basis,
    Charge,
    ChargeFilter,
    Credit,
    DepositUse,
    Expense,
    ExpenseCategory,
    NewBill,
    NewCharge,
    NewExpense,
    NewPayment,
    NewRefund,
    Outlay,
    Payment,
    ProfitAndLoss,
    Reversal,
    Waiver,
)

MONEY = ("cash", "upi", "bank", "cheques")
Deed = Literal[
    "bill",
    "credit",
    "fine",
    "correct",
    "pay",
    "use_deposit",
    "reverse",
    "waive",
    "refund",
    "spend",
    "settle",
    "take_back",
]
_deeds = st.tuples(
    st.sampled_from(get_args(Deed)),
    st.integers(1, 3_000),
    st.integers(0, 95),
    st.integers(0, 7),
)
"""What, how many paise, how many days ago, and which of those that are there."""


class Bookkeeper:
    """Of two branches with one student, who pays in either."""

    def __init__(self, platform: Platform, owner: Person, halls: list[Hall], student_id: UUID) -> None:
        self._door = platform.payments
        self._caller = system(tenant_id=TenantId(UUID(str(owner.tenant_id))))
        self.libraries = [UUID(hall.id) for hall in halls]
        self._student_id = student_id
        self._membership = uuid4()
        self._charges: list[Charge] = []
        self._by_hand: list[Charge] = []
        self._payments: list[Payment] = []
        self._expenses: list[Expense] = []

    async def do(self, what: Deed, amount: int, days_ago: int, which: int) -> None:
        """As far as the ledger lets it be done."""
        day, library = today() - timedelta(days=days_ago), self.libraries[which % 2]
        work: dict[Deed, Callable[[], Coroutine[Any, Any, None]]] = {
            "bill": lambda: self._bill(library, day, amount, which),
            "credit": lambda: self._credit(day, amount),
            "fine": lambda: self._fine(library, amount),
            "correct": lambda: self._correct(amount, which),
            "pay": lambda: self._pay(library, day, amount, which),
            "use_deposit": lambda: self._use_deposit(library, amount),
            "reverse": lambda: self._reverse(which),
            "waive": lambda: self._waive(amount, which),
            "refund": lambda: self._refund(library, amount, which),
            "spend": lambda: self._spend(library, day, amount, which),
            "settle": lambda: self._settle(day, which),
            "take_back": lambda: self._take_back(which),
        }
        with contextlib.suppress(Conflict):
            await work[what]()

    async def _bill(self, library: UUID, day: date, amount: int, which: int) -> None:
        kind = ("fee", "fee", "fee", "registration", "deposit", "fine", "late_fee", "other")[which]
        tax = amount * 18 // 118 if kind == "fee" else 0
        line = {"kind": kind, "label": kind, "amount": amount, "tax": tax, "due_on": day}
        self._charges += await self._post(library, day, charges=[line])

    async def _credit(self, day: date, amount: int) -> None:
        await self._post(self.libraries[0], day, credits=[{"label": "Days not used", "amount": amount}])

    async def _fine(self, library: UUID, amount: int) -> None:
        charge = NewCharge(
            library_id=library, student_id=self._student_id, kind="fine", label="Late book", amount=amount
        )
        self._by_hand.append(await self._door.create_charge(self._caller, charge=charge))

    async def _correct(self, amount: int, which: int) -> None:
        for charge in self._by_hand[-1 - which :][:1]:
            credit = Credit(amount=min(amount, charge.amount), reason="Typed wrongly")
            await self._door.credit_charge(self._caller, charge_id=charge.id, credit=credit)

    async def _post(self, library: UUID, day: date, **lines: Any) -> list[Charge]:
        bill = {"id": uuid4(), "library_id": library, "student_id": self._student_id, "day": day}
        bill |= {"membership_id": self._membership} | lines
        return await self._door.post_bill(self._caller, bill=msgspec.convert(bill, NewBill))

    async def _pay(self, library: UUID, day: date, amount: int, which: int) -> None:
        method, reference = [("cash", None), ("cheque", "1")][which > 3]
        payment = {"library_id": library, "student_id": self._student_id, "amount": amount, "day": day}
        payment |= {"method": method, "reference": reference}
        wanted = msgspec.convert(payment, NewPayment)
        self._payments.append(await self._door.take_payment(self._caller, payment=wanted))

    async def _use_deposit(self, library: UUID, amount: int) -> None:
        use = DepositUse(library_id=library, amount=amount)
        await self._door.use_deposit(self._caller, student_id=self._student_id, use=use)

    async def _reverse(self, which: int) -> None:
        for payment in self._payments[-1 - which :][:1]:
            await self._door.reverse_payment(
                self._caller, payment_id=payment.id, reversal=Reversal(reason="Came back")
            )

    async def _waive(self, amount: int, which: int) -> None:
        for charge in self._charges[-1 - which :][:1]:
            await self._door.waive_charge(
                self._caller, charge_id=charge.id, waiver=Waiver(amount=amount, reason="Kindness")
            )

    async def _refund(self, library: UUID, amount: int, which: int) -> None:
        refund = NewRefund(
            library_id=library,
            student_id=self._student_id,
            source="advance" if which % 2 else "deposit",
            method="cash",
            amount=amount,
            reason="Moves away",
        )
        await self._door.refund(self._caller, refund=refund)

    async def _spend(self, library: UUID, day: date, amount: int, which: int) -> None:
        categories = get_args(ExpenseCategory)
        outlay = Outlay(method="cash", day=day) if which > 3 else None
        expense = NewExpense(
            library_id=library,
            category=categories[which],
            amount_paise=amount,
            billed_on=day,
            paid=outlay,
        )
        self._expenses.append(await self._door.create_expense(self._caller, expense=expense))

    async def _settle(self, day: date, which: int) -> None:
        for expense in self._expenses[-1 - which :][:1]:
            outlay = Outlay(method="upi", reference="U", day=max(day, expense.billed_on))
            await self._door.pay_expense(self._caller, expense_id=expense.id, outlay=outlay)

    async def _take_back(self, which: int) -> None:
        for expense in self._expenses[-1 - which :][:1]:
            await self._door.reverse_expense(
                self._caller, expense_id=expense.id, reversal=Reversal(reason="Wrong")
            )

    async def result(self, library: UUID | None, month: str, basis: Basis) -> ProfitAndLoss:
        return await self._door.get_profit_and_loss(
            self._caller, library_id=library, month=month, basis=basis
        )

    async def moved(self, library: UUID | None, since: date, until: date) -> dict[str, dict[str, int]]:
        """Accounts by their kind."""
        found: dict[str, dict[str, int]] = {"asset": {}, "liability": {}, "income": {}, "expense": {}}
        totals = await self._door.list_totals(self._caller, library_id=library, since=since, until=until)
        for one in totals:
            found[one.kind][one.account] = one.amount
        return found

    async def charges(self) -> list[Charge]:
        page = await self._door.list_charges(self._caller, filter=ChargeFilter(), page=1, limit=100_000)
        return page.items


async def check_month(books: Bookkeeper, library: UUID | None, month: str) -> None:
    accrual = await books.result(library, month, "accrual")
    cash = await books.result(library, month, "cash")
    moved = await books.moved(library, cash.since, cash.until)
    earned, spent = sum(moved["income"].values()), sum(moved["expense"].values())
    owned = sum(moved["asset"].get(account, 0) for account in MONEY)
    kept = moved["liability"].get("advances", 0) + moved["liability"].get("deposits", 0)
    assert accrual.profit_paise == earned - spent
    assert accrual.tax_paise == moved["liability"].get("tax", 0)
    assert cash.profit_paise + cash.tax_paise == owned - kept
    for one in (accrual, cash):
        assert one.income_paise == sum(line.amount_paise for line in one.income)
        assert one.spending_paise == sum(line.amount_paise for line in one.spending)
        assert one.profit_paise == one.income_paise - one.spending_paise


async def check_all(books: Bookkeeper, months: list[str]) -> None:
    for month in months:
        for library in (*books.libraries, None):
            await check_month(books, library, month)
    paid: dict[str, int] = {}
    tax = 0
    for charge in await books.charges():
        if charge.kind != "deposit":
            part = (2 * charge.paid * charge.tax + charge.amount) // (2 * charge.amount)
            paid[charge.kind] = paid.get(charge.kind, 0) + charge.paid - part
            tax += part
        if charge.label.startswith("Paid out of "):  # a payment that came back: the money is gone until then
            paid[charge.kind] -= charge.amount
    came_in: dict[str, int] = {}
    results = [await books.result(None, month, "cash") for month in months]
    for line in [line for one in results for line in one.income]:
        came_in[line.kind] = came_in.get(line.kind, 0) + line.amount_paise
    assert {kind: one for kind, one in came_in.items() if one} == {
        kind: one for kind, one in paid.items() if one
    }
    assert sum(one.tax_paise for one in results) == tax


def test_both_ways_to_count_tie_to_the_ledger(
    loop: asyncio.AbstractEventLoop, platform: Platform, owner: Person
):
    async def opened() -> Bookkeeper:
        halls = [await Hall.opened(owner) for _ in range(2)]
        return Bookkeeper(platform, owner, halls, UUID((await halls[0].enrol())["id"]))

    books = loop.run_until_complete(opened())
    days = {today() - timedelta(days=ago) for ago in range(100)}
    months = sorted({f"{day:%Y-%m}" for day in days})

    # The books go on from one example to the next, so a smaller one says nothing.
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
    )
    @given(deeds=st.lists(_deeds, min_size=8, max_size=20))
    def happens(deeds: list[tuple[Deed, int, int, int]]) -> None:
        async def all_of_it() -> None:
            for deed in deeds:
                await books.do(*deed)
            await check_all(books, months)

        loop.run_until_complete(all_of_it())

    happens()
