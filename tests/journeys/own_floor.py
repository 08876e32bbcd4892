"""Who sits where on which day, and what that costs, as the rules say it on paper: a day of a term is worth
the term's price divided by its days; the next term is billed five days ahead, or a third of the longest term;
who has not paid it on the first day after the last, and was billed two days before, owes a late fee, and
after the days of grace has lost the seat and owes nothing for it.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from tests.journeys.own_books import Charge, Credit, Line, OwnBooks, part_of

DAY = timedelta(days=1)
AHEAD_DAYS = 5
WHOLE = 10_000


@dataclass(frozen=True)
class Plan:
    """Price and fees in paise; the tax, in hundredths of a percent, is within them."""

    name: str
    library: str
    price: int
    months: int = 1
    days: int = 0
    is_reserved: bool = True
    registration: int = 0
    deposit: int = 0
    late_fee: int = 0
    grace_days: int = 5
    tax_rate: int = 0

    def tax_on(self, amount: int) -> int:
        return part_of(amount, self.tax_rate, WHOLE + self.tax_rate)

    @property
    def renews(self) -> bool:
        return self.months > 0

    def last_day(self, first: date) -> date:
        """The day before the one of the same number, or before the last of a month that has none."""
        year, month = divmod(first.year * 12 + first.month - 1 + self.months, 12)
        same = min(first.day, calendar.monthrange(year, month + 1)[1])
        return date(year, month + 1, same) + (self.days - 1) * DAY


@dataclass(frozen=True)
class Term:
    plan: Plan
    seat: str | None
    shift: str | None
    first: date
    last: date
    price: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(eq=False)
class Offered:
    term: Term
    charge: Charge
    on: date
    late: Charge | None = None


@dataclass(eq=False)
class Stay:
    """A membership."""

    id: str
    student: str
    terms: list[Term]
    offered: Offered | None = None
    lapsed_from: set[date] = field(default_factory=set)
    is_cancelled: bool = False
    rests: tuple[date, date] | None = None

    @property
    def last(self) -> Term:
        return self.terms[-1]

    @property
    def ends_on(self) -> date:
        return self.last.last

    @property
    def grace_until(self) -> date:
        goes_on = self.last.plan.renews and not self.is_cancelled
        return self.ends_on + (self.last.plan.grace_days if goes_on else 0) * DAY

    def state(self, today: date) -> str:
        if self.is_cancelled:
            return "cancelled"
        if self.rests and self.rests[0] <= today <= self.rests[1]:
            return "paused"
        if self.ends_on >= today:
            return "active"
        return "grace" if self.grace_until >= today else "expired"

    def seat_on(self, library: str, shift: str, day: date) -> str | None:
        for term in self.terms:
            last = self.grace_until if term is self.last else term.last
            if (term.plan.library, term.shift) == (library, shift) and term.first <= day <= last:
                return term.seat
        return None

    def cut(self, first_gone: date) -> list[Term]:
        """Ends it before that day; the days that are gone, at what they were sold for."""
        kept, gone = [], []
        for term in self.terms:
            before = min(term.last, first_gone - DAY)
            if before >= term.last:
                kept.append(term)
                continue
            days = (term.last - max(term.first, first_gone)).days + 1
            worth = part_of(term.price, days, term.days)
            gone.append(replace(term, first=max(term.first, first_gone), price=worth))
            if before >= term.first:
                kept.append(replace(term, last=before, price=term.price - worth))
        self.terms = kept
        return gone

    def put_off(self, since: date, days: int) -> None:
        """The days from that one on come so much later, or earlier."""
        gone = self.cut(since)
        by = days * DAY
        self.terms += [replace(term, first=term.first + by, last=term.last + by) for term in gone]


@dataclass
class OwnFloor:
    books: OwnBooks
    stays: list[Stay] = field(default_factory=list)

    def bring_in(self, stay: Stay, *, dues: int, advance: int, deposit: int, as_of: date) -> None:
        self.stays.append(stay)
        term = stay.last
        owed = min(dues, term.price)
        lines = [Line("fee", term.price, 0, term.first)]
        if dues > owed:
            lines.append(Line("other", dues - owed, 0, as_of))
        self.books.bring_in(
            term.plan.library,
            stay.student,
            lines,
            stay=stay,
            paid=term.price - owed,
            advance=advance,
            deposit=deposit,
        )

    def sell(self, today: date, stay: Stay) -> None:
        """The days, and once of a student registration and deposit."""
        term, plan = stay.last, stay.last.plan
        lines = [_fee(term, term.first)]
        if all(one.student != stay.student for one in self.stays):
            tax = plan.tax_on(term.price + plan.registration) - lines[0].tax
            lines += [Line("registration", plan.registration, tax, term.first)] * bool(plan.registration)
            lines += [Line("deposit", plan.deposit, 0, term.first)] * bool(plan.deposit)
        self.stays.append(stay)
        self.books.bill(today, plan.library, stay.student, lines, stay=stay)

    def change(self, today: date, stay: Stay, plan: Plan, seat: str, shift: str) -> None:
        """Another plan from today until the same last day; the old days come back where they were sold."""
        self._check_nothing_offered(stay)
        gone = stay.cut(today)
        old = gone[0].plan.library
        offer = Term(plan, seat, shift, today, plan.last_day(today), plan.price)
        terms = [
            replace(offer, first=one.first, last=one.last, price=part_of(offer.price, one.days, offer.days))
            for one in gone
        ]
        stay.terms += terms
        price = sum(one.price for one in terms)
        lines = [Line("fee", price, part_of(plan.tax_on(plan.price), price, plan.price), today)]
        back = [Credit(stay, "fee", sum(one.price for one in gone))]
        if old != plan.library:
            self.books.bill(today, old, stay.student, stay=stay, credits_=back)
            back = []
        self.books.bill(today, plan.library, stay.student, lines, stay=stay, credits_=back)

    def cancel(self, today: date, stay: Stay) -> None:
        """Today is the last day."""
        library = stay.last.plan.library
        if stay.offered is not None:
            self._withdraw(today, stay)
        gone = stay.cut(today + DAY)
        stay.is_cancelled = True
        back = sum(one.price for one in gone)
        if back:
            credits_ = [Credit(stay, "fee", back)]
            self.books.bill(today, library, stay.student, stay=stay, credits_=credits_)

    def extend(self, stay: Stay, days: int) -> None:
        """By days that cost nothing."""
        self._check_nothing_offered(stay)
        first = stay.ends_on + DAY
        stay.terms.append(replace(stay.last, first=first, last=first + (days - 1) * DAY, price=0))

    def renew(self, today: date, stay: Stay, quantity: int) -> None:
        """By more than what was offered, and instead of it."""
        if stay.offered is not None:
            self._withdraw(today, stay)
        plan, first = stay.last.plan, stay.ends_on + DAY
        last = first - DAY
        for _ in range(quantity):
            last = plan.last_day(last + DAY)
        term = replace(stay.last, first=first, last=last, price=plan.price * quantity)
        stay.terms.append(term)
        self.books.bill(today, plan.library, stay.student, [_fee(term, first)], stay=stay)

    def pause(self, stay: Stay, first: date, last: date) -> None:
        self._check_nothing_offered(stay)
        stay.rests = (first, last)
        stay.put_off(first, (last - first).days + 1)

    def resume(self, stay: Stay, today: date) -> None:
        self._check_nothing_offered(stay)
        assert stay.rests is not None
        first, last = stay.rests
        stay.put_off(last, (today - last).days - 1)
        stay.rests = (first, today - DAY)

    def swap(self, today: date, one: Stay, other: Stay) -> None:
        mine, theirs = one.last.seat, other.last.seat
        for stay, seat in ((one, theirs), (other, mine)):
            gone = stay.cut(today)
            stay.terms += [replace(term, seat=seat) for term in gone]

    def run_renewals(self, today: date) -> dict[str, int]:
        """What happened, and how often."""
        counts = {"offered": 0, "renewed": 0, "late": 0, "lapsed": 0}
        open_ = [stay for stay in self.stays if stay.offered is not None]
        for stay in open_:
            if outcome := self._settle(today, stay):
                counts[outcome] += 1
        for stay in self.stays:
            if self._is_to_be_offered(today, stay):
                self._offer(today, stay)
                counts["offered"] += 1
        return counts

    def map(self, library: str, shift: str, day: date) -> dict[str, str]:
        """Who sits where; two on one seat are a mistake."""
        found: dict[str, str] = {}
        for stay in self.stays:
            seat = stay.seat_on(library, shift, day)
            if seat is not None:
                assert seat not in found, (seat, day, shift)
                found[seat] = stay.student
        return found

    def of(self, library: str, *, shift: str | None = None) -> Iterable[Stay]:
        return (one for one in self.stays if (one.last.plan.library, one.last.shift) == (library, shift))

    def _settle(self, today: date, stay: Stay) -> str | None:
        offered = stay.offered
        assert offered is not None
        if offered.charge.open == 0:
            by = stay.ends_on + DAY - offered.term.first
            term = offered.term
            stay.terms.append(replace(term, first=term.first + by, last=term.last + by, seat=stay.last.seat))
            stay.offered = None
            return "renewed"
        if today > stay.grace_until:
            self._withdraw(today, stay)
            return "lapsed"
        fee = offered.term.plan.late_fee
        is_late = today > stay.ends_on and today >= offered.on + 2 * DAY
        if is_late and fee and offered.late is None:
            lines = [Line("late_fee", fee, offered.term.plan.tax_on(fee), today)]
            (offered.late,) = self.books.bill(
                today, offered.term.plan.library, stay.student, lines, stay=stay
            )
            return "late"
        return None

    def _is_to_be_offered(self, today: date, stay: Stay) -> bool:
        if stay.is_cancelled or not stay.last.plan.renews or stay.offered is not None:
            return False
        ahead = min(AHEAD_DAYS, max(term.days for term in stay.terms) // 3)
        is_time = stay.ends_on <= today + ahead * DAY and stay.grace_until >= today
        return is_time and not (stay.ends_on + DAY in stay.lapsed_from and stay.ends_on < today)

    def _offer(self, today: date, stay: Stay) -> None:
        plan, first = stay.last.plan, stay.ends_on + DAY
        term = replace(stay.last, first=first, last=plan.last_day(first), price=plan.price)
        [charge] = self.books.bill(today, plan.library, stay.student, [_fee(term, first)], stay=stay)
        stay.offered = Offered(term, charge, today)

    def _withdraw(self, today: date, stay: Stay) -> None:
        offered = stay.offered
        assert offered is not None
        back = [Credit(stay, "fee", offered.term.price)]
        if offered.late is not None:
            back.append(Credit(stay, "late_fee", offered.late.amount))
        self.books.bill(today, offered.term.plan.library, stay.student, stay=stay, credits_=back)
        stay.lapsed_from.add(offered.term.first)
        stay.offered = None

    @staticmethod
    def _check_nothing_offered(stay: Stay) -> None:
        assert stay.offered is None, "choose somebody whose next term is not billed yet"


def _fee(term: Term, due_on: date) -> Line:
    return Line("fee", term.price, term.plan.tax_on(term.price), due_on)
