"""What the commands share: options, exit codes, how they start and what they print."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
import uvloop
from rich.console import Console

from studyspot import __version__
from studyspot.entrypoints.addresses import read_settings
from studyspot.entrypoints.local import embedded_database
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.logs import configure_logs
from studyspot.kernel.output import tolerant
from studyspot.kernel.settings import Settings
from studyspot.kernel.telemetry.reports import start_reporting
from studyspot.kernel.telemetry.tracing import start_tracing
from studyspot.kernel.validation import encode_hook

# What is printed is said by others, too: no name of a business is read as colours, links or pictures.
console = Console(file=tolerant(sys.stdout), markup=False, emoji=False, highlight=False)
errors = Console(file=tolerant(sys.stderr), markup=False, emoji=False, highlight=False)

Result = TypeVar("Result")

EXIT_UNHEALTHY = 1
EXIT_REFUSED = 2
EXIT_INCOMPLETE = 3
EXIT_TERMINATED = 128 + signal.SIGTERM

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the embedded database and of secrets")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs")]


def configured(process: str = "studyspot", **overrides: object) -> Settings:
    """The settings; logs, reports and traces under the name of the process."""
    settings = read_settings(**overrides)
    report = None
    if settings.sentry_dsn is not None:
        report = start_reporting(settings.sentry_dsn.get_secret_value(), __version__)
    configure_logs(
        level=settings.log_level,
        form=settings.log_format,
        folder=settings.log_folder,
        name=process,
        report=report,
    )
    if settings.traces_url is not None:
        start_tracing(process, settings.traces_url, settings.traces_share)
    return settings


def run(work: Coroutine[object, object, Result]) -> Result:
    """SIGTERM ends it as Ctrl-C does: what it has begun is undone first. Who serves takes the signal for
    itself.
    """
    try:
        return uvloop.run(_cancelled_by_sigterm(work))
    except asyncio.CancelledError:
        raise SystemExit(EXIT_TERMINATED) from None


async def _cancelled_by_sigterm(work: Coroutine[object, object, Result]) -> Result:
    working = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        loop.add_signal_handler(signal.SIGTERM, lambda: None)  # a second one does not stop the undoing
        working.cancel()

    loop.add_signal_handler(signal.SIGTERM, cancel)
    return await working


def with_platform(data: Path | None, work: Callable[[Platform], Awaitable[Result]]) -> Result:
    """Runs something on the platform, whose database is started for it if it is the embedded one."""
    with embedded_database(configured(data=data), say, may_join=True, may_create=False) as settings:

        async def on_platform() -> Result:
            async with Platform(settings).running(with_worker=False) as platform:
                return await work(platform)

        return run(on_platform())


def say(sentence: str) -> None:
    errors.print(sentence)


def print_json(value: object) -> None:
    sys.stdout.write(as_json_text(value) + "\n")


def as_json_text(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=encode_hook), indent=2).decode()
