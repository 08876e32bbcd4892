"""What one process holds: the platform's parts, the rooms that live in it, doors to those that do not; opened
and closed in order.
"""

import contextlib
from collections.abc import AsyncIterator, Collection, Mapping

from litestar import Litestar

from studyspot.entrypoints.addresses import instances_of, secret_key, service_keys
from studyspot.entrypoints.care_plan import care_plan
from studyspot.entrypoints.floorplan import ROOM_NAMES, Room, build_rooms, tenant_migrations
from studyspot.kernel import audit, switches, tokens
from studyspot.kernel.announcements import Announcements
from studyspot.kernel.contract import Caller, system
from studyspot.kernel.database import Database
from studyspot.kernel.doors import Transport
from studyspot.kernel.http.app import room_app
from studyspot.kernel.http.authentication import Guard
from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.outbox import Outbox
from studyspot.kernel.passwords import PasswordHasher
from studyspot.kernel.remote.answering import Answering
from studyspot.kernel.remote.calling import Remote
from studyspot.kernel.settings import RefusedSettings, Settings
from studyspot.kernel.switches import Switches
from studyspot.kernel.telemetry.health import Check, Health
from studyspot.kernel.telemetry.slow_gauges import SlowGauges
from studyspot.kernel.telemetry.snapshot import Snapshot, take_snapshot
from studyspot.kernel.tokens import TokenVerifier
from studyspot.kernel.vault import Vault
from studyspot.services.auth.contract import Auth
from studyspot.services.bookings.contract import Bookings
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import Payments
from studyspot.services.students.contract import Students
from studyspot.services.tenants.contract import Tenants
from studyspot.services.users.contract import Users
from studyspot.tenancy.connections import ConnectionBudget
from studyspot.tenancy.engine import Tenancy
from studyspot.tenancy.servers import Credentials, app_dsn, split_credentials

CONTROL_DATABASE = "studyspot_control"


class Platform:
    """All doors are attributes, for the command line and for tests, wherever their rooms live."""

    _has_worker = False

    def __init__(
        self, settings: Settings, transport: Transport | None = None, *, here: Collection[str] = ROOM_NAMES
    ) -> None:
        """`here` names the rooms that live in this process.

        :raises RefusedSettings: when something that has no default is missing.
        """
        url, credentials = database_server(settings)
        control_dsn = app_dsn(url, credentials, CONTROL_DATABASE)
        self.settings = settings
        self.keys = service_keys(settings)
        self.control = Database(
            control_dsn,
            connections_max=settings.control_connections,
            statement_cache=settings.statement_cache,
        )
        self.announcements = Announcements(control_dsn)
        self.switches = Switches(self.control)
        self.remote = Remote(self.keys)
        self.queue = JobQueue(control_dsn)
        self._slow_gauges = SlowGauges(self._ask_slow_gauges)
        self.passwords = PasswordHasher()
        self.outbox = Outbox(settings.data / "outbox")
        self.budget = ConnectionBudget(
            total=settings.tenant_connections,
            each=settings.tenant_connections_each,
            wait_seconds=settings.tenant_wait_seconds,
        )
        self.tenancy = self._engine(credentials)
        self.rooms = build_rooms(
            {
                "settings": settings,
                "control": self.control,
                "queue": self.queue,
                "passwords": self.passwords,
                "vault": Vault(secret_key(settings)),
                "outbox": self.outbox,
                "tenancy": self.tenancy,
            },
            here=here,
            remote_door=lambda module: self.remote.door(
                module.contract, instances_of(settings, module.name), self.switches
            ),
            transport=transport,
            switches=self.switches,
        )
        doors = {room.module.name: room.door for room in self.rooms}
        self.auth: Auth = doors["auth"]
        self.users: Users = doors["users"]
        self.libraries: Libraries = doors["libraries"]
        self.students: Students = doors["students"]
        self.payments: Payments = doors["payments"]
        self.bookings: Bookings = doors["bookings"]
        self.tenants: Tenants = doors["tenants"]
        self.verifier = TokenVerifier(
            lambda: self.auth.public_keys(system()),
            lambda: self.auth.revoked_sessions(system()),
            issuer=settings.token_issuer,
        )
        self.announcements.subscribe(tokens.SESSION_TOPIC, self.verifier.revoke_session)
        self.announcements.subscribe(tokens.KEYS_TOPIC, self.verifier.forget_keys)
        self.announcements.subscribe(switches.TOPIC, self.switches.hear)
        engine_jobs = self.tenancy.jobs(self.queue.defer)
        for jobs in (engine_jobs, *(room.module.jobs(room.door) for room in self.rooms)):
            self.queue.register(jobs)

    def _engine(self, credentials: Credentials) -> Tenancy:
        return Tenancy(
            self.control,
            self.announcements,
            credentials,
            tenant_migrations=tenant_migrations(),
            budget=self.budget,
            warm_databases=self.settings.warm_databases,
            care=care_plan(self.settings),
            statement_cache=self.settings.statement_cache,
        )

    @contextlib.asynccontextmanager
    async def running(self, *, with_worker: bool = True) -> AsyncIterator["Platform"]:
        """Open for as long as the block lasts; with a job worker in this process if wanted."""
        parts = (self.control, self.announcements, self.switches, self.remote, self.tenancy, self.queue)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self.passwords.close)
            for part in parts:
                stack.push_async_callback(part.close)
                await part.open()
            stack.push_async_callback(self.outbox.close)  # before the databases that it reads
            stack.push_async_callback(self._slow_gauges.close)
            self._has_worker = with_worker
            if with_worker:
                self.queue.start_worker()
            yield self

    def apps(self) -> dict[str, Litestar]:
        """The HTTP app of each room that lives here, by its name."""
        return {room.module.name: self._app(room) for room in self.rooms if room.is_here}

    def answering(self) -> Answering:
        """The doors of the rooms that live here, for other processes."""
        here = [room for room in self.rooms if room.is_here]
        return Answering(self.keys, [(room.module.contract, room.door) for room in here])

    def health(self, name: str, *, can_do_without: Mapping[str, Check] | None = None) -> Health:
        """Of this process, once it runs."""

        async def control_database() -> None:
            async with self.control.connection() as connection:
                await connection.ping()

        checks: dict[str, Check] = {"control_database": control_database, "news": self.announcements.check}
        if self._has_worker:
            checks["job_worker"] = self.queue.check_worker
        if any(room.is_here and room.module.database == "tenant" for room in self.rooms):
            checks["cells"] = self.tenancy.check_cells
        return Health(name, checks, can_do_without=can_do_without)

    async def snapshot(self, process: str) -> Snapshot:
        """How many jobs wait and how old backups are is told where jobs are done; without it when the
        database does not say.
        """
        gauges: dict[str, float] = {
            "tenant_connections": self.budget.held,
            "tenant_connections_idle": self.budget.idle,
            "tenant_connections_wanted": self.budget.waiting,
            "tenant_connections_max": self.budget.total,
        }
        return take_snapshot(process, gauges, await self._slow_gauges.read() if self._has_worker else {})

    async def _ask_slow_gauges(self) -> dict[str, float]:
        waiting = await self.queue.waiting()
        return {
            "jobs_waiting": waiting.jobs,
            "oldest_job_seconds": round(waiting.oldest_seconds, 3),
            **await self.tenancy.care.gauges(),
        }

    def _app(self, room: Room) -> Litestar:
        guard = Guard(
            self.verifier, tenant_data=room.module.database == "tenant", record_visit=self._record_visit
        )
        return room_app(
            name=room.module.name,
            routes=room.module.routes,
            guard=guard,
            provides={room.module.name: room.door},
        )

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
