"""What a membership or a booking comes to, line by line, as the payments room is told."""

from datetime import date, timedelta
from uuid import UUID

from msgspec.structs import replace

from studyspot.kernel.money import in_rupees, share_of
from studyspot.services.bookings.contract.bookings import Booking
from studyspot.services.bookings.contract.memberships import Membership, Term
from studyspot.services.bookings.rules.times import DAY
from studyspot.services.libraries.contract import Quote
from studyspot.services.payments.contract import ChargeKind, ChargeLine, CreditLine, NewBill

ONCE: tuple[ChargeKind, ...] = ("registration", "deposit")
TOLD = {"sibling", "referral", "coupon"}
LABEL_MAX = 200
NOTICE = timedelta(days=2)


def bill(
    bill_id: UUID,
    membership: Membership,
    *,
    library_id: UUID,
    day: date,
    charges: tuple[ChargeLine, ...] = (),
    unused: int = 0,
    late: int = 0,
    is_void: bool = False,
) -> NewBill:
    """`unused` is what days that are given back were sold for, `late` a late fee given back, in paise. Of
    what is void also registration and deposit are not owed.
    """
    back = []
    if unused:
        back.append(CreditLine(label=f"{membership.plan_name}: days not used", amount=unused))
    if late:
        back.append(CreditLine(kind="late_fee", label="Late fee", amount=late))
    return NewBill(
        id=bill_id,
        library_id=library_id,
        student_id=membership.student_id,
        membership_id=membership.id,
        day=day,
        charges=charges,
        credits=tuple(back),
        is_void=is_void,
    )


def charges_of(quote: Quote, term: Term) -> tuple[ChargeLine, ...]:
    """The days, and what is paid once. What was taken off in their favour is told: a discount that the bill
    names is no part of what is taxed (CGST Act 2017, s. 15(3)).
    """
    once = quote.total - quote.fee - quote.deposit
    lines = [
        *(replace(line, label=_label(term.plan_name, quote)) for line in fee_of(quote, term, term.price)),
        *_line("registration", "Registration", once, quote.tax - quote.fee_tax, term.starts_on),
        *_line("deposit", "Deposit, given back", quote.deposit, 0, term.starts_on),
    ]
    return tuple(lines)


def bill_of_hours(booking: Booking, quote: Quote, *, day: date) -> NewBill | None:
    """Under the booking's own id; none when it comes to nothing."""
    if not booking.price:
        return None
    sold = ChargeLine(
        kind="fee",
        label=_label(quote.lines[0].label, quote),
        amount=booking.price,
        tax=booking.tax,
        due_on=quote.starts_on,
        period_from=quote.starts_on,
        period_until=quote.ends_on,
    )
    return NewBill(
        id=booking.id,
        library_id=booking.library_id,
        student_id=booking.student_id,
        day=day,
        charges=(sold,),
    )


def hours_given_back(bill_id: UUID, booking: Booking, *, day: date) -> NewBill:
    """All that the booking was sold for."""
    return NewBill(
        id=bill_id,
        library_id=booking.library_id,
        student_id=booking.student_id,
        day=day,
        credits=(CreditLine(label="Booking cancelled", amount=booking.price),),
        of_bill=booking.id,
    )


def without_once(charges: tuple[ChargeLine, ...]) -> tuple[ChargeLine, ...]:
    """For one who has paid registration and deposit with another membership."""
    return tuple(line for line in charges if line.kind not in ONCE)


def fee_of(quote: Quote, term: Term, amount: int) -> tuple[ChargeLine, ...]:
    """For a part of what was quoted, or more than it."""
    if not amount:
        return ()
    return (
        ChargeLine(
            kind="fee",
            label=term.plan_name,
            amount=amount,
            tax=share_of(quote.fee_tax, amount, quote.fee),
            due_on=term.starts_on,
            period_from=term.starts_on,
            period_until=term.ends_on,
        ),
    )


def late_from(last: date, offered: date) -> date:
    """After the last day; but who was billed a moment ago is not late yet."""
    return max(last + DAY, offered + NOTICE)


def tax_of_late_fee(amount: int, quote: Quote) -> int:
    """At the rate of what it is late with, of which it is a part (CGST Act 2017, s. 15(2)(d))."""
    return share_of(quote.fee_tax, amount, quote.fee) if quote.fee else 0


def late_fee_of(amount: int, tax: int, day: date) -> tuple[ChargeLine, ...]:
    return _line("late_fee", "Late fee", amount, tax, day)


def _label(name: str, quote: Quote) -> str:
    less = [f"{line.label} {in_rupees(-line.amount)}" for line in quote.lines if line.kind in TOLD]
    return (f"{name}, less {', '.join(less)}" if less else name)[:LABEL_MAX]


def _line(kind: ChargeKind, label: str, amount: int, tax: int, due_on: date) -> tuple[ChargeLine, ...]:
    if not amount:
        return ()
    return (ChargeLine(kind=kind, label=label, amount=amount, tax=tax, due_on=due_on),)
