"""A library's running register, brought in and taken back, as it crosses the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.errors import Refusal
from studyspot.services.students.contract import IgnoredColumn, LeftOut

REGISTER_ROWS_MAX = 1_000
RegisterField = Literal[
    "name",
    "phone",
    "seat",
    "shift",
    "plan",
    "starts_on",
    "ends_on",
    "fee",
    "paid",
    "dues",
    "advance",
    "deposit",
]
Header = Annotated[str, Meta(min_length=1, max_length=100)]
RegisterHeaders = Annotated[dict[Header, RegisterField], Meta(max_length=20)]


class RegisterTooLong(Refusal):
    """The register has more rows than are taken at once."""

    code = "REGISTER_TOO_LONG"


class RegisterOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`as_of` is the day on which the register was right: today, unless said otherwise. `columns` names
    headers that are not understood by themselves. `dry_run` reports and writes nothing.
    """

    library_id: UUID
    as_of: date | None = None
    columns: RegisterHeaders = {}
    dry_run: bool = False


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
    status: Literal["created", "skipped", "failed"]
    student_id: UUID | None = None
    is_new_student: bool = False
    membership_id: UUID | None = None
    plan_name: str | None = None
    seat_code: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    price: int | None = None
    dues: int = 0
    advance: int = 0
    deposit: int = 0
    faults: tuple[RegisterFault, ...] = ()


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
    rows: list[RegisterLine]
    columns: dict[str, str]
    ignored_columns: list[IgnoredColumn]
    left_out: list[LeftOut]


class RegisterImport(msgspec.Struct, frozen=True):
    """A register that was brought in: how many memberships came of it, how many of them were taken back."""

    id: UUID
    library_id: UUID
    as_of: date
    memberships: int
    undone: int
    account_id: UUID | None
    created_at: datetime


class RegisterImportPage(msgspec.Struct, frozen=True):
    items: list[RegisterImport]
    total: int


class UndoneLine(msgspec.Struct, frozen=True):
    """A row that was taken back, or was not, and why."""

    row: int
    membership_id: UUID
    status: Literal["undone", "refused"]
    reason: str | None = None


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
    rows: list[UndoneLine]
    students_kept: list[KeptStudent]
