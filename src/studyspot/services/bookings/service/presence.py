"""Codes let students in and out; who goes out for a while keeps the seat."""

import contextlib
from datetime import timedelta
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, own_record_of, tenant_of
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import new_id
from studyspot.kernel.seals import Seals
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.absences import Absence, NewAbsence, NothingToRelease
from studyspot.services.bookings.contract.presence import (
    DoorCode,
    Leave,
    LeaveFilter,
    LeavePage,
    NoLeave,
    NotAway,
    PassScan,
    ScanAction,
    WallScan,
)
from studyspot.services.bookings.contract.visits import (
    AlreadyIn,
    NewVisit,
    NotIn,
    Visit,
    VisitFilter,
    VisitPage,
)
from studyspot.services.bookings.service.visits import Visits, passing, recorded


class Presence(Visits):
    """`seals` are those of the codes that are shown."""

    _seals: Seals

    async def get_wall_code(self, caller: Caller, *, library_id: UUID) -> DoorCode:
        await self._libraries.get_library(on_own_account(caller), library_id=library_id)
        issued = rules.wall_code(self._seals, tenant_of(caller), library_id, now=clock.now())
        return DoorCode(issued.text, issued.valid_until)

    async def get_own_pass(self, caller: Caller) -> DoorCode:
        issued = rules.own_pass(self._seals, tenant_of(caller), own_record_of(caller), now=clock.now())
        return DoorCode(issued.text, issued.valid_until)

    async def scan_wall(self, caller: Caller, *, scan: WallScan) -> Visit:
        read = rules.read_code(self._seals, rules.WALL, tenant_of(caller), scan.code, now=clock.now())
        return await self._act(caller, read.subject_id, own_record_of(caller), read.said, scan.action)

    async def scan_pass(self, caller: Caller, *, scan: PassScan) -> Visit:
        read = rules.read_code(self._seals, rules.PASS, tenant_of(caller), scan.code, now=clock.now())
        return await self._act(caller, scan.library_id, read.subject_id, read.said, scan.action)

    async def list_own_visits(self, caller: Caller, *, page: int, limit: int) -> VisitPage:
        return await self.list_visits(
            caller, filter=VisitFilter(student_id=own_record_of(caller)), page=page, limit=limit
        )

    async def declare_own_absence(self, caller: Caller, *, absence: NewAbsence) -> list[Absence]:
        student_id, released = own_record_of(caller), []
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            memberships = await store.list_running(connection, student_id, now=clock.now())
        for membership_id in memberships:
            with contextlib.suppress(NothingToRelease):
                released += await self._absences.declare(caller, membership_id, absence)
        if not released:
            raise NothingToRelease("You have no hours on these days.")
        return released

    async def start_leave(self, caller: Caller, *, student_id: UUID) -> Visit:
        return await self._go_out(caller, student_id)

    async def end_leave(self, caller: Caller, *, student_id: UUID) -> Visit:
        return await self._come_back(caller, student_id)

    async def list_leaves(self, caller: Caller, *, filter: LeaveFilter, page: int, limit: int) -> LeavePage:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_leaves(
                connection, filter, now=now, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_leaves(connection, filter, now=now)
            return LeavePage(items, total)

    async def forgive_leave(self, caller: Caller, *, leave_id: UUID, reason: str) -> Leave:
        now = clock.now()
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found(await store.find_leave(tx, leave_id, now=now, for_update=True))
            if not before.is_strike:
                return before
            await store.forgive_leave(tx, leave_id, reason=reason, now=now)
            after = _found(await store.find_leave(tx, leave_id, now=now))
            await audit.record(
                tx, caller, "leaves:forgive", entity="leave", entity_id=leave_id, before=before, after=after
            )
            return after

    async def _act(
        self, caller: Caller, library_id: UUID, student_id: UUID, code: bytes, action: ScanAction | None
    ) -> Visit:
        """What follows, unless it is said: who is out comes in, who is away comes back, who is in goes."""
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            visit = await store.find_visit_of(connection, student_id, now=clock.now())
        if visit is not None and visit.library_id != library_id:
            raise AlreadyIn("This student is in another library. They must leave that first.")
        if action is None:
            action = "in" if visit is None else "out" if visit.away_until is None else "back"
        match action:
            case "in":
                coming = NewVisit(library_id=library_id, student_id=student_id)
                return await self._let_in(caller, coming, code=code)
            case "out":
                return await self._let_out(caller, student_id, code=code)
            case "leave":
                return await self._go_out(caller, student_id, code=code)
            case "back":
                return await self._come_back(caller, student_id, code=code)

    async def _go_out(self, caller: Caller, student_id: UUID, *, code: bytes | None = None) -> Visit:
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            visit = await store.find_visit_of(connection, student_id, now=now)
        if visit is None:
            raise NotIn("This student is not in.")
        library = await self._libraries.get_library(on_own_account(caller), library_id=visit.library_id)
        if library.leave_minutes_max is None:
            raise NoLeave("This library keeps no seat for who goes out. Check out instead.")
        async with passing(self._tenancy, caller, student_id, code=code, now=now) as tx:
            before = await store.find_visit_of(tx, student_id, now=now)
            if before is None:
                raise NotIn("This student is not in.")
            if before.away_until is not None:
                raise NoLeave("This student is out already.")
            back_by = min(before.out_by, now + timedelta(minutes=library.leave_minutes_max))
            await store.start_leave(tx, new_id(), before.id, now=now, back_by=back_by)
            return await recorded(tx, caller, "attendance:leave", before.id, before, now=now)

    async def _come_back(self, caller: Caller, student_id: UUID, *, code: bytes | None = None) -> Visit:
        """The seat is locked with the student, for what a lent chair has lost meanwhile is looked up."""
        now = clock.now()
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            seat_id = await store.find_lent_chair(connection, student_id)
        seats = [] if seat_id is None else [seat_id]
        async with passing(self._tenancy, caller, student_id, seats=seats, code=code, now=now) as tx:
            before = await store.find_visit_of(tx, student_id, now=now)
            leave = before and await store.find_leave_of(tx, before.id, now=now)
            if before is None or leave is None:
                raise NotAway("This student is not out for a while, or was for too long.")
            await store.drop_expired_holds(tx, seats=seats, students=[student_id], now=now)
            await store.note_back(tx, leave.id, now=now)
            await store.resume_visit(tx, leave.id)
            return await recorded(tx, caller, "attendance:back", before.id, before, now=now)


def _found(leave: Leave | None) -> Leave:
    if leave is None:
        raise NotFound("There is no such leave.")
    return leave
