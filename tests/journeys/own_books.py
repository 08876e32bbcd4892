"""The books of a library as somebody keeps them with pencil and paper, beside the platform's: what was
billed, paid, let off, given back and spent, and what that comes to. Nothing here asks the platform.

Amounts are paise. A part of an amount is rounded to the nearest paisa, halves up; what stays is the rest.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

METHODS = {"cash": "cash", "upi": "upi", "cheque": "cheques", "bank_transfer": "bank"}
EARNED = {
    "fee": "fees",
    "registration": "registration",
    "late_fee": "late_fees",
    "fine": "fines",
    "other": "other_income",
}
SPENT = {"salary": "salaries"}
"""Of expenses whose account has another name than they."""
BUCKETS = ("upcoming", "days_0_to_7", "days_8_to_15", "days_16_to_30", "days_over_30")


def part_of(amount: int, part: int, whole: int) -> int:
    return (2 * amount * part + whole) // (2 * whole)


class Line(NamedTuple):
    """Of a bill."""

    kind: str
    amount: int
    tax: int
    due_on: date


class Credit(NamedTuple):
    """What a membership was billed is taken back."""

    stay: Any
    kind: str
    amount: int


@dataclass(eq=False)
class Charge:
    library: str
    student: str
    stay: Any
    kind: str
    amount: int
    tax: int
    due_on: date
    number: int
    is_opening: bool = False
    billed: int = 0
    open: int = 0
    waived: int = 0

    @property
    def paid(self) -> int:
        return self.billed - self.open - self.waived

    def tax_within(self, part: int) -> int:
        return part_of(self.tax, part, self.amount)


class Payment(NamedTuple):
    library: str
    student: str
    method: str
    amount: int
    shares: Sequence[tuple[Charge, int]]
    reference: str | None


@dataclass
class Expense:
    library: str
    category: str
    amount: int


@dataclass
class OwnBooks:
    registered: frozenset[str] = frozenset()
    """Libraries that give papers under GST."""
    charges: list[Charge] = field(default_factory=list)
    advances: Counter[str] = field(default_factory=Counter)
    deposits: Counter[str] = field(default_factory=Counter)
    payments: list[Payment] = field(default_factory=list)
    cash_book: Counter[tuple[str, date, str, str]] = field(default_factory=Counter)
    """By library, day, method, and whether it was received, paid out, or a difference."""
    accrual: Counter[tuple[str, date, str]] = field(default_factory=Counter)
    cash: Counter[tuple[str, date, str]] = field(default_factory=Counter)
    """By library, day and kind what was earned; what was spent has a minus before its kind."""
    openings: int = 0
    owed_to_others: int = 0
    papers: Counter[str] = field(default_factory=Counter)

    def bring_in(
        self,
        library: str,
        student: str,
        lines: Iterable[Line],
        *,
        stay: Any,
        paid: int,
        advance: int,
        deposit: int,
    ) -> None:
        """From the old books: nothing of it is earned or received here."""
        for line in lines:
            charge = self._charge(library, student, stay, line, is_opening=True)
            before = min(paid, charge.open)
            paid -= before
            charge.open -= before
            self.openings += charge.open
        self.advances[student] += advance
        self.deposits[student] += deposit
        self.openings -= advance + deposit

    def bill(
        self,
        day: date,
        library: str,
        student: str,
        lines: Sequence[Line] = (),
        *,
        stay: Any = None,
        credits_: Sequence[Credit] = (),
    ) -> list[Charge]:
        """Credits first; then whatever was paid ahead pays what is due first."""
        credited = [charge for one in credits_ for charge in self._take_back(day, library, one)]
        charges = [self._charge(library, student, stay, line) for line in lines]
        for charge in charges:
            if charge.kind != "deposit":
                self.accrual[library, day, charge.kind] += charge.amount - charge.tax
                self.accrual[library, day, "tax"] += charge.tax
        self._note_papers(library, charges, credited)
        ahead = min(self.advances[student], sum(one.open for one in self.open_of(student)))
        self.advances[student] -= ahead
        self._settle(day, library, self._in_order(student, ahead))
        return charges

    def fine(self, day: date, library: str, student: str, amount: int, *, due_on: date) -> None:
        self.bill(day, library, student, [Line("fine", amount, 0, due_on)])

    def pay(
        self,
        day: date,
        library: str,
        student: str,
        method: str,
        amount: int,
        *,
        only: Charge | None = None,
        reference: str | None = None,
    ) -> Payment:
        shares = self._in_order(student, amount) if only is None else [(only, min(amount, only.open))]
        rest = amount - sum(part for _, part in shares)
        self.cash_book[library, day, method, "received"] += amount
        self._settle(day, library, shares)
        self.advances[student] += rest
        if rest and library in self.registered:
            self.papers["receipt_voucher"] += 1
        payment = Payment(library, student, method, amount, shares, reference)
        self.payments.append(payment)
        return payment

    def reverse(self, day: date, payment: Payment) -> None:
        """One that paid nothing ahead, and of which nothing was used since."""
        assert sum(part for _, part in payment.shares) == payment.amount
        self.cash_book[payment.library, day, payment.method, "received"] -= payment.amount
        self._settle(day, payment.library, [(charge, -part) for charge, part in payment.shares])

    def refund(
        self, day: date, library: str, student: str, *, advance: int, deposit: int, method: str
    ) -> None:
        self.advances[student] -= advance
        self.deposits[student] -= deposit
        self.cash_book[library, day, method, "paid_out"] += advance + deposit
        assert min(self.advances[student], self.deposits[student]) >= 0

    def waive(self, day: date, charge: Charge, amount: int) -> None:
        assert 0 < amount <= charge.open
        charge.open -= amount
        charge.waived += amount
        if charge.kind != "deposit":
            self.accrual[charge.library, day, "waivers"] -= amount

    def spend(
        self, day: date, library: str, category: str, amount: int, *, method: str | None = None
    ) -> Expense:
        expense = Expense(library, category, amount)
        self.accrual[library, day, f"-{category}"] += amount
        self.owed_to_others += amount
        if method is not None:
            self.pay_for(day, expense, method)
        return expense

    def pay_for(self, day: date, expense: Expense, method: str) -> None:
        self.owed_to_others -= expense.amount
        self.cash[expense.library, day, f"-{expense.category}"] += expense.amount
        self.cash_book[expense.library, day, method, "paid_out"] += expense.amount

    def miss(self, day: date, library: str, amount: int) -> None:
        """From the drawer, at the end of the day."""
        self.cash_book[library, day, "cash", "difference"] -= amount
        for basis in (self.accrual, self.cash):
            basis[library, day, "-cash_difference"] += amount

    def open_of(self, student: str) -> list[Charge]:
        """What is due first first."""
        owed = [one for one in self.charges if one.student == student and one.open]
        return sorted(owed, key=lambda one: (one.due_on, one.number))

    def drawer(self, library: str, method: str = "cash") -> int:
        return sum(
            -amount if column == "paid_out" else amount
            for (where, _, how, column), amount in self.cash_book.items()
            if (where, how) == (library, method)
        )

    def cash_lines(self, library: str) -> dict[tuple[date, str], tuple[int, int, int]]:
        """Received, paid out and difference of each day and method on which something moved."""
        moved = {(day, method) for where, day, method, _ in self.cash_book if where == library}
        columns = ("received", "paid_out", "difference")
        lines = {
            (day, method): tuple(self.cash_book[library, day, method, column] for column in columns)
            for day, method in moved
        }
        return {key: (line[0], line[1], line[2]) for key, line in lines.items()}

    def ageing(self, library: str | None, today: date) -> dict[str, dict[str, int]]:
        """What each student owes, by how many days ago it was due."""
        found: dict[str, Counter[str]] = {}
        for one in self.charges:
            if one.open and library in {None, one.library}:
                found.setdefault(one.student, Counter())[_bucket((today - one.due_on).days)] += one.open
        return {
            student: {name: owed[name] for name in BUCKETS} | {"open": owed.total()}
            for student, owed in found.items()
        }

    def result(self, library: str | None, month: str, basis: str) -> dict[str, int]:
        """What a month came to, by kind; kinds that came to nothing are not there."""
        found: Counter[str] = Counter()
        for (where, day, kind), amount in getattr(self, basis).items():
            if library in {None, where} and f"{day:%Y-%m}" == month:
                found[kind] += amount
        return {kind: amount for kind, amount in found.items() if amount}

    def trial(self) -> dict[str, int]:
        """Every account of the ledger, each in its own sense."""
        accounts: Counter[str] = Counter()
        for (_, _, method, column), amount in self.cash_book.items():
            accounts[METHODS[method]] += -amount if column == "paid_out" else amount
        for (_, _, kind), amount in self.accrual.items():
            name = kind.removeprefix("-")
            account = SPENT.get(name, EARNED.get(name, name))
            accounts[account] += -amount if kind == "waivers" else amount
        accounts["receivable"] = sum(one.open for one in self.charges)
        accounts["deposits_due"] = sum(one.open for one in self.charges if one.kind == "deposit")
        accounts["advances"] = self.advances.total()
        accounts["deposits"] = self.deposits.total()
        accounts["opening_balances"] = self.openings
        accounts["payable"] = self.owed_to_others
        return {name: amount for name, amount in accounts.items() if amount}

    def _charge(
        self, library: str, student: str, stay: Any, line: Line, *, is_opening: bool = False
    ) -> Charge:
        charge = Charge(
            library,
            student,
            stay,
            line.kind,
            line.amount,
            line.tax,
            line.due_on,
            len(self.charges),
            is_opening,
        )
        charge.billed = charge.open = line.amount
        self.charges.append(charge)
        return charge

    def _in_order(self, student: str, amount: int) -> list[tuple[Charge, int]]:
        shares = []
        for charge in self.open_of(student):
            if part := min(amount, charge.open):
                shares.append((charge, part))
                amount -= part
        return shares

    def _settle(self, day: date, library: str, shares: Iterable[tuple[Charge, int]]) -> None:
        """A paid deposit is kept; a paid fee has come in, with its part of the tax."""
        for charge, part in shares:
            before = charge.tax_within(charge.paid)
            charge.open -= part
            assert 0 <= charge.open <= charge.billed - charge.waived
            if charge.kind == "deposit":
                self.deposits[charge.student] += part
                continue
            tax = charge.tax_within(charge.paid) - before
            self.cash[library, day, charge.kind] += part - tax
            self.cash[library, day, "tax"] += tax

    def _take_back(self, day: date, library: str, credit: Credit) -> list[Charge]:
        """From what is due last: what is open of it first, then what was let off; what was paid is ahead."""
        left, touched = credit.amount, []
        billed = [one for one in self.charges if (one.stay, one.kind) == (credit.stay, credit.kind)]
        for charge in sorted(billed, key=lambda one: (one.due_on, one.number), reverse=True):
            back = min(left, charge.billed)
            if not back:
                continue
            left -= back
            touched.append(charge)
            tax = charge.tax_within(charge.billed) - charge.tax_within(charge.billed - back)
            self.accrual[library, day, charge.kind] -= back - tax
            self.accrual[library, day, "tax"] -= tax
            had = charge.tax_within(charge.paid)
            unpaid = min(back, charge.open)
            let_off = min(back - unpaid, charge.waived)
            paid = back - unpaid - let_off
            charge.billed -= back
            charge.open -= unpaid
            charge.waived -= let_off
            self.accrual[library, day, "waivers"] += let_off
            self.advances[charge.student] += paid
            tax = had - charge.tax_within(charge.paid)
            self.cash[library, day, charge.kind] -= paid - tax
            self.cash[library, day, "tax"] -= tax
        assert not left
        return touched

    def _note_papers(self, library: str, charges: Sequence[Charge], credited: Sequence[Charge]) -> None:
        if library not in self.registered:
            return
        supplied = [one for one in charges if one.kind != "deposit"]
        if supplied:
            self.papers["tax_invoice" if any(one.tax for one in supplied) else "bill_of_supply"] += 1
        if any(not one.is_opening for one in credited):
            self.papers["credit_note"] += 1


def _bucket(days: int) -> str:
    limits = ((0, "upcoming"), (8, "days_0_to_7"), (16, "days_8_to_15"), (31, "days_16_to_30"))
    return next((name for limit, name in limits if days < limit), "days_over_30")
