"""The import of many students, as it crosses the door."""

from typing import Literal
from uuid import UUID

import msgspec

from studyspot.kernel.errors import Fault, Refusal
from studyspot.services.students.contract.records import NewStudent

IMPORT_ROWS_MAX = 10_000


class ImportRefused(Refusal):
    """Not one row could be taken, or, where it was all or nothing, not every one. Nothing was written."""

    code = "IMPORT_REFUSED"


class ImportOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`dry_run` reports and writes nothing. `mode` says whether one bad row holds back the good ones.

    A student who is there already, by phone, is updated with what the row gives, skipped, or reported; one
    to whom the row adds nothing new is skipped.
    """

    dry_run: bool = False
    mode: Literal["best_effort", "all_or_nothing"] = "best_effort"
    on_duplicate: Literal["update", "skip", "refuse"] = "update"
    library_id: UUID | None = None


class ImportedRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one row. `row` is its number in the sheet, or its place in the JSON list, from 1."""

    row: int
    status: Literal["created", "updated", "skipped", "failed"]
    student_id: UUID | None = None
    student_code: str | None = None
    faults: tuple[Fault, ...] = ()


class RegisterColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What else than students is read of a register: the words in the headers of each field, and `headers` of
    this one file that somebody named, with their fields.
    """

    words: dict[str, tuple[str, ...]]
    headers: dict[str, str] = {}


class IgnoredColumn(msgspec.Struct, frozen=True):
    column: str
    reason: str


class LeftOut(msgspec.Struct, frozen=True):
    """A sheet, row or column of the file that holds something and was not read."""

    part: str
    reason: str


class ReadRow(msgspec.Struct, frozen=True):
    """One row of a register. There is no `student` where that part has faults. `cells` are the others that
    were asked for, as they stand there; `heading` is the title of their block.
    """

    row: int
    student: NewStudent | None
    cells: dict[str, str]
    heading: str
    faults: tuple[Fault, ...]


class ReadRegister(msgspec.Struct, frozen=True):
    """`columns` are the headers that were understood, with their fields."""

    rows: list[ReadRow]
    columns: dict[str, str]
    ignored_columns: list[IgnoredColumn]
    left_out: list[LeftOut]


class ImportReport(msgspec.Struct, frozen=True):
    """One line for every row that was read."""

    dry_run: bool
    total: int
    created: int
    updated: int
    skipped: int
    failed: int
    rows: list[ImportedRow]
    ignored_columns: list[IgnoredColumn]
    left_out: list[LeftOut]
