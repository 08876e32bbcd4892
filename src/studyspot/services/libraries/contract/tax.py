"""How a library stands with GST, as it crosses the door."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.errors import Conflict, DuplicateEntry
from studyspot.kernel.values import Gstin, Name

REGISTRATIONS_MAX = 50
"""Of one library."""
TaxStatus = Literal["unregistered", "composition", "exempt", "regular"]
StateCode = Annotated[
    str, Meta(max_length=2, pattern=r"^[0-9]{2}$", description="GST's code of a state, such as 27")
]
Sac = Annotated[str, Meta(max_length=6, pattern=r"^99[0-9]{4}$", description="Services accounting code")]
Series = Annotated[
    str, Meta(max_length=3, pattern=r"^[A-Z0-9]{0,3}$", description="Letters that stand in each number")
]
TaxRate = Annotated[int, Meta(ge=0, le=10_000, description="Hundredths of a percent")]


class RegistrationKept(Conflict):
    """Papers may have been written by it."""

    code = "REGISTRATION_KEPT"


class RegistrationKnown(DuplicateEntry):
    """The library has another registration from that day on."""


class TaxRegistration(msgspec.Struct, frozen=True):
    """From `from_on` on: no paper but receipts when `unregistered`, bills of supply under `composition` or
    when `exempt`, tax invoices when `regular`; only then is there a tax. `tax_rate` is that of what is paid
    ahead. The place of supply is that of the premises, or the state of the student.
    """

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


class NewTaxRegistration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the library's accountant says. Renting of seats is SAC 997212 unless they say otherwise. The
    libraries of one GSTIN may share a series; another GSTIN, or an exempt library without one, has its own.
    """

    from_on: date
    status: TaxStatus
    legal_name: Name | None = None
    gstin: Gstin | None = None
    state_code: StateCode
    sac: Sac = "997212"
    tax_rate: TaxRate = 1800
    series: Series = ""
    place_of_supply: Literal["premises", "recipient"] = "premises"
