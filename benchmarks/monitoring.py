"""Part (g): what it costs to count, time and log every request."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from benchmarks import load
from benchmarks.peers.peers import Process
from benchmarks.processes import SERVER_CORE, STUDYSPOT, free_port, start_studyspot
from benchmarks.report import Part, Target, median_span
from benchmarks.servers import OWNER, Client, Server, Servers

AS_IT_IS, NO_LINE, WITHOUT = "as it is", "no line per request", "unmonitored"
COST_TARGET_PERCENT = 5.0
UNMONITORED = (sys.executable, "-m", "benchmarks.unmonitored")
KINDS = {
    AS_IT_IS: ((STUDYSPOT,), "info"),
    NO_LINE: ((STUDYSPOT,), "warning"),
    WITHOUT: (UNMONITORED, "info"),
}


def measure(
    servers: Servers, wanted: load.Load, starts: int, rounds: int, say: Callable[[str], None]
) -> load.Rounds:
    """So many rounds after each of so many starts: how a process happens to lie in memory is worth a percent
    or two.
    """
    found: load.Rounds = {kind: [] for kind in KINDS}
    servers.studyspot.reset()
    for _ in range(starts):
        with _started(servers) as compared:
            for kind, measurements in load.measure(compared, wanted, rounds, say).items():
                found[kind] += measurements
    return found


@contextmanager
def _started(servers: Servers) -> Iterator[Servers]:
    """The lines are JSON and go into a file."""
    compared = Servers(servers.settings, servers.postgres)
    with ExitStack() as stack:
        for kind, (program, level) in KINDS.items():
            changed = {"port": free_port(), "log_level": level, "log_format": "json"}
            settings = servers.settings.model_copy(update=changed)
            process = stack.enter_context(start_studyspot(settings, SERVER_CORE, program=program))
            compared.all.append(_server(kind, process))
        yield compared


def _server(kind: str, process: Process) -> Server:
    return Server(kind, process, lambda: Client(process.url).sign_in(OWNER), reset=lambda: None)


def part(wanted: load.Load, found: load.Rounds) -> Part:
    rows = [[kind, *load.cells(measurements)] for kind, measurements in found.items()]
    whole, counted = _cost(found, AS_IT_IS), _cost(found, NO_LINE)
    notes = [
        f"Monitoring costs {whole} of a request's CPU, without the line {counted}:",
        "ratios within a round, their median, and where it lies with 95 % certainty.",
        load.noise_of(found),
    ]
    title = f"(g) The cost of monitoring: {load.described(wanted, len(found[WITHOUT]))}"
    return Part(title, ["", *load.COLUMNS], rows, notes)


def targets(found: load.Rounds) -> list[Target]:
    percent = median(_percents(found, AS_IT_IS))
    name = f"(g) monitoring ≤ {COST_TARGET_PERCENT:.0f} % of a request"
    return [Target(name, _cost(found, AS_IT_IS), reached=percent <= COST_TARGET_PERCENT)]


def _cost(found: load.Rounds, kind: str) -> str:
    percents = _percents(found, kind)
    return f"{median(percents):.1f} % ({median_span(percents, 1)})"


def _percents(found: load.Rounds, kind: str) -> list[float]:
    pairs = zip(found[kind], found[WITHOUT], strict=True)
    return [(with_it.cpu_per_1000 / without.cpu_per_1000 - 1) * 100 for with_it, without in pairs]
