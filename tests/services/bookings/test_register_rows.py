"""What single cells of a running register mean: seats, shifts, amounts, days, plans."""

import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given, strategies as st

from studyspot.services.bookings.contract.memberships import HeldShift
from studyspot.services.bookings.rules.register.cells import FaultyCell, read_amount, read_day
from studyspot.services.bookings.rules.register.plans import find_plan
from studyspot.services.bookings.rules.register.seats import KnownSeat, Seats
from studyspot.services.bookings.rules.register.shifts import read_shifts
from studyspot.services.libraries.contract import FeePlan, PlanKind, PlanPeriod
from studyspot.services.libraries.contract.plans import ShiftPrice

AS_OF = date(2026, 11, 27)


def shift(name: str, starts: str, ends: str) -> HeldShift:
    return HeldShift(uuid4(), name, starts, ends)


SHIFTS = [
    shift("Morning", "06:00", "11:00"),
    shift("Slot 9-2", "09:00", "14:00"),
    shift("Evening", "16:00", "21:00"),
    shift("Late", "18:00", "23:00"),
    shift("Night Owl", "22:00", "06:00"),
    shift("Full Day", "06:00", "22:00"),
    shift("Round the clock", "00:00", "00:00"),
]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("morning", "Morning"),
        ("MORNING  SHIFT", "Morning"),
        ("सुबह", "Morning"),
        ("9-2", "Slot 9-2"),
        ("9 to 2", "Slot 9-2"),
        ("9am-2pm", "Slot 9-2"),
        ("9:00 a.m. – 2:00 p.m.", "Slot 9-2"),
        ("09:00-14:00", "Slot 9-2"),
        ("6 am to 11", "Morning"),
        ("6-11 pm", "Late"),
        ("10 pm to 6 am", "Night Owl"),
        ("raat", "Night Owl"),
        ("NO", "Night Owl"),
        ("full day", "Full Day"),
        ("Full-Day", "Full Day"),
        ("FD", "Full Day"),
        ("whole day", "Full Day"),
        ("24 hrs", "Round the clock"),
        ("24x7", "Round the clock"),
        ("24", "Round the clock"),
        ("Morning + Evening", "Morning, Evening"),
        ("9-2, 4-9", "Slot 9-2, Evening"),
        ("eve", "Evening"),
        ("", ""),
    ],
)
def test_a_shift_is_understood_however_it_is_written(text: str, names: str):
    assert ", ".join(one.name for one in read_shifts(text, SHIFTS)) == names


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("6 to 11", "ambiguous_shift", "Morning (06:00–11:00), Late (18:00–23:00)"),
        ("7-3", "unknown_shift", "The library has: Morning (06:00–11:00), Slot 9-2"),
        ("25-99", "unknown_shift", "Night Owl"),
        ("Dawn patrol", "unknown_shift", "Dawn patrol"),
        ("Morning + Dawn", "unknown_shift", "Dawn"),
    ],
)
def test_a_shift_that_is_not_understood_is_told_with_those_there_are(text: str, code: str, told: str):
    with pytest.raises(FaultyCell) as faulty:
        read_shifts(text, SHIFTS)
    assert faulty.value.code == code
    assert told in faulty.value.message


def seats(*codes: str) -> Seats:
    return Seats([KnownSeat(uuid4(), uuid4(), code, is_for_women=False) for code in codes])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A-12", "A-12"),
        ("a12", "A-12"),
        ("Seat 12", "A-12"),
        ("Seat No. A 012", "A-12"),
        ("12", "A-12"),
        ("A/12", "A-12"),
        ("b1", "B01"),
        ("१२", "A-12"),
        ("C1", "C1"),
    ],
)
def test_a_seat_is_found_however_it_is_written(text: str, code: str):
    found = seats("A-12", "B01", "B1X", "A-1", "C1", "C-1").find(text)

    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("1", "ambiguous_seat"), ("c 1", "ambiguous_seat"), ("Z-1", "unknown_seat"), ("?", "unknown_seat")],
)
def test_a_seat_that_is_not_there_or_may_be_several_is_told(text: str, code: str):
    with pytest.raises(FaultyCell) as faulty:
        seats("A-1", "B-1", "C1", "C-1").find(text)
    assert faulty.value.code == code
    assert seats("A-1").find("  ") is None


@pytest.mark.parametrize(
    ("text", "paise"),
    [
        ("₹1,200/-", 1_200_00),
        ("Rs. 1200", 1_200_00),
        ("1200/-", 1_200_00),
        ("1,20,000", 120_000_00),
        ("1200.50", 1_200_50),
        ("1200.0", 1_200_00),
        ("INR 500 only", 500_00),
        ("800 /=", 800_00),
        ("१२००", 1_200_00),
        ("रु. 700", 700_00),
        ("Nil", 0),
        ("0", 0),
        ("", None),
    ],
)
def test_an_amount_is_read_to_the_paisa(text: str, paise: int | None):
    assert read_amount(text) == paise


@pytest.mark.parametrize(
    "text", ["twelve", "-500", "1,2,3", "12.345", "500 + 300", "1e3", "99999999999", "paid"]
)
def test_an_amount_that_would_have_to_be_guessed_is_told(text: str):
    with pytest.raises(FaultyCell) as faulty:
        read_amount(text)
    assert faulty.value.code == "invalid_amount"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("05/11/2026", date(2026, 11, 5)),
        ("05-11-26", date(2026, 11, 5)),
        ("05.11.2026", date(2026, 11, 5)),
        ("5/11", date(2026, 11, 5)),
        ("31/01", date(2027, 1, 31)),
        ("20/06", date(2026, 6, 20)),
        ("5 Dec", date(2026, 12, 5)),
        ("5-Nov-26", date(2026, 11, 5)),
        ("2026-11-05 00:00:00", date(2026, 11, 5)),
        ("46331", date(2026, 11, 5)),
        ("", None),
    ],
)
def test_a_day_is_read_and_without_a_year_it_is_the_nearest(text: str, day: date | None):
    assert read_day(text, AS_OF) == day


@pytest.mark.parametrize(
    "text", ["31/02/2026", "31/02", "29/02", "soon", "11/31/2026", "05/11/1999", "99999"]
)
def test_a_day_that_is_none_or_years_away_is_told(text: str):
    with pytest.raises(FaultyCell) as faulty:
        read_day(text, AS_OF)
    assert faulty.value.code == "invalid_date"


def plan(name: str, price: int, period: PlanPeriod = "monthly", **fields: object) -> FeePlan:
    now = datetime.now(UTC)
    whole = {
        "id": uuid4(), "library_id": UUID(int=1), "name": name, "description": None, "kind": "reserved",
        "period": period, "hours_a_day": None, "price": price, "shift_prices": (), "zone_prices": (),
        "registration_fee": 0, "deposit": 0, "late_fee": 0, "grace_days": 5, "tax_rate": 0,
        "sibling_rate": 0, "welcome_rate": 0, "referral_reward": 0,
        "is_tax_included": True, "discount": None, "is_active": True, "is_popular": False, "features": (),
        "version": 1, "created_at": now, "updated_at": now,
    }  # fmt: skip
    return FeePlan(**(whole | fields))  # type: ignore[arg-type]


FULL_PRICE = (ShiftPrice(shift_id=SHIFTS[5].shift_id, price=2_000_00),)
PLANS = [
    plan("Monthly", 1_200_00, shift_prices=FULL_PRICE),
    plan("Premium", 2_000_00),
    plan("Quarterly", 3_300_00, "quarterly"),
    plan("Weekly", 400_00, "weekly"),
    plan("Old", 1_000_00, is_active=False),
    plan("Floating", 800_00, kind="unreserved"),
    plan("Hourly", 20_00, "hourly"),
]


@pytest.mark.parametrize(
    ("text", "kind", "shift", "days", "fee", "name"),
    [
        ("", "reserved", 0, 30, 1_200_00, "Monthly"),
        ("", "reserved", 0, 31, 2_100_00, "Premium"),
        ("", "reserved", 5, 30, 2_000_00, "Monthly"),
        ("", "reserved", 0, 28, None, "Monthly"),
        ("", "reserved", 0, 91, 3_600_00, "Quarterly"),
        ("", "reserved", 0, 7, None, "Weekly"),
        ("", "reserved", 0, 61, 2_400_00, "Monthly"),
        ("", "unreserved", 0, 30, 100_00, "Floating"),
        ("premium", "reserved", 0, 30, 1_200_00, "Premium"),
        ("OLD", "reserved", 0, 30, None, "Old"),
    ],
)
def test_the_plan_is_the_one_that_is_named_or_fits_by_days_and_price(
    text: str, kind: PlanKind, shift: int, days: int, fee: int | None, name: str
):
    found = find_plan(text, PLANS, kind=kind, shifts=[SHIFTS[shift]], days=days, fee=fee)

    assert found.name == name


@pytest.mark.parametrize(
    ("text", "kind"), [("Diamond", "reserved"), ("Floating", "reserved"), ("", "unreserved")]
)
def test_a_plan_that_is_not_there_is_told(text: str, kind: PlanKind):
    plans = PLANS[:5] if kind == "unreserved" else PLANS
    with pytest.raises(FaultyCell) as faulty:
        find_plan(text, plans, kind=kind, shifts=[], days=30, fee=None)
    assert faulty.value.code == "unknown_plan"


PIECES = [
    "9",
    "24",
    "2",
    "to",
    "-",
    "am",
    "pm",
    "/",
    "+",
    "₹",
    "1,2",
    "Seat",
    "A",
    "०",
    "hrs",
    "full",
    "day",
    "31",
    "02",
    "2026",
    "Nov",
    ".",
    ":",
    "²",
    "Ⅳ",
    "M",
    "shift",
    "nil",
    "/-",
]
WORDS = st.lists(st.sampled_from(PIECES), max_size=7).map(" ".join)


@given(st.text(max_size=60) | WORDS | WORDS.map(lambda text: text.replace(" ", "")))
def test_whatever_stands_in_a_cell_is_read_or_told(text: str):
    readers: list[Callable[[str], object]] = [
        read_amount,
        lambda cell: read_day(cell, AS_OF),
        lambda cell: read_shifts(cell, SHIFTS),
        seats("A-1", "B-1", "C1", "C-1").find,
    ]
    for read in readers:
        with contextlib.suppress(FaultyCell):
            read(text)
