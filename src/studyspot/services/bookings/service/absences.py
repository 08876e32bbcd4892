"""Hours that members leave to others: declared ahead, or because they did not come.

Who did not come is noted by whoever asks what is free; nothing has to run for it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import NotFound
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.absences import Absence, NewAbsence, NothingToRelease
from studyspot.services.bookings.service.seating import check_running, seating
from studyspot.services.libraries.contract import Library
from studyspot.tenancy.engine import Tenancy


class Absences:
    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy

    async def declare(self, caller: Caller, membership_id: UUID, absence: NewAbsence) -> list[Absence]:
        """:raises NotFound: :raises MembershipOver: :raises ValidationFailed: :raises NothingToRelease:"""
        now = clock.now()
        async with seating(self._tenancy, caller, now=now) as hall:
            membership = await hall.open(membership_id)
            check_running(membership, "active", "paused", "grace")
            terms = await store.list_terms(hall.tx, membership_id)
            rules.check_absence(absence.first_on, absence.last_on, today=clock.today_in(terms[-1].time_zone))
            await hall.lock([membership], terms)
            places = [
                place
                for place in hall.places(membership, terms)
                if absence.first_on <= place.day <= absence.last_on
            ]
            hours = await store.list_hours_at(hall.tx, membership_id, places)
            released = await _release(hall.tx, caller, hours, reason="declared", now=now)
        if not released:
            raise NothingToRelease("There are no hours of theirs on these days.")
        return released

    async def withdraw(self, caller: Caller, absence_id: UUID) -> None:
        """What is left of the hours is theirs again, unless the membership is cancelled.

        :raises NotFound: :raises MembershipOver: :raises SeatTaken:
        """
        now = clock.now()
        async with seating(self._tenancy, caller, now=now) as hall:
            read = await store.find_absence(hall.tx, absence_id)
            membership = None if read is None else await hall.open(read.membership_id)
            absence = await store.find_absence(hall.tx, absence_id)  # nobody ends it meanwhile
            if membership is None or absence is None or absence.ends_at <= now:
                raise NotFound("There is no such absence, or it is over.")
            check_running(membership, "active", "paused", "grace", "expired")  # its last night may go on
            await store.end_absence(hall.tx, absence_id, now=now)
            await hall.keep(membership, await store.list_terms(hall.tx, membership.id))
            await audit.record(
                hall.tx,
                caller,
                "absences:withdraw",
                entity="membership",
                entity_id=membership.id,
                before=absence,
            )

    async def release_no_shows(self, caller: Caller, library: Library, *, now: datetime) -> None:
        """If the library wants it."""
        if library.no_show_minutes is None:
            return
        asking, patience = on_own_account(caller), timedelta(minutes=library.no_show_minutes)

        async def late(tx: Connection) -> list[store.Hours]:
            return await store.list_no_shows(
                tx,
                library.id,
                now=now,
                patience=patience,
                early_by=rules.EARLY_BY,
                worth=rules.WORTH_IT,
            )

        async with self._tenancy.connection(tenant_of(caller)) as connection:
            seen = await late(connection)
        if not seen:
            return
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock_memberships(tx, {hours.membership_id for hours in seen})
            await store.lock(tx, students={hours.student_id for hours in seen})
            locked = {hours.id for hours in seen}
            still = [hours for hours in await late(tx) if hours.id in locked]
            await _release(tx, asking, still, reason="no_show", now=now)


async def _release(
    tx: Connection, caller: Caller, hours: Sequence[store.Hours], *, reason: str, now: datetime
) -> list[Absence]:
    released = await store.release(tx, [one.id for one in hours], reason=reason, now=now)
    for absence in released:
        await audit.record(
            tx,
            caller,
            f"absences:{reason}",
            entity="membership",
            entity_id=absence.membership_id,
            after=absence,
        )
    return released
