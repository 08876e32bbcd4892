"""The embedded server, under the accidents that a machine without an administrator has."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import asyncpg
import psutil
import psycopg
import pytest

from studyspot.kernel.embedded_postgres import DataFolderInUse, EmbeddedPostgres, EmbeddedPostgresError

FAST = {"fsync": "off", "shared_buffers": "16MB"}
STARTS_AND_SLEEPS = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests in the background ignores it
from studyspot.kernel.embedded_postgres import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off", "shared_buffers": "16MB"}).start()
print("started", flush=True)
time.sleep(600)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root must hand the server to another user")

LONG = Path("long" * 15, "path" * 15)

Make = Callable[..., EmbeddedPostgres]
StartElsewhere = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """Mode 0700. Not `tmp_path`: each pytest that starts closes the folder of all of them to other users.

    No process that works below it is left behind, however the test ended.
    """
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        yield Path(name)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if Path(process.cwd()).is_relative_to(name):
                    process.kill()


@pytest.fixture
def folder(closed_folder: Path) -> Path:
    return closed_folder / "pg"


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    made: list[EmbeddedPostgres] = []

    def make_one(at: Path = folder, settings: Mapping[str, str] = FAST) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(at, settings=settings))
        return made[-1]

    yield make_one
    for postgres in made:
        postgres.stop()
        if not postgres.socket_folder.is_relative_to(folder):
            shutil.rmtree(postgres.socket_folder, ignore_errors=True)


@pytest.fixture
def start_elsewhere(folder: Path) -> Iterator[StartElsewhere]:
    started: list[subprocess.Popen[str]] = []

    def start(*, python_path: str = "") -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", STARTS_AND_SLEEPS, folder],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([python_path, *sys.path])},
                start_new_session=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def says_started(process: subprocess.Popen[str]) -> bool:
    if process.stdout.readline() == "started\n":
        return True
    raise AssertionError(process.communicate()[1])


def postmaster(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().split()[0])


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


async def write_a_row(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    await connection.execute("CREATE TABLE seats (name text); INSERT INTO seats VALUES ('A-1')")
    await connection.close()


async def rows(postgres: EmbeddedPostgres) -> list[str]:
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    found = await connection.fetch("SELECT name FROM seats")
    await connection.close()
    return [row["name"] for row in found]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


async def test_what_was_written_is_there_after_a_stop_and_a_start(make, folder):
    postgres = make()
    postgres.start()
    await write_a_row(postgres)
    pid = postmaster(folder)
    postgres.stop()
    assert not psutil.pid_exists(pid)
    postgres.start()
    assert await rows(postgres) == ["A-1"]


def test_a_cluster_is_utf8_checksummed_and_listens_to_no_network(make):
    postgres = make()
    postgres.start()
    with psycopg.connect(postgres.dsn("postgres")) as connection:
        known = [
            connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("server_encoding", "data_checksums", "listen_addresses", "jit", "fsync")
        ]
        locale = connection.execute(
            "SELECT datlocale FROM pg_database WHERE datname = 'template0'"
        ).fetchone()
    assert (known, locale) == (["UTF8", "on", "", "off", "off"], ("C.UTF-8",))


def test_a_database_with_an_awkward_name_is_reached(make):
    postgres = make()
    postgres.start()
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute('CREATE DATABASE "a/b ?&ü"')
    with psycopg.connect(postgres.dsn("a/b ?&ü")) as connection:
        assert connection.info.dbname == "a/b ?&ü"


async def test_a_killed_server_recovers_what_was_committed(make, folder):
    postgres = make()
    postgres.start()
    await write_a_row(postgres)
    kill(postmaster(folder))
    postgres.start()
    assert await rows(postgres) == ["A-1"]


def test_a_dead_servers_process_id_may_have_gone_to_somebody_else(make, folder):
    postgres = make()
    postgres.start()
    pid = postmaster(folder)
    kill(pid)
    pid_file = folder / "cluster" / "postmaster.pid"
    owner = pid_file.stat().st_uid
    with subprocess.Popen(["/bin/sleep", "600"], user=owner if os.geteuid() == 0 else None) as stranger:
        pid_file.write_text(pid_file.read_text().replace(str(pid), str(stranger.pid), 1))
        try:
            postgres.start()
            assert psutil.Process(postmaster(folder)).name() == "postgres"
            assert stranger.poll() is None
        finally:
            stranger.kill()


async def test_a_server_whose_starter_was_killed_is_taken_over(make, folder, start_elsewhere):
    starter = start_elsewhere()
    assert says_started(starter)
    server = postmaster(folder)
    starter.kill()
    starter.wait()
    postgres = make()
    postgres.start()
    assert postmaster(folder) == server
    await write_a_row(postgres)
    postgres.stop()
    postgres.start()
    assert postmaster(folder) != server
    assert await rows(postgres) == ["A-1"]


def test_a_ctrl_c_at_the_terminal_does_not_reach_the_server(make, folder, start_elsewhere):
    starter = start_elsewhere()
    assert says_started(starter)
    server = postmaster(folder)
    os.killpg(starter.pid, signal.SIGINT)
    starter.wait(timeout=30)
    postgres = make()
    postgres.start()
    assert postmaster(folder) == server


def test_a_second_process_on_the_same_folder_is_refused_and_harms_nothing(make, folder, start_elsewhere):
    first = start_elsewhere()
    assert says_started(first)
    server = postmaster(folder)
    second = make()
    with pytest.raises(DataFolderInUse, match=f"process {first.pid};"):
        second.start()
    second.stop()
    assert psutil.Process(server).is_running()


def test_a_start_killed_during_initdb_is_begun_anew(make, folder, start_elsewhere):
    starter = start_elsewhere()
    unfinished = folder / "cluster.unfinished"
    wait_until((unfinished / "PG_VERSION").exists)
    starter.kill()
    starter.wait()
    assert not (folder / "cluster").exists()
    postgres = make()
    postgres.start()
    assert not unfinished.exists()


def test_a_path_too_long_for_a_socket_works(make, folder):
    deep = folder / LONG
    postgres = make(deep)
    postgres.start()
    assert postgres.socket_folder.stat().st_mode & 0o777 == 0o700
    assert postgres.socket_folder == EmbeddedPostgres(deep).socket_folder
    with psycopg.connect(postgres.dsn("postgres")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@as_root
def test_a_short_socket_folder_that_somebody_else_made_first_is_not_used(make, folder):
    postgres = make(folder / LONG)
    postgres.socket_folder.mkdir()
    os.chown(postgres.socket_folder, 12345, 12345)
    with pytest.raises(EmbeddedPostgresError, match="not a folder of ours"):
        postgres.start()


def test_a_server_that_cannot_start_says_why_and_lets_go_of_the_folder(make):
    with pytest.raises(EmbeddedPostgresError, match="max_connections"):
        make(settings={**FAST, "max_connections": "many"}).start()
    make().start()


@as_root
def test_root_needs_no_more_than_closed_folders_for_binaries_and_data(
    folder, closed_folder, make, start_elsewhere
):
    """As with a virtual environment below /root that was made under umask 077."""
    package = make().binary("postgres").parent.parent.parent
    site = closed_folder / "site"
    for source in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, site / source.name, ignore=shutil.ignore_patterns("include"))
    for path in (site, *site.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    assert says_started(start_elsewhere(python_path=str(site)))
    server = psutil.Process(postmaster(folder))
    assert Path(server.exe()).is_relative_to(site)
    assert server.uids().effective != 0
    assert [path.stat().st_mode & 0o007 for path in (closed_folder, folder)] == [0, 0]


@as_root
def test_a_cluster_in_somebodys_folder_belongs_to_them(make, folder):
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    make().start()
    assert psutil.Process(postmaster(folder)).uids().effective == 65534
    assert (folder / "cluster").stat().st_uid == 65534


@as_root
def test_another_user_of_the_machine_cannot_connect(make, folder):
    postgres = make(folder / LONG)
    postgres.start()
    command = [postgres.binary("psql"), postgres.dsn("postgres"), "--command", "SELECT 1"]
    asked = subprocess.run(
        command, user=12345, group=12345, extra_groups=[], capture_output=True, check=False
    )
    assert b"Permission denied" in asked.stderr


@as_root
def test_a_way_that_was_closed_again_is_opened_at_the_next_start(make, folder):
    postgres = make()
    postgres.start()
    postgres.stop()
    folder.chmod(0o700)
    postgres.start()
    assert folder.stat().st_mode & 0o007 == 0
