"""Seats that come free are offered to who waits: by a job, which looks again as long as anybody waits."""

from uuid import UUID

from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.ids import TenantId
from studyspot.kernel.jobs import JobQueue
from studyspot.services.bookings import store
from studyspot.tenancy.engine import Tenancy

OFFER_SEATS = "bookings.offer_seats"
AGAIN_AFTER_SECONDS = 60
"""Seats come free also because a day, or the time of an offer, is over."""


RUN_RENEWALS = "bookings.run_renewals"


class Freeing:
    def __init__(self, tenancy: Tenancy, queue: JobQueue) -> None:
        self._tenancy = tenancy
        self._queue = queue

    async def seats_may_be_free(self, caller: Caller, library_id: UUID) -> None:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if not await store.is_anybody_waiting(connection, library_id):
                return
        await self._defer(caller, library_id, "now")

    async def look_again(self, caller: Caller, library_id: UUID) -> None:
        await self._defer(caller, library_id, "later", after_seconds=AGAIN_AFTER_SECONDS)

    async def renew_soon(self, tenant_id: TenantId) -> None:
        await self._queue.defer(
            RUN_RENEWALS, once_key=f"{RUN_RENEWALS} {tenant_id}", tenant_id=str(tenant_id)
        )

    async def _defer(self, caller: Caller, library_id: UUID, when: str, *, after_seconds: int = 0) -> None:
        await self._queue.defer(
            OFFER_SEATS,
            once_key=f"{OFFER_SEATS} {library_id} {when}",
            after_seconds=after_seconds,
            tenant_id=str(tenant_of(caller)),
            library_id=str(library_id),
        )
