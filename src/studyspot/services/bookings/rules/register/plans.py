"""Which of a library's plans a row of its register is on."""

from collections.abc import Sequence

from studyspot.services.bookings.contract.memberships import HeldShift
from studyspot.services.bookings.rules.register.cells import FaultyCell, folded
from studyspot.services.libraries.contract import FeePlan, PlanKind, PlanPeriod

_DAYS: dict[PlanPeriod, float] = {
    "daily": 1,
    "weekly": 7,
    "monthly": 365.25 / 12,
    "quarterly": 365.25 / 4,
    "half_yearly": 365.25 / 2,
    "annual": 365.25,
}
_NEAR = 3
"""Months have 28 to 31 days: so many more or fewer are the same period."""


def find_plan(
    text: str,
    plans: Sequence[FeePlan],
    *,
    kind: PlanKind,
    shifts: Sequence[HeldShift],
    days: int,
    fee: int | None,
) -> FeePlan:
    """The one that is named, or else whose period and price come nearest. :raises FaultyCell:"""
    usable = [plan for plan in plans if plan.kind == kind and plan.period in _DAYS]
    if wanted := folded(text):
        named = [plan for plan in usable if folded(plan.name) == wanted]
        if not named:
            told = ", ".join(plan.name for plan in usable[:10]) or "none yet"
            raise FaultyCell("unknown_plan", f"There is no such plan with {_seat(kind)}. There are: {told}.")
        return named[0]
    usable = [plan for plan in usable if plan.is_active]
    if not usable:
        raise FaultyCell("unknown_plan", f"The library sells no plan with {_seat(kind)}. Add one first.")

    def distance(plan: FeePlan) -> tuple[float, int, int, str]:
        periods = periods_in(plan, days)
        off = abs(days - periods * _DAYS[plan.period])
        price = 0 if fee is None else abs(fee - listed_price(plan, shifts, periods))
        return (0 if off <= _NEAR else off, periods, price, plan.name)

    return min(usable, key=distance)


def listed_price(plan: FeePlan, shifts: Sequence[HeldShift], periods: int) -> int:
    """In paise, without what a zone, a discount or a tax would change."""
    own = {one.shift_id: one.price for one in plan.shift_prices}
    prices = [own.get(shift.shift_id, plan.price) for shift in shifts] or [plan.price]
    return sum(prices) * periods


def periods_in(plan: FeePlan, days: int) -> int:
    return max(1, round(days / _DAYS[plan.period]))


def _seat(kind: PlanKind) -> str:
    return "a seat of one's own" if kind == "reserved" else "any free seat"
