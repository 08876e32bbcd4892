"""The one refusal of a whole file and the limits behind it. Faults of single rows are in `values.py`."""

from studyspot.kernel.errors import Refusal

MAX_BYTES = 32 * 1024 * 1024
MAX_DATA_ROWS = 10_000
MAX_COLUMNS = 50
MAX_CELL_CHARACTERS = 2_000
MAX_LINES, MAX_LINE_CELLS = 1_048_576, 16_384
"""The last row and column Excel has: blank cells are no students, but reading them takes time as well."""
MAX_CELLS = 2_000_000
"""Rows times columns over all sheets: a parser lays a sheet out densely, some 30 bytes a cell."""
MAX_ELEMENTS, MAX_DEPTH = 3_000_000, 64
"""XML elements over all parts, and how deep they may lie in each other: six for each cell of the largest
register, where a full one has three."""
MAX_TEXT = 64 * 1024 * 1024
"""Characters in all cells: a text that many cells share is laid out once for each."""
MAX_MERGED = 20_000
"""Areas of merged cells over all sheets."""

TOO_LARGE = (
    f"This file is too large. Upload at most {MAX_DATA_ROWS:,} students and {MAX_COLUMNS} columns at a time."
)
NOT_A_SPREADSHEET = (
    "This file is not a spreadsheet we can read. Save it as .xlsx or .csv and upload it again."
)
ENCRYPTED = "This file is protected by a password. Save it without a password and upload it again."


class UnreadableRegister(Refusal):
    """No row of the file can be used; the message says what its owner can do."""

    status = 422
    code = "UNREADABLE_FILE"
