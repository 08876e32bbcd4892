"""Structured logs: one event a line, with request id and tenant bound by whoever knows them.

Never a secret.
"""

import logging
import sys
from typing import Literal

import structlog

SECRET_WORDS = ("password", "token", "secret", "authorization", "code", "dsn", "url")


def configure_logs(*, level: str, form: Literal["console", "json"]) -> None:
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
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
            *([_stack_as_data] if form == "json" else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
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
