"""Log lines as tests read them."""

import contextlib
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog

from studyspot.gateway.request_lines import request_lines


@contextlib.contextmanager
def captured_lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged inside, with what is bound inside. Lines about requests are written a little later: all
    of them are there at the end.
    """
    request_lines.flush()
    structlog.contextvars.clear_contextvars()
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines
        request_lines.flush()
