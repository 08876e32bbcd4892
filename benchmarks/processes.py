"""What the benchmark runs beside itself: PostgreSQL and StudySpot. Started, pinned, measured, stopped.

Servers work on one core; PostgreSQL and the load generator share the other.
"""

import contextlib
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks.peers.peers import Process
from studyspot.entrypoints.addresses import ports_here
from studyspot.entrypoints.floorplan import GATEWAY, ROOM_NAMES
from studyspot.kernel.embedded_postgres import EmbeddedPostgres
from studyspot.kernel.settings import Settings

ROOT = Path(__file__).parent.parent
STUDYSPOT = str(Path(sys.executable).with_name("studyspot"))
STUDENTS_ROOM = "students"
KERNEL_THREADS_PARENT = 2  # kthreadd
SERVER_CORE = 0
LOAD_CORE = 1
START_SECONDS_MAX = 30.0
CLOCK_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class CannotMeasure(RuntimeError):
    """Something the benchmark needs is not here; the message says what to do."""


class Postgres:
    """An embedded PostgreSQL with the settings `studyspot up` gives it: durable."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder)
        self.psql = str(self._server.binary("psql"))
        self._pid_file = folder / "cluster" / "postmaster.pid"

    def start(self) -> None:
        self._server.start()
        self._postmaster = psutil.Process(int(self._pid_file.read_text(encoding="utf-8").split()[0]))

    def stop(self) -> None:
        self._server.stop()

    def dsn(self, database: str) -> str:
        return self._server.dsn(database)

    def pin(self, cores: set[int]) -> None:
        """Every process of the server, and with the first of them all that are still to come."""
        for process in (self._postmaster, *self._postmaster.children(recursive=True)):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(process.pid, cores)

    def cpu_seconds(self) -> float:
        """Of the living processes, and of those that ended, whose time the postmaster has inherited."""
        spent = cpu_seconds(self._postmaster.pid, with_ended_children=True)
        for process in self._postmaster.children(recursive=True):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                spent += cpu_seconds(process.pid)
        return spent

    def autovacuum_cpu_seconds(self) -> float:
        """Of the launcher and of the workers. The server inherits the time of those that have ended, and must
        have no other processes that do.
        """
        postmaster = self._postmaster.pid
        spent = cpu_seconds(postmaster, with_ended_children=True) - cpu_seconds(postmaster)
        for process in self._postmaster.children():
            with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                if "autovacuum" in " ".join(process.cmdline()):
                    spent += cpu_seconds(process.pid)
        return spent

    def memory_mib(self) -> float:
        """Of all processes, what they share counted once."""
        total = 0
        for process in (self._postmaster, *self._postmaster.children()):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss
        return total / 2**20

    def run(self, database: str, script: str) -> str:
        """Runs SQL statements with psql as the owner; returns the rows, unaligned."""
        command = [self.psql, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
        done = subprocess.run(
            [*command, "--set=ON_ERROR_STOP=1", self.dsn(database)],
            input=script,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    @property
    def version(self) -> str:
        """Known without a start."""
        asked = subprocess.run([self.psql, "--version"], capture_output=True, text=True, check=True)
        return asked.stdout.split()[-1]


class Others:
    """How much of the machine went to neither us nor what we started: a busy machine spoils the figures."""

    def __init__(self, measured: Callable[[], float]) -> None:
        """`measured` gives the CPU seconds spent so far by the servers that work meanwhile."""
        self._measured = measured
        self._began = time.monotonic()
        self._before = self._spent()

    def cores(self) -> float:
        """Cores' worth taken by others since then, what a hypervisor withheld included."""
        return max(0.0, (self._spent() - self._before) / (time.monotonic() - self._began))

    def _spent(self) -> float:
        return _machine_seconds() - _kernel_threads_seconds() - _own_seconds() - self._measured()


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Where PostgreSQL may live when we are root: pytest's folders keep its user out."""
    folder = Path(tempfile.mkdtemp(prefix="studyspot-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running_postgres(folder: Path) -> Iterator[Postgres]:
    postgres = Postgres(folder)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


def pin_load(postgres: Postgres, cores: set[int]) -> None:
    """PostgreSQL and ourselves, who are the load of the parts that wrk has none for."""
    postgres.pin(cores)
    os.sched_setaffinity(0, cores)


def start_studyspot(settings: Settings, cpu: int, *, program: Sequence[str] = (STUDYSPOT,)) -> Process:
    """`studyspot serve` as an operator starts it, on one core.

    :raises RuntimeError: if it does not answer in time.
    """
    return _start(settings, cpu, [([*program, "serve"], settings.port)])


def start_studyspot_apart(settings: Settings, cpu: int) -> Process:
    """Three processes on one core, at the ports of `settings`: the students' room, the others, the gateway.

    :raises RuntimeError: if one of them does not answer in time.
    """
    ports = ports_here(settings)
    rooms = [ROOM_NAMES - {STUDENTS_ROOM}, {STUDENTS_ROOM}]
    planned = [(names, ports[min(names)]) for names in rooms] + [({GATEWAY}, settings.port)]
    return _start(
        settings,
        cpu,
        [
            ([STUDYSPOT, "serve", "--only", ",".join(names), "--port", str(port)], port)
            for names, port in planned
        ],
    )


def _start(settings: Settings, cpu: int, commands: Sequence[tuple[Sequence[str], int]]) -> Process:
    """One process for each command and the port on which it answers; what they log goes into a file."""
    children: list[subprocess.Popen[bytes]] = []
    url = ""
    settings.data.mkdir(exist_ok=True)
    try:
        with (settings.data / "log").open("ab") as log:
            for command, port in commands:
                url = f"http://127.0.0.1:{port}"
                pinned = [executable("taskset"), "--cpu-list", str(cpu), *command]
                child = subprocess.Popen(
                    pinned, env=_environment(settings), cwd=ROOT, stderr=log, start_new_session=True
                )
                children.append(child)
                _wait_until_it_answers(child, url)
    except BaseException:
        Process(url, children).stop()
        raise
    return Process(url, children)


def _environment(settings: Settings) -> dict[str, str]:
    assert settings.database_url is not None
    assert settings.secret_key is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STUDYSPOT_")}
    return environment | {
        "STUDYSPOT_DATA": str(settings.data),
        "STUDYSPOT_PORT": str(settings.port),
        "STUDYSPOT_SERVICE_URLS": json.dumps(settings.service_urls),
        "STUDYSPOT_DATABASE_URL": settings.database_url.get_secret_value(),
        "STUDYSPOT_SECRET_KEY": settings.secret_key.get_secret_value(),
        "STUDYSPOT_RATE_LIMIT": settings.rate_limit,
        "STUDYSPOT_LOGIN_RATE_LIMIT": settings.login_rate_limit,
        "STUDYSPOT_STRANGER_RATE_LIMIT": settings.stranger_rate_limit,
        "STUDYSPOT_WARM_DATABASES": str(settings.warm_databases),
        "STUDYSPOT_LOG_LEVEL": settings.log_level,
        "STUDYSPOT_LOG_FORMAT": settings.log_format,
    }


def check_machine() -> None:
    """:raises CannotMeasure: when a tool or a core is missing."""
    if not hasattr(os, "sched_getaffinity") or not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        raise CannotMeasure("This needs Linux and the cores 0 and 1: one for the server, one for the load.")
    if shutil.which("wrk") is None:
        raise CannotMeasure("The load comes from wrk: apt-get install wrk")
    for name in ("taskset", "node", "npm"):
        executable(name)


def free_port() -> int:
    """One that nobody listens on; never the same twice in a short while."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def executable(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise CannotMeasure(f"This needs {name!r} on the PATH.")
    return path


def machine_description(postgres: Postgres) -> dict[str, str]:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    node = subprocess.run([executable("node"), "--version"], capture_output=True, text=True, check=True)
    return {
        "Processor": f"{model[1] if model else 'unknown'}, {os.cpu_count()} cores",
        "Memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "Python": sys.version.split()[0],
        "PostgreSQL": f"{postgres.version} (embedded, fsync on)",
        "Node.js": node.stdout.strip().removeprefix("v"),
    }


def cpu_seconds(pid: int, *, with_ended_children: bool = False) -> float:
    """Fields 14 to 17 of proc_pid_stat(5), counted from behind the name, which may hold spaces."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_ended_children else 13])) / CLOCK_TICKS_PER_SECOND


def _machine_seconds() -> float:
    """Busy and stolen seconds of all cores: the first line of proc_stat(5)."""
    with Path("/proc/stat").open(encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, stolen, *_ = map(int, file.readline().split()[1:])
    return (user + nice + system + irq + softirq + stolen) / CLOCK_TICKS_PER_SECOND


def _kernel_threads_seconds() -> float:
    """What the kernel's own threads have worked, which write to the disk what is being measured."""
    threads = [one for one in psutil.process_iter(["ppid"]) if one.info["ppid"] == KERNEL_THREADS_PARENT]
    total = 0.0
    for thread in threads:
        with contextlib.suppress(OSError):  # it has ended meanwhile
            total += cpu_seconds(thread.pid)
    return total


def _own_seconds() -> float:
    """This process and what it started and waited for, such as wrk."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _wait_until_it_answers(child: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"{child.args!r} ended with status {child.returncode} instead of serving.")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/health", timeout=1.0).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer within {START_SECONDS_MAX:.0f} s.")
