"""XLS (Excel 97-2003): the workbook's stream is taken out of its compound file, measured and wrapped anew.

Compound files chain their sectors by index, and a parser that follows a loop never ends; workbooks declare
their own dimensions, and a parser that believes them reserves that much. Fields: [MS-CFB], [MS-XLS].
"""

import struct
from collections.abc import Iterator

from .faults import ENCRYPTED, MAX_CELLS, NOT_A_SPREADSHEET, TOO_LARGE, UnreadableRegister

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR = 512
_LAST, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_ENTRY = 128
_MINI_CUTOFF = 4096
_STREAM_TYPE, _ROOT_TYPE = 2, 5

_BOF, _FILEPASS, _DIMENSIONS, _MULRK = 0x0809, 0x002F, 0x0200, 0x00BD
_CELLS = frozenset({0x0006, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E, _MULRK})


def checked_workbook(content: bytes) -> bytes:
    """A compound file with nothing but the workbook, whose cells are known to fit in memory."""
    try:
        return compound_file(_measured(_workbook_stream(content)))
    except (struct.error, IndexError, KeyError):
        raise UnreadableRegister(NOT_A_SPREADSHEET) from None


def compound_file(stream: bytes) -> bytes:
    """[MS-CFB] version 3 around one stream called Workbook."""
    stream = stream.ljust(_MINI_CUTOFF, b"\0")  # a shorter one would have to live in the mini stream
    data = -(-len(stream) // _SECTOR)
    fat_sectors = 1
    while fat_sectors * _SECTOR // 4 < data + 1 + fat_sectors:
        fat_sectors += 1
    if fat_sectors > 109:  # noqa: PLR2004 - the header's own list of FAT sectors: 7 MB, more than XLS needs here
        raise UnreadableRegister(TOO_LARGE)
    directory = data
    links = [*range(1, data), _LAST, _LAST, *[_FAT] * fat_sectors]
    links += [_FREE] * (fat_sectors * _SECTOR // 4 - len(links))
    listed = [directory + 1 + place for place in range(fat_sectors)]
    header = MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, directory, 0, _MINI_CUTOFF, _LAST, 0, _LAST, 0)
    header += struct.pack("<109I", *listed, *[_FREE] * (109 - fat_sectors))
    entries = _entry("Root Entry", _ROOT_TYPE, _LAST, 0, child=1) + _entry(
        "Workbook", _STREAM_TYPE, 0, len(stream)
    )
    body = stream.ljust(data * _SECTOR, b"\0") + entries.ljust(_SECTOR, b"\0")
    return header + body + struct.pack(f"<{len(links)}I", *links)


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    links = struct.pack("<BBIII", kind, 1, _FREE, _FREE, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<H", len(text) + 2)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def _workbook_stream(content: bytes) -> bytes:
    shift, _ = struct.unpack_from("<HH", content, 30)
    size = {9: 512, 12: 4096}[shift]
    fat = _table(content, size)
    (directory_start,) = struct.unpack_from("<I", content, 48)
    directory = b"".join(_sector(content, size, place) for place in _chain(directory_start, fat))
    entries = {name: (start, length) for name, start, length in map(_named_entry, _slices(directory))}
    if "EncryptedPackage" in entries:
        raise UnreadableRegister(ENCRYPTED)
    start, length = entries["Workbook"] if "Workbook" in entries else entries["Book"]
    length &= 0xFFFFFFFF
    if length >= _MINI_CUTOFF:
        return b"".join(_sector(content, size, place) for place in _chain(start, fat))[:length]
    mini_start, _ = entries["Root Entry"]
    mini = b"".join(_sector(content, size, place) for place in _chain(mini_start, fat))
    (mini_fat_start,) = struct.unpack_from("<I", content, 60)
    packed = b"".join(_sector(content, size, place) for place in _chain(mini_fat_start, fat))
    mini_fat = struct.unpack(f"<{len(packed) // 4}I", packed)
    return b"".join(mini[place * 64 : place * 64 + 64] for place in _chain(start, mini_fat))[:length]


def _table(content: bytes, size: int) -> tuple[int, ...]:
    """The file allocation table: sector -> the sector after it."""
    listed = list(struct.unpack_from("<109I", content, 76))
    (more,) = struct.unpack_from("<I", content, 68)
    seen = 0
    while more < _FAT - 1 and seen < len(content) // size:
        *places, more = struct.unpack(f"<{size // 4}I", _sector(content, size, more))
        listed += places
        seen += 1
    packed = b"".join(_sector(content, size, place) for place in listed if place < _FAT)
    return struct.unpack(f"<{len(packed) // 4}I", packed)


def _chain(start: int, links: tuple[int, ...]) -> Iterator[int]:
    place = start
    for _ in range(len(links) + 1):
        if place >= _FAT:
            return
        yield place
        place = links[place]
    raise IndexError("the chain of sectors is a loop")


def _sector(content: bytes, size: int, place: int) -> bytes:
    found = content[(place + 1) * size : (place + 2) * size]
    if not found:
        raise IndexError("the sector lies behind the end of the file")
    return found


def _slices(directory: bytes) -> Iterator[bytes]:
    return (directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY))


def _named_entry(entry: bytes) -> tuple[str, int, int]:
    (length,) = struct.unpack_from("<H", entry, 64)
    start, size = struct.unpack_from("<IQ", entry, 116)
    return entry[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace"), start, size


def _measured(stream: bytes) -> bytes:
    """The stream with its declared dimensions taken back to nothing; refused when its cells span too much."""
    checked = bytearray(stream)
    cells = last_row = last_column = at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = at + 4
        at = body + length
        if kind == _FILEPASS:
            raise UnreadableRegister(ENCRYPTED)
        if kind == _BOF:
            cells, last_row, last_column = cells + last_row * last_column, 0, 0
        elif kind == _DIMENSIONS:
            checked[body : body + length] = bytes(length)
        elif kind in _CELLS:
            row, column = struct.unpack_from("<HH", stream, body)
            if kind == _MULRK:
                (column,) = struct.unpack_from("<H", stream, body + length - 2)
            last_row, last_column = max(last_row, row + 1), max(last_column, column + 1)
            if cells + last_row * last_column > MAX_CELLS:
                raise UnreadableRegister(TOO_LARGE)
    return bytes(checked)
