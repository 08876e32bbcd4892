"""The client itself."""

from types import TracebackType
from typing import Self
from uuid import UUID

import httpx2

from studyspot.client._async.approvals import AsyncApprovals
from studyspot.client._async.attendance import AsyncAttendance, AsyncLeaves, AsyncOwnAttendance
from studyspot.client._async.audit_log import AsyncAuditLog
from studyspot.client._async.auth import AsyncAuth
from studyspot.client._async.bookings import AsyncBookings, AsyncOutages
from studyspot.client._async.coupons import AsyncCoupons
from studyspot.client._async.drawers import AsyncCashTransfers, AsyncDrawerSessions
from studyspot.client._async.expenses import AsyncExpenses
from studyspot.client._async.floor import AsyncSeats, AsyncShifts, AsyncZones
from studyspot.client._async.guardians import AsyncConsents, AsyncGuardians
from studyspot.client._async.health import AsyncHealth
from studyspot.client._async.images import AsyncIdImages, AsyncImages, AsyncPhotos
from studyspot.client._async.leads import AsyncLeads, AsyncReferrals
from studyspot.client._async.libraries import AsyncLibraries
from studyspot.client._async.memberships import AsyncMemberships
from studyspot.client._async.own_record import AsyncOwnRecord
from studyspot.client._async.papers import AsyncGenuinePapers, AsyncPapers, AsyncTaxRegistrations
from studyspot.client._async.payments import AsyncCharges, AsyncDayCloses, AsyncDues, AsyncPayments
from studyspot.client._async.personal_data import AsyncIdProofs, AsyncPersonalRights
from studyspot.client._async.plans import AsyncFeePlans
from studyspot.client._async.register_imports import AsyncRegisterImports
from studyspot.client._async.session import AsyncSession, OnTokens
from studyspot.client._async.students import AsyncStudents
from studyspot.client._async.tenants import AsyncTenants
from studyspot.client._async.tickets import AsyncOwnTickets, AsyncTickets
from studyspot.client._async.users import AsyncPlatformUsers, AsyncUsers
from studyspot.client._async.waitlist import AsyncWaitlist
from studyspot.client.models.auth import Tokens


class AsyncTenantRooms:
    """What a business has: its people, branches with what stands in them, and students."""

    def __init__(self, session: AsyncSession, tenant_id: UUID | None = None) -> None:
        self._session = session
        self.users = AsyncUsers(session, tenant_id)
        self.libraries = AsyncLibraries(session, tenant_id)
        self.zones = AsyncZones(session, tenant_id)
        self.seats = AsyncSeats(session, tenant_id)
        self.shifts = AsyncShifts(session, tenant_id)
        self.fee_plans = AsyncFeePlans(session, tenant_id)
        self.coupons = AsyncCoupons(session, tenant_id)
        self.bookings = AsyncBookings(session, tenant_id)
        self.outages = AsyncOutages(session, tenant_id)
        self.waitlist = AsyncWaitlist(session, tenant_id)
        self.payments = AsyncPayments(session, tenant_id)
        self.charges = AsyncCharges(session, tenant_id)
        self.papers = AsyncPapers(session, tenant_id)
        self.tax_registrations = AsyncTaxRegistrations(session, tenant_id)
        self.dues = AsyncDues(session, tenant_id)
        self.expenses = AsyncExpenses(session, tenant_id)
        self.day_closes = AsyncDayCloses(session, tenant_id)
        self.audit_log = AsyncAuditLog(session, tenant_id)
        self.drawer_sessions = AsyncDrawerSessions(session, tenant_id)
        self.cash_transfers = AsyncCashTransfers(session, tenant_id)
        self.approvals = AsyncApprovals(session, tenant_id)
        self.memberships = AsyncMemberships(session, tenant_id)
        self.register_imports = AsyncRegisterImports(session, tenant_id)
        self.attendance = AsyncAttendance(session, tenant_id)
        self.leaves = AsyncLeaves(session, tenant_id)
        self.students = AsyncStudents(session, tenant_id)
        self.guardians = AsyncGuardians(session, tenant_id)
        self.consents = AsyncConsents(session, tenant_id)
        self.id_proofs = AsyncIdProofs(session, tenant_id)
        self.photos = AsyncPhotos(session, tenant_id)
        self.id_images = AsyncIdImages(session, tenant_id)
        self.personal_data = AsyncPersonalRights(session, tenant_id)
        self.leads = AsyncLeads(session, tenant_id)
        self.referrals = AsyncReferrals(session, tenant_id)
        self.tickets = AsyncTickets(session, tenant_id)
        self.own_tickets = AsyncOwnTickets(session, tenant_id)
        self.own_record = AsyncOwnRecord(session, tenant_id)
        self.own_attendance = AsyncOwnAttendance(session, tenant_id)


class AsyncStudySpot(AsyncTenantRooms):
    """The API of a StudySpot platform at `url`, such as http://127.0.0.1:3000.

    `tokens` are those of an earlier sign-in; `on_tokens` is told each time there are others, or none, and
    stores them. A step of a request (connecting, sending, waiting for an answer) may take `timeout_seconds`.
    Where the platform asks to come again after a while, that is done by itself for up to `wait_seconds_max`.

    Every call may raise a `StudySpotError`; `Unauthorized`, `Forbidden`, `ValidationFailed`, `RateLimited`,
    `Unavailable` and `ConnectionFailed` are not mentioned at each of them.
    """

    def __init__(
        self,
        url: str,
        *,
        tokens: Tokens | None = None,
        on_tokens: OnTokens = lambda _: None,
        timeout_seconds: float = 30.0,
        wait_seconds_max: float = 10.0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        http = httpx2.AsyncClient(base_url=url, timeout=timeout_seconds, transport=transport)
        super().__init__(AsyncSession(http, tokens, on_tokens, wait_seconds_max))
        self.auth = AsyncAuth(self._session)
        self.tenants = AsyncTenants(self._session)
        self.platform_users = AsyncPlatformUsers(self._session)
        self.genuine_papers = AsyncGenuinePapers(self._session)
        self.images = AsyncImages(self._session)
        self.health = AsyncHealth(self._session)

    @property
    def tokens(self) -> Tokens | None:
        return self._session.tokens

    def in_tenant(self, tenant_id: UUID) -> AsyncTenantRooms:
        """The rooms of one business, for a platform role. Shares sign-in and connections."""
        return AsyncTenantRooms(self._session, tenant_id)

    async def close(self) -> None:
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
