"""The student register a library keeps in Excel or CSV: bytes -> cleaned rows and faults, and back to bytes.

Pure: no database, no clock, no HTTP. Students with the same phone are the caller's business.
"""

from .columns import AADHAAR_REASON
from .faults import MAX_BYTES, MAX_COLUMNS, MAX_DATA_ROWS, UnreadableRegister
from .reading import Register, open_register
from .rows import RegisterRow
from .values import Value
from .writing import XlsxFile

__all__ = [
    "AADHAAR_REASON",
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_DATA_ROWS",
    "Register",
    "RegisterRow",
    "UnreadableRegister",
    "Value",
    "XlsxFile",
    "open_register",
]
