"""A file on its way to the platform, watched while it is sent."""

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

File: TypeAlias = Path | bytes | BinaryIO
"""A file object must be able to seek, and is sent from its beginning."""
Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many bytes of the file were sent, and how many there are."""


@contextlib.contextmanager
def opened(file: File) -> Iterator[BinaryIO]:
    """Closes what it opened itself. :raises TypeError: :raises ValueError: for what cannot be sent."""
    if isinstance(file, Path):
        with file.open("rb") as stream:
            yield _checked(stream)
    elif isinstance(file, bytes):
        yield io.BytesIO(file)
    else:
        yield _checked(file)


def _checked(given: object) -> BinaryIO:
    if isinstance(given, str | io.TextIOBase):
        raise TypeError("Give a Path, bytes, or a file that was opened as binary.")
    file = cast("BinaryIO", given)
    if not file.seekable():
        raise ValueError("The file cannot seek, as a pipe cannot. Read it, and give its bytes.")
    return file


def name_of(file: File) -> str:
    name = file if isinstance(file, Path) else getattr(file, "name", "")
    return Path(name).name if isinstance(name, str | Path) else ""


def watched(file: BinaryIO, progress: Progress) -> BinaryIO:
    """As the file itself, for what is needed to send it."""
    return cast("BinaryIO", _Watched(file, progress))


class _Watched:
    """A piece counts as sent when the next one is asked for."""

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self._total = file.seek(0, io.SEEK_END)
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        self._progress(self._file.tell(), self._total)
        return self._file.read(size)
