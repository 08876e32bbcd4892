"""What the floor plan reads of the bookings room."""

from pathlib import Path

from studyspot.kernel.module import Module
from studyspot.services.bookings.contract import Bookings
from studyspot.services.bookings.routes import ROUTES
from studyspot.services.bookings.service import BookingsService
from studyspot.services.libraries.contract import Libraries
from studyspot.tenancy.engine import Tenancy


def build(tenancy: Tenancy, libraries: Libraries) -> BookingsService:
    return BookingsService(tenancy, libraries)


MODULE = Module(
    name="bookings",
    port=3007,
    prefixes=("/api/v1/bookings", "/api/v1/memberships", "/api/v1/attendance"),
    contract=Bookings,
    build=build,
    routes=ROUTES,
    database="tenant",
    migrations=Path(__file__).parent / "migrations",
)
