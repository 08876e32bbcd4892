"""What the floor plan reads of the tenants room."""

from pathlib import Path

from studyspot.kernel.database import Database
from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.module import Module
from studyspot.services.auth.contract import Auth
from studyspot.services.libraries.contract import Libraries
from studyspot.services.students.contract import Students
from studyspot.services.tenants.contract import Tenants
from studyspot.services.tenants.jobs import jobs
from studyspot.services.tenants.routes import ROUTES
from studyspot.services.tenants.service import TenantsService
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy


def build(
    control: Database,
    tenancy: Tenancy,
    queue: JobQueue,
    auth: Auth,
    users: Users,
    libraries: Libraries,
    students: Students,
) -> TenantsService:
    return TenantsService(control, tenancy, queue, auth, users, libraries, students)


MODULE = Module(
    name="tenants",
    port=3003,
    prefixes=("/api/v1/tenants", "/api/v1/auth/register"),
    contract=Tenants,
    build=build,
    routes=ROUTES,
    jobs=jobs,
    database="control",
    migrations=Path(__file__).parent / "migrations",
)
