"""What is free in a library at a time."""

from datetime import date, timedelta
from uuid import UUID

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import NotFound
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.seats import SeatMap
from studyspot.services.bookings.service.absences import Absences
from studyspot.services.libraries.contract import Libraries, Library
from studyspot.tenancy.engine import Tenancy

THIS_MOMENT = timedelta(seconds=1)


class Maps:
    _tenancy: Tenancy
    _libraries: Libraries
    _absences: Absences

    async def get_seat_map(
        self, caller: Caller, *, library_id: UUID, day: date | None = None, shift_id: UUID | None = None
    ) -> SeatMap:
        asking = on_own_account(caller)
        library = await self._libraries.get_library(asking, library_id=library_id)
        now = clock.now()
        if day is not None:
            rules.check_day(day, now=now)
        starts_at, ends_at = now, now + THIS_MOMENT
        if shift_id is not None:
            day = day or clock.today_in(library.time_zone)
            starts_at, ends_at = await self._window_of_shift(caller, library, shift_id, day)
        elif day is not None:
            starts_at, ends_at = rules.window_on(day, rules.ALWAYS, library)
        await self._absences.release_no_shows(caller, library, now=now)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            seats = await store.list_map(
                connection, library_id, starts_at=starts_at, ends_at=ends_at, now=now
            )
        return SeatMap(library_id, starts_at, ends_at, seats)

    async def _window_of_shift(
        self, caller: Caller, library: Library, shift_id: UUID, day: date
    ) -> rules.Window:
        """Of one that is deleted, as somebody still has it. :raises NotFound:"""
        try:
            shift = await self._libraries.get_shift(on_own_account(caller), shift_id=shift_id)
        except NotFound:
            async with self._tenancy.connection(tenant_of(caller)) as connection:
                held = await store.find_held_shift(connection, library.id, shift_id, day=day)
            if held is None:
                raise
            return rules.window_on(day, (held.starts, held.ends), library)
        return rules.window_of_shift(shift, day, library)
