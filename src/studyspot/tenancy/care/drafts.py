"""A file that is there when it is whole, and before that under a name that nobody else knows."""

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from studyspot.kernel.errors import Conflict, Refusal


class CannotWrite(Refusal):
    """The folder or the disk does not take the file; the message says why."""


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    """For our eyes alone. Whatever goes wrong inside, `path` is as it was and the draft is gone; what a
    killed process left of its own goes with the next file of that name.

    :raises Conflict: when there is something of that name, unless it is to be replaced.
    :raises CannotWrite: when the place does not take it.
    """
    _refuse_taken(path, replace=replace)
    try:
        _remove_abandoned(path)
        draft, file = _open_draft(path)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                _refuse_taken(path, replace=replace)
                draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as problem:
        if isinstance(problem, ConnectionError | TimeoutError):
            raise
        raise CannotWrite(f"{path} cannot be written: {problem.strerror or problem}.") from problem


def _refuse_taken(path: Path, *, replace: bool) -> None:
    if not os.path.lexists(path):
        return
    if not replace:
        raise Conflict(f"{path} is there already. --force replaces it.")
    if path.exists() and not path.is_file():
        raise Conflict(f"{path} is no ordinary file: choose another name.")


def _open_draft(path: Path) -> tuple[Path, IO[bytes]]:
    while True:
        draft = path.with_name(_draft_name(path, secrets.token_hex(8)))
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        file = os.fdopen(os.open(draft, flags, 0o600), "w+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return draft, file
        file.close()  # somebody took it for an abandoned one before it was locked


def _draft_name(path: Path, word: str) -> str:
    """Of one length, whatever that of the file's own name."""
    return f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}.{word}.draft"


def _remove_abandoned(path: Path) -> None:
    """The draft of a living process is locked."""
    for draft in path.parent.glob(_draft_name(path, "*")):
        with contextlib.suppress(OSError), draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink(missing_ok=True)
