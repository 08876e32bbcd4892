"""Writing CSV so that a spreadsheet shows every text and runs none."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

WrittenCell = str | int | float | Decimal | date | None

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


def _harmless(cell: WrittenCell) -> WrittenCell:
    """OWASP, "CSV Injection": an apostrophe makes a text of whatever follows.

    A phone number in E.164 stays as it is: digits behind one plus sign compute nothing.
    """
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str) and cell.startswith(_RUN_BY_EXCEL) and not _E164.fullmatch(cell):
        return f"'{cell}"
    return cell
