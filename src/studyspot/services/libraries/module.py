"""What the floor plan reads of the libraries room."""

from pathlib import Path

from studyspot.kernel.module import Module
from studyspot.services.libraries.contract import Libraries
from studyspot.services.libraries.routes import ROUTES
from studyspot.services.libraries.service import LibrariesService
from studyspot.tenancy.engine import Tenancy


def build(tenancy: Tenancy) -> LibrariesService:
    return LibrariesService(tenancy)


MODULE = Module(
    name="libraries",
    port=3005,
    prefixes=("/api/v1/libraries", "/api/v1/fee-plans", "/api/v1/coupons", "/api/v1/audit-log"),
    contract=Libraries,
    build=build,
    routes=ROUTES,
    database="tenant",
    migrations=Path(__file__).parent / "migrations",
)
