"""A file that is there when it is whole."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from studyspot.kernel.errors import Conflict
from studyspot.tenancy.care.drafts import CannotWrite, whole_file

KILLED_OVER_IT = """
import os, signal, sys
from pathlib import Path
from studyspot.tenancy.care.drafts import whole_file
with whole_file(Path(sys.argv[1]), replace=False) as file:
    file.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _write(path: Path, content: bytes, *, replace: bool = False) -> None:
    with whole_file(path, replace=replace) as file:
        file.write(content)


def test_a_link_that_lies_where_the_draft_was_is_not_followed(tmp_path: Path):
    precious = tmp_path / "precious"
    precious.write_bytes(b"years of work")
    (tmp_path / "y.zip.draft").symlink_to(precious)

    _write(tmp_path / "y.zip", b"new")

    assert precious.read_bytes() == b"years of work"
    assert stat.S_IMODE((tmp_path / "y.zip").stat().st_mode) == 0o600


def test_a_link_of_that_name_is_replaced_and_what_it_points_to_is_not(tmp_path: Path):
    (tmp_path / "precious").write_bytes(b"years of work")
    (tmp_path / "y.zip").symlink_to(tmp_path / "precious")

    _write(tmp_path / "y.zip", b"new", replace=True)

    assert (tmp_path / "precious").read_bytes() == b"years of work"
    assert (tmp_path / "y.zip").read_bytes() == b"new"


def test_two_who_write_one_name_have_a_draft_each_and_the_second_is_refused(tmp_path: Path):
    path = tmp_path / "y.zip"
    with pytest.raises(Conflict), whole_file(path, replace=False):
        _write(path, b"other")

    assert path.read_bytes() == b"other"
    assert _names(tmp_path) == ["y.zip"]


def test_what_a_killed_process_left_goes_with_the_next_file_of_that_name(tmp_path: Path):
    path = tmp_path / "y[1].zip"
    killed = subprocess.run([sys.executable, "-c", KILLED_OVER_IT, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = _names(tmp_path)

    _write(path, b"whole")

    assert left != "y[1].zip"
    assert _names(tmp_path) == ["y[1].zip"]


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_is_no_ordinary_file_is_not_replaced(tmp_path: Path, kind: str):
    path = tmp_path / "y.zip"
    if kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "pipe").rename(path) if kind == "pipe" else path.symlink_to(tmp_path / "pipe")
    before = path.lstat()

    with pytest.raises(Conflict, match="no ordinary file"):
        _write(path, b"new", replace=True)

    assert path.lstat() == before


def test_a_name_may_be_as_long_as_names_are(tmp_path: Path):
    path = tmp_path / ("y" * 255)

    _write(path, b"new")

    assert path.read_bytes() == b"new"


def test_a_failure_leaves_what_was_there(tmp_path: Path):
    (tmp_path / "y.zip").write_bytes(b"old")

    with pytest.raises(CannotWrite), whole_file(tmp_path / "y.zip", replace=True) as file:
        file.truncate(-1)

    assert (tmp_path / "y.zip").read_bytes() == b"old"
    assert _names(tmp_path) == ["y.zip"]


def test_a_place_that_cannot_be_written_to_is_a_sentence(tmp_path: Path):
    path = tmp_path / "nowhere" / "y.zip"

    with pytest.raises(CannotWrite, match=r"y\.zip cannot be written: No such file"):
        _write(path, b"new")
