# Made from _async/api.py by studyspot.client._generate.
"""The client itself."""

from types import TracebackType
from typing import Self
from uuid import UUID

import httpx2

from studyspot.client._sync.approvals import Approvals
from studyspot.client._sync.attendance import Attendance, Leaves, OwnAttendance
from studyspot.client._sync.audit_log import AuditLog
from studyspot.client._sync.auth import Auth
from studyspot.client._sync.bookings import Bookings, Outages
from studyspot.client._sync.coupons import Coupons
from studyspot.client._sync.drawers import CashTransfers, DrawerSessions
from studyspot.client._sync.expenses import Expenses
from studyspot.client._sync.floor import Seats, Shifts, Zones
from studyspot.client._sync.guardians import Consents, Guardians
from studyspot.client._sync.health import Health
from studyspot.client._sync.images import IdImages, Images, Photos
from studyspot.client._sync.leads import Leads, Referrals
from studyspot.client._sync.libraries import Libraries
from studyspot.client._sync.memberships import Memberships
from studyspot.client._sync.own_record import OwnRecord
from studyspot.client._sync.papers import GenuinePapers, Papers, TaxRegistrations
from studyspot.client._sync.payments import Charges, DayCloses, Dues, Payments
from studyspot.client._sync.personal_data import IdProofs, PersonalRights
from studyspot.client._sync.plans import FeePlans
from studyspot.client._sync.register_imports import RegisterImports
from studyspot.client._sync.session import OnTokens, Session
from studyspot.client._sync.students import Students
from studyspot.client._sync.tenants import Tenants
from studyspot.client._sync.tickets import OwnTickets, Tickets
from studyspot.client._sync.users import PlatformUsers, Users
from studyspot.client._sync.waitlist import Waitlist
from studyspot.client.models.auth import Tokens


class TenantRooms:
    """What a business has: its people, branches with what stands in them, and students."""

    def __init__(self, session: Session, tenant_id: UUID | None = None) -> None:
        self._session = session
        self.users = Users(session, tenant_id)
        self.libraries = Libraries(session, tenant_id)
        self.zones = Zones(session, tenant_id)
        self.seats = Seats(session, tenant_id)
        self.shifts = Shifts(session, tenant_id)
        self.fee_plans = FeePlans(session, tenant_id)
        self.coupons = Coupons(session, tenant_id)
        self.bookings = Bookings(session, tenant_id)
        self.outages = Outages(session, tenant_id)
        self.waitlist = Waitlist(session, tenant_id)
        self.payments = Payments(session, tenant_id)
        self.charges = Charges(session, tenant_id)
        self.papers = Papers(session, tenant_id)
        self.tax_registrations = TaxRegistrations(session, tenant_id)
        self.dues = Dues(session, tenant_id)
        self.expenses = Expenses(session, tenant_id)
        self.day_closes = DayCloses(session, tenant_id)
        self.audit_log = AuditLog(session, tenant_id)
        self.drawer_sessions = DrawerSessions(session, tenant_id)
        self.cash_transfers = CashTransfers(session, tenant_id)
        self.approvals = Approvals(session, tenant_id)
        self.memberships = Memberships(session, tenant_id)
        self.register_imports = RegisterImports(session, tenant_id)
        self.attendance = Attendance(session, tenant_id)
        self.leaves = Leaves(session, tenant_id)
        self.students = Students(session, tenant_id)
        self.guardians = Guardians(session, tenant_id)
        self.consents = Consents(session, tenant_id)
        self.id_proofs = IdProofs(session, tenant_id)
        self.photos = Photos(session, tenant_id)
        self.id_images = IdImages(session, tenant_id)
        self.personal_data = PersonalRights(session, tenant_id)
        self.leads = Leads(session, tenant_id)
        self.referrals = Referrals(session, tenant_id)
        self.tickets = Tickets(session, tenant_id)
        self.own_tickets = OwnTickets(session, tenant_id)
        self.own_record = OwnRecord(session, tenant_id)
        self.own_attendance = OwnAttendance(session, tenant_id)


class StudySpot(TenantRooms):
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
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        http = httpx2.Client(base_url=url, timeout=timeout_seconds, transport=transport)
        super().__init__(Session(http, tokens, on_tokens, wait_seconds_max))
        self.auth = Auth(self._session)
        self.tenants = Tenants(self._session)
        self.platform_users = PlatformUsers(self._session)
        self.genuine_papers = GenuinePapers(self._session)
        self.images = Images(self._session)
        self.health = Health(self._session)

    @property
    def tokens(self) -> Tokens | None:
        return self._session.tokens

    def in_tenant(self, tenant_id: UUID) -> TenantRooms:
        """The rooms of one business, for a platform role. Shares sign-in and connections."""
        return TenantRooms(self._session, tenant_id)

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
