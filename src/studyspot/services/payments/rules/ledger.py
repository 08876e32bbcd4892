"""Which accounts a thing moves, and what goes to which charge.

Debits are positive, credits negative, and the entries of a transaction are nothing together.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from msgspec import structs

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.money import in_rupees, share_of
from studyspot.services.payments.contract.books import UpiCredit
from studyspot.services.payments.contract.charges import (
    Charge,
    ChargeKind,
    ChargeLine,
    MoreThanOpen,
    NotByHand,
    Opening,
)
from studyspot.services.payments.contract.expenses import Outlay
from studyspot.services.payments.contract.payments import (
    REFERENCE_MAX,
    ChargeShare,
    DepositUse,
    Method,
    NewPayment,
    NewRefund,
    Payment,
)

APPROVAL_LIMIT = 500_00
"""In paise. What gives away more needs somebody who may approve."""
DAYS_MAX = 366
DAYS_BACK = timedelta(days=366)
MONEY: Mapping[Method, str] = {"cash": "cash", "upi": "upi", "cheque": "cheques", "bank_transfer": "bank"}
"""The account of each way to pay."""
EARNED: Mapping[ChargeKind, str] = {
    "fee": "fees",
    "registration": "registration",
    "deposit": "deposits_due",
    "late_fee": "late_fees",
    "fine": "fines",
    "other": "other_income",
}
"""The account that a charge of each kind is for."""
OPENING = "opening_balances"
"""The other side of what was neither earned nor received here."""


class Entry(NamedTuple):
    account: str
    amount: int
    charge_id: UUID | None = None
    student_id: UUID | None = None


class Share(NamedTuple):
    charge: Charge
    amount: int


def check_payment(payment: NewPayment, *, today: date) -> None:
    """:raises ValidationFailed: with every fault."""
    faults = [
        *reference_faults("reference", payment),
        *_length_faults("reference", payment),
        *day_faults("day", payment.day, today),
    ]
    shares = payment.allocations or ()
    if len({one.charge_id for one in shares}) < len(shares):
        faults.append(Fault("allocations", "Name each charge once.", "duplicate"))
    if sum(one.amount for one in shares) > payment.amount:
        faults.append(Fault("allocations", "These are more than the amount.", "too_large"))
    if faults:
        raise ValidationFailed("This payment does not fit together.", details=faults)


def check_refund(refund: NewRefund) -> None:
    """:raises ValidationFailed: for a reference of cash, or one that is too long."""
    faults = list(_length_faults("reference", refund))
    if refund.method == "cash" and refund.reference is not None:
        faults.append(Fault("reference", "Cash has no reference.", "not_allowed"))
    if faults:
        raise ValidationFailed("This refund does not fit together.", details=faults)


def reference_faults(field: str, money: NewPayment | Outlay) -> Iterator[Fault]:
    if (money.method == "cash") != (money.reference is None):
        told = "Cash has no reference." if money.reference else "Give the number of the payment or cheque."
        yield Fault(field, told, "not_allowed" if money.reference else "required")


def reference_of(money: NewPayment | NewRefund) -> str | None:
    """As it is kept, in capital letters: of some letters these are several."""
    return None if money.reference is None else money.reference.upper()


def _length_faults(field: str, money: NewPayment | NewRefund) -> Iterator[Fault]:
    if len(reference_of(money) or "") > REFERENCE_MAX:
        yield Fault(field, f"Give at most {REFERENCE_MAX} characters, in capital letters.", "too_long")


def day_faults(field: str, day: date | None, today: date) -> Iterator[Fault]:
    if day is not None and not today - DAYS_BACK <= day <= today:
        yield Fault(field, "Give a day that has come, within a year.", "out_of_range")


def check_due(due_on: date | None, *, today: date) -> None:
    """:raises ValidationFailed: for a day that is far away."""
    if due_on is not None and not today - DAYS_BACK <= due_on <= today + DAYS_BACK:
        fault = Fault("due_on", "Give a day within a year, back or ahead.", "out_of_range")
        raise ValidationFailed("This charge does not fit together.", details=[fault])


def check_order(since: date | None, until: date | None) -> None:
    """:raises ValidationFailed:"""
    if since is not None and until is not None and until < since:
        fault = Fault("until", "Give a day from `since` on.", "wrong_order")
        raise ValidationFailed("These days cannot be counted.", details=[fault])


def check_days(since: date, until: date) -> None:
    """:raises ValidationFailed: for none, or too many."""
    if not 0 <= (until - since).days < DAYS_MAX:
        fault = Fault("until", f"Give a day from `since` on, within {DAYS_MAX} days.", "wrong_order")
        raise ValidationFailed("These days cannot be counted.", details=[fault])


def opposite(entries: Sequence[Entry]) -> list[Entry]:
    return [entry._replace(amount=-entry.amount) for entry in entries]


def entries_of_charge(charge_id: UUID, line: ChargeLine, *, account: str | None = None) -> list[Entry]:
    """For the account of its kind, unless another is named."""
    entries = [Entry(account or EARNED[line.kind], line.tax - line.amount, charge_id)]
    entries += [Entry("tax", -line.tax, charge_id)] * bool(line.tax)
    return [entry for entry in entries if entry.amount] + [Entry("receivable", line.amount, charge_id)]


def entries_of_opening(
    opening: Opening, charges: Sequence[tuple[UUID, ChargeLine]], student_id: UUID
) -> list[Entry]:
    """:raises MoreThanOpen: when more was paid than the charges are."""
    entries, rest = [], opening.paid
    for charge_id, line in charges:
        part = min(rest, line.amount)
        rest -= part
        entries += [Entry("receivable", -part, charge_id), Entry(OPENING, part)]
    if rest:
        raise MoreThanOpen("This was paid for more than was charged.")
    entries += [
        Entry("advances", -opening.advance, student_id=student_id),
        Entry("deposits", -opening.deposit, student_id=student_id),
        Entry(OPENING, opening.advance + opening.deposit),
    ]
    return [entry for entry in entries if entry.amount]


def share_out(amount: int, charges: Sequence[Charge]) -> list[Share]:
    """What goes to which charge, in their order, as far as it reaches."""
    shares = []
    for charge in charges:
        part = min(amount, charge.open)
        if part:
            shares.append(Share(charge, part))
            amount -= part
    return shares


def shares_as_asked(asked: Sequence[ChargeShare], charges: Sequence[Charge]) -> list[Share]:
    """:raises ValidationFailed: when one is not among the charges. :raises MoreThanOpen:"""
    known = {charge.id: charge for charge in charges}
    faults = [
        Fault(f"allocations[{number}].charge_id", "The student has no such charge.", "unknown")
        for number, one in enumerate(asked)
        if one.charge_id not in known
    ]
    if faults:
        raise ValidationFailed("This payment is for charges that are not there.", details=faults)
    shares = [Share(known[one.charge_id], one.amount) for one in asked]
    for share in shares:
        check_open(share.charge, share.amount)
    return shares


def shares_of_deposit(use: DepositUse, charges: Sequence[Charge]) -> list[Share]:
    """`charges` are all of the student's, what is due last first.

    :raises ValidationFailed: for one that is not among them, or is a deposit itself. :raises MoreThanOpen:
    """
    payable = {charge.id: charge for charge in reversed(charges) if charge.kind != "deposit"}
    wanted = payable.keys() if use.charge_ids is None else use.charge_ids
    faults = [
        Fault(f"charge_ids[{number}]", "The student has no such charge to pay.", "unknown")
        for number, charge_id in enumerate(wanted)
        if charge_id not in payable
    ]
    if faults:
        raise ValidationFailed("This deposit is for charges that are not there.", details=faults)
    shares = share_out(use.amount, [charge for charge in payable.values() if charge.id in wanted])
    paid = sum(share.amount for share in shares)
    if paid < use.amount:
        raise MoreThanOpen(f"Only {in_rupees(paid)} of this is still to be paid.")
    return shares


def check_open(charge: Charge, amount: int) -> None:
    """:raises MoreThanOpen:"""
    if amount > charge.open:
        raise MoreThanOpen(f"Only {in_rupees(charge.open)} of this is still to be paid.")


def entries_of_shares(shares: Sequence[Share], student_id: UUID) -> Iterator[Entry]:
    """Charges that are paid; a deposit is kept for the student from then on."""
    for charge, amount in shares:
        yield Entry("receivable", -amount, charge.id)
        if charge.kind == "deposit":
            yield Entry("deposits_due", amount)
            yield Entry("deposits", -amount, student_id=student_id)


def entries_of_waiver(charge: Charge, amount: int) -> list[Entry]:
    """:raises MoreThanOpen:"""
    check_open(charge, amount)
    entries = [Entry("waivers", amount, charge.id), Entry("receivable", -amount, charge.id)]
    if charge.kind == "deposit":  # nothing was earned that is given away
        entries += [Entry("deposits_due", amount), Entry("waivers", -amount)]
    return entries


def entries_of_credit(amount: int, charges: Sequence[Charge], student_id: UUID) -> list[Entry]:
    """Takes back what was billed, from the first of the charges on: first what is open, then what was waived,
    and of what was paid the rest, which becomes the student's advance.

    :raises MoreThanOpen: when less than that was billed.
    """
    entries = []
    for charge in charges:
        back = min(amount, charge.billed)
        if not back:
            continue
        amount -= back
        tax = _tax_within(charge, charge.billed) - _tax_within(charge, charge.billed - back)
        unpaid = min(back, charge.open)
        let_off = min(back - unpaid, charge.waived)
        entries += [
            Entry(EARNED[charge.kind], back - tax, charge.id),
            Entry("tax", tax, charge.id),
            Entry("receivable", -unpaid, charge.id),
            Entry("waivers", -let_off, charge.id),
            Entry("advances", unpaid + let_off - back, student_id=student_id),
        ]
    if amount:
        raise MoreThanOpen("This takes back more than was billed.")
    return [entry for entry in entries if entry.amount]


def entries_of_correction(charge: Charge, amount: int) -> list[Entry]:
    """Takes back what was charged by hand: first what is open, then what was paid; what was waived stays so.

    :raises NotByHand: :raises MoreThanOpen:
    """
    if charge.membership_id is not None:
        raise NotByHand("What a membership was billed changes with the membership, not here.")
    if charge.kind == "deposit":
        raise NotByHand("A deposit is given back, not credited.")
    left = charge.billed - charge.waived
    if amount > left:
        raise MoreThanOpen(f"Only {in_rupees(left)} of this can be taken back.")
    return entries_of_credit(amount, [structs.replace(charge, waived=0)], charge.student_id)


def _tax_within(charge: Charge, part: int) -> int:
    """Of a part of what was billed: halves up, so that the whole has the whole tax."""
    return share_of(charge.tax, part, charge.amount)


class _OpenAgain:
    """Parts of charges that were paid and are to be paid again: a deposit as far as it is still kept."""

    def __init__(self, deposit: int) -> None:
        self._deposit = deposit
        self._parts: Counter[UUID] = Counter()

    def add(self, charge: Charge, amount: int) -> int:
        """How much of that there was."""
        part = min(amount, charge.paid - self._parts[charge.id])
        if charge.kind == "deposit":
            part = min(part, self._deposit)
            self._deposit -= part
        self._parts[charge.id] += part
        return part

    @property
    def total(self) -> int:
        return self._parts.total()

    def entries(self, charges: Sequence[Charge], student_id: UUID) -> list[Entry]:
        shares = [Share(charge, self._parts[charge.id]) for charge in charges if self._parts[charge.id]]
        return opposite([*entries_of_shares(shares, student_id)])


class TakenBack(NamedTuple):
    """Of a payment: the entries, and what was paid out to the student meanwhile, and is to be charged."""

    entries: list[Entry]
    paid_out: int


def taken_back(payment: Payment, charges: Sequence[Charge], *, advance: int, deposit: int) -> TakenBack:
    """What a payment paid is open again, as far as it is still paid, and a deposit as far as it is still
    kept; the rest comes out of what was paid ahead, and if that was used meanwhile, the first of the charges
    are open again instead. `advance` and `deposit` are what is kept for the student.
    """
    own = {share.charge_id: share.amount for share in payment.allocations}
    again = _OpenAgain(deposit)
    left = payment.amount - sum(again.add(charge, own.get(charge.id, 0)) for charge in charges)
    shortage = max(left - advance, 0)
    for charge in charges:
        shortage -= again.add(charge, shortage)
    rest = payment.amount - again.total - shortage
    entries = [
        Entry(MONEY[payment.method], -payment.amount),
        *again.entries(charges, payment.student_id),
        Entry("advances", rest, student_id=payment.student_id),
        Entry(EARNED["other"], shortage),  # what the charge for it then seems to earn
    ]
    return TakenBack([entry for entry in entries if entry.amount], shortage)


def advance_given_back(
    opening: Sequence[Entry], charges: Sequence[Charge], student_id: UUID, *, advance: int, deposit: int
) -> list[Entry]:
    """So that an opening with these entries can be taken back: what an advance has paid of it is open again,
    and what was paid out of the advance that came with it, of the first of the charges.
    """
    brought: Counter[UUID] = Counter()
    for one in opening:
        if one.account == "receivable" and one.charge_id is not None:
            brought[one.charge_id] += one.amount
    again = _OpenAgain(deposit)
    for charge in charges:
        again.add(charge, max(brought[charge.id] - charge.open, 0))
    shortage = -sum(one.amount for one in opening if one.account == "advances") - advance - again.total
    for charge in charges:
        if charge.id not in brought:
            shortage -= again.add(charge, max(shortage, 0))
    entries = [*again.entries(charges, student_id), Entry("advances", -again.total, student_id=student_id)]
    return [entry for entry in entries if entry.amount]


class Differences(NamedTuple):
    missing: list[UpiCredit]
    unknown: list[UpiCredit]


def compare(booked: Sequence[UpiCredit], seen: Sequence[UpiCredit]) -> Differences:
    """UPI payments in the books and at the bank. One with another amount is both missing and unknown."""
    left = [UpiCredit(one.reference.upper(), one.amount) for one in seen]
    missing = []
    for one in booked:
        if one in left:
            left.remove(one)
        else:
            missing.append(one)
    return Differences(missing, left)
