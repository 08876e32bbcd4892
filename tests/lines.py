"""Log lines as tests read them."""

import contextlib
import logging
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog

from studyspot.gateway.middleware.ended_requests import ended_requests
from studyspot.kernel import logs


@contextlib.contextmanager
def logging_restored() -> Iterator[None]:
    """Lines of requests of other tests are written before, and logging is configured afterwards as before."""
    ended_requests.flush()
    ours, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logs.bind_anew()
    structlog.configure(**ours)
    root.handlers[:] = handlers
    root.setLevel(level)


@contextlib.contextmanager
def captured_lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged inside, with what is bound inside. Lines about requests are written a little later: all
    of them are there at the end.
    """
    ended_requests.flush()
    logs.bind_anew()
    with structlog.testing.capture_logs(processors=[logs.add_bound]) as lines:
        yield lines
        ended_requests.flush()
