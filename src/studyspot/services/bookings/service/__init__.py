"""The promises of the bookings room, kept by one class per group of use cases and gathered here."""

from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.seals import Seals
from studyspot.services.bookings.service.absences import Absences
from studyspot.services.bookings.service.billing import Billing
from studyspot.services.bookings.service.bookings import ShortBookings
from studyspot.services.bookings.service.changes import MembershipChanges
from studyspot.services.bookings.service.continuing import Continuing
from studyspot.services.bookings.service.freeing import Freeing
from studyspot.services.bookings.service.offers import Offers
from studyspot.services.bookings.service.outages import Outages
from studyspot.services.bookings.service.presence import Presence
from studyspot.services.bookings.service.rewards import Rewards
from studyspot.services.bookings.service.seat_map import Maps
from studyspot.services.bookings.service.undoing import Undoing
from studyspot.services.bookings.service.waitlist import Waitlist
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import Payments
from studyspot.services.students.contract import Students
from studyspot.tenancy.engine import Tenancy


class BookingsService(ShortBookings, Undoing, Waitlist, MembershipChanges, Outages, Maps, Presence):
    """Everything `contract.Bookings` promises."""

    def __init__(
        self,
        tenancy: Tenancy,
        queue: JobQueue,
        libraries: Libraries,
        payments: Payments,
        students: Students,
        *,
        seals: Seals,
    ) -> None:
        self._tenancy = tenancy
        self._libraries = libraries
        self._payments = payments
        self._students = students
        self._seals = seals
        self._absences = Absences(tenancy)
        self._offers = Offers(tenancy, libraries)
        self._billing = Billing(tenancy, payments, queue)
        self._freeing = Freeing(tenancy, queue)
        self._continuing = Continuing(tenancy)
        self._rewards = Rewards(tenancy, payments, students)
