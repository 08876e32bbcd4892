"""What this process says to the terminal, or to whoever reads it instead."""

import errno
import io
import os
from typing import TextIO, cast

GONE = frozenset({errno.EPIPE, errno.EIO})
"""The reader ended, as `| head` does; the terminal was closed."""


def tolerant(stream: TextIO) -> TextIO:
    """The stream; but when nobody reads it any more, what is said is lost and nothing else happens: a
    platform does not end for that.
    """
    return cast("TextIO", _Tolerant(stream))


class _Tolerant(io.TextIOBase):
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

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

    def _lost(self, problem: OSError) -> None:
        if problem.errno in GONE:  # else, as when a disk is full, it may be possible again
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
