"""Opening a register: which sheet, which line is its header, how many rows follow."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from .cleaning import Cell, text_of
from .columns import Columns, recognise, score
from .faults import MAX_COLUMNS, MAX_DATA_ROWS, TOO_LARGE, UnreadableRegister
from .left_out import LeftOut, LookedOver, sheets_left_out
from .rows import RegisterRow, is_data, read_row
from .sheets import Sheet, is_plain_text, open_sheets

_HEADER_LINES = 15
_FEWEST_FIELDS = 2


class Register:
    """A register whose header is understood and whose rows are counted; `rows()` can be asked again.

    `ignored` are columns with the reason, `left_out` is whatever else holds something and is not read.
    """

    def __init__(self, sheet: Sheet, header_row: int, columns: Columns, today: date) -> None:
        self._sheet = sheet
        self._header_row = header_row
        self._columns = columns
        self._today = today
        self.columns = columns.by_header
        self.ignored = columns.ignored
        self.left_out: list[LeftOut] = []

    def rows(self) -> Iterator[RegisterRow]:
        """Every row about a student, in the sheet's order."""
        return (read_row(number, cells, self._columns, self._today) for number, cells in self.cells())

    def cells(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """The raw cells of the same rows, each with its number."""
        return ((number, cells) for number, cells in self._below_header() if is_data(cells, self._columns))

    def look_over(self) -> int:
        """Reads all of it once: how many students there are, at most one more than may be, and what is left
        out.
        """
        students, looked_over = 0, LookedOver(self._columns)
        for number, cells in self._below_header():
            students += is_data(cells, self._columns)
            if students > MAX_DATA_ROWS:
                break
            looked_over.look(number, cells)
        self.left_out += looked_over.left_out()
        return students

    def _below_header(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        return islice(enumerate(self._sheet.rows(), 1), self._header_row, None)


def open_register(content: bytes, *, today: date) -> Register:
    """Read the header and count the rows. Raises `UnreadableRegister`; `rows()` of the result never does."""
    sheets, is_text = list(open_sheets(content)), is_plain_text(content)
    sheet, header_row, header = _find_header(sheets, is_text=is_text)
    if any(text_of(cell) for cell in header[MAX_COLUMNS:]):
        raise UnreadableRegister(TOO_LARGE)
    register = Register(sheet, header_row, recognise(header), today)
    register.left_out += [] if is_text else sheets_left_out(sheets, sheet)
    students = register.look_over()
    if students > MAX_DATA_ROWS:
        raise UnreadableRegister(TOO_LARGE)
    if not students:
        raise UnreadableRegister("There are no students below the header of this file.")
    return register


def _find_header(sheets: Sequence[Sheet], *, is_text: bool) -> tuple[Sheet, int, Sequence[Cell]]:
    """A workbook's first visible sheet with a header; of a text, the delimiter by which it says most."""
    problem = UnreadableRegister(
        "We found no header in this file. Name the columns in one row, at least Name and Mobile."
    )
    best: tuple[int, Sheet, int, Sequence[Cell]] | None = None
    for sheet in sheets:
        if sheet.is_hidden:
            continue
        try:
            for number, cells in enumerate(islice(sheet.rows(), _HEADER_LINES), 1):
                fields = score(cells)
                if fields >= _FEWEST_FIELDS and (best is None or fields > best[0]):
                    best = (fields, sheet, number, cells)
        except UnreadableRegister as unreadable:
            problem = unreadable  # this sheet, or this delimiter; another may be the right one
        if best is not None and not is_text:
            break
    if best is None:
        raise problem
    return best[1:]
