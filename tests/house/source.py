"""The source as text and as syntax trees, for tests about how the house is built."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from studyspot.entrypoints.floorplan import ROOMS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "studyspot"
SERVICES = SOURCE / "services"
ROOM_NAMES = sorted(room.name for room in ROOMS)


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def place(path: Path) -> str:
    """As people write it: `services/auth/store.py`."""
    return path.relative_to(SOURCE).as_posix()


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def strings(path: Path) -> Iterator[str]:
    """Every text of the code but the docstrings; of an f-string the constant parts, with `{}` between."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    skipped = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value
