"""Receipts and the papers of GST, and how a library stands with it."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment

PaperKind = Literal[
    "receipt", "bill_of_supply", "tax_invoice", "receipt_voucher", "refund_voucher", "credit_note"
]
TaxStatus = Literal["unregistered", "composition", "exempt", "regular"]


class Party(msgspec.Struct, frozen=True):
    name: str
    address: str | None
    state_code: str | None
    gstin: str | None


class PaperLine(msgspec.Struct, frozen=True):
    """Paise; `tax_rate` in hundredths of a percent."""

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
    """A paper as it was given out; `code` proves it."""

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
    created_at: Moment
    code: str
    verify_at: str | None


class VerifiedPaper(msgspec.Struct, frozen=True):
    kind: PaperKind
    number: str
    day: date
    supplier: str
    total: int
    is_reversed: bool


class TaxRegistration(msgspec.Struct, frozen=True):
    id: UUID
    library_id: UUID
    from_on: date
    status: TaxStatus
    legal_name: str | None
    gstin: str | None
    state_code: str
    sac: str
    tax_rate: int
    series: str
    place_of_supply: Literal["premises", "recipient"]


class NewTaxRegistration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    from_on: date
    status: TaxStatus
    legal_name: str | None = None
    gstin: str | None = None
    state_code: str
    sac: str = "997212"
    tax_rate: int = 1800
    series: str = ""
    place_of_supply: Literal["premises", "recipient"] = "premises"
