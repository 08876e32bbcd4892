"""Running registers that are brought in."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment
from studyspot.client.models.students import IgnoredColumn, LeftOut


class RegisterFault(msgspec.Struct, frozen=True):
    """What is wrong in a row: `column` is its header in the file, or the field where there is none."""

    column: str
    field: str
    message: str
    code: str


class RegisterLine(msgspec.Struct, frozen=True):
    """What became of a row, by its number in the sheet, or would become of it. `skipped` is one that was
    brought in before. `price` is what the days were sold for; it and the balances are paise.
    """

    row: int
    status: Literal["created", "failed", "skipped"]
    student_id: UUID | None
    is_new_student: bool
    membership_id: UUID | None
    plan_name: str | None
    seat_code: str | None
    starts_on: date | None
    ends_on: date | None
    price: int | None
    dues: int
    advance: int
    deposit: int
    faults: tuple[RegisterFault, ...]


class RegisterReport(msgspec.Struct, frozen=True):
    """A line for every row. `import_id` is what the whole is taken back by: None when nothing was written.
    `dues`, `advances` and `deposits` are the sums of the rows that were created, in paise; `columns` are the
    headers that were understood.
    """

    import_id: UUID | None
    dry_run: bool
    total: int
    created: int
    skipped: int
    failed: int
    dues: int
    advances: int
    deposits: int
    rows: tuple[RegisterLine, ...]
    columns: dict[str, str]
    ignored_columns: tuple[IgnoredColumn, ...]
    left_out: tuple[LeftOut, ...]


class RegisterImport(msgspec.Struct, frozen=True):
    """A register that was brought in: how many memberships came of it, how many of them were taken back."""

    id: UUID
    library_id: UUID
    as_of: date
    memberships: int
    undone: int
    account_id: UUID | None
    created_at: Moment


class UndoneLine(msgspec.Struct, frozen=True):
    """A row that was taken back, or was not, and why."""

    row: int
    membership_id: UUID
    status: Literal["refused", "undone"]
    reason: str | None


class KeptStudent(msgspec.Struct, frozen=True):
    """One whom the import added, and who stays."""

    student_id: UUID
    reason: str


class UndoReport(msgspec.Struct, frozen=True):
    """`students_removed` are those whom the import had added and nobody needs."""

    import_id: UUID
    undone: int
    refused: int
    students_removed: int
    rows: tuple[UndoneLine, ...]
    students_kept: tuple[KeptStudent, ...]
