"""`studyspot up --services`: the rooms as processes of their own on this machine, the gateway in front."""

import asyncio
import itertools
import signal
from collections.abc import Callable, Sequence

import structlog
from rich.console import Console
from rich.text import Text

from studyspot.entrypoints.procfile import commands
from studyspot.entrypoints.serve import Stop
from studyspot.entrypoints.supervisor import Command, NeverReady, Say, Supervisor
from studyspot.kernel.settings import RefusedSettings, Settings

COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_red", "bright_cyan", "bright_yellow")
log = structlog.get_logger(__name__)


async def supervise(settings: Settings, *, ready: Callable[[], None]) -> None:
    """Runs until SIGINT or SIGTERM. SIGHUP replaces every process by a new one, without a refused request.

    :raises RefusedSettings: when one of them does not start; what it said stands above.
    """
    stop, replace = Stop(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, replace.set)
    planned = [*commands(settings)]
    try:
        async with Supervisor(planned, _teller(planned)).running() as supervisor:
            ready()
            stopping = asyncio.create_task(stop.wait())
            replacing = asyncio.create_task(_replace_when_told(supervisor, replace))
            await asyncio.wait({stopping, replacing}, return_when=asyncio.FIRST_COMPLETED)
            replacing.cancel()
    except NeverReady as problem:
        raise RefusedSettings(f"{problem}.") from None


async def _replace_when_told(supervisor: Supervisor, told: asyncio.Event) -> None:
    while True:
        await told.wait()
        told.clear()
        try:
            await supervisor.replace_all()
            log.info("all_replaced")
        except NeverReady as problem:
            log.warning("not_replaced", problem=str(problem))


def _teller(planned: Sequence[Command]) -> Say:
    """Prints each line behind the coloured name of who says it."""
    width = max(len(command.name) for command in planned)
    colours = dict(zip((command.name for command in planned), itertools.cycle(COLOURS), strict=False))
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    return lambda name, line: console.print(Text(f"{name:<{width}} | ", style=colours[name]) + Text(line))
