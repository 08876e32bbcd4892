"""When a library is open."""

from uuid import UUID

from msgspec import UNSET

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller, check_version, tenant_of
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import NotFound
from studyspot.kernel.values import ClockTime
from studyspot.services.libraries import rules, store
from studyspot.services.libraries.contract.hours import (
    Calendar,
    CalendarChange,
    Holiday,
    OpenHours,
    WeekHours,
)
from studyspot.tenancy.engine import Tenancy


class Hours:
    _tenancy: Tenancy

    async def get_calendar(self, caller: Caller, *, library_id: UUID) -> Calendar:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await _calendar(connection, library_id)

    async def set_calendar(self, caller: Caller, *, library_id: UUID, change: CalendarChange) -> Calendar:
        rules.check_holidays(change.holidays)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.find_library(tx, library_id, for_update=True)
            before = await _calendar(tx, library_id)
            check_version("calendar", read=change.version, found=before.version)
            await store.replace_calendar(tx, library_id, _weekdays(change.week), _holidays(change.holidays))
            after = await _calendar(tx, library_id)
            await audit.record(
                tx,
                caller,
                "libraries:update",
                entity="calendar",
                entity_id=library_id,
                before=before,
                after=after,
            )
            return after


async def _calendar(tx: Connection, library_id: UUID) -> Calendar:
    version = await store.find_calendar_version(tx, library_id)
    if version is None:
        raise NotFound("There is no such library.")
    days = {
        WeekHours.__struct_fields__[one.weekday - 1]: _hours(one.opens, one.closes)
        for one in await store.list_opening_hours(tx, library_id)
    }
    holidays = tuple(
        Holiday(day=one.day, name=one.name, hours=_hours(one.opens, one.closes))
        for one in await store.list_holidays(tx, library_id)
    )
    return Calendar(WeekHours(**days), holidays, version)


def _hours(opens: str | None, closes: str | None) -> OpenHours | None:
    return OpenHours(ClockTime(opens), ClockTime(closes)) if opens and closes else None


def _weekdays(week: WeekHours) -> list[store.WeekdayRow]:
    given = [(number, getattr(week, day)) for number, day in enumerate(WeekHours.__struct_fields__, start=1)]
    return [store.WeekdayRow(number, *_times(hours)) for number, hours in given if hours is not UNSET]


def _holidays(holidays: tuple[Holiday, ...]) -> list[store.HolidayRow]:
    return [store.HolidayRow(one.day, one.name, *_times(one.hours)) for one in holidays]


def _times(hours: OpenHours | None) -> tuple[str | None, str | None]:
    return (None, None) if hours is None else (hours.opens, hours.closes)
