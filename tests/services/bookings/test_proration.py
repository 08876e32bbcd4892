"""What the days of a membership are worth, against a calculator that knows no more than the calendar.

The calculator counts single days and works in fractions; the rules count differences and whole paise.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st

from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules
from studyspot.services.bookings.contract.memberships import HeldShift, Pause, Term

RUPEE = 100
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SEAT, ZONE, LIBRARY = new_id(), new_id(), new_id()


def term(first: str, last: str, price: int, *hours: str, **fields: Any) -> Term:
    shifts = [HeldShift(new_id(), one, *one.split("-")) for one in hours or ("06:00-14:00",)]
    known: dict[str, Any] = {
        "id": new_id(),
        "library_id": LIBRARY,
        "time_zone": "Asia/Kolkata",
        "plan_id": new_id(),
        "plan_name": "Monthly",
        "kind": "reserved",
        "seat_id": SEAT,
        "seat_code": "A1",
        "zone_id": ZONE,
        "shifts": tuple(shifts),
        "hours_a_day": None,
        "starts_on": date.fromisoformat(first),
        "ends_on": date.fromisoformat(last),
        "price": price,
    }
    return Term(**known | fields)


def in_paise(value: Fraction) -> int:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def day_by_day(first: str, last: str, price: int, gone: str) -> int:
    """What the days from `gone` to the last are worth: each day's share, one after the other."""
    day, days = date.fromisoformat(first), []
    while day <= date.fromisoformat(last):
        days.append(day)
        day += DAY
    return in_paise(sum((Fraction(price, len(days)) for day in days if str(day) >= gone), Fraction()))


# first day, last day, price in paise, first day that is not used, what comes back
GOLDEN = [
    # a month of 30 days
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-01", 300_000),
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-02", 290_000),
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-16", 150_000),
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-30", 10_000),
    ("2026-11-01", "2026-11-30", 300_000, "2026-12-01", 0),
    ("2026-11-01", "2026-11-30", 300_000, "2026-10-20", 300_000),
    # a month of 31 days: nothing divides
    ("2026-12-01", "2026-12-31", 100_000, "2026-12-02", 96_774),
    ("2026-12-01", "2026-12-31", 100_000, "2026-12-11", 67_742),
    ("2026-12-01", "2026-12-31", 100_000, "2026-12-16", 51_613),
    ("2026-12-01", "2026-12-31", 100_000, "2026-12-17", 48_387),
    ("2026-12-01", "2026-12-31", 100_000, "2026-12-31", 3_226),
    ("2026-12-01", "2026-12-31", 99_999, "2026-12-16", 51_612),
    ("2026-12-01", "2026-12-31", 1, "2026-12-16", 1),
    ("2026-12-01", "2026-12-31", 1, "2026-12-17", 0),
    # February
    ("2027-02-01", "2027-02-28", 120_000, "2027-02-15", 60_000),
    ("2027-02-01", "2027-02-28", 120_000, "2027-02-28", 4_286),
    ("2027-02-01", "2027-02-28", 120_000, "2027-02-02", 115_714),
    ("2027-02-01", "2027-02-28", 99_900, "2027-02-10", 67_789),
    ("2027-01-31", "2027-02-27", 150_000, "2027-02-01", 144_643),
    ("2027-01-31", "2027-02-27", 150_000, "2027-02-27", 5_357),
    ("2027-02-15", "2027-03-14", 140_000, "2027-03-01", 70_000),
    # February of a leap year
    ("2028-02-01", "2028-02-29", 120_000, "2028-02-15", 62_069),
    ("2028-02-01", "2028-02-29", 120_000, "2028-02-29", 4_138),
    ("2028-02-01", "2028-02-29", 120_000, "2028-03-01", 0),
    ("2028-01-31", "2028-02-28", 150_000, "2028-02-01", 144_828),
    ("2028-02-29", "2028-03-28", 150_000, "2028-03-01", 144_828),
    ("2028-02-29", "2029-02-27", 1_200_000, "2028-03-01", 1_196_712),
    ("2028-01-01", "2028-12-31", 3_660_000, "2028-02-29", 3_070_000),
    ("2028-01-01", "2028-12-31", 3_660_000, "2028-03-01", 3_060_000),
    ("2027-01-01", "2027-12-31", 3_650_000, "2027-03-01", 3_060_000),
    # one day
    ("2026-11-27", "2026-11-27", 10_000, "2026-11-27", 10_000),
    ("2026-11-27", "2026-11-27", 10_000, "2026-11-28", 0),
    ("2026-11-27", "2026-11-28", 10_001, "2026-11-28", 5_001),
    ("2026-12-31", "2026-12-31", 5_000, "2026-12-31", 5_000),
    ("2026-12-31", "2027-01-01", 5_000, "2027-01-01", 2_500),
    # a week
    ("2026-11-23", "2026-11-29", 70_000, "2026-11-25", 50_000),
    ("2026-11-23", "2026-11-29", 50_000, "2026-11-24", 42_857),
    ("2026-11-23", "2026-11-29", 50_000, "2026-11-26", 28_571),
    ("2026-11-23", "2026-11-29", 50_000, "2026-11-29", 7_143),
    ("2026-12-28", "2027-01-03", 35_000, "2027-01-01", 15_000),
    # quarters, halves, years
    ("2026-11-01", "2027-01-31", 900_000, "2026-12-01", 606_522),
    ("2026-11-01", "2027-01-31", 900_000, "2027-01-31", 9_783),
    ("2026-11-30", "2027-02-27", 900_000, "2027-02-01", 270_000),
    ("2026-08-31", "2027-02-27", 1_700_000, "2026-12-01", 835_912),
    ("2026-04-01", "2027-03-31", 2_400_000, "2026-10-01", 1_196_712),
    ("2026-04-01", "2027-03-31", 2_400_000, "2027-03-31", 6_575),
    ("2026-01-01", "2028-12-31", 10_000_000, "2027-07-01", 5_018_248),
    # nothing to give back, and very much
    ("2026-11-01", "2026-11-30", 0, "2026-11-10", 0),
    ("2026-11-01", "2026-11-30", 1_000_000_000, "2026-11-02", 966_666_667),
    ("2026-11-01", "2026-11-30", 1_000_000_000, "2026-11-24", 233_333_333),
]


@pytest.mark.parametrize(("first", "last", "price", "gone", "worth"), GOLDEN)
def test_what_comes_back_for_days_not_used(first: str, last: str, price: int, gone: str, worth: int):
    cut = rules.cut([term(first, last, price)], date.fromisoformat(gone))

    assert cut.unused == worth == day_by_day(first, last, price, gone)
    assert sum(one.price for one in cut.terms) == price - worth


# first day, last day, price, pause, first day not used after it, what comes back
PAUSED = [
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-11", "2026-11-20", "2026-11-21", 200_000),
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-11", "2026-11-20", "2026-12-01", 100_000),
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-11", "2026-11-20", "2026-12-11", 0),
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-01", "2026-11-05", "2026-11-06", 300_000),
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-30", "2026-12-31", "2027-01-01", 10_000),
    ("2026-11-01", "2026-11-30", 300_000, "2026-11-11", "2026-11-20", "2026-11-06", 250_000),
    ("2027-02-01", "2027-02-28", 100_000, "2027-02-28", "2027-03-01", "2027-03-02", 3_571),
    ("2028-02-01", "2028-02-29", 100_000, "2028-02-29", "2028-02-29", "2028-03-01", 3_448),
    ("2026-12-01", "2026-12-31", 100_000, "2026-12-08", "2026-12-09", "2026-12-20", 45_161),
    ("2026-12-31", "2027-01-30", 100_000, "2026-12-31", "2026-12-31", "2027-01-16", 51_613),
]


@pytest.mark.parametrize(("first", "last", "price", "rests", "until", "gone", "worth"), PAUSED)
def test_days_of_a_pause_are_not_paid_twice(
    first: str, last: str, price: int, rests: str, until: str, gone: str, worth: int
):
    pause = Pause(new_id(), date.fromisoformat(rests), date.fromisoformat(until), None)
    terms = rules.paused([term(first, last, price)], pause)

    used, day, length = 0, date.fromisoformat(first), 0
    while length < rules.days_of(term(first, last, price)):
        if not rests <= str(day) <= until:
            length += 1
            used += str(day) < gone
        day += DAY

    assert sum(one.price for one in terms) == price
    assert terms[-1].ends_on == day - DAY
    back = rules.cut(terms, date.fromisoformat(gone)).unused
    assert abs(back - in_paise(Fraction(price * (length - used), length))) <= 1
    assert back == worth


# first day, last day, price in paise, days added for nothing, first day that is not used, what comes back
FREE = [
    ("2026-11-01", "2026-11-30", 300_000, 60, "2026-11-29", 20_000),
    ("2026-11-01", "2026-11-30", 300_000, 60, "2026-12-01", 0),
    ("2026-11-01", "2026-11-30", 300_000, 60, "2027-01-15", 0),
    ("2026-11-01", "2026-11-30", 300_000, 366, "2026-11-01", 300_000),
    ("2028-02-01", "2028-02-29", 120_000, 1, "2028-02-15", 62_069),
    ("2026-12-31", "2026-12-31", 5_000, 7, "2027-01-01", 0),
]


@pytest.mark.parametrize(("first", "last", "price", "days", "gone", "worth"), FREE)
def test_days_for_nothing_are_worth_nothing(
    first: str, last: str, price: int, days: int, gone: str, worth: int
):
    terms = rules.extended([term(first, last, price)], days, "No light")

    assert terms[-1].ends_on == date.fromisoformat(last) + days * DAY
    assert rules.cut(terms, date.fromisoformat(gone)).unused == worth == day_by_day(first, last, price, gone)


def test_days_for_nothing_cost_nothing_in_another_plan():
    before = rules.extended([term("2026-11-01", "2026-11-30", 300_000)], 30, "Was ill")
    offer = term("2026-11-16", "2026-12-15", 600_000, plan_name="Another")

    after = rules.replanned(rules.extended(before, 5, "No light"), offer)

    assert [(one.price, one.is_free) for one in after] == [
        (150_000, False),
        (300_000, False),
        (0, True),
        (0, True),
    ]
    assert [one.reason for one in after] == [None, None, "Was ill", "No light"]
    assert after[-1].ends_on == date(2027, 1, 4)
    assert rules.replanned(after, offer)[1].price == 300_000


def test_the_golden_cases_are_sixty_and_those_of_free_days():
    assert len(GOLDEN) + len(PAUSED) == 60
    assert len(FREE) == 6


@given(
    prices=st.lists(st.integers(0, 10**9), min_size=1, max_size=4),
    lengths=st.lists(st.integers(1, 400), min_size=4, max_size=4),
    splits=st.lists(st.integers(-5, 900), max_size=6),
    gone=st.integers(-5, 900),
)
def test_however_terms_are_cut_no_paisa_and_no_day_is_lost(
    prices: list[int], lengths: list[int], splits: list[int], gone: int
):
    first = date(2027, 1, 31)
    terms, day = [], first
    for price, length in zip(prices, lengths, strict=False):
        last = day + (length - 1) * DAY
        terms.append(term(str(day), str(last), price))
        day = last + DAY
    pieces = list(terms)
    for one in splits:
        pieces = rules.split(pieces, first + one * DAY)

    assert sum(one.price for one in pieces) == sum(prices)
    assert [one.starts_on for one in pieces[1:]] == [one.ends_on + DAY for one in pieces[:-1]]
    cut = rules.cut(pieces, first + gone * DAY)
    assert sum(one.price for one in cut.terms) + cut.unused == sum(prices)
    assert sum(map(rules.days_of, cut.terms)) == min(max(gone, 0), sum(map(rules.days_of, terms)))


@pytest.mark.parametrize(
    ("price", "first", "last", "new_price", "new_last", "from_on", "charged"),
    [
        (300_000, "2026-11-01", "2026-11-30", 450_000, "2026-12-09", "2026-11-10", 315_000),
        (300_000, "2026-11-01", "2026-11-30", 450_000, "2026-11-30", "2026-11-01", 450_000),
        (300_000, "2026-11-01", "2026-11-30", 1_200_000, "2027-02-26", "2026-11-27", 52_174),
        (900_000, "2026-11-01", "2027-01-31", 300_000, "2026-12-31", "2026-12-01", 600_000),
    ],
)
def test_another_plan_costs_its_price_by_the_day_until_the_same_last_day(
    price: int, first: str, last: str, new_price: int, new_last: str, from_on: str, charged: int
):
    before = term(first, last, price)
    offer = term(from_on, new_last, new_price, plan_name="Another")

    after = rules.replanned([before], offer)

    assert (after[-1].plan_name, after[-1].ends_on) == ("Another", before.ends_on)
    assert sum(one.price for one in after if one.plan_name == "Another") == charged
    kept = [one.price for one in after if one.plan_name == "Monthly"]
    assert kept == ([] if first == from_on else [price - rules.cut([before], offer.starts_on).unused])


def when(*days: tuple[str, str, str]) -> list[tuple[datetime, datetime]]:
    """In India: the day, and from when until when."""
    found = []
    for day, starts, ends in days:
        opens, closes = (datetime.fromisoformat(f"{day}T{clock}+05:30") for clock in (starts, ends))
        found.append((opens, closes if closes > opens else closes + DAY))
    return found


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        (["06:00-14:00"], [("2026-11-01", "06:00", "14:00"), ("2026-11-02", "06:00", "14:00")]),
        (["22:00-06:00"], [("2026-11-01", "22:00", "06:00"), ("2026-11-02", "22:00", "06:00")]),
        (["00:00-00:00"], [("2026-11-01", "00:00", "00:00"), ("2026-11-02", "00:00", "00:00")]),
        (
            ["06:00-14:00", "12:00-20:00"],
            [("2026-11-01", "06:00", "20:00"), ("2026-11-02", "06:00", "20:00")],
        ),
        (
            [
                "22:00-06:00",
                "05:00-08:00",
            ],  # a night runs into the next morning
            [
                ("2026-11-01", "05:00", "08:00"),
                ("2026-11-01", "22:00", "06:00"),
                ("2026-11-02", "06:00", "08:00"),
                ("2026-11-02", "22:00", "06:00"),
            ],
        ),
        (
            ["20:00-08:00", "22:00-10:00"],
            [("2026-11-01", "20:00", "10:00"), ("2026-11-02", "20:00", "10:00")],
        ),
    ],
)
def test_each_day_is_taken_from_the_first_moment_to_the_last(hours: list[str], days: list[Any]):
    found = rules.places([term("2026-11-01", "2026-11-02", 0, *hours)], grace_days=0, now=LONG_AGO)

    assert [(one.starts_at, one.ends_at) for one in found] == when(*days)


def test_days_whose_times_overlap_around_the_clock_are_days_still():
    day_and_night = term("2026-11-01", "2026-11-02", 0, "07:00-21:00", "20:00-08:00")

    found = rules.places([day_and_night], grace_days=1, now=LONG_AGO)

    assert [one.day for one in found] == [date(2026, 11, number) for number in (1, 2, 3)]
    assert [(one.starts_at, one.ends_at) for one in found] == [
        *((opens - HOUR, closes) for opens, closes in when(("2026-11-01", "08:00", "08:00"))),
        *when(("2026-11-02", "08:00", "08:00"), ("2026-11-03", "08:00", "08:00")),
    ]


def test_what_is_over_is_not_taken_and_what_goes_on_is_taken_from_now():
    night = term("2026-11-01", "2026-11-02", 0, "22:00-06:00")
    ((now, _),) = when(("2026-11-02", "03:00", "04:00"))

    found = rules.places([night], grace_days=1, now=now)

    assert [(one.starts_at, one.ends_at) for one in found] == when(
        ("2026-11-02", "03:00", "06:00"), ("2026-11-02", "22:00", "06:00"), ("2026-11-03", "22:00", "06:00")
    )


def test_of_two_seats_the_second_begins_when_the_first_is_over():
    other = new_id()
    night = term("2026-11-01", "2026-11-01", 0, "22:00-06:00")
    morning = term("2026-11-02", "2026-11-02", 0, "05:00-08:00", seat_id=other)

    found = rules.places([night, morning], grace_days=0, now=LONG_AGO)

    assert [(one.starts_at, one.ends_at) for one in found] == when(
        ("2026-11-01", "22:00", "06:00"), ("2026-11-02", "06:00", "08:00")
    )
    assert [one.seat_id for one in found] == [SEAT, other]
