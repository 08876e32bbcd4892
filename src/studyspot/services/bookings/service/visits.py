"""Students come and leave."""

from datetime import date, timedelta
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.visits import (
    AlreadyIn,
    DayHours,
    NewVisit,
    NotIn,
    Visit,
    VisitFilter,
    VisitPage,
)
from studyspot.services.bookings.service.seats import active
from studyspot.services.libraries.contract import Libraries
from studyspot.tenancy.engine import Tenancy

EARLY_BY = timedelta(minutes=30)
"""Who comes so long before a booking comes for it."""


class Visits:
    def __init__(self, tenancy: Tenancy, libraries: Libraries) -> None:
        self._tenancy = tenancy
        self._libraries = libraries

    async def check_in(self, caller: Caller, *, visit: NewVisit) -> Visit:
        asking = on_own_account(caller)
        await self._libraries.get_library(asking, library_id=visit.library_id)
        visit_id = new_id()
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.lock(tx, students=[visit.student_id])
                active(await store.find_student(tx, visit.student_id))
                await store.insert_visit(
                    tx,
                    visit_id,
                    library_id=visit.library_id,
                    student_id=visit.student_id,
                    came_at=clock.now(),
                    early_by=EARLY_BY,
                )
                return await _recorded(tx, caller, "attendance:check_in", visit_id, None)
        except ConstraintViolated as violation:
            if violation.constraint != "already_in":
                raise
            raise AlreadyIn("This student is in already. Check them out first.") from None

    async def check_out(self, caller: Caller, *, student_id: UUID) -> Visit:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock(tx, students=[student_id])
            before = await store.find_visit_of(tx, student_id)
            if before is None:
                raise NotIn("This student is not in.")
            await store.end_visit(tx, before.id, left_at=max(clock.now(), before.came_at))
            return await _recorded(tx, caller, "attendance:check_out", before.id, before)

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


async def _recorded(
    tx: Connection, caller: Caller, action: str, visit_id: UUID, before: Visit | None
) -> Visit:
    """The visit as it is now."""
    after = await store.find_visit(tx, visit_id)
    assert after is not None  # noqa: S101 - written in this transaction
    await audit.record(tx, caller, action, entity="visit", entity_id=visit_id, before=before, after=after)
    return after
