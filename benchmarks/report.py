"""How the figures are shown: tables in the terminal, the same in Markdown, everything in JSON."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

WIDTH = 100
QUIET_CORES = 0.10
RESULTS = Path(__file__).with_name("results.md")


@dataclass(frozen=True)
class Part:
    """One table. The first column is text, the others are figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Target:
    name: str
    measured: str
    reached: bool

    @property
    def verdict(self) -> str:
        return "reached" if self.reached else "MISSED"


@dataclass
class Report:
    """What a run has found so far."""

    machine: dict[str, str]
    command: str
    parts: list[Part] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def add(self, console: Console, part: Part) -> None:
        """Shown at once: a run takes minutes."""
        self.parts.append(part)
        console.print(part.title, style="bold", highlight=False)
        table = Table()
        for number, column in enumerate(part.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in part.rows:
            table.add_row(*row)
        console.print(table)
        for note in part.notes:
            console.print(f"  {note}", highlight=False)
        console.print()

    def show_targets(self, console: Console) -> None:
        for target in self.targets:
            colour = "green" if target.reached else "red"
            verdict = f"[{colour}]{target.verdict:7}[/{colour}]"
            console.print(f"{verdict}  {target.name}: {target.measured}", highlight=False)

    def markdown(self) -> str:
        lines = ["# Results", "", f"Made by `{self.command}`.", ""]
        lines += _table(["machine", ""], list(self.machine.items()))
        for part in self.parts:
            lines += ["", f"## {part.title}", ""]
            lines += _table(part.columns, part.rows)
            if part.notes:
                lines += ["", *(f"- {note}" for note in part.notes)]
        lines += ["", "## Targets", ""]
        lines += _table(
            ["target", "measured", ""],
            [[target.name, target.measured, target.verdict] for target in self.targets],
        )
        return "\n".join(lines) + "\n"


def percentile(values: Sequence[float], percent: int) -> float:
    """Nearest rank: one of the values."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def span(values: Sequence[float], digits: int) -> str:
    return f"{min(values):.{digits}f}–{max(values):.{digits}f}"


def median_span(values: Sequence[float], digits: int) -> str:
    """Where the true median lies, 19 times in 20, by the ranks of the sign test; of few values, all."""
    rank = max(1, math.floor(len(values) / 2 - 0.98 * math.sqrt(len(values))))
    ordered = sorted(values)
    return f"{ordered[rank - 1]:.{digits}f} to {ordered[-rank]:.{digits}f}"


def noise(others: float) -> str:
    verdict = "" if others <= QUIET_CORES else ": NOT QUIET, these figures are no result"
    return f"Other processes took {others:.2f} of a core meanwhile{verdict}."


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---", *("---:" for _ in columns[1:])]
    return [f"| {' | '.join(row)} |" for row in (columns, rule, *rows)]
