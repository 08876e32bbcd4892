"""Pure decisions of the bookings room: which times can be booked, when a library is open, what may follow."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import UNSET

from studyspot.kernel.errors import Fault, NotFound, ValidationFailed
from studyspot.services.bookings.contract.bookings import Booking, HoldExpired, LibraryClosed, WrongState
from studyspot.services.bookings.contract.memberships import OtherPrice
from studyspot.services.libraries.contract import Calendar, Library, Shift, WeekHours

LONGEST = timedelta(hours=24)
"""What is longer is a membership."""
FARTHEST_AHEAD = timedelta(days=366)
HOLD = timedelta(minutes=10)
DAYS_MAX = 366
MAPPED_DAYS = 3 * 366
EARLY_BY = timedelta(minutes=30)
"""Who comes so long before a booking comes for it."""
WORTH_IT = timedelta(minutes=30)
"""Nobody sits down for less, unless there is not more."""
LATE_HOURS = timedelta(hours=8)
"""Who sits down late in the day, where the library does not close, may stay so long."""
LONGEST_OUTAGE = timedelta(days=3660)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ALWAYS = ("00:00", "00:00")

Window = tuple[datetime, datetime]
"""From one moment until just before another."""
ClockTimes = tuple[str, str]


def check_times(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """:raises ValidationFailed: with every fault."""
    faults = []
    if ends_at <= starts_at:
        faults.append(Fault("ends_at", "Give an end after the start.", "wrong_order"))
    elif ends_at - starts_at > LONGEST:
        faults.append(Fault("ends_at", "Book 24 hours at most.", "too_long"))
    if ends_at <= now:
        faults.append(Fault("ends_at", "This time is over.", "too_early"))
    if starts_at > now + FARTHEST_AHEAD:
        faults.append(Fault("starts_at", "Book a year ahead at most.", "too_late"))
    if faults:
        raise ValidationFailed("This time cannot be booked.", details=faults)


def check_outage(starts_at: datetime, ends_at: datetime | None, *, now: datetime) -> None:
    """:raises ValidationFailed: with every fault."""
    faults = []
    if not now - FARTHEST_AHEAD <= starts_at <= now + FARTHEST_AHEAD:
        faults.append(Fault("starts_at", "Give a start within a year from now.", "out_of_range"))
    if ends_at is not None and ends_at <= max(starts_at, now):
        faults.append(
            Fault("ends_at", "Give an end that is still to come, and after the start.", "wrong_order")
        )
    if ends_at is not None and ends_at > now + LONGEST_OUTAGE:
        faults.append(Fault("ends_at", "Leave the end open, or give one within ten years.", "too_late"))
    if faults:
        raise ValidationFailed("A seat cannot be out of service then.", details=faults)


def check_day(day: date, *, now: datetime) -> None:
    """:raises ValidationFailed: for one that no map is drawn of."""
    if abs((day - now.date()).days) > MAPPED_DAYS:
        fault = Fault("day", "Give a day within three years from today.", "out_of_range")
        raise ValidationFailed("There is no map of this day.", details=[fault])


def check_days(since: date, until: date) -> None:
    """:raises ValidationFailed: for none, or too many."""
    if not 0 <= (until - since).days < DAYS_MAX:
        fault = Fault("until", f"Give a day from `since` on, within {DAYS_MAX} days.", "wrong_order")
        raise ValidationFailed("These days cannot be counted.", details=[fault])


def check_changeable(booking: Booking, *, now: datetime) -> None:
    """:raises WrongState: :raises HoldExpired:"""
    if booking.status == "cancelled":
        raise WrongState("This booking is cancelled. Make a new one.")
    if booking.status == "expired":
        raise HoldExpired("This hold has run out. Make a new booking.")
    if booking.ends_at <= now:
        raise WrongState("This booking is over.")


def hours_begun(starts_at: datetime, ends_at: datetime) -> int:
    """Whole ones, of which the last may not be over."""
    return -((starts_at - ends_at) // HOUR)


def check_sold_hours(before: Booking, wanted: Booking, *, now: datetime) -> None:
    """Of a booking that was sold, and is to be at another time. :raises OtherPrice: :raises WrongState:"""
    if hours_begun(before.starts_at, before.ends_at) != hours_begun(wanted.starts_at, wanted.ends_at):
        raise OtherPrice("Other hours have another price. Cancel this booking, or book the others besides.")
    if before.starts_at <= now and wanted.starts_at != before.starts_at:
        raise WrongState("This booking has begun, and was sold. It is not moved to another time any more.")


def check_active(library: Library) -> None:
    """:raises LibraryClosed:"""
    if library.status != "active":
        raise LibraryClosed("This library is not active: it sells nothing, and lets nobody in.")


def check_open(library: Library, calendar: Calendar, wanted: Window) -> None:
    """:raises LibraryClosed: when the library is not open from the first moment to the last."""
    check_active(library)
    zone = ZoneInfo(library.time_zone)
    first, last = (moment.astimezone(zone).date() for moment in wanted)
    windows = open_windows(library, calendar, first - DAY, last)  # the day before may end on this one
    if not any(opens <= wanted[0] and wanted[1] <= closes for opens, closes in windows):
        raise LibraryClosed("The library is not open for the whole of this time.")


def sits_until(library: Library, calendar: Calendar, now: datetime, *, last_on: date) -> datetime:
    """Until the library's day is over. Where the next one follows at once, who comes late has the night,
    unless their last day is over. :raises LibraryClosed: unless it is open now.
    """
    today = now.astimezone(ZoneInfo(library.time_zone)).date()
    days = list(day_windows(library, calendar, today - DAY, today + DAY))
    ends = max((closes for opens, closes in days if opens <= now < closes), default=None)
    if ends is None:
        raise LibraryClosed("The library is closed now.")
    if today >= last_on:
        return ends
    closes = max(closes for opens, closes in joined(days) if opens <= now < closes)
    return max(ends, min(closes, now + LATE_HOURS))


def out_by(library: Library, calendar: Calendar, now: datetime) -> datetime:
    """When who comes now has left, whether or not they say so: at closing, or after a day."""
    today = now.astimezone(ZoneInfo(library.time_zone)).date()
    windows = open_windows(library, calendar, today - DAY, today + DAY)
    closes = next((closes for _, closes in windows if now < closes), now + LONGEST)
    return min(closes, now + LONGEST)


def open_windows(library: Library, calendar: Calendar, first: date, last: date) -> list[Window]:
    """When the library is open on these days; windows that touch are one."""
    return joined(day_windows(library, calendar, first, last))


def day_windows(library: Library, calendar: Calendar, first: date, last: date) -> Iterator[Window]:
    """Of each of these days on which it opens."""
    for number in range((last - first).days + 1):
        day = first + number * DAY
        hours = _hours_on(library, calendar, day)
        if hours is not None:
            yield window_on(day, hours, library)


def joined(days: Iterable[Window]) -> list[Window]:
    """In the order in which they open; those that touch are one."""
    windows: list[Window] = []
    for opens, closes in days:
        if windows and opens <= windows[-1][1]:
            before = windows.pop()
            windows.append((before[0], max(before[1], closes)))
        else:
            windows.append((opens, closes))
    return windows


def _hours_on(library: Library, calendar: Calendar, day: date) -> ClockTimes | None:
    """None when it is closed. A library that says nothing of its hours is always open."""
    weekday = getattr(calendar.week, WeekHours.__struct_fields__[day.weekday()])
    hours = next((one.hours for one in calendar.holidays if one.day == day), weekday)
    if hours is UNSET:
        opens, closes = library.opening_time, library.closing_time
        return (opens, closes) if opens is not None and closes is not None else ALWAYS
    return None if hours is None else (hours.opens, hours.closes)


def window_on(day: date, hours: ClockTimes, library: Library) -> Window:
    """From one clock time of the library to another; an end at or before the start is on the next day."""
    return times_of_day(day, hours, ZoneInfo(library.time_zone))


def times_of_day(day: date, hours: ClockTimes, zone: ZoneInfo) -> Window:
    """The same, where only the time zone is known."""
    starts, ends = map(time.fromisoformat, hours)
    last_day = day if ends > starts else day + DAY
    return datetime.combine(day, starts, zone), datetime.combine(last_day, ends, zone)


def window_of_shift(shift: Shift, day: date, library: Library) -> Window:
    """:raises NotFound: when the shift was not there yet, or is of another library."""
    times = shift.times_on(day)
    if times is None or shift.library_id != library.id:
        raise NotFound("The library has no such shift on that day.")
    return window_on(day, (times.starts, times.ends), library)
