"""Receipts, and the papers of GST, as they cross the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

PaperKind = Literal[
    "receipt", "bill_of_supply", "tax_invoice", "receipt_voucher", "refund_voucher", "credit_note"
]
Verification = Annotated[str, Meta(min_length=1, max_length=100)]


class Party(msgspec.Struct, frozen=True):
    """Who gives a paper out, or whom it is made out to, as they were called then."""

    name: str
    address: str | None
    state_code: str | None
    gstin: str | None


class PaperLine(msgspec.Struct, frozen=True):
    """`amount` is `taxable` with the taxes, in paise; `tax_rate` is in hundredths of a percent."""

    label: str
    sac: str | None
    period_from: date | None
    period_until: date | None
    taxable: int
    tax_rate: int
    cgst: int
    sgst: int
    igst: int
    amount: int


class Paper(msgspec.Struct, frozen=True):
    """A paper as it was given out. `number` has no gap before it in its series and financial year.
    `refers_to` are the numbers of papers that it changes. Who asks with `code` learns whether it is genuine;
    `verify_at` is where, if the platform knows its own address.
    """

    id: UUID
    kind: PaperKind
    number: str
    day: date
    library_id: UUID
    student_id: UUID
    supplier: Party
    recipient: Party
    place_of_supply: str | None
    lines: tuple[PaperLine, ...]
    refers_to: tuple[str, ...]
    note: str | None
    taxable: int
    cgst: int
    sgst: int
    igst: int
    total: int
    is_reversed: bool
    created_at: datetime
    code: str
    verify_at: str | None


class PaperPage(msgspec.Struct, frozen=True):
    items: list[Paper]
    total: int


class PaperFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` are days of the library's books."""

    library_id: UUID | None = None
    student_id: UUID | None = None
    kind: PaperKind | None = None
    since: date | None = None
    until: date | None = None


class VerifiedPaper(msgspec.Struct, frozen=True):
    """What anybody who holds a paper may know of it."""

    kind: PaperKind
    number: str
    day: date
    supplier: str
    total: int
    is_reversed: bool
