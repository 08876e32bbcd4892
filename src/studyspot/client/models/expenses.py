"""What a library spends, and what a month came to. All amounts are paise."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment
from studyspot.client.models.payments import Method

ExpenseCategory = Literal[
    "rent", "electricity", "salary", "internet", "cleaning", "repairs", "supplies", "marketing", "other"
]
FileType = Literal["application/pdf", "image/jpeg", "image/png", "image/webp"]
Basis = Literal["accrual", "cash"]


class Outlay(msgspec.Struct, frozen=True, kw_only=True):
    """The money that goes out for a bill. Everything but cash has a `reference`."""

    method: Method
    reference: str | None = None
    day: date | None = None


class NewExpense(msgspec.Struct, frozen=True, kw_only=True):
    """A bill that somebody wrote to the library; without `paid` it is owed."""

    library_id: UUID
    category: ExpenseCategory
    amount_paise: int
    billed_on: date | None = None
    payee: str | None = None
    note: str | None = None
    paid: Outlay | None = None


class Expense(msgspec.Struct, frozen=True):
    """`file_type` is the kind of the photo of the bill, if there is one."""

    id: UUID
    library_id: UUID
    category: ExpenseCategory
    amount_paise: int
    billed_on: date
    payee: str | None
    note: str | None
    paid_on: date | None
    method: Method | None
    reference: str | None
    is_reversed: bool
    reversal_reason: str | None
    file_type: FileType | None
    account_id: UUID | None
    created_at: Moment


class IncomeLine(msgspec.Struct, frozen=True):
    kind: Literal["fee", "registration", "late_fee", "fine", "other", "waivers"]
    amount_paise: int


class SpendingLine(msgspec.Struct, frozen=True):
    kind: ExpenseCategory | Literal["cash_difference"]
    amount_paise: int


class ProfitAndLoss(msgspec.Struct, frozen=True):
    """What a month came to; deposits, advances and `tax_paise` are no income."""

    library_id: UUID | None
    since: date
    until: date
    basis: Basis
    income: tuple[IncomeLine, ...]
    spending: tuple[SpendingLine, ...]
    income_paise: int
    spending_paise: int
    profit_paise: int
    tax_paise: int
