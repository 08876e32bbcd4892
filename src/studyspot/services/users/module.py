"""What the floor plan reads of the users room."""

from pathlib import Path

from studyspot.kernel.database import Database
from studyspot.kernel.module import Module
from studyspot.services.auth.contract import Auth
from studyspot.services.users.contract import Users
from studyspot.services.users.routes import ROUTES
from studyspot.services.users.service import UsersService
from studyspot.tenancy.engine import Tenancy


def build(control: Database, tenancy: Tenancy, auth: Auth) -> UsersService:
    return UsersService(control, tenancy, auth)


MODULE = Module(
    name="users",
    port=3002,
    prefixes=("/api/v1/admin/users", "/api/v1/users"),
    contract=Users,
    build=build,
    routes=ROUTES,
    database="control",
    migrations=Path(__file__).parent / "migrations",
)
