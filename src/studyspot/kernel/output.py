"""What this process says to the terminal, or to whoever reads it instead."""

import errno
import io
import os
import sys
from typing import Literal, TextIO

GONE = frozenset({errno.EPIPE, errno.EIO})
"""The reader ended, as `| head` does; the terminal was closed."""


class Output(io.TextIOBase):
    """Standard output or error. When nobody reads it any more, what is said is lost and nothing else happens:
    a platform does not end for that.
    """

    def __init__(self, name: Literal["stdout", "stderr"]) -> None:
        self._name = name

    @property
    def encoding(self) -> str:  # type: ignore[override]  # which is writable there
        return self._stream.encoding

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
        except OSError as problem:
            self._lost(problem)
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as problem:
            self._lost(problem)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def _stream(self) -> TextIO:
        return sys.stdout if self._name == "stdout" else sys.stderr

    def _lost(self, problem: OSError) -> None:
        if problem.errno in GONE:  # else, as when a disk is full, it may be possible again
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
