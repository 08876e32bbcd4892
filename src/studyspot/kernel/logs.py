"""Structured logs: one event a line, with request id and tenant bound by whoever knows them.

Never a secret, and nothing of people: what a database driver says about values is left out.
"""

import io
import logging
import sys
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path
from typing import Literal, TextIO, cast

import structlog

SECRET_WORDS = ("password", "token", "secret", "authorization", "code", "dsn", "url")
KEPT_DAYS = 30
TALKATIVE = ("asyncpg.", "psycopg.", "msgspec.")
"""Whose errors quote the values they are about."""


def configure_logs(
    *,
    level: str,
    form: Literal["console", "json"],
    folder: Path | None = None,
    name: str = "studyspot",
    report: structlog.typing.Processor | None = None,
) -> None:
    """To the standard error, and to `<folder>/<name>.log` if there is a folder: a file a day, kept 30 days.

    `report` is a step in between that passes bugs on.
    """
    stream: TextIO = sys.stderr if folder is None else _daily_file(folder / f"{name}.log")
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide_secrets,
            structlog.processors.StackInfoRenderer(),
            # Stacks without local variables: those hold passwords and tokens.
            *([report] if report else []),
            _hide_values,
            *([_stack_as_data] if form == "json" else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=stream)
    # They report every lost connection with its stack; we answer those requests with 503.
    for chatty in ("asyncpg", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


_stack_as_data = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def _hide_secrets(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The last net: a field whose name says that it is secret never reaches a line."""
    for name in event:
        if name.lower().endswith(SECRET_WORDS) and name != "error_code":
            event[name] = "[hidden]"
    return event


def _hide_values(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Takes the message from errors that quote values; their class and place say enough."""
    given = event.get("exc_info")
    problem = sys.exc_info()[1] if given is True else given
    seen: set[int] = set()
    while isinstance(problem, BaseException) and id(problem) not in seen:
        seen.add(id(problem))
        if f"{type(problem).__module__}.".startswith(TALKATIVE):
            problem.args = ("[hidden]",)
            for quoting in ("detail", "hint", "where", "internal_query"):
                if getattr(problem, quoting, None) is not None:
                    setattr(problem, quoting, None)
        problem = problem.__cause__ or problem.__context__
    return event


def _daily_file(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = TimedRotatingFileHandler(
        path, when="midnight", utc=True, backupCount=KEPT_DAYS, encoding="utf-8"
    )
    return cast("TextIO", _AlsoToFile(handler))


class _AlsoToFile(io.TextIOBase):
    """The standard error, with a copy of each line in the file of the day."""

    def __init__(self, handler: TimedRotatingFileHandler) -> None:
        self._handler = handler

    def write(self, text: str) -> int:
        line = text.rstrip("\n")
        if line:
            self._handler.emit(logging.makeLogRecord({"msg": line}))
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
