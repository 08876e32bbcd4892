"""Part (g): what it costs to count, time and log every request."""

import os
import sys
from collections.abc import Callable
from itertools import pairwise
from statistics import median

from benchmarks import load
from benchmarks.half_monitored import SLICE_SECONDS, SLICES_FILE
from benchmarks.processes import SERVER_CORE, Others, free_port, start_studyspot
from benchmarks.report import Part, Target, median_span, noise, span
from benchmarks.servers import OWNER, Client, Servers

COST_TARGET_PERCENT = 5.0
HALF_MONITORED = (sys.executable, "-m", "benchmarks.half_monitored")
WARM_UP_SLICES = 8

Pair = tuple[float, float]
"""CPU seconds per 1,000 requests of two slices that follow each other, the first of them monitored."""


class Measured:
    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.postgres: list[float] = []
        """CPU seconds per 1,000 requests after each start."""
        self.others: list[float] = []

    @property
    def percents_of_server(self) -> list[float]:
        return [(monitored / unmonitored - 1) * 100 for monitored, unmonitored in self.pairs]

    @property
    def percents(self) -> list[float]:
        postgres = median(self.postgres)
        return [
            (monitored - unmonitored) / (unmonitored + postgres) * 100
            for monitored, unmonitored in self.pairs
        ]


def measure(servers: Servers, wanted: load.Load, starts: int, say: Callable[[str], None]) -> Measured:
    """After each of so many starts: how a process happens to lie in memory is worth a percent or two."""
    found = Measured()
    file = servers.settings.data / "slices"
    os.environ[SLICES_FILE] = str(file)
    for number in range(starts):
        say(f"monitored and not, start {number + 1} of {starts}")
        servers.studyspot.reset()
        file.unlink(missing_ok=True)
        settings = servers.settings.model_copy(
            update={"port": free_port(), "log_level": "info", "log_format": "json"}
        )
        process = start_studyspot(settings, SERVER_CORE, program=HALF_MONITORED)
        try:
            token = Client(process.url).sign_in(OWNER)
            others = Others(lambda of=process: of.cpu_seconds() + servers.postgres.cpu_seconds())
            before = servers.postgres.cpu_seconds()
            requests = load.run_wrk(process.url, wanted, token)["requests"]
            found.postgres.append((servers.postgres.cpu_seconds() - before) / requests * 1000)
            found.others.append(others.cores())
        finally:
            process.stop()
        _read(file.read_text(encoding="ascii"), found)
    return found


def _read(text: str, into: Measured) -> None:
    slices = [line.split() for line in text.splitlines()][WARM_UP_SLICES:]
    busy = [(one[0] == "1", int(one[1]), float(one[2])) for one in slices if int(one[1])][:-1]
    costs = [(monitored, cpu / requests * 1000) for monitored, requests, cpu in busy]
    into.pairs += [(cost, next_cost) for (monitored, cost), (_, next_cost) in pairwise(costs) if monitored]


def part(wanted: load.Load, found: Measured) -> Part:
    rows = []
    for kind, each in zip(("monitored", "unmonitored"), zip(*found.pairs, strict=True), strict=True):
        rows.append([kind, f"{len(each)}", f"{median(each):.3f}", span(each, 3)])
    notes = [
        f"Monitoring costs {_told(found.percents)} of the CPU that a request takes of server and",
        f"PostgreSQL ({median(found.postgres):.3f} s/1,000 there),",
        f"{_told(found.percents_of_server)} of what it takes of the server alone:",
        "ratios of slices that follow each other, their median, and where it lies with 95 % certainty.",
        noise(max(found.others)),
    ]
    title = (
        f"(g) The cost of monitoring: {load.described(wanted, len(found.others))}, "
        f"in slices of {SLICE_SECONDS} s"
    )
    return Part(title, ["", "slices", "CPU s/1,000", "spread"], rows, notes)


def targets(found: Measured) -> list[Target]:
    name = f"(g) monitoring ≤ {COST_TARGET_PERCENT:.0f} % of a request"
    return [Target(name, _told(found.percents), reached=median(found.percents) <= COST_TARGET_PERCENT)]


def _told(percents: list[float]) -> str:
    return f"{median(percents):.1f} % ({median_span(percents, 1)})"
