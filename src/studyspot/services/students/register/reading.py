"""Opening a register: which sheet, which line is its header, how many rows follow."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from .cleaning import Cell, text_of
from .columns import Columns, recognise, score
from .faults import MAX_COLUMNS, MAX_DATA_ROWS, TOO_LARGE, UnreadableRegister
from .rows import RegisterRow, is_data, read_row
from .sheets import Sheet, is_text, open_sheets

_HEADER_LINES = 15
_FEWEST_FIELDS = 2


class Register:
    """A register whose header is understood and whose rows are counted; `rows()` can be asked again."""

    def __init__(self, sheet: Sheet, header_row: int, columns: Columns, today: date) -> None:
        self._sheet = sheet
        self._header_row = header_row
        self._columns = columns
        self._today = today
        self.columns = columns.by_header
        self.ignored = columns.ignored

    def rows(self) -> Iterator[RegisterRow]:
        """Every row about a student, in the sheet's order."""
        return (read_row(number, cells, self._columns, self._today) for number, cells in self.cells())

    def cells(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """The raw cells of the same rows, each with its number."""
        numbered = enumerate(self._sheet.rows(), 1)
        below = islice(numbered, self._header_row, None)
        return ((number, cells) for number, cells in below if is_data(cells, self._columns))


def open_register(content: bytes, *, today: date) -> Register:
    """Read the header and count the rows. Raises `UnreadableRegister`; `rows()` of the result never does."""
    sheet, header_row, header = _find_header(content)
    if any(text_of(cell) for cell in header[MAX_COLUMNS:]):
        raise UnreadableRegister(TOO_LARGE)
    register = Register(sheet, header_row, recognise(header), today)
    counted = sum(1 for _ in islice(register.cells(), MAX_DATA_ROWS + 1))
    if counted > MAX_DATA_ROWS:
        raise UnreadableRegister(TOO_LARGE)
    if not counted:
        raise UnreadableRegister("There are no students below the header of this file.")
    return register


def _find_header(content: bytes) -> tuple[Sheet, int, Sequence[Cell]]:
    """A workbook's first sheet with a header; of a text, the delimiter under which its header says most."""
    problem = UnreadableRegister(
        "We found no header in this file. Name the columns in one row, at least Name and Mobile."
    )
    best: tuple[int, Sheet, int, Sequence[Cell]] | None = None
    for sheet in open_sheets(content):
        try:
            for number, cells in enumerate(islice(sheet.rows(), _HEADER_LINES), 1):
                fields = score(cells)
                if fields >= _FEWEST_FIELDS and (best is None or fields > best[0]):
                    best = (fields, sheet, number, cells)
        except UnreadableRegister as unreadable:
            problem = unreadable  # this sheet, or this delimiter; another may be the right one
        if best is not None and not is_text(content):
            break
    if best is None:
        raise problem
    return best[1:]
