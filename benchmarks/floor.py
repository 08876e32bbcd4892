"""Part (i): a seat map, booking attempts, a month of a seat sold; beside bare SQL doing the same."""

import asyncio
import itertools
import json
import os
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvloop

from benchmarks.load import COLUMNS, Measurement, cells, measured, wrk
from benchmarks.processes import SERVER_CORE, Others, Postgres
from benchmarks.report import Part, Target, noise, percentile, span
from benchmarks.servers import PASSWORD, STUDYSPOT, Servers, make_room

LUA = Path(__file__).with_name("floor.lua")
OWNER = "floor@bench.example.in"
BARE = "bare SQL"
SEATS, MEMBERS = 500, 400
DAYS, HOURS, BOOKED_SEATS = 15, 8, 20
MONTHS = 10
MONTH = timedelta(days=32)
WARM_UP_SECONDS = 1

SEAT_MAP = """
SELECT s.id, s.zone_id, s.kind, s.code, s.grid_row, s.grid_column, o.student_id, p.first_name, p.last_name,
    upper(o.during)
FROM libraries.seats s
LEFT JOIN bookings.occupancy o ON o.seat_id = s.id AND o.during && tstzrange($2, $3)
LEFT JOIN students.students p ON p.id = o.student_id
WHERE s.library_id = $1 AND s.deleted_at IS NULL ORDER BY s.code
"""
BOOKING = """
INSERT INTO bookings.bookings (id, library_id, seat_id, student_id, starts_at, ends_at, status)
VALUES ($1, $2, $3, $4, $5, $6, 'confirmed')
"""
OCCUPANCY = """
INSERT INTO bookings.occupancy (id, library_id, seat_id, kind, during, student_id, booking_id)
VALUES (gen_random_uuid(), $2, $3, 'seat', tstzrange($5, $6), $4, $1)
"""
MEMBERSHIP = """
INSERT INTO bookings.memberships (id, library_id, student_id, status, starts_on, ends_on, grace_days, renews)
VALUES ($1, $2, $3, 'sold', $4::date, $4::date + 29, 0, true)
"""
THIRTY_ROWS = """
INSERT INTO bookings.occupancy (id, library_id, seat_id, kind, during, student_id, membership_id)
SELECT gen_random_uuid(), $2, $5, 'seat', tstzrange(day + '06:00'::time, day + '14:00'::time), $3, $1
FROM generate_series($4::date::timestamp, $4::date + 29, interval '1 day') AS day
"""
RESET = """
DELETE FROM bookings.occupancy WHERE booking_id IS NOT NULL;
DELETE FROM bookings.bookings;
VACUUM (ANALYZE) bookings.occupancy, bookings.bookings, audit.entries, audit.links;
"""

Do = Callable[[asyncpg.Connection], Awaitable[object]]


@dataclass(frozen=True)
class Floor:
    """A library of 500 seats, 400 of them sold this month."""

    database: str
    library_id: str
    shift_id: str
    plan_id: str
    seats: list[str]
    students: list[str]

    def sale(self, number: int, first_on: date) -> dict[str, object]:
        return {
            "student_id": self.students[number],
            "plan_id": self.plan_id,
            "seat_id": self.seats[number],
            "shift_ids": [self.shift_id],
            "starts_on": str(first_on),
        }


@dataclass(frozen=True, eq=False)
class Job:
    """The same work over HTTP and in bare SQL."""

    title: str
    path: str
    connections: int
    bodies: list[str]
    bare: Do


@dataclass(frozen=True)
class Round:
    measured: Measurement
    lost: int
    """Attempts at a seat that somebody has."""


Rounds = dict[str, list[Round]]


def measure(
    servers: Servers, folder: Path, rounds: int, seconds: int, say: Callable[[str], None]
) -> dict[Job, Rounds]:
    """In alternating rounds; before each the bookings of the one before are gone."""
    say("Furnishing a library of 500 seats")
    floor = _furnish(servers)
    found: dict[Job, Rounds] = {}
    for job in (_seat_map(floor), _bookings(floor), _memberships(floor)):
        over_http = _OverHttp(servers, job, folder / "bodies.jsonl")
        bare = _Bare(servers.postgres, job, floor.database)
        found[job] = {STUDYSPOT: [], BARE: []}
        over_http.measure(WARM_UP_SECONDS)
        for number in range(rounds):
            say(f"{job.title}, round {number + 1} of {rounds}")
            for name, side in [(STUDYSPOT, over_http), (BARE, bare)][:: -1 if number % 2 else 1]:
                servers.postgres.run(floor.database, RESET)
                found[job][name].append(side.measure(seconds))
    return found


class _OverHttp:
    """wrk against the server that runs already."""

    def __init__(self, servers: Servers, job: Job, file: Path) -> None:
        self._servers, self._job, self._file = servers, job, file
        self._sent = 0

    def measure(self, seconds: int) -> Round:
        process = self._servers.studyspot.process
        environment = {"BENCH_TOKEN": self._servers.client.sign_in(OWNER)}
        if self._job.bodies:
            rest = self._sent % len(self._job.bodies)
            self._file.write_text("\n".join(self._job.bodies[rest:] + self._job.bodies[:rest]), "utf-8")
            environment["BENCH_BODIES"] = str(self._file)
        lost = 0

        def run() -> dict[str, float]:
            nonlocal lost
            result = wrk(
                f"{process.url}/api/v1{self._job.path}",
                LUA,
                connections=self._job.connections,
                seconds=seconds,
                environment=environment,
            )
            self._sent += int(result["sent"])
            lost = int(result["lost"])
            return result

        return Round(measured(process, self._servers.postgres, run), lost)


class _Bare:
    """asyncpg in this process, on the core that the server has otherwise."""

    def __init__(self, postgres: Postgres, job: Job, database: str) -> None:
        self._postgres, self._job, self._dsn = postgres, job, postgres.dsn(database)

    def measure(self, seconds: int) -> Round:
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {SERVER_CORE})
        try:
            return uvloop.run(self._run(seconds))
        finally:
            os.sched_setaffinity(0, before)

    async def _run(self, seconds: int) -> Round:
        connections = [await asyncpg.connect(self._dsn) for _ in range(self._job.connections)]
        for connection in connections:  # what is read and prepared once
            await self._attempt(connection)
        others = Others(lambda: time.process_time() + self._postgres.cpu_seconds())
        cpu, postgres_cpu = time.process_time(), self._postgres.cpu_seconds()
        began = time.perf_counter()
        took: list[float] = []
        lost = 0

        async def go_on(connection: asyncpg.Connection) -> None:
            nonlocal lost
            while (start := time.perf_counter()) < began + seconds:
                lost += not await self._attempt(connection)
                took.append(time.perf_counter() - start)

        await asyncio.gather(*(go_on(connection) for connection in connections))
        measured = Measurement(
            requests=len(took),
            seconds=time.perf_counter() - began,
            errors=0,
            p50_ms=percentile(took, 50) * 1000,
            p99_ms=percentile(took, 99) * 1000,
            server_cpu=time.process_time() - cpu,
            edge_cpu=0,
            postgres_cpu=self._postgres.cpu_seconds() - postgres_cpu,
            others=others.cores(),
        )
        for connection in connections:
            await connection.close()
        return Round(measured, lost)

    async def _attempt(self, connection: asyncpg.Connection) -> bool:
        """Whether nobody had the seat. Two that wait for each other are told so, and one has it."""
        try:
            await self._job.bare(connection)
        except (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError):
            return False
        return True


def _seat_map(floor: Floor) -> Job:
    library_id, day = UUID(floor.library_id), datetime.now(UTC).date() + timedelta(days=1)
    starts_at = datetime.combine(day, datetime.min.time(), UTC)

    async def bare(connection: asyncpg.Connection) -> None:
        seats = await connection.fetch(SEAT_MAP, library_id, starts_at, starts_at + timedelta(hours=8))
        if len(seats) < SEATS:
            raise RuntimeError(f"{len(seats)} of {SEATS} seats.")

    path = f"/bookings/seat-map?library_id={floor.library_id}&day={day}&shift_id={floor.shift_id}"
    return Job("a map of 500 seats", path, 16, [], bare)


def _bookings(floor: Floor) -> Job:
    """Attempts at 2,400 hours of 20 seats that nobody else has, in an order that is the same at each run."""
    chance = random.Random(4)
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    seats = floor.seats[MEMBERS : MEMBERS + BOOKED_SEATS]

    def attempt() -> tuple[str, str, datetime]:
        hours = 24 * chance.randrange(DAYS) + chance.randrange(HOURS)
        return chance.choice(seats), chance.choice(floor.students[MEMBERS:]), first + timedelta(hours=hours)

    attempts = [attempt() for _ in range(20_000)]
    bodies = [
        {
            "library_id": floor.library_id,
            "seat_id": seat,
            "student_id": student,
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
        }
        for seat, student, starts_at in attempts
    ]
    turns = itertools.cycle(attempts)

    async def bare(connection: asyncpg.Connection) -> None:
        seat, student, starts_at = next(turns)
        given = (UUID(seat), UUID(student), starts_at, starts_at + timedelta(hours=1))
        booking_id = uuid4()
        async with connection.transaction():
            await connection.execute(BOOKING, booking_id, UUID(floor.library_id), *given)
            await connection.execute(OCCUPANCY, booking_id, UUID(floor.library_id), *given)

    return Job("booking attempts", "/bookings", 16, [json.dumps(body) for body in bodies], bare)


def _memberships(floor: Floor) -> Job:
    """Each seat's member buys one month after another: over HTTP this year, in SQL later ones."""
    first_on = datetime.now(UTC).date() + MONTH
    months = [(number, first_on + month * MONTH) for month in range(MONTHS) for number in range(SEATS)]
    later = iter([(number, day + 2 * MONTHS * MONTH) for number, day in months])

    async def bare(connection: asyncpg.Connection) -> None:
        number, day = next(later)
        seat, student, library = (
            UUID(one) for one in (floor.seats[number], floor.students[number], floor.library_id)
        )
        membership_id = uuid4()
        async with connection.transaction():
            await connection.execute(MEMBERSHIP, membership_id, library, student, day)
            await connection.execute(THIRTY_ROWS, membership_id, library, student, day, seat)

    bodies = [json.dumps(floor.sale(number, day)) for number, day in months]
    return Job("a month of a seat sold", "/memberships", 1, bodies, bare)


def _furnish(servers: Servers) -> Floor:
    client = servers.client
    registration = {"first_name": "Asha", "business_name": "Floor", "email": OWNER, "password": PASSWORD}
    signed_in = client.call("POST", "/auth/register", registration)
    tenant_id = signed_in["user"]["tenant_id"]
    asyncio.run(make_room(servers.settings, tenant_id))
    token = f"Bearer {signed_in['tokens']['access_token']}"

    def make(path: str, body: dict[str, object]) -> Any:
        return client.call("POST", path, body, authorization=token)

    library = make("/libraries", {"name": "Floor"})["id"]
    zone = make(f"/libraries/{library}/zones", {"name": "Hall"})["id"]
    codes = [f"S{number:03}" for number in range(SEATS)]
    seats = make(f"/libraries/{library}/seats", {"zone_id": zone, "codes": codes})
    shift = make(f"/libraries/{library}/shifts", {"name": "Morning", "starts": "06:00", "ends": "14:00"})
    plan = {"library_id": library, "name": "Month", "kind": "reserved", "period": "monthly", "grace_days": 0}
    students = [
        make("/students", {"first_name": f"Pupil {n}", "phone": f"+91{9_700_000_000 + n}"})["id"]
        for n in range(SEATS)
    ]
    database = servers.postgres.run(
        "studyspot_control", f"SELECT database FROM tenancy.placements WHERE tenant_id = '{tenant_id}'"
    )
    floor = Floor(
        database=database,
        library_id=library,
        shift_id=shift["id"],
        plan_id=make("/fee-plans", plan | {"price": 100_000})["id"],
        seats=[seat["id"] for seat in seats],
        students=students,
    )
    for number in range(MEMBERS):
        make("/memberships", floor.sale(number, datetime.now(UTC).date() + timedelta(days=1)))
    return floor


def parts(found: dict[Job, Rounds]) -> list[Part]:
    return [_part(job, rounds) for job, rounds in found.items()]


def _part(job: Job, rounds: Rounds) -> Part:
    ours, bare = ([one.measured for one in rounds[name]] for name in (STUDYSPOT, BARE))
    rows = [[name, *cells(measured)] for name, measured in ((STUDYSPOT, ours), (BARE, bare))]
    slower = [one.p50_ms / other.p50_ms for one, other in zip(ours, bare, strict=True)]
    notes = [f"p50, StudySpot / bare SQL: {median(slower):.1f} ({span(slower, 1)})"]
    if lost := sum(one.lost for one in rounds[STUDYSPOT]):
        share = lost / sum(one.requests for one in ours)
        notes.append(f"{share:.0%} of the attempts at StudySpot were told (409) that somebody has the seat.")
    notes.append(noise(median(one.others for one in (*ours, *bare))))
    many = "s" if job.connections > 1 else ""
    title = f"(i) {job.title}, {job.connections} connection{many}: medians of {len(ours)} rounds"
    return Part(title, ["", *COLUMNS], rows, notes)


def targets(found: dict[Job, Rounds]) -> list[Target]:
    every = [one.measured for rounds in found.values() for one in rounds[STUDYSPOT]]
    errors, requests = (sum(getattr(one, name) for one in every) for name in ("errors", "requests"))
    return [Target("(i) no errors", f"{errors} in {requests:,} requests", reached=errors == 0)]
