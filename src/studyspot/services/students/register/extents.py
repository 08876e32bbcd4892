"""How much time and memory the sheets of an XLSX or ODS would take; formatting alone is no content.

A few bytes may stand for a cell a million rows down, for a cell repeated a million times, or for a long text
that a million cells share: each would be laid out in full.
"""

from xml.parsers import expat

from .faults import (
    MAX_CELLS,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_MERGED,
    MAX_TEXT,
    NOT_A_SPREADSHEET,
    TOO_LARGE,
    UnreadableRegister,
)

_SHARED_TEXTS = "xl/sharedstrings.xml"
_EMPTY_ODS_CELL = frozenset({"style-name", "number-columns-repeated", "content-validation-name"})
_ODS_CELLS = frozenset({"table-cell", "covered-table-cell"})


class Extent:
    """Elements, cells and characters so far, over all parts; raises `UnreadableRegister` once they are too
    many.
    """

    def __init__(self) -> None:
        self.elements = self.depth = 0
        self.cells = 0
        self.characters = 0
        self.merged = 0
        self.row = self.column = 0
        self.last_row = self.last_column = 0
        self.in_cell = False

    def measure(self, part: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._started
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self.text
        parser.Parse(part, True)
        self.close_sheet()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def end(self, tag: str) -> None:
        raise NotImplementedError

    def text(self, text: str) -> None:
        raise NotImplementedError

    def fill(self, row: int, column: int) -> None:
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)
        if self.cells + self.last_row * self.last_column > MAX_CELLS:
            raise UnreadableRegister(TOO_LARGE)

    def add_text(self, characters: int) -> None:
        self.characters += characters
        if self.characters > MAX_TEXT:
            raise UnreadableRegister(TOO_LARGE)

    def close_sheet(self) -> None:
        self.cells += self.last_row * self.last_column
        self.row = self.column = self.last_row = self.last_column = 0

    def _started(self, element: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS or self.depth > MAX_DEPTH:
            raise UnreadableRegister(TOO_LARGE)
        self.start(element.rpartition(" ")[2], attributes)

    def _ended(self, element: str) -> None:
        self.depth -= 1
        self.end(element.rpartition(" ")[2])

    def _doctype(self, *_: object) -> None:
        raise UnreadableRegister(NOT_A_SPREADSHEET)


class XlsxExtent(Extent):
    """Shared texts have to be measured before the sheets that share them: sort by `measured_later`."""

    def __init__(self) -> None:
        super().__init__()
        self.shared: list[int] = []
        self.shared_closed = False
        self.is_shared_text = False
        self.shares_text = False
        self.value = ""

    @staticmethod
    def measured_later(name: str) -> bool:
        return name.casefold() != _SHARED_TEXTS

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.in_cell:
            self.fill(self.row, self.column)
        elif tag == "row":
            self.row = _number(attributes.get("r"), self.row + 1)
            self.column = 0
        elif tag == "c":
            self._start_cell(attributes)
        elif tag == "mergeCell":
            self.merged += 1
            if self.merged > MAX_MERGED:
                raise UnreadableRegister(TOO_LARGE)
        elif tag == "si":
            if self.shared_closed or self.row or self.cells:  # a second list would hide the first
                raise UnreadableRegister(NOT_A_SPREADSHEET)
            self.is_shared_text = True
            self.shared.append(0)

    def close_sheet(self) -> None:
        super().close_sheet()
        self.shared_closed = bool(self.shared)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self.in_cell = True
        self.shares_text = attributes.get("t") == "s"
        self.value = ""
        reference = attributes.get("r", "")
        letters = reference.rstrip("0123456789")
        self.column = _column_number(letters) if letters else self.column + 1
        self.row = _number(reference[len(letters) :], self.row)

    def text(self, text: str) -> None:
        if self.is_shared_text:
            self.shared[-1] += len(text)
        elif self.in_cell and self.shares_text:
            self.value += text

    def end(self, tag: str) -> None:
        if tag == "si":
            self.is_shared_text = False
        elif tag == "c":
            self.in_cell = False
            if self.shares_text and self.value.strip():
                place = _number(self.value.strip(), 0)
                self.add_text(self.shared[place] if place < len(self.shared) else 0)


class OdsExtent(Extent):
    def __init__(self) -> None:
        super().__init__()
        self.rows_repeated = self.columns_repeated = 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        local = {name.rpartition(" ")[2]: value for name, value in attributes.items()}
        if self.in_cell:
            self._fill_cell()
        elif tag == "table":
            self.close_sheet()
            self.rows_repeated = 0
        elif tag == "table-row":
            self.row += self.rows_repeated
            self.rows_repeated = _number(local.get("number-rows-repeated"), 1)
            self.column = 0
        elif tag in _ODS_CELLS:
            self.in_cell = True
            self.columns_repeated = _number(local.get("number-columns-repeated"), 1)
            self.column += self.columns_repeated
            if local.keys() - _EMPTY_ODS_CELL:
                self._fill_cell()
                self.text(local.get("string-value", ""))

    def text(self, text: str) -> None:
        if self.in_cell:
            self.add_text(len(text) * self.columns_repeated * self.rows_repeated)

    def end(self, tag: str) -> None:
        if tag in _ODS_CELLS:
            self.in_cell = False

    def _fill_cell(self) -> None:
        self.fill(self.row + self.rows_repeated, self.column)


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
