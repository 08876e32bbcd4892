"""Writing a register so that a spreadsheet shows every text and runs none."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from xlsxwriter import Workbook

WrittenCell = str | int | date | None

_RUN_BY_EXCEL = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_PIECE = 64 * 1024


def write_csv(header: Sequence[str] | None, rows: Iterable[Sequence[WrittenCell]]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, without which Excel shows Hindi as rubbish; in pieces of some 64 KB.

    Without a header it is the continuation of a file that has one.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if header is not None:
        buffer.write("\ufeff")
        writer.writerow([_harmless(cell) for cell in header])
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
        if buffer.tell() >= _PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _harmless(cell: WrittenCell) -> str | int | None:
    """OWASP, "CSV Injection": an apostrophe makes a text of whatever follows.

    A phone number in E.164 stays as it is: digits behind one plus sign compute nothing.
    """
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str) and cell.startswith(_RUN_BY_EXCEL) and not _E164.fullmatch(cell):
        return f"'{cell}"
    return cell


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
