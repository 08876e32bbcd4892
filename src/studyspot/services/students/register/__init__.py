"""The student register a library keeps in Excel or CSV: bytes -> cleaned rows and faults, and back to bytes.

Pure: no database, no clock, no HTTP. Students with the same phone are the caller's business.
"""

from .columns import AADHAAR_REASON, Vocabulary
from .faults import MAX_BYTES, MAX_COLUMNS, MAX_DATA_ROWS, UnreadableRegister
from .reading import Register, open_register
from .rows import RegisterRow
from .synonyms import PHRASES
from .values import Value
from .writing import XlsxFile

__all__ = [
    "AADHAAR_REASON",
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_DATA_ROWS",
    "PHRASES",
    "Register",
    "RegisterRow",
    "UnreadableRegister",
    "Value",
    "Vocabulary",
    "XlsxFile",
    "open_register",
]
