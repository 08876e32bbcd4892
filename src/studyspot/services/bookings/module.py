"""What the floor plan reads of the bookings room."""

from pathlib import Path

from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.module import Module
from studyspot.kernel.seals import Seals
from studyspot.kernel.vault import Vault
from studyspot.services.bookings.contract import Bookings
from studyspot.services.bookings.jobs import jobs
from studyspot.services.bookings.routes import ROUTES
from studyspot.services.bookings.rules import SEAL_BYTES
from studyspot.services.bookings.service import BookingsService
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import Payments
from studyspot.services.students.contract import Students
from studyspot.tenancy.engine import Tenancy


def build(
    tenancy: Tenancy,
    queue: JobQueue,
    vault: Vault,
    libraries: Libraries,
    payments: Payments,
    students: Students,
) -> BookingsService:
    return BookingsService(
        tenancy, queue, libraries, payments, students, seals=Seals(vault, "door codes", length=SEAL_BYTES)
    )


MODULE = Module(
    name="bookings",
    port=3007,
    prefixes=("/api/v1/bookings", "/api/v1/memberships", "/api/v1/waitlist", "/api/v1/attendance"),
    contract=Bookings,
    build=build,
    routes=ROUTES,
    jobs=jobs,
    database="tenant",
    migrations=Path(__file__).parent / "migrations",
)
