"""Pages that are compared with what they describe, and what must not be in the repository."""

import re
import subprocess
import sys

import pytest
from tests.house.source import ROOM_NAMES, ROOT, SERVICES

from studyspot.entrypoints.floorplan import GATEWAY_PORT, ROOMS
from studyspot.kernel.settings import PREFIX, Settings

HOUSE = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
INDEX = re.compile(
    r"https?://[^\s\"')>]*(?:pypi|/simple\b|npmjs|registry|artifact|nexus|proxy\.golang)", re.IGNORECASE
)
INDEX_OPTION = re.compile(r"^\s*(?:--(?:extra-)?index-url|--find-links|-i )", re.MULTILINE)
ROW = re.compile(r"^\| (\w+) \| (\d+) \| (.+?) \| (\w+) \|$", re.MULTILINE)
OTHER_LOCKS = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml"}


def _tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]


def test_the_rooms_on_the_page_are_those_of_the_plan():
    rows = {
        room: (int(port), re.findall(r"`([^`]+)`", routes), database)
        for room, port, routes, database in re.findall(
            r"^\| (\w+) \| (\d+) \| (.+?) \| (\w+) \|$", HOUSE, re.MULTILINE
        )
    }

    assert rows.pop("gateway")[0] == GATEWAY_PORT
    assert rows == {room.name: (room.port, list(room.prefixes), room.database) for room in ROOMS}


def test_the_page_of_the_house_is_one_page():
    assert HOUSE.count("\n") <= 100


@pytest.mark.parametrize("name", re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|lock))`", HOUSE))
def test_a_file_on_the_page_is_there(name: str):
    assert any((folder / name).exists() for folder in (ROOT, ROOT / "src" / "studyspot"))


def test_the_example_of_the_page_is_true():
    room = SERVICES / "students"
    in_service = "".join(path.read_text(encoding="utf-8") for path in room.glob("service/*.py"))

    assert '@put("/{student_id:uuid}"' in (room / "routes" / "records.py").read_text(encoding="utf-8")
    assert "async def change_student(" in (room / "contract" / "__init__.py").read_text(encoding="utf-8")
    assert "store.update_student(" in in_service
    assert "async def update_student(" in (room / "store" / "records.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("room", ROOM_NAMES)
def test_the_picture_shows_every_room(room: str):
    picture = HOUSE.partition("```mermaid")[2].partition("```")[0]

    assert re.search(rf"\b{room}\b", picture)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_explained(name: str):
    assert f"| `{PREFIX}{name.upper()}` |" in SETTINGS


def test_a_setting_that_is_explained_is_there():
    explained = re.findall(rf"^\| `{PREFIX}(\w+)` \|", SETTINGS, re.MULTILINE)

    assert sorted(explained) == sorted(name.upper() for name in Settings.model_fields)


def test_the_published_document_is_what_the_command_prints():
    printed = subprocess.run(
        [sys.executable, "-c", "from studyspot.entrypoints.cli import main; main()", "openapi"],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )

    assert printed.stdout == (ROOT / "docs" / "openapi.json").read_bytes(), "make openapi"


def test_no_file_names_a_package_index():
    named = []
    for name in _tracked():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        pages = "benchmarks/peers/" in name and name.endswith(".md")
        if not pages and (INDEX.search(text) or INDEX_OPTION.search(text)) and name != "Makefile":
            named.append(name)

    assert named == []


def test_the_only_lock_files_are_the_compiled_requirements():
    names = {name.rpartition("/")[2] for name in _tracked()}

    assert (
        names & {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml"} == set()
    )
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert text.count("--hash=sha256:") >= text.count("==") > 0
