"""Bytes -> sheets: rows of raw cells, whatever the file was. Nothing here knows what a student is."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import msgspec
from python_calamine import (
    CalamineError,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from studyspot.kernel.cells.cleaning import Cell

from . import legacy
from .archives import checked_archive
from .faults import (
    ENCRYPTED,
    MAX_BYTES,
    MAX_CELL_CHARACTERS,
    MAX_CELLS,
    MAX_LINE_CELLS,
    MAX_LINES,
    NOT_A_SPREADSHEET,
    TOO_LARGE,
    UnreadableRegister,
)

_DELIMITERS = (",", ";", "\t", "|")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PIECE = 64 * 1024
_TEXT_CONTROLS = frozenset("\t\r\n\f\x0b\x1a")
_MARKUP = ("<!doctype", "<html", "<table", "<?xml", "{\\rtf", "%pdf")

Rows = Iterator[Sequence[Cell]]
Area = tuple[tuple[int, int], tuple[int, int]]
"""Merged cells: from row and column to row and column, from 0."""
_TITLE_COLUMNS = 2
Parsed = TypeVar("Parsed")


class Sheet(msgspec.Struct, frozen=True):
    """`rows()` starts anew each time; the first row is row 1 of the sheet, blank ones included.

    A text is one sheet without a name.
    """

    unbounded_rows: Callable[[], Rows]
    merged: tuple[Area, ...] = ()
    name: str = ""
    is_hidden: bool = False
    is_empty: bool = False

    def rows(self) -> Rows:
        """Raises `UnreadableRegister` at a cell or a sheet that is too long, named by its row."""
        count = 0
        for number, cells in enumerate(self.unbounded_rows(), 1):
            count += len(cells)
            if number > MAX_LINES or len(cells) > MAX_LINE_CELLS or count > MAX_CELLS:
                raise UnreadableRegister(TOO_LARGE)
            if any(isinstance(cell, str) and len(cell) > MAX_CELL_CHARACTERS for cell in cells):
                raise UnreadableRegister(
                    f"Row {number} has a cell of more than {MAX_CELL_CHARACTERS:,} characters. Shorten it "
                    "and upload the file again."
                )
            yield cells

    def filled_rows(self) -> Rows:
        """With the value of cells of one column that are merged downwards in each of their rows."""
        tall: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, right) in self.merged:
            if bottom > top and left == right:
                tall.setdefault(top, []).append((left, bottom))
        filled: dict[int, tuple[int, Cell]] = {}
        for row, cells in enumerate(self.rows()):
            if not tall:
                yield cells
                continue
            full = list(cells)
            for column, (bottom, value) in [*filled.items()]:
                if row > bottom:
                    del filled[column]
                elif column < len(full) and full[column] in {None, ""}:
                    full[column] = value
            filled |= {left: (bottom, full[left]) for left, bottom in tall.get(row, ()) if left < len(full)}
            yield full

    def titles(self) -> frozenset[int]:
        """The rows with cells that are merged over several columns, by their numbers."""
        return frozenset(top + 1 for (top, left), (_, right) in self.merged if right - left >= _TITLE_COLUMNS)


def open_sheets(content: bytes) -> Iterator[Sheet]:
    """Every way to read the file as a table: a workbook's sheets, or a text by each delimiter."""
    if not content.strip():
        raise UnreadableRegister("This file is empty.")
    if len(content) > MAX_BYTES:
        raise UnreadableRegister(TOO_LARGE)
    if content.startswith(b"PK\x03\x04"):
        return _workbook_sheets(checked_archive(content))
    if content.startswith(legacy.MAGIC):
        return _workbook_sheets(legacy.checked_workbook(content))
    return _text_sheets(content)


def is_plain_text(content: bytes) -> bool:
    return not content.startswith((b"PK\x03\x04", legacy.MAGIC))


def _workbook_sheets(content: bytes) -> Iterator[Sheet]:
    book = _parsed(partial(load_workbook, io.BytesIO(content)))
    for place, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet:
            sheet = _parsed(partial(book.get_sheet_by_index, place))
            if (sheet.total_height + 1) * (sheet.total_width + 1) > MAX_CELLS:  # the last row and column
                raise UnreadableRegister(TOO_LARGE)
            yield Sheet(
                unbounded_rows=sheet.iter_rows,
                merged=tuple(sheet.merged_cell_ranges or ()),
                name=about.name,
                is_hidden=about.visible != SheetVisibleEnum.Visible,
                is_empty=sheet.height == 0,
            )


def _parsed(parse: Callable[[], Parsed]) -> Parsed:
    try:
        return parse()
    except PasswordError:
        raise UnreadableRegister(ENCRYPTED) from None
    except (CalamineError, OSError, ValueError):
        raise UnreadableRegister(NOT_A_SPREADSHEET) from None
    except BaseException as problem:
        # A panic of the Rust parser is no Exception, and its class cannot be imported
        if type(problem).__name__ != "PanicException":
            raise
        raise UnreadableRegister(NOT_A_SPREADSHEET) from None


def _text_sheets(content: bytes) -> Iterator[Sheet]:
    encoding = _encoding(content)
    start = io.TextIOWrapper(io.BytesIO(content[: 4 * _PIECE]), encoding, "replace").read(_PIECE)
    if start.lstrip().casefold().startswith(_MARKUP):
        raise UnreadableRegister(NOT_A_SPREADSHEET)
    if any(char < " " and char not in _TEXT_CONTROLS for char in start):
        raise UnreadableRegister(NOT_A_SPREADSHEET)
    for delimiter in _DELIMITERS:
        yield Sheet(unbounded_rows=partial(_text_rows, content, encoding, delimiter))


def _encoding(content: bytes) -> str:
    if content.startswith(_UTF16):
        return "utf-16"
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(content), _PIECE):
            decoder.decode(content[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"  # what Excel on Windows calls plain "CSV"
    return "utf-8"


def _text_rows(content: bytes, encoding: str, delimiter: str) -> Rows:
    lines = _Lines(io.TextIOWrapper(io.BytesIO(content), encoding, "replace", newline=""))
    reader = csv.reader(lines, delimiter=delimiter)
    number = 1
    try:
        for row in reader:
            if lines.ended:
                # The csv module would hand over everything behind the mark as one cell and lose those rows
                raise UnreadableRegister(
                    "A quotation mark in this file is never closed. Save it as .xlsx and upload it again."
                )
            yield row
            number += 1
    except csv.Error:  # a cell beyond the csv module's own limit of 131,072 characters
        raise UnreadableRegister(
            f"Row {number} has a very long cell, or a quotation mark that is never closed. Correct it, or "
            "save the file as .xlsx, and upload it again."
        ) from None


class _Lines:
    """A text's lines, and whether the reader has asked for one more than there are."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text = text
        self.ended = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.text.readline()
        if not line:
            self.ended = True
            raise StopIteration
        return line.replace("\0", "")
