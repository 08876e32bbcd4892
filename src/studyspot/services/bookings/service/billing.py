"""How what a membership or a booking came to reaches the payments room.

A bill is written with the change that it is for. A job to post what it came to is queued before
that is committed, and looks for it when the commit is long over: usually it was posted at once, and nothing
is left to do. What is not posted for all that, the hourly run of renewals finds.
"""

from uuid import UUID

import structlog

from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.errors import Refusal
from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.problems import told_with_cause
from studyspot.services.bookings import store
from studyspot.services.payments.contract import Payments
from studyspot.tenancy.engine import Tenancy

POST_BILLS = "bookings.post_bills"
COMMITTED_AFTER_SECONDS = 150
"""Longer than any request may take."""
log = structlog.get_logger(__name__)


class Billing:
    def __init__(self, tenancy: Tenancy, payments: Payments, queue: JobQueue) -> None:
        self._tenancy = tenancy
        self._payments = payments
        self._queue = queue

    async def announce(self, caller: Caller, membership_id: UUID) -> None:
        """It is going to come to something: that will be posted, whatever becomes of us."""
        await self._announce(caller, membership_id=str(membership_id))

    async def announce_booking(self, caller: Caller, booking_id: UUID) -> None:
        """The same."""
        await self._announce(caller, booking_id=str(booking_id))

    async def _announce(self, caller: Caller, **sold: str) -> None:
        await self._queue.defer(
            POST_BILLS,
            after_seconds=COMMITTED_AFTER_SECONDS,
            tenant_id=str(tenant_of(caller)),
            **sold,
        )

    async def post_soon(self, caller: Caller, sold_id: UUID) -> None:
        """At once if the payments room takes it; else the job does it: what it is for is done."""
        try:
            await self.post(caller, sold_id)
        except Refusal as refusal:
            log.warning("bill_not_posted_yet", sold=str(sold_id), problem=told_with_cause(refusal))

    async def post(self, caller: Caller, sold_id: UUID) -> None:
        """What a membership or a booking came to, in the order in which it was written. Safe to repeat."""
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            unposted = await store.list_unposted(connection, sold_id)
        for one in unposted:
            await self._payments.post_bill(caller, bill=one.bill)
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.mark_posted(tx, one.bill.id)

    async def post_the_rest(self, caller: Caller) -> None:
        """Of all memberships and bookings."""
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            sold_ids = await store.list_sold_and_unposted(connection)
        for sold_id in sold_ids:
            await self.post_soon(caller, sold_id)
