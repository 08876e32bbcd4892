"""A library is booked while it is open: opening hours, holidays, nights, other time zones."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st
from tests.services.answers import code_of
from tests.services.bookings.hall import Hall, tomorrow

from studyspot.kernel.ids import new_id
from studyspot.kernel.validation import read_value
from studyspot.services.bookings import rules
from studyspot.services.bookings.contract.bookings import LibraryClosed
from studyspot.services.libraries.contract import Calendar, Holiday, Library, OpenHours, WeekHours

MONDAY = date(2026, 11, 30)
DAYS = WeekHours.__struct_fields__


def library(**fields: Any) -> Library:
    known = {
        "id": new_id(),
        "name": "Hall",
        "status": "active",
        "time_zone": "Asia/Kolkata",
        "facilities": (),
        "version": 1,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Library(**dict.fromkeys(Library.__struct_fields__) | known | fields)


def calendar(*holidays: Holiday, **week: OpenHours | None) -> Calendar:
    return Calendar(WeekHours(**week), holidays, 1)


def hours(opens: str, closes: str) -> OpenHours:
    return read_value({"opens": opens, "closes": closes}, OpenHours)


def is_open(where: Library, when: Calendar, starts: str, ends: str) -> bool:
    """Clock times with a day in front, counted from Monday: `0 09:00`."""

    def moment(text: str) -> datetime:
        day, clock = text.split()
        return rules.window_on(MONDAY + timedelta(days=int(day)), (clock, "00:00"), where)[0]

    try:
        rules.check_open(where, when, (moment(starts), moment(ends)))
    except LibraryClosed:
        return False
    return True


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("0 09:00", "0 12:00", True),
        ("0 08:00", "0 22:00", True),
        ("0 07:59", "0 12:00", False),
        ("0 21:00", "0 22:01", False),
        ("0 21:00", "1 09:00", False),
        ("1 02:00", "1 06:00", False),
    ],
)
def test_within_opening_and_closing_time(starts: str, ends: str, expected: bool):
    where = library(opening_time="08:00", closing_time="22:00")

    assert is_open(where, calendar(), starts, ends) is expected


def test_a_library_that_says_nothing_is_always_open():
    assert is_open(library(), calendar(), "0 22:00", "1 21:00")


def test_a_night_belongs_to_the_day_on_which_it_begins():
    where = library(opening_time="20:00", closing_time="06:00")

    assert is_open(where, calendar(), "0 22:00", "1 06:00")
    assert not is_open(where, calendar(), "0 22:00", "1 06:01")
    assert not is_open(where, calendar(monday=None), "0 22:00", "1 06:00")
    assert is_open(where, calendar(tuesday=None), "0 22:00", "1 06:00")


def test_days_without_a_gap_are_one_time():
    where = library(opening_time="06:00", closing_time="06:00")

    assert is_open(where, calendar(), "0 20:00", "1 20:00")
    assert not is_open(where, calendar(tuesday=hours("07:00", "06:00")), "0 20:00", "1 20:00")


def test_a_holiday_counts_more_than_the_weekday():
    closed = Holiday(day=MONDAY, name="Holi")
    short = Holiday(day=MONDAY, name="Diwali", hours=hours("10:00", "14:00"))
    where, week = library(), {"monday": hours("06:00", "23:00")}

    assert not is_open(where, calendar(closed, **week), "0 10:00", "0 11:00")
    assert is_open(where, calendar(short, **week), "0 10:00", "0 14:00")
    assert not is_open(where, calendar(short, **week), "0 10:00", "0 15:00")


def test_a_library_that_is_not_active_takes_no_bookings():
    assert not is_open(library(status="under_maintenance"), calendar(), "0 10:00", "0 11:00")


_clock = st.times().map(lambda one: f"{one.hour:02}:{one.minute:02}")
_day = st.none() | st.builds(hours, _clock, _clock)


@given(
    week=st.fixed_dictionaries(dict.fromkeys(DAYS, _day)),
    zone=st.sampled_from(["Asia/Kolkata", "UTC", "Europe/Berlin"]),
    minute=st.integers(0, 7 * 24 * 60 - 1),
    length=st.integers(1, 24 * 60),
)
def test_open_means_open_in_every_minute(
    week: dict[str, OpenHours | None], zone: str, minute: int, length: int
):
    """Against a week of minutes, painted one by one."""
    where, when = library(time_zone=zone), calendar(**week)
    painted = set()
    for number in range(-1, 9):
        day = week[DAYS[(MONDAY + timedelta(days=number)).weekday()]]
        if day is not None:
            opens, closes = (int(one[:2]) * 60 + int(one[3:]) for one in (day.opens, day.closes))
            begin = number * 1440 + opens
            painted.update(range(begin, begin + ((closes - opens) % 1440 or 1440)))
    start, _ = rules.window_on(MONDAY, rules.ALWAYS, where)
    wanted = start + timedelta(minutes=minute), start + timedelta(minutes=minute + length)

    try:
        rules.check_open(where, when, wanted)
        found = True
    except LibraryClosed:
        found = False

    assert found == all(one in painted for one in range(minute, minute + length))


async def test_the_calendar_counts_over_http(hall: Hall):
    tomorrow_name = DAYS[tomorrow("09:00").weekday()]
    week = {"week": {tomorrow_name: {"opens": "10:00", "closes": "18:00"}}, "version": 1}
    assert (await hall.owner.put(f"/libraries/{hall.id}/calendar", week)).status_code == 200
    student = await hall.enrol()

    early = await hall.try_to_book(student, "A1", tomorrow("09:00"), tomorrow("11:00"))

    assert code_of(early) == (422, "LIBRARY_CLOSED")
    booking = await hall.book(student, "A1", tomorrow("10:00"), tomorrow("11:00"))
    later = {"version": 1, "ends_at": tomorrow("18:30").isoformat()}
    changed = await hall.owner.put(f"/bookings/{booking['id']}", later)
    assert code_of(changed) == (422, "LIBRARY_CLOSED")
    assert UUID(booking["id"])
