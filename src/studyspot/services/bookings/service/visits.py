"""Students come and leave."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import new_id
from studyspot.kernel.money import in_rupees
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.bookings import LibraryFull
from studyspot.services.bookings.contract.seats import SeatTaken
from studyspot.services.bookings.contract.visits import (
    AlreadyIn,
    DayHours,
    HoursUsed,
    NewVisit,
    NotIn,
    Overdue,
    Visit,
    VisitFilter,
    VisitPage,
)
from studyspot.services.bookings.service.seats import CHOICE_MAX, TRIES_MAX, active, refusal_of
from studyspot.services.libraries.contract import Libraries, Library
from studyspot.tenancy.engine import Tenancy

EARLY_BY = timedelta(minutes=30)
"""Who comes so long before a booking comes for it."""
WORTH_IT = timedelta(minutes=30)
"""Nobody sits down for less, unless there is not more."""


class _Chair(NamedTuple):
    """One that is nobody's until then, and the membership it is lent to."""

    membership_id: UUID
    seat_id: UUID
    until: datetime


class Visits:
    def __init__(self, tenancy: Tenancy, libraries: Libraries) -> None:
        self._tenancy = tenancy
        self._libraries = libraries

    async def check_in(self, caller: Caller, *, visit: NewVisit) -> Visit:
        now, asking = clock.now(), on_own_account(caller)
        library = await self._libraries.get_library(asking, library_id=visit.library_id)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            await _check_owes_little(connection, library, visit.student_id)
            floating = await store.find_floating(
                connection, visit.student_id, visit.library_id, now=now, early_by=EARLY_BY
            )
        if floating is None:
            return await self._come(caller, visit, now=now)
        calendar = await self._libraries.get_calendar(asking, library_id=visit.library_id)
        until = rules.closing_time(library, calendar, now)
        if floating.hours_a_day is not None:
            left = timedelta(hours=floating.hours_a_day, minutes=-floating.minutes_used)
            if left <= timedelta():
                raise HoursUsed(f"This student has been in for {floating.hours_a_day} hours today.")
            until = min(until, now + left)
        return await self._sit_down(caller, visit, floating, now=now, until=until)

    async def check_out(self, caller: Caller, *, student_id: UUID) -> Visit:
        now = clock.now()
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock(tx, students=[student_id])
            before = await store.find_visit_of(tx, student_id)
            if before is None:
                raise NotIn("This student is not in.")
            await store.end_visit(tx, before.id, left_at=max(now, before.came_at))
            await store.take_chair_back(tx, before.id, now=now)
            return await _recorded(tx, caller, "attendance:check_out", before.id, before)

    async def _sit_down(
        self, caller: Caller, visit: NewVisit, floating: store.Floating, *, now: datetime, until: datetime
    ) -> Visit:
        """On any chair that is nobody's: each that is lost to somebody else is tried once."""
        tried: set[UUID] = set()
        for _ in range(TRIES_MAX):
            async with self._tenancy.connection(tenant_of(caller)) as connection:
                student = active(await store.find_student(connection, visit.student_id))
                chairs = await store.find_chairs(
                    connection,
                    visit.library_id,
                    zone_id=floating.zone_id,
                    is_woman=student.gender == "female",
                    now=now,
                    until=until,
                    for_at_least=min(WORTH_IT, until - now),
                    but=tried,
                    limit=CHOICE_MAX,
                )
            if not chairs:
                break
            as_good = [chair for chair in chairs if chair.until == chairs[0].until]
            chosen = as_good[visit.student_id.int % len(as_good)]
            tried.add(chosen.id)
            chair = _Chair(floating.membership_id, chosen.id, chosen.until or until)
            try:
                return await self._come(caller, visit, chair, now=now)
            except SeatTaken:
                continue
        raise LibraryFull("Every chair is somebody's at the moment.")

    async def _come(
        self,
        caller: Caller,
        visit: NewVisit,
        chair: _Chair | None = None,
        *,
        now: datetime,
    ) -> Visit:
        """To the seat that is theirs, or on a `chair` that is lent."""
        visit_id = new_id()
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                seats = [] if chair is None else [chair.seat_id]
                await store.lock(tx, seats=seats, students=[visit.student_id])
                active(await store.find_student(tx, visit.student_id))
                await store.insert_visit(
                    tx,
                    visit_id,
                    library_id=visit.library_id,
                    student_id=visit.student_id,
                    came_at=now,
                    early_by=EARLY_BY,
                )
                if chair is not None:
                    await store.drop_expired_holds(tx, seats=seats, students=[visit.student_id], now=now)
                    await store.lend_chair(tx, visit_id, *chair)
                return await _recorded(tx, caller, "attendance:check_in", visit_id, None)
        except ConstraintViolated as violation:
            if violation.constraint == "already_in":
                raise AlreadyIn("This student is in already. Check them out first.") from None
            raise refusal_of(violation) from None

    async def list_visits(self, caller: Caller, *, filter: VisitFilter, page: int, limit: int) -> VisitPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_visits(connection, filter, offset=(page - 1) * limit, limit=limit)
            if total is None:
                total = await store.count_visits(connection, filter)
            return VisitPage(items, total)

    async def list_hours(
        self, caller: Caller, *, student_id: UUID, since: date, until: date
    ) -> list[DayHours]:
        rules.check_days(since, until)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if await store.find_student(connection, student_id) is None:
                raise NotFound("There is no such student.")
            return await store.list_hours(connection, student_id, since=since, until=until, now=clock.now())


async def _check_owes_little(tx: Connection, library: Library, student_id: UUID) -> None:
    """:raises Overdue:"""
    if library.overdue_days_max is None:
        return
    before = clock.today_in(library.time_zone) - timedelta(days=library.overdue_days_max)
    if owed := await store.overdue_since(tx, student_id, before=before):
        raise Overdue(f"This student owes {in_rupees(owed)} for more than {library.overdue_days_max} days.")


async def _recorded(
    tx: Connection, caller: Caller, action: str, visit_id: UUID, before: Visit | None
) -> Visit:
    """The visit as it is now."""
    after = await store.find_visit(tx, visit_id)
    assert after is not None  # noqa: S101 - written in this transaction
    await audit.record(tx, caller, action, entity="visit", entity_id=visit_id, before=before, after=after)
    return after
