"""What the floor plan reads of the auth room."""

from pathlib import Path

from studyspot.kernel.database import Database
from studyspot.kernel.module import Module
from studyspot.kernel.outbox import Outbox
from studyspot.kernel.passwords import PasswordHasher
from studyspot.kernel.settings import Settings
from studyspot.kernel.vault import Vault
from studyspot.services.auth.contract import Auth
from studyspot.services.auth.jobs import jobs
from studyspot.services.auth.routes import ROUTES
from studyspot.services.auth.service import AuthService


def build(
    control: Database, passwords: PasswordHasher, vault: Vault, outbox: Outbox, settings: Settings
) -> AuthService:
    return AuthService(control, passwords, vault, outbox, issuer=settings.token_issuer)


MODULE = Module(
    name="auth",
    port=3001,
    prefixes=("/api/v1/auth",),
    contract=Auth,
    build=build,
    routes=ROUTES,
    jobs=jobs,
    database="control",
    migrations=Path(__file__).parent / "migrations",
)
