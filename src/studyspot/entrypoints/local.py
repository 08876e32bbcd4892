"""What `studyspot up` brings along for one machine: an embedded database, a secret key, demo logins."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import msgspec
from pydantic import SecretStr

from studyspot.kernel.embedded_postgres import DataFolderInUse, EmbeddedPostgres
from studyspot.kernel.settings import RefusedSettings, Settings, read_setting
from studyspot.kernel.vault import Vault, new_vault_key

WATCH_SECONDS = 0.5


@contextlib.contextmanager
def embedded_database(
    settings: Settings, progress: Callable[[str], None], *, may_join: bool = False, may_create: bool = True
) -> Iterator[Settings]:
    """Starts the database of the data folder, unless a URL is set, and stops it cleanly at the end.

    One that another process has started is used as it is, and left alone, by whoever `may_join`; of several
    of those, who has started it stops it after the last has gone. Yields the settings with what the platform
    needs to reach it.

    :raises DataFolderInUse: when there is one and joining it is not allowed.
    :raises RefusedSettings: when there is none in the folder and making one is not allowed.
    """
    if not may_create:
        _refuse_missing(settings)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    complete = settings.model_copy(update={"secret_key": settings.secret_key or _secret_key(settings.data)})
    if settings.database_url is not None:
        yield complete
        return
    server = EmbeddedPostgres(settings.data, progress=progress)
    complete = complete.model_copy(update={"database_url": SecretStr(server.dsn(""))})
    with _share_of_commands(settings.data) if may_join else contextlib.nullcontext() as share:
        if not _starts(server, may_join=may_join):
            yield complete
            return
        try:
            with _kept_running(server, progress):
                try:
                    yield complete
                finally:
                    if share is not None:
                        _wait_for_others(share, progress)
        finally:
            server.stop()


@contextlib.contextmanager
def _share_of_commands(data: Path) -> Iterator[IO[bytes]]:
    """Of the lock that all commands share which use the server of a data folder at the same time."""
    with (data / "commands.lock").open("ab") as share:
        fcntl.flock(share, fcntl.LOCK_SH)
        yield share


def _wait_for_others(share: IO[bytes], progress: Callable[[str], None]) -> None:
    """Nobody joins any more until we have stopped the server."""
    try:
        fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress("Another command uses the database that this one has started: waiting for its end")
        fcntl.flock(share, fcntl.LOCK_EX)


def _starts(server: EmbeddedPostgres, *, may_join: bool) -> bool:
    """False when another process has started it."""
    try:
        server.start()
    except DataFolderInUse:
        if not (may_join and server.is_running):
            raise
        return False
    return True


def as_it_is(settings: Settings) -> Settings:
    """The settings with what it takes to reach the platform of the data folder, should it run: nothing is
    started or made.

    :raises RefusedSettings: when there is none in the folder.
    """
    _refuse_missing(settings)
    found: dict[str, SecretStr] = {}
    if settings.database_url is None:
        found["database_url"] = SecretStr(EmbeddedPostgres(settings.data).dsn(""))
    if settings.secret_key is None and (settings.data / "secret_key").exists():
        found["secret_key"] = _secret_key(settings.data)
    return settings.model_copy(update=found)


def _refuse_missing(settings: Settings) -> None:
    if settings.database_url is None and not (settings.data / "cluster").exists():
        raise RefusedSettings(
            f"STUDYSPOT_DATA: there is no platform in {settings.data}; name its folder with --data, or make"
            " one with `studyspot up`"
        )


@contextlib.contextmanager
def _kept_running(server: EmbeddedPostgres, progress: Callable[[str], None]) -> Iterator[None]:
    """Starts the server again should it be killed under us; requests meanwhile are answered with 503."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(WATCH_SECONDS):
            if not server.is_running:
                progress("PostgreSQL has ended; starting it again")
                server.start()

    watcher = threading.Thread(target=watch, name="postgres watcher")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, and for our eyes alone."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def write_json(path: Path, value: object) -> None:
    write_private(path, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def _secret_key(data: Path) -> SecretStr:
    """Made once per data folder: without it the signing keys kept there cannot be read."""
    path = data / "secret_key"
    if not path.exists():
        write_private(path, new_vault_key().encode())
    key = read_setting(path, "STUDYSPOT_DATA")
    try:
        Vault(key)
    except ValueError:
        raise RefusedSettings(f"STUDYSPOT_DATA: what {path} holds is no Fernet key") from None
    return SecretStr(key)
