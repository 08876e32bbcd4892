"""What of a file holds something and is not read as a student: its owner is told of it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from studyspot.kernel.cells.cleaning import Cell, text_of

from .columns import Columns
from .rows import is_data, is_total
from .sheets import Sheet

PARTS_MAX = 50
_LETTERS = 26


class LeftOut(NamedTuple):
    part: str
    reason: str


def sheets_left_out(sheets: Iterable[Sheet], read: Sheet) -> list[LeftOut]:
    others = [sheet for sheet in sheets if sheet is not read and not sheet.is_empty]
    return [
        LeftOut(
            f"sheet {sheet.name}",
            "It is hidden." if sheet.is_hidden else f"Only the sheet {read.name} is read: save it as a file.",
        )
        for sheet in others[:PARTS_MAX]
    ]


class Line(NamedTuple):
    """A row below a header, whose columns are those of that header; `heading` is the title above it."""

    number: int
    cells: Sequence[Cell]
    columns: Columns
    heading: str
    is_title: bool

    @property
    def is_data(self) -> bool:
        return not self.is_title and is_data(self.cells, self.columns)


class LookedOver:
    """Is shown every row below the header."""

    def __init__(self) -> None:
        self._rows: list[LeftOut] = []
        self._nameless: set[int] = set()

    def look(self, line: Line) -> None:
        if line.is_data:
            named = line.columns.named
            self._nameless.update(
                place
                for place, cell in enumerate(line.cells)
                if place not in named and place not in self._nameless and text_of(cell)
            )
        elif len(self._rows) < PARTS_MAX and (reason := _reason(line)):
            self._rows.append(LeftOut(f"row {line.number}", reason))

    def left_out(self) -> list[LeftOut]:
        columns = sorted(self._nameless)[:PARTS_MAX]
        return [LeftOut(f"column {_letters(place)}", "It has no header.") for place in columns] + self._rows


def _reason(line: Line) -> str | None:
    """None for a row that is blank but for its number."""
    if is_total(line.cells, line.columns):
        return "It is a line of totals."
    if all(text.isdecimal() for cell in line.cells if (text := text_of(cell))):
        return None
    return "It has nothing in the columns that are read."


def _letters(place: int) -> str:
    """As a spreadsheet names its columns: A to Z, then AA."""
    before, last = divmod(place, _LETTERS)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)
