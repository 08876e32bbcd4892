"""Opening a register: which sheet, which line is its header, how many rows follow.

Below the header there may be others, each with a block of rows of its own, and titles between them.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from studyspot.kernel.cells.cleaning import Cell, text_of

from .columns import STUDENTS, Columns, Vocabulary, recognise, score
from .faults import MAX_COLUMNS, MAX_DATA_ROWS, TOO_LARGE, UnreadableRegister
from .left_out import LeftOut, Line, LookedOver, sheets_left_out
from .rows import RegisterRow, read_row
from .sheets import Sheet, is_plain_text, open_sheets

_HEADER_LINES = 15
_FEWEST_FIELDS = 2
_LONG_NUMBER = re.compile(r"\d{5}")


class Register:
    """A register whose header is understood and whose rows are counted; `rows()` can be asked again.

    `ignored` are columns with the reason, `left_out` is whatever else holds something and is not read.
    """

    def __init__(
        self, sheet: Sheet, header_row: int, columns: Columns, today: date, vocabulary: Vocabulary
    ) -> None:
        self._sheet = sheet
        self._header_row = header_row
        self._columns = columns
        self._today = today
        self._vocabulary = vocabulary
        self.columns = columns.by_header
        self.ignored = columns.ignored
        self.left_out: list[LeftOut] = []

    def rows(self) -> Iterator[RegisterRow]:
        """Every row about a student, in the sheet's order."""
        return (
            read_row(line.number, line.cells, line.columns, self._today, line.heading)
            for line in self._below_header()
            if line.is_data
        )

    def cells(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """The raw cells of the same rows, each with its number."""
        return ((line.number, line.cells) for line in self._below_header() if line.is_data)

    def look_over(self) -> int:
        """Reads all of it once: how many students there are, at most one more than may be, what is left out,
        and the columns of other blocks.
        """
        students, looked_over, columns = 0, LookedOver(), self._columns
        for line in self._below_header():
            if line.columns is not columns:
                columns = line.columns
                self.columns = self.columns | columns.by_header
                self.ignored = tuple(dict.fromkeys([*self.ignored, *columns.ignored]))
            students += line.is_data
            if students > MAX_DATA_ROWS:
                break
            looked_over.look(line)
        self.left_out += looked_over.left_out()
        return students

    def _below_header(self) -> Iterator[Line]:
        columns, titles, heading = self._columns, self._sheet.titles(), ""
        for number, cells in enumerate(self._sheet.filled_rows(), 1):
            full = [cell for cell in cells if cell not in {None, ""}] if any(cells) else []
            is_title = len(full) == 1 and isinstance(full[0], str) and number in titles
            if is_title:
                heading = text_of(full[0])
            if number <= self._header_row:
                continue
            if _may_be_header(full) and score(full, self._vocabulary) >= _FEWEST_FIELDS:
                columns = recognise(cells, self._vocabulary)
                continue
            yield Line(number, cells, columns, heading, is_title)


def _may_be_header(cells: Sequence[Cell]) -> bool:
    """A row of words, without numbers of any length: most rows are not."""
    return len(cells) >= _FEWEST_FIELDS and all(
        isinstance(cell, str) and not _LONG_NUMBER.search(cell) for cell in cells
    )


def open_register(content: bytes, *, today: date, vocabulary: Vocabulary = STUDENTS) -> Register:
    """Read the header and count the rows. Raises `UnreadableRegister`; `rows()` of the result never does."""
    sheets, is_text = list(open_sheets(content)), is_plain_text(content)
    sheet, header_row, header = _find_header(sheets, vocabulary, is_text=is_text)
    if any(text_of(cell) for cell in header[MAX_COLUMNS:]):
        raise UnreadableRegister(TOO_LARGE)
    register = Register(sheet, header_row, recognise(header, vocabulary), today, vocabulary)
    register.left_out += [] if is_text else sheets_left_out(sheets, sheet)
    students = register.look_over()
    if students > MAX_DATA_ROWS:
        raise UnreadableRegister(TOO_LARGE)
    if not students:
        raise UnreadableRegister("There are no students below the header of this file.")
    return register


def _find_header(
    sheets: Sequence[Sheet], vocabulary: Vocabulary, *, is_text: bool
) -> tuple[Sheet, int, Sequence[Cell]]:
    """A workbook's first visible sheet with a header; of a text, the delimiter by which it says most.

    The first line that says more than half of what the best one says: the others head other blocks.
    """
    problem = UnreadableRegister(
        "We found no header in this file. Name the columns in one row, at least Name and Mobile."
    )
    best: tuple[int, Sheet, int, Sequence[Cell]] | None = None
    for sheet in sheets:
        if sheet.is_hidden:
            continue
        lines: list[tuple[int, Sequence[Cell]]] = []
        try:
            lines.extend(enumerate(islice(sheet.filled_rows(), _HEADER_LINES), 1))
        except UnreadableRegister as unreadable:
            problem = unreadable  # this sheet, or this delimiter; another may be the right one
        scores = [score(cells, vocabulary) for _, cells in lines]
        most = max(scores, default=0)
        if most >= _FEWEST_FIELDS and (best is None or most > best[0]):
            first = next(place for place, fields in enumerate(scores) if 2 * fields > most)
            best = (most, sheet, *lines[first])
        if best is not None and not is_text:
            break
    if best is None:
        raise problem
    return best[1:]
