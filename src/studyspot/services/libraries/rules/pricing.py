"""What a fee plan costs. Whole paise; shares are rounded to the nearest, halves up."""

import calendar
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.money import in_rupees, share_of
from studyspot.services.libraries.contract.coupons import Coupon, CouponNotForThis
from studyspot.services.libraries.contract.plans import (
    Discount,
    FeePlan,
    LineKind,
    PlanPeriod,
    Quote,
    QuoteLine,
    QuoteRequest,
)

WHOLE = 10_000
"""Of what rates are parts: hundredths of a percent."""
DAYS: Mapping[PlanPeriod, int] = {"daily": 1, "weekly": 7}
MONTHS: Mapping[PlanPeriod, int] = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "annual": 12}
ENDS_WITHIN_DAYS = 3 * 366
"""Nobody sells more than three years."""
TOTAL_MAX = 10**10
"""Ten crore rupees: a single charge is not larger."""


SIBLING_AHEAD = timedelta(days=31)
"""So long before the membership of a sibling begins it counts."""


class Buyer(msgspec.Struct, frozen=True):
    """What a price depends on of who buys: whether nothing was sold to them yet, whether a sibling is a
    member, and whether another student brought them.
    """

    is_new: bool = True
    has_sibling: bool = False
    is_referred: bool = False


SOMEBODY = Buyer()
"""Of whom nothing is known."""


def check_plan(plan: Any) -> None:
    """Of a new plan, or one as it is to become. :raises ValidationFailed: with every fault."""
    faults = []
    if plan.kind == "reserved" and plan.hours_a_day is not None:
        faults.append(Fault("hours_a_day", "Only an unreserved plan has hours a day.", "not_allowed"))
    if plan.kind == "unreserved" and plan.shift_prices:
        faults.append(Fault("shift_prices", "Only a reserved plan has shifts.", "not_allowed"))
    for field, ids in (
        ("shift_prices", [one.shift_id for one in plan.shift_prices]),
        ("zone_prices", [one.zone_id for one in plan.zone_prices]),
    ):
        if len(set(ids)) < len(ids):
            faults.append(Fault(field, "Give each one price.", "duplicate"))
    faults += _faults_of(plan.discount)
    if faults:
        raise ValidationFailed("This plan does not fit together.", details=faults)


def _faults_of(discount: Discount | None) -> Iterator[Fault]:
    if discount is None:
        return
    if discount.kind == "percentage" and discount.value > WHOLE:
        yield Fault("discount.value", "Take off 100 % (10000) at most.", "too_large")
    if discount.valid_from and discount.valid_until and discount.valid_until < discount.valid_from:
        yield Fault("discount.valid_until", "Give a day from `valid_from` on.", "wrong_order")


def quote(
    plan: FeePlan,
    request: QuoteRequest,
    *,
    shifts: Mapping[UUID, str],
    zone: str | None,
    today: date,
    buyer: Buyer = SOMEBODY,
    coupon: Coupon | None = None,
) -> Quote:
    """The price of a plan as it is sold today; `shifts` are the names of those that were asked for.

    :raises ValidationFailed: when shifts are missing or too many, it would last too long, or cost too much.
    :raises CouponNotForThis: when there is nothing left that it could take off.
    """
    ends_on = _last_day(plan.period, request)
    fees = list(_fees(plan, request, shifts, zone))
    price = sum(line.amount for line in fees)
    is_first = request.is_first and buyer.is_new
    is_welcome = is_first and buyer.is_referred
    less = list(_less(plan, price, today, buyer, is_welcome=is_welcome, coupon=coupon))
    off = -sum(line.amount for line in less)
    once = plan.registration_fee if is_first else 0
    deposit = plan.deposit if is_first else 0
    taxed = price - off + once
    parts = WHOLE + plan.tax_rate if plan.is_tax_included else WHOLE
    tax, fee_tax = share_of(taxed, plan.tax_rate, parts), share_of(price - off, plan.tax_rate, parts)
    added, added_to_fee = (0, 0) if plan.is_tax_included else (tax, fee_tax)
    if (total := taxed + added + deposit) > TOTAL_MAX:
        fault = Fault("quantity", f"Sell for {in_rupees(TOTAL_MAX)} at most.", "too_large")
        raise ValidationFailed("This would cost too much.", details=[fault])
    besides = [
        QuoteLine("registration", "Registration", once),
        QuoteLine("tax", f"Tax {plan.tax_rate / 100:g} %", added),
        QuoteLine("deposit", "Deposit, given back", deposit),
    ]
    return Quote(
        plan.id,
        plan.version,
        request.starts_on,
        ends_on,
        (*fees, *less, *(line for line in besides if line.amount)),
        total=total,
        tax=tax,
        deposit=deposit,
        fee=price - off + added_to_fee,
        fee_tax=fee_tax,
        coupon_id=None if coupon is None else coupon.id,
        referral_reward=plan.referral_reward if is_welcome else 0,
    )


def _fees(
    plan: FeePlan, request: QuoteRequest, shifts: Mapping[UUID, str], zone: str | None
) -> Iterator[QuoteLine]:
    own = {one.shift_id: one.price for one in plan.shift_prices}
    _check_shifts(plan, request)
    for shift_id in request.shift_ids:
        amount = own.get(shift_id, plan.price) * request.quantity
        yield QuoteLine("fee", _times(f"{plan.name}, {shifts[shift_id]}", request.quantity), amount)
    if not request.shift_ids:
        yield QuoteLine("fee", _times(plan.name, request.quantity), plan.price * request.quantity)
    extra = sum(one.extra for one in plan.zone_prices if one.zone_id == request.zone_id)
    if extra:
        yield QuoteLine("zone", _times(zone or "", request.quantity), extra * request.quantity)


def _check_shifts(plan: FeePlan, request: QuoteRequest) -> None:
    """A seat of one's own is had in shifts, unless it is had by the hour; any seat is had in none."""
    faults = []
    needed = plan.kind == "reserved" and plan.period != "hourly"
    if needed and not request.shift_ids:
        faults.append(Fault("shift_ids", "Name the shifts in which the seat is theirs.", "required"))
    if not needed and request.shift_ids:
        faults.append(Fault("shift_ids", "This plan has no shifts.", "not_allowed"))
    if len(set(request.shift_ids)) < len(request.shift_ids):
        faults.append(Fault("shift_ids", "Name each shift once.", "duplicate"))
    if faults:
        raise ValidationFailed("This plan is not sold so.", details=faults)


def _times(label: str, quantity: int) -> str:
    return label if quantity == 1 else f"{label} × {quantity}"


def _less(
    plan: FeePlan,
    price: int,
    today: date,
    buyer: Buyer,
    *,
    is_welcome: bool,
    coupon: Coupon | None,
) -> Iterator[QuoteLine]:
    """What is taken off, one after the other, each of what those before have left: never more than that."""
    sibling_rate = plan.sibling_rate if buyer.has_sibling else 0
    welcome_rate = plan.welcome_rate if is_welcome else 0
    left = price

    def line(kind: LineKind, label: str, off: int) -> Iterator[QuoteLine]:
        nonlocal left
        off = min(off, left)
        left -= off
        if off:
            yield QuoteLine(kind, label, -off)

    yield from line("discount", "Discount", _off(plan.discount, left, today))
    yield from line("sibling", f"Sibling {sibling_rate / 100:g} %", share_of(left, sibling_rate, WHOLE))
    yield from line("referral", f"Welcome {welcome_rate / 100:g} %", share_of(left, welcome_rate, WHOLE))
    if coupon is not None:
        if not left:
            raise CouponNotForThis(f"There is nothing left that {coupon.code} could take off.")
        yield from line("coupon", f"Coupon {coupon.code}", _worth(coupon, left))


def _off(discount: Discount | None, price: int, today: date) -> int:
    if discount is None or not ((discount.valid_from or today) <= today <= (discount.valid_until or today)):
        return 0
    return discount.value if discount.kind == "fixed" else share_of(price, discount.value, WHOLE)


def _worth(coupon: Coupon, price: int) -> int:
    if coupon.kind == "fixed":
        return coupon.value
    off = share_of(price, coupon.value, WHOLE)
    return off if coupon.off_max is None else min(off, coupon.off_max)


def _last_day(period: PlanPeriod, request: QuoteRequest) -> date:
    """Hours end on the day on which they begin. Months end on the day before the one of the same number, or
    before the last of a month that has none: from 31 January to 27 February.
    """
    first, days = request.starts_on, DAYS.get(period, 0) * request.quantity
    months = MONTHS.get(period, 0) * request.quantity
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    try:
        last_of_month = calendar.monthrange(year, month + 1)[1]
        after = date(year, month + 1, min(first.day, last_of_month)) + timedelta(days=days)
    except (ValueError, OverflowError):  # beyond the last year there is
        after = None
    if after is None or (after - first).days > ENDS_WITHIN_DAYS:
        fault = Fault("quantity", "Sell three years at most.", "too_long")
        raise ValidationFailed("This would last too long.", details=[fault])
    return after - timedelta(days=1) if after > first else first
