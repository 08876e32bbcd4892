"""Writing a register or an error report so that a spreadsheet shows every text and runs none.

XLSX is written here and not by openpyxl, which needs ten times as long (13 seconds for 50,000 students) and
gives nothing away before it has everything.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from xml.sax.saxutils import escape

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


class XlsxWriter:
    """A workbook of one sheet, texts typed as texts, its first row kept in sight. Give what each call returns
    to the reader: `rows` as often as there are any (ECMA-376 allows 1,048,576), then `end`.
    """

    def __init__(self) -> None:
        self._written = _Pieces()
        self._archive = zipfile.ZipFile(self._written, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        for name, text in _PARTS.items():
            self._archive.writestr(name, _XML + text)
        self._sheet = self._archive.open("xl/worksheets/sheet1.xml", "w")
        self._sheet.write((_XML + _SHEET_BEGINS).encode())

    def rows(self, rows: Iterable[Sequence[WrittenCell]]) -> bytes:
        lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        self._sheet.write(lines.encode())
        return self._written.taken()

    def end(self) -> bytes:
        self._sheet.write(_SHEET_ENDS.encode())
        self._sheet.close()
        self._archive.close()
        return self._written.taken()


class _Pieces(io.RawIOBase):
    """Where an archive is written that nobody goes back in: it hands out what came since the last time."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._kept += piece
        return len(piece)

    def taken(self) -> bytes:
        taken = bytes(self._kept)
        self._kept.clear()
        return taken


_LONGEST_CELL = 32_767
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DAY_ZERO, _FIRST_DAY = date(1899, 12, 30), date(1900, 3, 1)
"""Of Excel's calendar, its phantom 29 February 1900 taken into account; earlier days are texts."""


def _cell(cell: WrittenCell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, date) and cell >= _FIRST_DAY:
        return f'<c s="1"><v>{(cell - _DAY_ZERO).days}</v></c>'
    if isinstance(cell, int):
        return f"<c><v>{cell}</v></c>"
    text = escape(_NO_XML.sub("", str(cell)[:_LONGEST_CELL]))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Students" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f"<styleSheet {_MAIN}>"
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET_BEGINS = (
    f'<worksheet {_MAIN}><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    "<sheetData>"
)
_SHEET_ENDS = "</sheetData></worksheet>"
