"""What the floor plan reads of the payments room."""

from pathlib import Path

from studyspot.kernel.module import Module
from studyspot.kernel.settings import Settings
from studyspot.kernel.vault import Vault
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import Payments
from studyspot.services.payments.routes import ROUTES
from studyspot.services.payments.service import PaymentsService
from studyspot.services.payments.service.paper_codes import PaperCodes
from studyspot.tenancy.engine import Tenancy


def build(tenancy: Tenancy, vault: Vault, settings: Settings, libraries: Libraries) -> PaymentsService:
    return PaymentsService(tenancy, libraries, PaperCodes(vault, settings.public_url))


MODULE = Module(
    name="payments",
    port=3006,
    prefixes=("/api/v1/payments",),
    contract=Payments,
    build=build,
    routes=ROUTES,
    database="tenant",
    migrations=Path(__file__).parent / "migrations",
)
