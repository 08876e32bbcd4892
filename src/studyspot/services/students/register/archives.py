"""XLSX and ODS are ZIP archives of XML. Here they are unpacked within limits, before a parser may see them.

A parser trusts the sizes an archive declares. What leaves here was measured and is packed anew: only the XML,
not compressed.
"""

import io
import zipfile
import zlib
from xml.parsers import expat

from .extents import Extent, OdsExtent, XlsxExtent
from .faults import ENCRYPTED, NOT_A_SPREADSHEET, TOO_LARGE, UnreadableRegister

MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_PARTS = 1_000
_ENCRYPTED_FLAG = 0x1
_KEPT = (".xml", ".rels", "mimetype")
"""Pictures, macros and binary settings are of no use here."""


def checked_archive(content: bytes) -> bytes:
    """The same spreadsheet without pictures, stored uncompressed, at most `MAX_UNPACKED_BYTES` long."""
    try:
        return _repacked(content)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, ValueError, RuntimeError):
        raise UnreadableRegister(NOT_A_SPREADSHEET) from None


def _repacked(content: bytes) -> bytes:
    safe = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(safe, "w") as stored:
        parts = {part.filename: part for part in packed.infolist() if part.filename.endswith(_KEPT)}
        _check_declared(list(parts.values()))
        extent: Extent = OdsExtent() if "content.xml" in parts else XlsxExtent()
        for name in sorted(parts, key=XlsxExtent.measured_later):
            text = packed.read(parts[name])  # never more than the declared size, which is checked above
            if name.endswith(".xml"):
                extent.measure(text)
            stored.writestr(name, text)
    return safe.getvalue()


def _check_declared(parts: list[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise UnreadableRegister(ENCRYPTED)
    if any(part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for part in parts):
        raise UnreadableRegister(NOT_A_SPREADSHEET)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise UnreadableRegister(TOO_LARGE)
