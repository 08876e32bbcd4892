"""What the floor plan reads of the students room."""

from pathlib import Path

from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.module import Module
from studyspot.kernel.vault import Vault
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import Payments
from studyspot.services.students.contract import Students
from studyspot.services.students.jobs import jobs
from studyspot.services.students.routes import ROUTES
from studyspot.services.students.service import StudentsService
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy


def build(
    tenancy: Tenancy,
    queue: JobQueue,
    vault: Vault,
    libraries: Libraries,
    users: Users,
    payments: Payments,
) -> StudentsService:
    return StudentsService(tenancy, queue, vault, libraries, users, payments)


MODULE = Module(
    name="students",
    port=3004,
    prefixes=("/api/v1/students", "/api/v1/tickets", "/api/v1/leads", "/api/v1/referrals"),
    contract=Students,
    build=build,
    routes=ROUTES,
    jobs=jobs,
    database="tenant",
    migrations=Path(__file__).parent / "migrations",
)
