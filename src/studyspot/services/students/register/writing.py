"""Writing a register as a workbook of Excel's, in which every text stays a text."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from xlsxwriter import Workbook

from studyspot.kernel.spreadsheets import WrittenCell

_PIECE = 64 * 1024


class XlsxFile:
    """A workbook of one sheet, its first row kept in sight. Rows go to disk, so memory is bounded."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was read
        options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
        self._workbook = Workbook(self._file, options)
        self._sheet = self._workbook.add_worksheet("Students")
        self._sheet.freeze_panes(1, 0)
        self._length = 0

    def add(self, rows: Iterable[Sequence[WrittenCell]]) -> None:
        """Up to 1,048,576 rows in all, which is what a sheet holds."""
        for row in rows:
            for column, cell in enumerate(row):
                self._write(column, cell)
            self._length += 1

    def read(self) -> Iterator[bytes]:
        """Ends the file and gives it away in pieces."""
        self._workbook.close()
        self._file.seek(0)
        with self._file:
            while piece := self._file.read(_PIECE):
                yield piece

    def _write(self, column: int, cell: WrittenCell) -> None:
        """A text as a text, whatever it looks like."""
        if cell is None:
            return
        if isinstance(cell, date) and cell >= _FIRST_DAY:
            self._sheet.write_datetime(self._length, column, cell)
        elif isinstance(cell, int):
            self._sheet.write_number(self._length, column, cell)
        else:
            self._sheet.write_string(self._length, column, str(cell)[:_LONGEST_CELL])


_LONGEST_CELL = 32_767
_FIRST_DAY = date(1900, 3, 1)
"""Excel counts days from 1900 and takes that for a leap year; earlier dates are written as texts."""
