"""Files to try a register with, and what came of them."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Sequence

import pytest
from messy_register import TODAY
from openpyxl import Workbook

from studyspot.services.students.register import (
    Register,
    UnreadableRegister,
    Value,
    XlsxFile,
    open_register,
)

SMALL = b"Name,Mobile\nAsha,9876543210\n"


def opened(content: bytes) -> Register:
    return open_register(content, today=TODAY)


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableRegister) as refused:
        opened(content)
    assert (refused.value.status, refused.value.code) == (422, "UNREADABLE_FILE")
    return refused.value.message


def saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xlsx(header: Sequence[str], rows: Iterable[Sequence[Value | int | None]]) -> bytes:
    file = XlsxFile()
    file.add([header])
    file.add(rows)
    return b"".join(file.read())


def with_sheet(content: bytes, rows: str) -> bytes:
    """An XLSX whose first sheet has these rows, as XML, instead of its own."""
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as was,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as becomes,
    ):
        for name in was.namelist():
            sheet = f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'
            becomes.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else was.read(name))
    return written.getvalue()


def peak_of(action: Callable[[], object]) -> int:
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def ods(lines: list[list[str]], repeated: int = 1, repeated_rows: int = 1) -> bytes:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f'<table:table-row table:number-rows-repeated="{repeated_rows}">'
        f"{''.join(map(cell.format, line))}</table:table-row>"
        for line in lines
    )
    if repeated > 1:
        far = f'<table:table-cell table:number-columns-repeated="{repeated}"'
        rows += f"<table:table-row>{cell.format('x').replace('<table:table-cell', far)}</table:table-row>"
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    text = (
        f'<?xml version="1.0"?><office:document-content{names}><office:body><office:spreadsheet>'
        f'<table:table table:name="Students">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", text)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return written.getvalue()
