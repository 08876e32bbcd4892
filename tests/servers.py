"""The PostgreSQL that tests run on: the wheel's, or with TEST_POSTGRES_BIN another one that is installed."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import psutil

from studyspot.kernel.embedded_postgres import EmbeddedPostgres

NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "512MB",
}
SAYS_WHO_WAITS = {"log_lock_waits": "on", "log_error_verbosity": "default"}
ROOMY_BYTES = 40 << 30
"""All tests make more than a thousand databases of 12 MB."""


def installed_programs() -> Path | None:
    """The folder of another PostgreSQL than the wheel's."""
    folder = os.environ.get("TEST_POSTGRES_BIN")
    return Path(folder) if folder else None


class Server(NamedTuple):
    """`dsn` is the owner's way to a database, by its name; `log` is its log, or the folder of it."""

    dsn: Callable[[str], str]
    log: Path

    def waits(self) -> list[str]:
        """What took longer than a second because of somebody else's lock, or longer than it was allowed."""
        files = self.log.glob("*.log") if self.log.is_dir() else [self.log]
        lines = [line for file in sorted(files) for line in file.read_text(errors="replace").splitlines()]
        return [
            "\n".join(lines[at : at + 4])
            for at, line in enumerate(lines)
            if " still waiting for " in line or "due to statement timeout" in line
        ]


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    # In memory where there is room: hundreds of databases are made here and thrown away.
    # Not pytest's tmp_path: as root the server runs as another user, whom that folder keeps out.
    memory = Path("/dev/shm")
    is_roomy = memory.is_dir() and psutil.virtual_memory().available > ROOMY_BYTES
    folder = Path(tempfile.mkdtemp(prefix="studyspot-tests-", dir=memory if is_roomy else None))
    installed = installed_programs()
    try:
        with _installed(installed, folder) if installed else _embedded(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _embedded(folder: Path) -> Iterator[Server]:
    server = EmbeddedPostgres(folder, settings=NOT_DURABLE | SAYS_WHO_WAITS)
    server.start()
    try:
        yield Server(server.dsn, folder / "log")
    finally:
        server.stop()


@contextlib.contextmanager
def _installed(binaries: Path, folder: Path) -> Iterator[Server]:
    """A server refuses to be root's: then it is the user's that its package brings along."""
    user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "--pgdata", str(folder / "cluster"), *arguments]
        subprocess.run(command, check=True, user=user and user.pw_uid, stdout=subprocess.DEVNULL)

    settings = (
        NOT_DURABLE | SAYS_WHO_WAITS | {"unix_socket_directories": str(folder), "max_connections": "200"}
    )
    run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
    options = " ".join(["-h ''", *(f"-c {name}={value}" for name, value in settings.items())])
    run("pg_ctl", "start", "--wait", "--log", str(folder / "log"), "--options", options)
    try:
        query = urlencode({"host": str(folder)})
        yield Server(
            lambda database: f"postgresql://postgres@/{quote(database, safe='')}?{query}", folder / "log"
        )
    finally:
        run("pg_ctl", "stop", "--mode=fast")
