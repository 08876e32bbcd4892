"""XLSX and ODS are ZIP archives of XML. Here they are unpacked within limits, before a parser may see them.

A parser trusts the sizes an archive declares and lays out every sheet from its first to its last filled
cell, so a small hostile file can ask for gigabytes. What leaves here was measured: only XML, not compressed.
"""

import io
import zipfile
import zlib
from xml.parsers import expat

from .faults import ENCRYPTED, MAX_CELLS, NOT_A_SPREADSHEET, TOO_LARGE, UnreadableRegister

MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_PARTS = 1_000
_ENCRYPTED_FLAG = 0x1
_KEPT = (".xml", ".rels", "mimetype")
"""Pictures, macros and binary settings are of no use here."""

_EMPTY_ODS_CELL = frozenset({"style-name", "number-columns-repeated", "content-validation-name"})


def checked_archive(content: bytes) -> bytes:
    """The same spreadsheet without pictures, stored uncompressed, at most `MAX_UNPACKED_BYTES` long."""
    safe = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(safe, "w") as stored:
            parts = {part.filename: part for part in packed.infolist() if part.filename.endswith(_KEPT)}
            _check_declared(list(parts.values()))
            cells = _Extent()
            for name, part in parts.items():
                text = packed.read(part)  # never more than the declared size, which is checked above
                cells.measure(name, text)
                stored.writestr(name, text)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, expat.ExpatError, OSError):
        raise UnreadableRegister(NOT_A_SPREADSHEET) from None
    return safe.getvalue()


def _check_declared(parts: list[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise UnreadableRegister(ENCRYPTED)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise UnreadableRegister(TOO_LARGE)


class _Extent:
    """How many cells the sheets of an archive span. Formatting without content does not count."""

    def __init__(self) -> None:
        self.cells = 0
        self.row = self.column = 0
        self.last_row = self.last_column = 0
        self.repeated_rows = self.repeated_columns = 1
        self.in_cell = self.row_filled = False

    def measure(self, name: str, text: bytes) -> None:
        if not name.endswith(".xml"):
            return
        self.row = self.column = self.last_row = self.last_column = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start_ods if name == "content.xml" else self._start_xlsx
        parser.EndElementHandler = self._end
        parser.Parse(text, True)
        self._close_sheet()

    def _doctype(self, *_: object) -> None:
        raise UnreadableRegister(NOT_A_SPREADSHEET)

    def _start_xlsx(self, element: str, attributes: dict[str, str]) -> None:
        tag = element.rpartition(" ")[2]
        if self.in_cell:
            self._fill(self.row, self.column)
        elif tag == "row":
            self.row = _number(attributes.get("r"), self.row + 1)
            self.column = 0
        elif tag == "c":
            self.in_cell = True
            reference = attributes.get("r", "")
            letters = reference.rstrip("0123456789")
            self.column = _column_number(letters) if letters else self.column + 1
            self.row = _number(reference[len(letters) :], self.row)

    def _start_ods(self, element: str, attributes: dict[str, str]) -> None:
        tag = element.rpartition(" ")[2]
        local = {name.rpartition(" ")[2]: value for name, value in attributes.items()}
        if self.in_cell:
            self._fill_ods()
        elif tag == "table":
            self._close_sheet()
        elif tag == "table-row":
            self.row += self.repeated_rows
            self.repeated_rows = _number(local.get("number-rows-repeated"), 1)
            self.column, self.repeated_columns = 0, 1
        elif tag in {"table-cell", "covered-table-cell"}:
            self.in_cell = True
            self.repeated_columns = _number(local.get("number-columns-repeated"), 1)
            self.column += self.repeated_columns
            if local.keys() - _EMPTY_ODS_CELL:
                self._fill_ods()

    def _fill_ods(self) -> None:
        self._fill(self.row + self.repeated_rows, self.column)

    def _end(self, element: str) -> None:
        if element.rpartition(" ")[2] in {"c", "table-cell", "covered-table-cell"}:
            self.in_cell = False

    def _fill(self, row: int, column: int) -> None:
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)
        if self.cells + self.last_row * self.last_column > MAX_CELLS:
            raise UnreadableRegister(TOO_LARGE)

    def _close_sheet(self) -> None:
        self.cells += self.last_row * self.last_column
        self.row = self.column = self.last_row = self.last_column = 0
        self.repeated_rows = 1


def _number(text: str | None, default: int) -> int:
    if not text:
        return default
    if not text.isdecimal() or len(text) > 10:  # noqa: PLR2004 - no sheet has that many rows
        raise UnreadableRegister(NOT_A_SPREADSHEET)
    return int(text)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return max(number, 1)
