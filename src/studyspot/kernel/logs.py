"""Structured logs: one event a line, with the request's id, tenant and account bound by whoever knows them.

Never a secret, and nothing of people but ids. What libraries log goes the same way as what we do.
"""

import contextlib
import io
import logging
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TextIO, cast

import msgspec
import structlog

from studyspot.kernel import clock
from studyspot.kernel.aadhaar import mask_aadhaar
from studyspot.kernel.contract import Caller
from studyspot.kernel.output import tolerant
from studyspot.kernel.problems import stack_of
from studyspot.kernel.settings import RefusedSettings

SECRET_WORDS = ("password", "token", "secret", "authorization", "code", "dsn", "url")
KEPT_DAYS = 30


def configure_logs(
    *,
    level: str,
    form: Literal["console", "json"],
    folder: Path | None = None,
    name: str = "studyspot",
    report: structlog.typing.Processor | None = None,
) -> None:
    """To the standard error, and to `<folder>/<name>-<day>.log` if there is a folder, kept 30 days.

    `report` is a step in between that passes bugs on.

    :raises RefusedSettings: when the folder cannot be written to.
    """
    stream = tolerant(sys.stderr)
    if folder is not None:
        stream = cast("TextIO", _AlsoToFile(stream, _FileOfTheDay(folder, name)))
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            add_bound,
            structlog.processors.add_log_level,
            structlog.processors.MaybeTimeStamper(fmt="iso", utc=True),
            _hide_secrets,
            structlog.processors.StackInfoRenderer(),
            *([report] if report else []),
            structlog.processors.ExceptionRenderer(_stack),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_FromLibraries()], force=True)
    # They report every lost connection with its stack; we answer those requests with 503.
    for chatty in ("asyncpg", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


# One variable for all: structlog's own, one a name, cost ten times as much.
_bound: ContextVar[Mapping[str, object]] = ContextVar("bound", default=MappingProxyType({}))


def bind(**facts: object) -> None:
    """From now on every line of this task, and of those that it starts, says this too."""
    _bound.set({**bound(), **facts})


def bind_anew(**facts: object) -> None:
    """And nothing that was bound before."""
    _bound.set(facts)


def bind_caller(caller: Caller) -> None:
    """From now on every line about this request says whose it is, by ids alone."""
    bind(tenant_id=caller.tenant_id, account_id=caller.account_id)


def bound() -> Mapping[str, object]:
    return _bound.get()


def add_bound(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The step that adds what is bound, as text; what the line itself says counts more."""
    for name, value in bound().items():
        if value is not None:
            event.setdefault(name, str(value))
    return event


class Line(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One that is written in a batch: all its fields, none of them secret; what is bound is not added."""

    event: str
    level: Literal["info", "error"]
    timestamp: datetime


def log_batch(lines: Sequence[Line]) -> None:
    """For a tenth of what they cost one by one: in JSON they pass none of the steps above."""
    log = structlog.get_logger().bind()
    lines = [line for line in lines if log.is_enabled_for(_LEVELS[line.level])]
    config = structlog.get_config()
    if not isinstance(config["processors"][-1], structlog.processors.JSONRenderer):
        for line in lines:
            facts = msgspec.to_builtins(line)
            log.log(_LEVELS[facts.pop("level")], **facts)
    elif lines:
        config["logger_factory"]().msg(_as_json(lines).decode().removesuffix("\n"))


_LEVELS = {"info": logging.INFO, "error": logging.ERROR}
_as_json = msgspec.json.Encoder().encode_lines


class _FromLibraries(logging.Handler):
    """Their sentences as they stand in their code, without what is filled in, which may be anybody's; of
    several lines the first, for asyncio's others show the values of whatever failed.
    """

    def emit(self, record: logging.LogRecord) -> None:
        sentence, *_ = str(record.msg).splitlines() or [""]
        log = structlog.get_logger()
        log.log(record.levelno, sentence, logger=record.name, exc_info=record.exc_info)


def _stack(exc_info: Any) -> str:
    return stack_of(exc_info[1])


def _hide_secrets(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The last net: a field whose name says that it is secret never reaches a line, nor does an Aadhaar
    number, unless it is by chance a part of an id.
    """
    for name, value in event.items():
        if name.lower().endswith(SECRET_WORDS) and name != "error_code":
            event[name] = "[hidden]"
        elif isinstance(value, str) and not name.endswith("_id"):
            event[name] = mask_aadhaar(value)
    return event


class _FileOfTheDay:
    """Never renamed: so processes of one name, of which one takes over from the other, share it in peace."""

    def __init__(self, folder: Path, name: str) -> None:
        """:raises RefusedSettings: when it cannot be written."""
        self._folder, self._name = folder, name
        self._changing = threading.Lock()
        self._day = clock.now().date()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._opened()
        except OSError as problem:
            raise RefusedSettings(f"STUDYSPOT_LOG_FOLDER: {folder}: {problem.strerror}") from None
        self._forget_old()

    def write(self, text: str) -> None:
        """A full disk loses lines, not requests."""
        with self._changing, contextlib.suppress(OSError):
            if (today := clock.now().date()) != self._day or not os.fstat(self._file).st_nlink:
                self._day = today
                old, self._file = self._file, self._opened()
                os.close(old)
                self._forget_old()
            os.write(self._file, text.encode(errors="replace"))

    def _opened(self) -> int:
        return os.open(self._path(self._day), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)

    def _path(self, day: date) -> Path:
        return self._folder / f"{self._name}-{day}.log"

    def _forget_old(self) -> None:
        oldest = self._path(self._day - timedelta(days=KEPT_DAYS))
        for path in self._folder.glob(f"{self._name}-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].log"):
            if path < oldest:
                path.unlink(missing_ok=True)


class _AlsoToFile(io.TextIOBase):
    """The standard error, with a copy of each line in the file of the day."""

    def __init__(self, shown: TextIO, file: _FileOfTheDay) -> None:
        self._shown, self._file = shown, file

    def write(self, text: str) -> int:
        self._file.write(text)
        return self._shown.write(text)

    def flush(self) -> None:
        self._shown.flush()

    def isatty(self) -> bool:
        return self._shown.isatty()
