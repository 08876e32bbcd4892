"""What a month came to, as it crosses the door."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.services.payments.contract.expenses import ExpenseCategory

Basis = Literal["accrual", "cash"]
IncomeKind = Literal["fee", "registration", "late_fee", "fine", "other", "waivers"]
SpendingKind = ExpenseCategory | Literal["cash_difference"]
Month = Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="A month, YYYY-MM")]


class IncomeLine(msgspec.Struct, frozen=True):
    kind: IncomeKind
    amount_paise: int


class SpendingLine(msgspec.Struct, frozen=True):
    kind: SpendingKind
    amount_paise: int


class ProfitAndLoss(msgspec.Struct, frozen=True):
    """What a month came to, in the ledger's own figures: `profit_paise` is income without spending. Deposits
    and what was paid ahead belong to the students, and tax to the state: none of it is income. `tax_paise`
    is the tax that was billed, or came in.

    On `accrual` a charge counts on the day it was billed, an expense on the day of its bill, whoever paid
    them when. Credits lower their kind of income; `waivers` are a line of their own, and negative.

    On `cash` income counts on the day when money stands against a charge: at once when it is paid, and for
    what was paid ahead, or kept as a deposit, when it pays for something. When a paid charge is credited, the
    money is the student's again, and counts no more from that day on; paying it back then changes nothing.
    When a payment is taken back of which something was paid out, that is less than no `other` income until
    they pay the charge for it. A part payment has its part of the tax. It counts in the branch that took it.
    What was paid in the old books, before a register was brought in, is nobody's income here. Expenses count
    when they are paid.

    On both, cash that was missing at the end of a day is spending, and what was found is less than none.
    """

    library_id: UUID | None
    since: date
    until: date
    basis: Basis
    income: list[IncomeLine]
    spending: list[SpendingLine]
    income_paise: int
    spending_paise: int
    profit_paise: int
    tax_paise: int
