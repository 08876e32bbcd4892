"""Makes `_sync` from `_async`: `python -m studyspot.client._generate`. Needs ruff."""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SOURCE, TARGET = HERE / "_async", HERE / "_sync"
REPLACED = {
    r"\bawait to_thread\((\S+), (\w+)\)": r"\1(\2)",
    r"  # noqa: ASYNC\d+.*": "",
    r"from asyncio import to_thread\n": "",
    r"\basyncio\b": "threading",
    r"\bawait ": "",
    r"\basync (?=def|with|for)": "",
    r"\bAwaitable\[((?:[^\[\]]|\[[^\[\]]*\])*)\]": r"\1",
    r"\bAwaitable, ": "",
    r"\b_async\b": "_sync",
    r"\bAsync(?=[A-Z])": "",
    r"__a(enter|exit|iter|next)__": r"__\1__",
    r"\ba(close|read|iter_bytes)\b": r"\1",
}


def generate() -> dict[Path, str]:
    """The text of every file of `_sync`."""
    return {TARGET / path.name: _made_from(path) for path in sorted(SOURCE.glob("*.py"))}


def _made_from(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.name == "__init__.py":
        return '"""The blocking client: made from `_async`, where changes belong."""\n'
    for pattern, replacement in REPLACED.items():
        text = re.sub(pattern, replacement, text)
    text = f"# Made from _async/{path.name} by studyspot.client._generate.\n{text}"
    for step in (["check", "--fix", "--unsafe-fixes", "--select=I,UP028"], ["format"]):
        name = str(TARGET / path.name)
        command = [sys.executable, "-m", "ruff", *step, "--quiet", "--stdin-filename", name, "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return text


def main() -> None:
    for path, text in generate().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
