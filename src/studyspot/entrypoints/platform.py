"""One process of the platform, put together from the floor plan: parts, rooms, gateway; opened and closed in
order.
"""

import contextlib
from collections.abc import AsyncIterator

import msgspec
import structlog
from litestar import Litestar
from litestar.types import ASGIApp

from studyspot import __version__
from studyspot.entrypoints.floorplan import Room, build_rooms, tenant_migrations
from studyspot.entrypoints.openapi import merged_openapi
from studyspot.gateway.app import build_gateway
from studyspot.gateway.settings import GatewaySettings, Mount
from studyspot.kernel import audit, tokens
from studyspot.kernel.announcements import Announcements
from studyspot.kernel.contract import Caller, Transport, system
from studyspot.kernel.database import Database
from studyspot.kernel.http.app import room_app
from studyspot.kernel.http.authentication import Guard
from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.outbox import Outbox
from studyspot.kernel.passwords import PasswordHasher
from studyspot.kernel.settings import RefusedSettings, Settings
from studyspot.kernel.tokens import TokenVerifier
from studyspot.kernel.validation import encode_hook
from studyspot.kernel.vault import Vault
from studyspot.services.auth.contract import Auth
from studyspot.services.libraries.contract import Libraries
from studyspot.services.students.contract import Students
from studyspot.services.tenants.contract import Tenants
from studyspot.services.users.contract import Users
from studyspot.tenancy.connections import ConnectionBudget
from studyspot.tenancy.engine import Tenancy
from studyspot.tenancy.servers import Credentials, app_dsn, split_credentials

CONTROL_DATABASE = "studyspot_control"
log = structlog.get_logger(__name__)


class Platform:
    """Everything one process holds. The rooms' doors are attributes, for the command line and for tests."""

    def __init__(self, settings: Settings, transport: Transport | None = None) -> None:
        """:raises RefusedSettings: when something that has no default is missing."""
        url, credentials = database_server(settings)
        if settings.secret_key is None:
            raise RefusedSettings(
                "STUDYSPOT_SECRET_KEY: set it to a Fernet key; `studyspot secret` makes one"
            )
        control_dsn = app_dsn(url, credentials, CONTROL_DATABASE)
        self.settings = settings
        self.control = Database(
            control_dsn,
            connections_max=settings.control_connections,
            statement_cache=settings.statement_cache,
        )
        self.announcements = Announcements(control_dsn)
        self.queue = JobQueue(control_dsn)
        self.passwords = PasswordHasher()
        self.outbox = Outbox(settings.data / "outbox")
        self.tenancy = Tenancy(
            self.control,
            self.announcements,
            credentials,
            tenant_migrations=tenant_migrations(),
            budget=ConnectionBudget(
                total=settings.tenant_connections,
                each=settings.tenant_connections_each,
                wait_seconds=settings.tenant_wait_seconds,
            ),
            warm_databases=settings.warm_databases,
            statement_cache=settings.statement_cache,
        )
        parts = {
            "settings": settings,
            "control": self.control,
            "queue": self.queue,
            "passwords": self.passwords,
            "vault": Vault(settings.secret_key.get_secret_value()),
            "outbox": self.outbox,
            "tenancy": self.tenancy,
        }
        self.rooms = build_rooms(parts, transport)
        doors = {room.module.name: room.door for room in self.rooms}
        self.auth: Auth = doors["auth"]
        self.users: Users = doors["users"]
        self.libraries: Libraries = doors["libraries"]
        self.students: Students = doors["students"]
        self.tenants: Tenants = doors["tenants"]
        self.verifier = TokenVerifier(
            lambda: self.auth.public_keys(system()),
            lambda: self.auth.revoked_sessions(system()),
            issuer=settings.token_issuer,
        )
        self.announcements.subscribe(tokens.SESSION_TOPIC, self.verifier.revoke_session)
        self.announcements.subscribe(tokens.KEYS_TOPIC, self.verifier.forget_keys)
        self.queue.register(self.tenancy.jobs())
        for room in self.rooms:
            self.queue.register(room.module.jobs(room.door))

    @contextlib.asynccontextmanager
    async def running(self, *, with_worker: bool = True) -> AsyncIterator["Platform"]:
        """Open for as long as the block lasts; with a job worker in this process if wanted."""
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self.passwords.close)
            for part in (self.control, self.announcements, self.tenancy, self.queue):
                stack.push_async_callback(part.close)
                await part.open()
            stack.push_async_callback(self.outbox.close)  # before the databases that it reads
            if with_worker:
                self.queue.start_worker()
            yield self

    def gateway(self) -> ASGIApp:
        """The front door with every room of this process behind it."""
        apps = self.apps()
        document = msgspec.json.encode(merged_openapi(apps), enc_hook=encode_hook)
        return build_gateway(
            mounts=[Mount(room.module.prefixes, app) for room, app in zip(self.rooms, apps, strict=True)],
            openapi=lambda: document,
            settings=gateway_settings(self.settings),
            version=__version__,
        )

    def apps(self) -> list[Litestar]:
        """The rooms' own HTTP apps, in the order of the floor plan."""
        return [self._app(room) for room in self.rooms]

    async def _record_visit(self, caller: Caller, request: str) -> None:
        async with self.control.connection() as connection:
            await audit.record(
                connection,
                caller,
                "tenants:visit",
                entity="tenant",
                entity_id=caller.tenant_id,
                after={"request": request},
            )

    def _app(self, room: Room) -> Litestar:
        return room_app(
            name=room.module.name,
            routes=room.module.routes,
            guard=Guard(
                self.verifier,
                tenant_data=room.module.database == "tenant",
                record_visit=self._record_visit,
            ),
            provides={room.module.name: room.door},
        )


def database_server(settings: Settings) -> tuple[str, Credentials]:
    """The first cell's server and how to sign in to it."""
    if settings.database_url is None:
        raise RefusedSettings(
            "STUDYSPOT_DATABASE_URL: set it to postgresql://owner:password@host:5432, or use `studyspot up`,"
            " which brings a database along"
        )
    password = settings.app_role_password
    return split_credentials(
        settings.database_url.get_secret_value(),
        app_password=password.get_secret_value() if password else None,
    )


def gateway_settings(settings: Settings) -> GatewaySettings:
    return GatewaySettings(
        cors_origins=settings.cors_origins,
        trusted_proxies=settings.trusted_proxies,
        body_limit_bytes=settings.body_limit_bytes,
        upload_limit_bytes=settings.upload_limit_bytes,
        upload_paths=("/students/import", "/students/bulk-import"),
        deadline_seconds=settings.deadline_seconds,
        rate_limit=settings.rate_limit,
        login_rate_limit=settings.login_rate_limit,
        stranger_rate_limit=settings.stranger_rate_limit,
        redis_url=settings.redis_url.get_secret_value() if settings.redis_url else None,
    )
