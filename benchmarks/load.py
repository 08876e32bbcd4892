"""Parts (a) and (b): a page of students, a new student; StudySpot beside its peers, in alternating rounds."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Literal

from benchmarks.peers.peers import Process
from benchmarks.processes import LOAD_CORE, Others, Postgres, executable
from benchmarks.report import Part, Target, noise, span
from benchmarks.servers import FASTAPI, FASTIFY, STUDENTS, STUDYSPOT, Client, Server, Servers

LUA = Path(__file__).with_name("load.lua")
COLUMNS = ("requests/s", "CPU s/1,000", "spread", "PostgreSQL", "p50 ms", "p99 ms", "errors")
GET_TARGETS = {FASTAPI: 4.0, FASTIFY: 1.0}
PATHS = {"GET": "/students?limit=20", "POST": "/students"}
WARM_UP_SECONDS = 2
SETTLE_SECONDS = 0.3
PHONES_EACH = 100_000
_MEASUREMENTS = count()

Method = Literal["GET", "POST"]


@dataclass(frozen=True)
class Load:
    """What wrk sends, over how many kept connections, for how long."""

    method: Method
    connections: int
    seconds: int


@dataclass(frozen=True)
class Measurement:
    """One round of one server. CPU in seconds, of all its processes and of the one that clients speak to;
    `others` in cores.
    """

    requests: int
    seconds: float
    errors: int
    p50_ms: float
    p99_ms: float
    server_cpu: float
    edge_cpu: float
    postgres_cpu: float
    others: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_per_1000(self) -> float:
        return self.server_cpu / self.requests * 1000

    @property
    def edge_per_1000(self) -> float:
        return self.edge_cpu / self.requests * 1000

    @property
    def postgres_per_1000(self) -> float:
        return self.postgres_cpu / self.requests * 1000


Rounds = dict[str, list[Measurement]]


def measure(servers: Servers, load: Load, rounds: int, say: Callable[[str], None]) -> Rounds:
    """Every server once per round, each round beginning with another; keyed by the server's name."""
    tokens = {server.name: server.token() for server in servers.all}
    found: Rounds = {server.name: [] for server in servers.all}
    for server in servers.all:
        server.reset()
        _check(server, tokens[server.name])
        run_wrk(server.process.url, Load(load.method, load.connections, WARM_UP_SECONDS), tokens[server.name])
    for number in range(rounds):
        say(f"{load.method} at {load.connections} connections, round {number + 1} of {rounds}")
        shift = number % len(servers.all)
        for server in servers.all[shift:] + servers.all[:shift]:
            time.sleep(SETTLE_SECONDS)
            server.reset()
            time.sleep(SETTLE_SECONDS)
            found[server.name].append(_measure_one(server, load, tokens[server.name], servers.postgres))
    return found


def _measure_one(server: Server, load: Load, token: str, postgres: Postgres) -> Measurement:
    return measured(server.process, postgres, lambda: run_wrk(server.process.url, load, token))


def measured(process: Process, postgres: Postgres, run: Callable[[], dict[str, float]]) -> Measurement:
    """What it cost the server and PostgreSQL; `run` gives the result of wrk."""
    others = Others(lambda: process.cpu_seconds() + postgres.cpu_seconds())
    server_before, postgres_before = process.cpu_seconds(), postgres.cpu_seconds()
    edge_before = process.edge_cpu_seconds()
    result = run()
    server_cpu = process.cpu_seconds() - server_before
    edge_cpu = process.edge_cpu_seconds() - edge_before
    postgres_cpu = postgres.cpu_seconds() - postgres_before
    return Measurement(
        requests=int(result["requests"]),
        seconds=result["seconds"],
        errors=int(result["errors"]),
        p50_ms=result["p50_ms"],
        p99_ms=result["p99_ms"],
        server_cpu=server_cpu,
        edge_cpu=edge_cpu,
        postgres_cpu=postgres_cpu,
        others=others.cores(),
    )


def run_wrk(url: str, load: Load, token: str) -> dict[str, float]:
    environment = {
        "BENCH_TOKEN": token,
        "BENCH_METHOD": load.method,
        # Mobile numbers that exist, none twice in one run of the benchmark.
        "BENCH_FIRST_PHONE": str(9_800_000_000 + next(_MEASUREMENTS) * PHONES_EACH),
    }
    address = f"{url}/api/v1{PATHS[load.method]}"
    return wrk(address, LUA, connections=load.connections, seconds=load.seconds, environment=environment)


def wrk(
    address: str, script: Path, *, connections: int, seconds: int, environment: Mapping[str, str]
) -> dict[str, float]:
    """What the script writes as its RESULT."""
    command = [executable("taskset"), "--cpu-list", str(LOAD_CORE), executable("wrk"), "--threads=1"]
    command += [f"--connections={connections}", f"--duration={seconds}s", f"--script={script}", address]
    output = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout
    result = re.search(r"^RESULT (.*)$", output, re.MULTILINE)
    if result is None:
        raise RuntimeError(f"wrk gave no result:\n{output}")
    numbers: dict[str, float] = json.loads(result[1])
    return numbers


def _check(server: Server, token: str) -> None:
    """A server that answers quickly but wrongly is not measured."""
    page = Client(server.process.url).call("GET", PATHS["GET"], authorization=f"Bearer {token}")
    if len(page) != 20:
        raise RuntimeError(f"{server.name} gave {len(page)} students instead of 20.")


def part(letter: str, load: Load, found: Rounds) -> Part:
    """The table of one load: medians over the rounds, and what StudySpot does per CPU second."""
    rows = [[name, *cells(measurements)] for name, measurements in found.items()]
    notes = [
        *(
            f"Requests per CPU second, StudySpot / {peer}: {ratio:.2f} ({span(ratios, 2)})"
            for peer in (FASTAPI, FASTIFY)
            for ratio, ratios in [cpu_ratio(found, peer)]
        ),
        noise_of(found),
    ]
    title = f"({letter}) {described(load, len(found[STUDYSPOT]))}"
    return Part(title, ["", *COLUMNS], rows, notes)


def described(load: Load, rounds: int) -> str:
    many = "s" if load.connections > 1 else ""
    return (
        f"{load.method} /api/v1{PATHS[load.method]}, {STUDENTS:,} students,"
        f" {load.connections} connection{many}: medians of {rounds} rounds of {load.seconds} s"
    )


def targets(loads: dict[Load, Rounds]) -> list[Target]:
    every = [one for found in loads.values() for rounds in found.values() for one in rounds]
    errors = sum(one.errors for one in every)
    requests = sum(one.requests for one in every)
    reached = [Target("(a, b) no errors", f"{errors} in {requests:,} requests", reached=errors == 0)]
    for load, found in loads.items():
        if load.connections == 1 or load.method != "GET":
            continue
        for peer, wanted in GET_TARGETS.items():
            ratio, _ = cpu_ratio(found, peer)
            name = f"(a) requests per CPU second ≥ {wanted:.0f} × {peer}"
            reached.append(Target(name, f"{ratio:.2f} ×", reached=ratio >= wanted))
    return reached


def cpu_ratio(found: Rounds, peer: str) -> tuple[float, list[float]]:
    """How many requests StudySpot answers with the CPU the peer needs for one: the median, and each round's.

    Compared within a round, so that a slow minute of the machine hits both.
    """
    pairs = zip(found[peer], found[STUDYSPOT], strict=True)
    ratios = [theirs.cpu_per_1000 / ours.cpu_per_1000 for theirs, ours in pairs]
    return median(ratios), ratios


def noise_of(found: Rounds) -> str:
    return noise(median(one.others for measurements in found.values() for one in measurements))


def cells(measurements: list[Measurement]) -> list[str]:
    """What stands below `COLUMNS`."""
    cpu = [one.cpu_per_1000 for one in measurements]
    return [
        f"{median(one.per_second for one in measurements):,.0f}",
        f"{median(cpu):.3f}",
        span(cpu, 3),
        f"{median(one.postgres_per_1000 for one in measurements):.3f}",
        f"{median(one.p50_ms for one in measurements):.2f}",
        f"{median(one.p99_ms for one in measurements):.2f}",
        str(sum(one.errors for one in measurements)),
    ]
