"""Students come and leave."""

import contextlib
from collections.abc import AsyncIterator, Collection
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
from studyspot.services.bookings.contract.absences import Absence
from studyspot.services.bookings.contract.bookings import LibraryFull
from studyspot.services.bookings.contract.presence import (
    STRIKES_COUNT_DAYS,
    DoorCodeUsed,
    NothingHere,
    TooManyStrikes,
)
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
from studyspot.services.bookings.service.absences import Absences
from studyspot.services.bookings.service.seats import CHOICE_MAX, TRIES_MAX, active, refusal_of
from studyspot.services.libraries.contract import Libraries, Library
from studyspot.tenancy.engine import Tenancy


class _Chair(NamedTuple):
    """One that is nobody's until then, and the membership it is lent to."""

    membership_id: UUID
    seat_id: UUID
    until: datetime


class _Coming(NamedTuple):
    """Who comes when, and has left by when. With a `code` they come for what is theirs there."""

    library_id: UUID
    student_id: UUID
    code: bytes | None
    at: datetime
    out_by: datetime


class _LeftToOthers(Exception):
    """The hours for which the student comes."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(absence.id)
        self.absence = absence


class Visits:
    _tenancy: Tenancy
    _libraries: Libraries
    _absences: Absences

    async def check_in(self, caller: Caller, *, visit: NewVisit) -> Visit:
        return await self._let_in(caller, visit)

    async def check_out(self, caller: Caller, *, student_id: UUID) -> Visit:
        return await self._let_out(caller, student_id)

    async def _let_in(self, caller: Caller, visit: NewVisit, *, code: bytes | None = None) -> Visit:
        """With a `code` for what is theirs there, and once."""
        now, asking = clock.now(), on_own_account(caller)
        library = await self._libraries.get_library(asking, library_id=visit.library_id)
        rules.check_active(library)
        calendar = await self._libraries.get_calendar(asking, library_id=visit.library_id)
        out_by = rules.out_by(library, calendar, now)
        coming = _Coming(visit.library_id, visit.student_id, code, now, out_by)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if code is not None:
                await _check_strikes(connection, library, visit.student_id, now=now)
            await _check_owes_little(connection, library, visit.student_id)
            floating = await store.find_floating(
                connection, visit.student_id, visit.library_id, now=now, early_by=rules.EARLY_BY
            )
        if floating is None:
            try:
                return await self._come(caller, coming)
            except _LeftToOthers as given:
                return await self._come_after_all(caller, coming, given.absence)
        await self._absences.release_no_shows(caller, library, now=now)
        until = rules.sits_until(library, calendar, now, last_on=floating.last_on)
        if floating.hours_a_day is not None:
            left = timedelta(hours=floating.hours_a_day, minutes=-floating.minutes_used)
            if left <= timedelta():
                raise HoursUsed(f"This student has been in for {floating.hours_a_day} hours today.")
            until = min(until, now + left)
        return await self._sit_down(
            caller, coming, floating.membership_id, zone_id=floating.zone_id, until=until
        )

    async def _let_out(self, caller: Caller, student_id: UUID, *, code: bytes | None = None) -> Visit:
        now = clock.now()
        async with passing(self._tenancy, caller, student_id, code=code, now=now) as tx:
            before = await store.find_visit_of(tx, student_id, now=now)
            if before is None:
                raise NotIn("This student is not in.")
            leave = await store.find_leave_of(tx, before.id, now=now)
            if leave is not None:
                await store.note_back(tx, leave.id, now=now)
            await store.end_visit(tx, before.id, left_at=max(now, before.came_at))
            await store.free_from(tx, now, visits=[before.id])
            return await recorded(tx, caller, "attendance:check_out", before.id, before, now=now)

    async def _come_after_all(self, caller: Caller, coming: _Coming, absence: Absence) -> Visit:
        """To their own seat, or on another chair if somebody else has that now."""
        try:
            await self._absences.withdraw(on_own_account(caller), absence.id)
        except SeatTaken:
            until = min(absence.ends_at, coming.out_by)
            return await self._sit_down(caller, coming, absence.membership_id, until=until)
        return await self._come(caller, coming._replace(at=clock.now()))

    async def _sit_down(
        self,
        caller: Caller,
        coming: _Coming,
        membership_id: UUID,
        *,
        zone_id: UUID | None = None,
        until: datetime,
    ) -> Visit:
        """On any chair that is nobody's: each that is lost to somebody else is tried once."""
        tried: set[UUID] = set()
        for _ in range(TRIES_MAX):
            async with self._tenancy.connection(tenant_of(caller)) as connection:
                student = active(await store.find_student(connection, coming.student_id))
                own = await store.next_place_of(connection, coming.student_id, now=coming.at)
                until = until if own is None else min(until, own)
                chairs = await store.find_chairs(
                    connection,
                    coming.library_id,
                    zone_id=zone_id,
                    is_woman=student.gender == "female",
                    now=coming.at,
                    until=until,
                    for_at_least=min(rules.WORTH_IT, until - coming.at),
                    but=tried,
                    limit=CHOICE_MAX,
                )
            if not chairs:
                break
            as_good = [chair for chair in chairs if chair.until == chairs[0].until]
            chosen = as_good[coming.student_id.int % len(as_good)]
            tried.add(chosen.id)
            chair = _Chair(membership_id, chosen.id, chosen.until or until)
            try:
                return await self._come(caller, coming, chair)
            except SeatTaken:
                continue
        raise LibraryFull("Every chair is somebody's at the moment.")

    async def _come(self, caller: Caller, coming: _Coming, chair: _Chair | None = None) -> Visit:
        """To the seat that is theirs, or on a `chair` that is lent."""
        visit_id, student_id, now = new_id(), coming.student_id, coming.at
        seats = [] if chair is None else [chair.seat_id]
        async with passing(self._tenancy, caller, student_id, seats=seats, code=coming.code, now=now) as tx:
            active(await store.hold_student(tx, student_id))
            if chair is None:
                await _check_is_theirs(tx, coming)
            await store.note_left(tx, student_id, now=now)
            await store.insert_visit(
                tx,
                visit_id,
                library_id=coming.library_id,
                student_id=student_id,
                came_at=now,
                out_by=coming.out_by,
                early_by=rules.EARLY_BY,
            )
            if chair is not None:
                await store.drop_expired_holds(tx, seats=seats, students=[student_id], now=now)
                await store.lend_chair(tx, visit_id, *chair)
            visit = await recorded(tx, caller, "attendance:check_in", visit_id, None, now=now)
            if coming.code is not None and visit.booking_id is None and visit.membership_id is None:
                raise NothingHere("Nothing is theirs in this library now. Ask at the desk.")
            return visit

    async def list_visits(self, caller: Caller, *, filter: VisitFilter, page: int, limit: int) -> VisitPage:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_visits(
                connection, filter, now=now, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_visits(connection, filter, now=now)
            return VisitPage(items, total)

    async def list_hours(
        self, caller: Caller, *, student_id: UUID, since: date, until: date
    ) -> list[DayHours]:
        rules.check_days(since, until)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if await store.find_student(connection, student_id) is None:
                raise NotFound("There is no such student.")
            return await store.list_hours(connection, student_id, since=since, until=until, now=clock.now())


async def _check_is_theirs(tx: Connection, coming: _Coming) -> None:
    """Once the student is locked: until the commit, nobody notes that they did not come.

    :raises _LeftToOthers:
    """
    absence = await store.find_absence_of(
        tx, coming.student_id, coming.library_id, now=coming.at, early_by=rules.EARLY_BY
    )
    if absence is not None:
        raise _LeftToOthers(absence)


async def _check_strikes(tx: Connection, library: Library, student_id: UUID, *, now: datetime) -> None:
    """:raises TooManyStrikes:"""
    if library.strikes_max is None:
        return
    strikes = await store.count_strikes(tx, library.id, student_id, now=now, days=STRIKES_COUNT_DAYS)
    if strikes >= library.strikes_max:
        raise TooManyStrikes(f"Late {strikes} times in {STRIKES_COUNT_DAYS} days. Ask at the desk.")


async def _check_owes_little(tx: Connection, library: Library, student_id: UUID) -> None:
    """:raises Overdue:"""
    if library.overdue_days_max is None:
        return
    before = clock.today_in(library.time_zone) - timedelta(days=library.overdue_days_max)
    if owed := await store.overdue_since(tx, student_id, before=before):
        raise Overdue(f"This student owes {in_rupees(owed)} for more than {library.overdue_days_max} days.")


@contextlib.asynccontextmanager
async def passing(
    tenancy: Tenancy,
    caller: Caller,
    student_id: UUID,
    *,
    seats: Collection[UUID] = (),
    code: bytes | None = None,
    now: datetime,
) -> AsyncIterator[Connection]:
    """The transaction in which a student comes or goes. A `code` counts once.

    :raises AlreadyIn: :raises DoorCodeUsed: Besides, what a taken seat raises.
    """
    try:
        async with tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock(tx, seats=seats, students=[student_id])
            if code is not None:
                await store.note_scan(tx, code, student_id, now=now)
            yield tx
    except ConstraintViolated as violation:
        match violation.constraint:
            case "already_in":
                raise AlreadyIn("This student is in already. Check them out first.") from None
            case "scanned_already":
                raise DoorCodeUsed("This code has counted already. Read the next one.") from None
        raise refusal_of(violation) from None


async def recorded(
    tx: Connection, caller: Caller, action: str, visit_id: UUID, before: Visit | None, *, now: datetime
) -> Visit:
    """The visit as it is now."""
    after = await store.find_visit(tx, visit_id, now=now)
    assert after is not None  # noqa: S101 - written in this transaction
    await audit.record(tx, caller, action, entity="visit", entity_id=visit_id, before=before, after=after)
    return after
