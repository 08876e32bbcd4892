"""`studyspot up --services`: the rooms as processes of their own on this machine, the gateway in front."""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable, Sequence

import structlog
from rich.console import Console
from rich.text import Text

from studyspot.entrypoints.procfile import commands
from studyspot.entrypoints.serve import Stop
from studyspot.entrypoints.supervisor import Command, NeverReady, Say, Supervisor
from studyspot.kernel.output import tolerant
from studyspot.kernel.problems import told
from studyspot.kernel.settings import RefusedSettings, Settings

COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_red", "bright_cyan", "bright_yellow")
log = structlog.get_logger(__name__)


async def supervise(
    settings: Settings, *, read_again: Callable[[], Settings], ready: Callable[[], None]
) -> None:
    """Runs until SIGINT or SIGTERM. SIGHUP replaces every process by a new one, without a refused request,
    with the settings that are then `read_again`; at a terminal, where it says that this was closed, it ends
    all.

    :raises RefusedSettings: when one of them does not start; what it said stands above.
    """
    stop, replace = Stop(), asyncio.Event()
    if not any(os.isatty(number) for number in range(3)):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, replace.set)
    planned = [*commands(settings)]
    try:
        async with Supervisor(planned, _teller(planned)).running() as supervisor:
            ready()
            stopping = asyncio.create_task(stop.wait())
            replacing = asyncio.create_task(_replace_when_told(supervisor, read_again, replace))
            await asyncio.wait({stopping, replacing}, return_when=asyncio.FIRST_COMPLETED)
            replacing.cancel()
    except NeverReady as problem:
        raise RefusedSettings(f"{problem}.") from None


async def _replace_when_told(
    supervisor: Supervisor, read_again: Callable[[], Settings], replace: asyncio.Event
) -> None:
    while True:
        await replace.wait()
        replace.clear()
        try:
            await supervisor.replace_all(commands(read_again()))
            log.info("all_replaced")
        except (NeverReady, RefusedSettings) as problem:
            log.warning("not_replaced", problem=told(problem))
        except Exception:  # whatever it is, what runs goes on
            log.exception("not_replaced")


def _teller(planned: Sequence[Command]) -> Say:
    """Prints each line behind the coloured name of who says it; only the names are rendered, and only once,
    since several hundred lines come a second.
    """
    width = max(len(command.name) for command in planned)
    file = tolerant(sys.stderr)
    console = Console(file=file, highlight=False)
    prefixes = {}
    for command, colour in zip(planned, itertools.cycle(COLOURS), strict=False):
        with console.capture() as captured:
            console.print(Text(f"{command.name:<{width}} | ", colour), end="")
        prefixes[command.name] = captured.get()
    return lambda name, line: print(prefixes[name] + line, file=file)
