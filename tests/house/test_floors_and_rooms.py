"""What stands where: floors, rooms, files, lengths. The house is what it says it is."""

import ast
import re
import tomllib
from pathlib import Path

import grimp
import pytest
from importlinter.application import use_cases
from importlinter.configuration import configure
from tests.house.source import ROOM_NAMES, ROOT, SERVICES, SOURCE, modules, place, tree

from studyspot.entrypoints.floorplan import GATEWAY_PORT, ROOMS

FLOORS = ["client", "entrypoints", "gateway", "services", "tenancy", "kernel"]
ROOM_FILES = {"__init__", "contract", "module", "routes", "service", "store", "migrations"}
"""In every room."""
ROOM_FILES_IF_NEEDED = {"rules", "jobs", "providers"}
ROOM_FILES_OF_ITS_OWN = {"students": {"register"}, "payments": {"printing"}}
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LONGER = {"kernel/embedded_postgres.py": 480, "client/models/__init__.py": 700}
"""About 400: nothing in the one would be easier to find in a folder of two; the other is a list of names."""

with (ROOT / "pyproject.toml").open("rb") as file:
    CONTRACTS = tomllib.load(file)["tool"]["importlinter"]["contracts"]


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("studyspot", include_external_packages=True, cache_dir=None)


def test_the_import_rules_hold(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    configure()

    assert use_cases.lint_imports(config_filename="pyproject.toml", cache_dir=None, no_logo=True)


def _patterns() -> list[str]:
    """Every module that the rules name: a wildcard that matches nothing would stay green for ever."""
    found = []
    for rule in CONTRACTS:
        for key in ("modules", "source_modules", "protected_modules", "allowed_importers", "containers"):
            found += rule.get(key, [])
        found += [one for one in rule.get("forbidden_modules", []) if one.startswith("studyspot")]
        found += [part for line in rule.get("ignore_imports", []) for part in line.split(" -> ")]
        found += [
            f"{container}.{layer.strip('() ')}"
            for container in rule.get("containers", [])
            for line in rule.get("layers", [])
            for layer in line.split("|")
        ]
    return sorted(set(found))


@pytest.mark.parametrize("pattern", _patterns())
def test_a_name_in_the_import_rules_matches_something(pattern: str, imports: grimp.ImportGraph):
    found = imports.find_matching_modules(pattern) if "*" in pattern else imports.modules & {pattern}

    assert found


def test_an_import_that_is_let_through_is_there(imports: grimp.ImportGraph):
    allowed = [line for rule in CONTRACTS for line in rule.get("ignore_imports", [])]

    assert allowed
    assert all(imports.find_matching_direct_imports(import_expression=line) for line in allowed)


def test_the_largest_circle_of_packages_is_one(imports: grimp.ImportGraph):
    packages = {module for module in imports.modules if module.count(".") == 2}
    reached = {
        one: {two for two in packages - {one} if imports.chain_exists(one, two, as_packages=True)}
        for one in packages
        if one.startswith("studyspot.services.")
    }

    circles = {(one, two) for one in reached for two in reached[one] if one in reached.get(two, set())}
    assert circles == set()


def test_the_floors_on_disk_are_those_of_the_plan():
    assert sorted(path.parent.name for path in SOURCE.glob("*/__init__.py")) == sorted(FLOORS)
    assert [path.name for path in SOURCE.glob("*.py")] == ["__init__.py"]


def test_the_rooms_on_disk_are_those_of_the_plan():
    assert sorted(path.parent.name for path in SERVICES.glob("*/__init__.py")) == ROOM_NAMES


@pytest.mark.parametrize("room", ROOM_NAMES)
def test_a_room_has_the_files_of_every_room(room: str):
    found = {path.stem for path in (SERVICES / room).iterdir() if path.name != "__pycache__"}

    assert found >= ROOM_FILES
    assert found - ROOM_FILES - ROOM_FILES_IF_NEEDED == ROOM_FILES_OF_ITS_OWN.get(room, set())


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_rooms_migrations_are_its_own(room):
    assert room.migrations == SERVICES / room.name / "migrations"
    assert list(room.migrations.glob("*.sql"))


def test_ports_and_prefixes_are_claimed_once():
    ports = [GATEWAY_PORT, *(room.port for room in ROOMS)]

    assert len(set(ports)) == len(ports)
    prefixes = [prefix for room in ROOMS for prefix in room.prefixes]
    assert len(set(prefixes)) == len(prefixes)


@pytest.mark.parametrize("path", modules(), ids=place)
def test_a_file_says_what_lives_there_and_is_short(path: Path):
    lines = path.read_text(encoding="utf-8").count("\n")

    assert ast.get_docstring(tree(path))
    assert lines <= LONGER.get(place(path), FILE_LINES_MAX)


@pytest.mark.parametrize("path", modules(), ids=place)
def test_a_function_fits_a_screen(path: Path):
    functions = [
        node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {one.name for one in functions if (one.end_lineno or 0) - one.lineno >= FUNCTION_LINES_MAX}

    assert long == set()


@pytest.mark.parametrize("path", modules(), ids=place)
def test_nobody_reads_the_environment_but_the_settings(path: Path):
    readers = {"kernel/settings.py", "kernel/embedded_postgres.py", "entrypoints/supervisor.py"}
    text = path.read_text(encoding="utf-8")

    assert place(path) in readers or not re.search(r"\bos\.(environ|getenv)\b", text)
