"""Numbered `.sql` migrations, forward only, applied to one database in one transaction.

Numbers are unique in a history (control or tenant) whichever room brings them, so a revision is one integer.
Each file works with the code before and after it.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from studyspot.kernel.database import Connection

LOCK_TIMEOUT_SECONDS = 2
STATEMENT_SECONDS_MAX = 3600
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class Migration(msgspec.Struct, frozen=True):
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


class History(msgspec.Struct, frozen=True):
    """All migrations of one kind of database, in order."""

    migrations: tuple[Migration, ...]

    @property
    def head(self) -> int:
        return self.migrations[-1].number if self.migrations else 0


class MigrationRefused(Exception):
    """The database cannot be brought to this history: the message says why."""


def load_history(folders: Sequence[Path]) -> History:
    """Reads the `.sql` files of all folders.

    :raises ValueError: for a badly named file or a number used twice.
    """
    migrations: dict[int, Migration] = {}
    for path in sorted(path for folder in folders for path in folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path}: a migration is named NNNN_what.sql")
        number = int(match[1])
        if number in migrations:
            raise ValueError(f"{path}: number {number} is taken by {migrations[number].name}")
        migrations[number] = Migration(number, path.stem, path.read_text(encoding="utf-8"))
    return History(tuple(migrations[number] for number in sorted(migrations)))


async def migrate(connection: Connection, history: History) -> int:
    """Applies what is missing, all or nothing, and returns the revision reached: beyond this history where
    newer code has been before.

    Safe to run twice and by two processes at once. A lock that is not had within two seconds fails the
    attempt rather than queueing every reader behind it.

    :raises MigrationRefused: when an applied file was changed since.
    """
    async with connection.transaction() as tx:
        # One round trip, of which thousands of databases have one each.
        await tx.run_script(_BEGINNING, timeout_seconds=STATEMENT_SECONDS_MAX)
        rows = await tx.all(_Applied, "SELECT number, checksum FROM migrations.applied")
        applied = {row.number: row.checksum for row in rows}
        pending = [one for one in history.migrations if one.number not in applied]
        for migration in history.migrations:
            if applied.get(migration.number, migration.checksum) != migration.checksum:
                raise MigrationRefused(f"{migration.name} was changed after it had been applied")
        for migration in pending:
            await tx.run_script(migration.sql, timeout_seconds=STATEMENT_SECONDS_MAX)
            await tx.run(
                "INSERT INTO migrations.applied (number, name, checksum) VALUES ($1, $2, $3)",
                migration.number,
                migration.name,
                migration.checksum,
            )
        return max([*applied, *(one.number for one in pending)], default=0)


async def revision(connection: Connection) -> int:
    """The number of the newest applied migration; 0 for a database that has none."""
    if await connection.value("SELECT to_regclass('migrations.applied')") is None:
        return 0
    return int(await connection.value("SELECT coalesce(max(number), 0) FROM migrations.applied"))


# The lock before the lock timeout: to wait for another migrator is no reason to fail.
_BEGINNING = f"""
    SET LOCAL statement_timeout = '{STATEMENT_SECONDS_MAX}s';
    SELECT pg_advisory_xact_lock(hashtextextended('studyspot.migrations', 0));
    SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECONDS}s';
    CREATE SCHEMA IF NOT EXISTS migrations;
    CREATE TABLE IF NOT EXISTS migrations.applied (
        number integer PRIMARY KEY,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    );
"""


class _Applied(msgspec.Struct):
    number: int
    checksum: str
