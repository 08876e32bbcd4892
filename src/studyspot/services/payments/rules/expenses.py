"""What a library spends: which accounts that moves, and what a file of a bill is."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.services.payments.contract.expenses import ExpenseCategory, FileType, NewExpense, Outlay
from studyspot.services.payments.contract.payments import Method
from studyspot.services.payments.rules.ledger import MONEY, Entry, day_faults, reference_faults

SPENT: Mapping[ExpenseCategory, str] = {
    "rent": "rent",
    "electricity": "electricity",
    "salary": "salaries",
    "internet": "internet",
    "cleaning": "cleaning",
    "repairs": "repairs",
    "supplies": "supplies",
    "marketing": "marketing",
    "other": "other_expenses",
}
"""The account that an expense of each category is for."""


def check_expense(expense: NewExpense, *, today: date) -> None:
    """:raises ValidationFailed: with every fault."""
    faults = [*day_faults("billed_on", expense.billed_on, today)]
    if expense.paid is not None:
        faults += _outlay_faults("paid.", expense.paid, expense.billed_on or today, today)
    if faults:
        raise ValidationFailed("This expense does not fit together.", details=faults)


def check_outlay(outlay: Outlay, *, billed_on: date, today: date) -> None:
    """:raises ValidationFailed: with every fault."""
    if faults := [*_outlay_faults("", outlay, billed_on, today)]:
        raise ValidationFailed("This payment does not fit together.", details=faults)


def _outlay_faults(path: str, outlay: Outlay, billed_on: date, today: date) -> Iterator[Fault]:
    yield from reference_faults(f"{path}reference", outlay)
    yield from day_faults(f"{path}day", outlay.day, today)
    if outlay.day is not None and outlay.day < billed_on <= today:
        yield Fault(f"{path}day", "Give a day from that of the bill on.", "wrong_order")


def entries_of_expense(category: ExpenseCategory, amount: int) -> list[Entry]:
    """Owed until it is paid, also when that is at once."""
    return [Entry(SPENT[category], amount), Entry("payable", -amount)]


def entries_of_outlay(method: Method, amount: int) -> list[Entry]:
    return [Entry("payable", amount), Entry(MONEY[method], -amount)]


def kind_of_file(content: bytes) -> FileType | None:
    """By how it begins (the list of https://en.wikipedia.org/wiki/List_of_file_signatures)."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def month_days(month: str) -> tuple[date, date]:
    """The first and the last day of a month that is written as YYYY-MM."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)
