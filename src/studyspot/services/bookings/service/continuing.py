"""Next terms that are paid begin: by the run of renewals, or before somebody else takes their seats."""

from uuid import UUID

import structlog
from msgspec.structs import replace

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.errors import Refusal, is_our_fault
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.memberships import Membership
from studyspot.services.bookings.service.seating import check_running, seating
from studyspot.tenancy.engine import Tenancy

log = structlog.get_logger(__name__)


class Continuing:
    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy

    async def begin_paid(self, caller: Caller, library_id: UUID) -> None:
        """Of those whose seats are kept no longer than today. Whoever takes a seat does it first: who has
        paid for it comes before.
        """
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            renewals = await store.list_renewals_at_their_end(connection, library_id, now=clock.now())
        for renewal in renewals:
            if renewal.is_paid:
                await self.renew_paid(caller, renewal)

    async def renew_paid(self, caller: Caller, renewal: store.OpenRenewal) -> bool:
        """Whether its seat could be kept: if not, somebody has to find another one while it is in grace, or
        to ask a guardian.
        """
        try:
            return await self.renew(caller, renewal) is not None
        except Refusal as refusal:
            if is_our_fault(refusal):
                raise
            log.warning(
                "paid_renewal_not_begun", membership_id=str(renewal.membership_id), error_code=refusal.code
            )
            return False

    async def renew(
        self, caller: Caller, renewal: store.OpenRenewal, *, version: int | None = None
    ) -> Membership | None:
        """None when it is not offered any more."""
        async with seating(self._tenancy, caller, now=clock.now()) as hall:
            before = await hall.open(renewal.membership_id, version=version)
            offered = await store.find_open_renewal(hall.tx, renewal.membership_id)
            if offered is None or offered.id != renewal.id:
                return None
            check_renewable(before)
            terms = await store.list_terms(hall.tx, renewal.membership_id)
            by = before.ends_on + rules.DAY - renewal.term.starts_on  # days were added meanwhile
            term = replace(
                renewal.term,
                starts_on=renewal.term.starts_on + by,
                ends_on=renewal.term.ends_on + by,
                seat_id=terms[-1].seat_id,
                zone_id=terms[-1].zone_id,
            )
            await store.end_renewal(hall.tx, renewal.id, "renewed")
            await hall.take(before, [*terms, term], begins=term)
            await hall.write(before, [*terms, term])
            return await hall.recorded("memberships:renew", before, before=before)


def check_renewable(membership: Membership) -> None:
    """:raises MembershipOver:"""
    check_running(membership, "active", "paused", "grace", "expired")
