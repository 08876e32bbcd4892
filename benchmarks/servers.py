"""The three servers with the same 5,000 students in each, and how to bring them back to that."""

import asyncio
import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from joserfc.jwk import OKPKey

from benchmarks.peers import peers
from benchmarks.processes import SERVER_CORE, Postgres, free_port, start_studyspot
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.setup import migrate_everything
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.kernel.settings import Settings
from studyspot.kernel.validation import read_value
from studyspot.services.tenants.contract import TenantChange
from studyspot.services.users.contract import NewPlatformUser

STUDENTS = 5000
STUDYSPOT, FASTAPI, FASTIFY = "StudySpot", "FastAPI + ORM", "Fastify pair"
PEERS_DATABASE = "peers"
PASSWORD = "a quiet seat by the window"
OWNER, OPERATOR = "owner@bench.example.in", "operator@bench.example.in"

KEEP_STUDENTS = "CREATE SCHEMA bench; CREATE TABLE bench.students AS TABLE students.students;"
RESET_STUDENTS = f"""
SET session_replication_role = replica; -- past the triggers of books that are never emptied
TRUNCATE students.students, audit.entries CASCADE;
RESET session_replication_role;
INSERT INTO students.students SELECT * FROM bench.students;
UPDATE students.totals SET students = {STUDENTS};
VACUUM (ANALYZE) students.students, students.totals, audit.entries;
"""


@dataclass(frozen=True)
class Server:
    """One of those compared. `token` gives an owner's access token, `reset` restores the students."""

    name: str
    process: peers.Process
    token: Callable[[], str]
    reset: Callable[[], object]


@dataclass
class Servers:
    """All of them, running side by side; whoever is not measured is idle."""

    settings: Settings
    postgres: Postgres
    all: list[Server] = field(default_factory=list)

    @property
    def studyspot(self) -> Server:
        return self.all[0]

    @property
    def client(self) -> "Client":
        return Client(self.studyspot.process.url)


class Client:
    """Speaks to one server over one kept connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The answer's `data`.

        :raises RuntimeError: when it is no success.
        """
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body)
        if content is not None:
            given["content-type"] = "application/json"
        self._connection.request(method, f"/api/v1{path}", content, given)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text)["data"]

    def sign_in(self, email: str) -> str:
        signed_in = self.call("POST", "/auth/login", {"email": email, "password": PASSWORD})
        token: str = signed_in["tokens"]["access_token"]
        return token


@contextmanager
def running_servers(
    settings: Settings, postgres: Postgres, folder: Path, *, with_peers: bool
) -> Iterator[Servers]:
    """Migrated, started, filled."""
    asyncio.run(migrate_everything(settings))
    with ExitStack() as stack:
        servers = Servers(settings, postgres)
        process = stack.enter_context(start_studyspot(settings, SERVER_CORE))
        servers.all.append(_fill_studyspot(settings, postgres, process))
        if with_peers:
            _start_peers(servers, folder, stack)
        yield servers


def _start_peers(servers: Servers, folder: Path, stack: ExitStack) -> None:
    peers.install()
    postgres = servers.postgres
    key = OKPKey.generate_key("Ed25519")
    public_key = folder / "peers.pem"
    public_key.write_bytes(key.as_pem(private=False))
    _fill_peers(postgres)
    dsn = postgres.dsn(PEERS_DATABASE)
    fastify_ports = free_port(), free_port()
    processes = {
        FASTAPI: stack.enter_context(peers.start_fastapi(dsn, public_key, free_port(), SERVER_CORE)),
        FASTIFY: stack.enter_context(
            peers.start_fastify_pair(
                dsn, public_key, fastify_ports[0], SERVER_CORE, service_port=fastify_ports[1]
            )
        ),
    }
    for name, process in processes.items():
        servers.all.append(
            Server(name, process, lambda: peers.owner_token(key), lambda: _reset_peers(postgres))
        )


def _fill_studyspot(settings: Settings, postgres: Postgres, process: peers.Process) -> Server:
    client = Client(process.url)
    registration = {
        "first_name": "Asha",
        "business_name": "Quiet Corner",
        "email": OWNER,
        "password": PASSWORD,
    }
    signed_in = client.call("POST", "/auth/register", registration)
    tenant_id = TenantId(UUID(signed_in["user"]["tenant_id"]))
    asyncio.run(make_operator(settings))
    asyncio.run(make_room(settings, tenant_id))
    token = f"Bearer {signed_in['tokens']['access_token']}"
    library = client.call("POST", "/libraries", {"name": "Rajiv Chowk"}, authorization=token)
    report = client.call(
        "POST",
        "/students/bulk-import",
        {"students": _students(), "options": {"library_id": library["id"]}},
        authorization=token,
    )
    if report["created"] != STUDENTS:
        raise RuntimeError(f"The import took {report['created']} of {STUDENTS} students.")
    database = postgres.run(
        "studyspot_control", f"SELECT database FROM tenancy.placements WHERE tenant_id = '{tenant_id}'"
    )
    postgres.run(database, KEEP_STUDENTS)
    return Server(
        STUDYSPOT,
        process,
        lambda: Client(process.url).sign_in(OWNER),
        lambda: postgres.run(database, RESET_STUDENTS),
    )


async def make_operator(settings: Settings) -> None:
    async with Platform(settings).running(with_worker=False) as platform:
        given = {"email": OPERATOR, "password": PASSWORD, "first_name": "Olga", "role": "super_admin"}
        await platform.users.create_platform_user(system(), user=read_value(given, NewPlatformUser))


async def make_room(settings: Settings, tenant_id: TenantId) -> None:
    """For all students that the benchmark will add."""
    async with Platform(settings).running(with_worker=False) as platform:
        tenant = await platform.tenants.get_tenant(system(), tenant_id=tenant_id)
        change = read_value({"version": tenant.version, "max_students": 1_000_000}, TenantChange)
        await platform.tenants.change_tenant(system(), tenant_id=tenant_id, change=change)


def _students() -> list[dict[str, str]]:
    """The rows of peers/seed.sql, as far as StudySpot's import knows their columns."""
    first_names = ("Aarav", "Priya", "Rohan", "Ananya", "Vikram", "Sneha", "Arjun", "Kavya")
    last_names = ("Sharma", "Verma", "Iyer", "Khan", "Patel", "Das", "Reddy")
    cities = ("Kota", "Jaipur", "Pune", "Indore", "Patna")
    students = []
    for n in range(1, STUDENTS + 1):
        student = {
            "first_name": first_names[n % 8],
            "last_name": last_names[n % 7],
            "email": f"student{n}@example.com",
            "phone": f"+91{9_000_000_000 + n}",
            "city": cities[n % 5],
            "enrollment_date": str(date(2025, 1, 1) + timedelta(days=n % 365)),
        }
        if n % 5:
            student["date_of_birth"] = str(date(2000, 1, 1) + timedelta(days=n % 2500))
        if n % 3 != 2:
            student["gender"] = ("female", "male")[n % 3]
        students.append(student)
    return students


def _fill_peers(postgres: Postgres) -> None:
    postgres.run("postgres", f"CREATE DATABASE {PEERS_DATABASE};")
    postgres.run(PEERS_DATABASE, (peers.HERE / "schema.sql").read_text(encoding="utf-8"))
    _reset_peers(postgres)


def _reset_peers(postgres: Postgres) -> None:
    postgres.run(PEERS_DATABASE, (peers.HERE / "seed.sql").read_text(encoding="utf-8"))
