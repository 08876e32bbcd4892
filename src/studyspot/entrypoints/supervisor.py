"""Several processes of the platform on one machine: started, watched, started again, replaced, stopped.

A process says that it is ready as it would to systemd: `READY=1` to the socket of NOTIFY_SOCKET, see
sd_notify(3). One that ends by itself is started again, later each time while it keeps ending soon.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 10.0
SETTLED_SECONDS = 30.0
"""One that ran for so long is started again at once when it ends."""
READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 200.0
"""More than settings allow for lingering and for a request's deadline together."""
LINE_BYTES_MAX = 2**16
NOT_FOUND = 127
"""The exit code of a shell whose command is not there."""
_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None)


class Command(msgspec.Struct, frozen=True):
    """A process to run. Those of a lower `stage` are ready before, and stopped after, those of a higher."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    stage: int = 0


Say = Callable[[str, str], None]
"""Told a process's name and a line that it, or the supervisor about it, has to say."""


class NeverReady(RuntimeError):
    """A process ended, or took too long, before it was ready."""


class Supervisor:
    def __init__(self, commands: Sequence[Command], say: Say) -> None:
        self._keepers = [_Keeper(command, say) for command in commands]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Supervisor"]:
        """All are up, each kept running, until the block ends.

        :raises NeverReady: when one does not come up the first time.
        """
        stages = sorted({one.command.stage for one in self._keepers})
        try:
            for stage in stages:
                await _all_or_none([one.start() for one in self._keepers if one.command.stage == stage])
            yield self
        finally:
            for stage in reversed(stages):
                await asyncio.gather(*(one.stop() for one in self._keepers if one.command.stage == stage))

    async def replace_all(self, commands: Iterable[Command]) -> None:
        """One after the other: a new process, of the command of its name, takes over before the old one ends.

        :raises NeverReady: when a new one does not come up; the old one goes on.
        """
        by_name = {command.name: command for command in commands}
        for one in self._keepers:
            await one.replace(by_name[one.command.name])


class _Process:
    """One run of a command. It dies with us, also when we are killed."""

    def __init__(self, command: Command, say: Say) -> None:
        self._command = command
        self._say = say
        self.started_at = time.monotonic()
        self._process: asyncio.subprocess.Process | None = None
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.ended.set_result(NOT_FOUND)  # unless it starts

    async def start(self) -> None:
        """:raises NeverReady:"""
        with tempfile.TemporaryDirectory(prefix="studyspot-ready-") as folder, _bound(folder) as notified:
            await self._run(notified.getsockname())
            ready = asyncio.create_task(asyncio.get_running_loop().sock_recv(notified, 64))
            either: set[asyncio.Future[Any]] = {ready, self.ended}
            try:
                await asyncio.wait(either, timeout=READY_SECONDS_MAX, return_when=asyncio.FIRST_COMPLETED)
                is_ready = ready.done()
            finally:
                ready.cancel()
                await asyncio.wait({ready})
        if not is_ready:
            await self.stop(signal.SIGINT)
            raise NeverReady(f"{self._command.name} did not start")

    async def _run(self, notified: str) -> None:
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command.arguments,
                env={**self._command.environment, "NOTIFY_SOCKET": notified},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours to hear
                preexec_fn=_die_with_parent,
            )
        except OSError as problem:
            raise NeverReady(f"{self._command.name} did not start: {problem}") from problem
        self._lines = asyncio.create_task(self._pass_on(self._process))
        self.ended = asyncio.create_task(self._process.wait())

    async def stop(self, by: signal.Signals) -> None:
        """SIGTERM for one that others take over from, SIGINT for one that nobody does."""
        if self._process is None:
            return
        if not self.ended.done():
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(by)
            await asyncio.wait({self.ended}, timeout=STOP_SECONDS_MAX)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self.ended
        await self._lines

    async def _pass_on(self, process: asyncio.subprocess.Process) -> None:
        """Line by line; a very long one in several."""
        assert process.stdout is not None  # noqa: S101 - asked for above
        rest = b""
        while piece := await process.stdout.read(LINE_BYTES_MAX):
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > LINE_BYTES_MAX:
                lines.append(rest)
                rest = b""
            for line in lines:
                self._say(self._command.name, line.decode(errors="replace").rstrip())
        if rest:
            self._say(self._command.name, rest.decode(errors="replace").rstrip())


class _Keeper:
    """Keeps one command running."""

    def __init__(self, command: Command, say: Say) -> None:
        self.command = command
        self._say = say
        self._current: _Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        self._current = _Process(self.command, self._say)
        await self._current.start()
        self._watching = asyncio.create_task(self._watch(), name=f"keeper of {self.command.name}")

    async def replace(self, command: Command) -> None:
        """:raises NeverReady: the old one goes on then."""
        async with self._changing:
            successor = _Process(command, self._say)
            await successor.start()
            self.command = command
            predecessor, self._current = self._current, successor
            if predecessor is not None:
                await predecessor.stop(signal.SIGTERM)

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        if self._current is not None:
            await self._current.stop(signal.SIGINT)

    async def _watch(self) -> None:
        pause = 0.0
        while self._current is not None:
            watched = self._current
            await asyncio.wait({watched.ended})
            if watched is not self._current:
                continue  # it was replaced
            if time.monotonic() - watched.started_at > SETTLED_SECONDS:
                pause = 0.0
            self._say(self.command.name, f"ended with {watched.ended.result()}; starting it again")
            await asyncio.sleep(pause)
            pause = min(max(2 * pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            async with self._changing:
                if watched is self._current:
                    self._current = _Process(self.command, self._say)
                    with contextlib.suppress(NeverReady):  # it ended again, and is looked at again
                        await self._current.start()


async def _all_or_none(starts: Iterable[Coroutine[Any, Any, None]]) -> None:
    """When one fails the others start no further."""
    starting = [asyncio.create_task(one) for one in starts]
    try:
        await asyncio.gather(*starting)
    finally:
        for one in starting:
            one.cancel()
        await asyncio.wait(starting)


@contextlib.contextmanager
def _bound(folder: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(Path(folder) / "ready"))
        notified.setblocking(False)
        yield notified


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def notify_ready() -> None:
    """Tells whoever started this process, if he asked for it, that requests are accepted."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifying:
            notifying.sendto(b"READY=1", "\0" + address[1:] if address.startswith("@") else address)
