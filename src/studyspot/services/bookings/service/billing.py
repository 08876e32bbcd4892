"""How what a membership came to reaches the payments room.

The bill is written with the change that it is for. A job to post it is queued before that is committed, and
looks for the bill when the commit is long over: usually it was posted at once, and nothing is left to do.
"""

from uuid import UUID

import structlog

from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import new_id
from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.problems import told_with_cause
from studyspot.services.bookings import store
from studyspot.services.payments.contract import Payments
from studyspot.tenancy.engine import Tenancy

POST_BILL = "bookings.post_bill"
COMMITTED_AFTER_SECONDS = 150
"""Longer than any request may take."""
log = structlog.get_logger(__name__)


class Billing:
    def __init__(self, tenancy: Tenancy, payments: Payments, queue: JobQueue) -> None:
        self._tenancy = tenancy
        self._payments = payments
        self._queue = queue

    async def announce(self, caller: Caller) -> UUID:
        """The id of a bill that is going to be written: it will be posted, whatever becomes of us."""
        bill_id = new_id()
        await self._queue.defer(
            POST_BILL,
            after_seconds=COMMITTED_AFTER_SECONDS,
            tenant_id=str(tenant_of(caller)),
            bill_id=str(bill_id),
        )
        return bill_id

    async def post_soon(self, caller: Caller, bill_id: UUID) -> None:
        """At once if the payments room takes it; else the job does it: what it is for is done."""
        try:
            await self.post(caller, bill_id)
        except Refusal as refusal:
            log.warning("bill_not_posted_yet", bill=str(bill_id), problem=told_with_cause(refusal))

    async def post(self, caller: Caller, bill_id: UUID) -> None:
        """After those of the same membership that were written before it. Safe to repeat."""
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            unposted = await store.list_unposted(connection, bill_id)
        for one in unposted:
            await self._payments.post_bill(caller, bill=one.bill)
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.mark_posted(tx, one.bill.id)
