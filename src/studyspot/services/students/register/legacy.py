"""XLS (Excel 97-2003): the workbook's stream is taken out of its compound file, measured and wrapped anew.

Compound files chain their sectors by index, and a parser that follows a loop never ends; workbooks declare
their own dimensions, and a parser that believes them reserves that much. Fields: [MS-CFB], [MS-XLS].
"""

import struct
from collections.abc import Iterator

from .faults import (
    ENCRYPTED,
    MAX_CELLS,
    MAX_MERGED,
    MAX_TEXT,
    NOT_A_SPREADSHEET,
    TOO_LARGE,
    UnreadableRegister,
)

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR = 512
_LAST, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_ENTRY = 128
_MINI_CUTOFF = 4096
_STREAM_TYPE, _ROOT_TYPE = 2, 5

_BOF, _FILEPASS, _DIMENSIONS, _MULRK = 0x0809, 0x002F, 0x0200, 0x00BD
_MERGED, _MERGED_AREA = 0x00E5, 8
_SHARED_TEXTS, _CONTINUE, _SHARING_CELL = 0x00FC, 0x003C, 0x00FD
_CELLS = frozenset({0x0006, 0x00D6, _SHARING_CELL, 0x0203, 0x0204, 0x0205, 0x027E, _MULRK})


def checked_workbook(content: bytes) -> bytes:
    """A compound file with nothing but the workbook, whose cells are known to fit in memory."""
    try:
        stream = _workbook_stream(content)
        _check_merged(stream)
        return compound_file(_measured(stream))
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
    mini_fat = struct.unpack(f"<{len(packed) // 4}I", packed)[: -(-len(mini) // 64)]
    return b"".join(mini[place * 64 : place * 64 + 64] for place in _chain(start, mini_fat))[:length]


def _table(content: bytes, size: int) -> tuple[int, ...]:
    """The file allocation table: sector -> the sector after it, for the sectors that the file has.

    :raises IndexError: when a part of it is listed twice, by which a small file could unfold into a huge one.
    """
    listed = list(struct.unpack_from("<109I", content, 76))
    (more,) = struct.unpack_from("<I", content, 68)
    lists: set[int] = set()
    while more < _FAT - 1:
        if more in lists:
            raise IndexError("the list of the table's sectors is a loop")
        lists.add(more)
        *places, more = struct.unpack(f"<{size // 4}I", _sector(content, size, more))
        listed += places
    used = [place for place in listed if place < _FAT]
    if len(set(used)) < len(used):
        raise IndexError("a sector of the table is listed twice")
    packed = b"".join(_sector(content, size, place) for place in used)
    return struct.unpack(f"<{len(packed) // 4}I", packed)[: len(content) // size]


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
    cells = last_row = last_column = characters = 0
    shared: list[int] = []
    for kind, at, body in _records(stream):
        if kind == _FILEPASS:
            raise UnreadableRegister(ENCRYPTED)
        if kind == _BOF:
            cells, last_row, last_column = cells + last_row * last_column, 0, 0
        elif kind == _DIMENSIONS:
            checked[at : at + len(body)] = bytes(len(body))
        elif kind == _SHARED_TEXTS:
            shared = _shared_lengths(stream, at, body)
        elif kind in _CELLS:
            row, column = struct.unpack_from("<HH", body)
            if kind == _MULRK:
                (column,) = struct.unpack_from("<H", body, len(body) - 2)
            if kind == _SHARING_CELL:
                characters += shared[struct.unpack_from("<I", body, 6)[0]]
            last_row, last_column = max(last_row, row + 1), max(last_column, column + 1)
            if cells + last_row * last_column > MAX_CELLS or characters > MAX_TEXT:
                raise UnreadableRegister(TOO_LARGE)
    return bytes(checked)


def _check_merged(stream: bytes) -> None:
    merged = sum(len(body) // _MERGED_AREA for kind, _, body in _records(stream) if kind == _MERGED)
    if merged > MAX_MERGED:
        raise UnreadableRegister(TOO_LARGE)


def _records(stream: bytes, at: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Each record's kind, where its body begins, and the body."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, at + 4, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _shared_lengths(stream: bytes, at: int, first: bytes) -> list[int]:
    """The length of every text that cells share ([MS-XLS] 2.4.265), which may run on in Continue records."""
    pieces = [first[8:]]
    for kind, _, body in _records(stream, at + len(first)):
        if kind != _CONTINUE:
            break
        pieces.append(body)
    texts = _SharedTexts(pieces)
    (declared,) = struct.unpack_from("<I", first, 4)
    return [texts.skip_one() for _ in range(min(declared, len(stream)))]


class _SharedTexts:
    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.piece = self.at = 0

    def skip_one(self) -> int:
        """Step over one text; gives its length. Raises `IndexError` where the pieces end."""
        if self.at >= len(self.pieces[self.piece]):
            self._next_piece()
        length: int
        length, flags = struct.unpack_from("<HB", self.pieces[self.piece], self.at)
        self.at += 3
        runs = extra = 0
        if flags & 0x08:
            (runs,) = struct.unpack_from("<H", self.pieces[self.piece], self.at)
            self.at += 2
        if flags & 0x04:
            (extra,) = struct.unpack_from("<I", self.pieces[self.piece], self.at)
            self.at += 4
        self._skip_characters(length, 1 + (flags & 1))
        self._skip_bytes(4 * runs + extra)
        return length

    def _skip_characters(self, count: int, width: int) -> None:
        while count > (left := (len(self.pieces[self.piece]) - self.at) // width):
            count -= left
            self._next_piece()
            width = 1 + (self.pieces[self.piece][0] & 1)  # a continued text says anew how wide it is
            self.at = 1
        self.at += count * width

    def _skip_bytes(self, count: int) -> None:
        while count > (left := len(self.pieces[self.piece]) - self.at):
            count -= left
            self._next_piece()
        self.at += count

    def _next_piece(self) -> None:
        self.piece += 1
        self.at = 0
        if self.piece == len(self.pieces):
            raise IndexError("the shared texts end early")
