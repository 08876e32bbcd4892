"""Which paper is given out for what, and what stands in it.

By how a library stands with GST: an unregistered one gives receipts; under the composition scheme, or for
what is exempt, there are bills of supply (CGST Rules, rule 49); a regular one gives tax invoices (rule 46),
vouchers for what is paid ahead and for what of it is paid back (rules 50, 51), and credit notes (rule 53). A
number has 16 characters at most and no gap in its series and financial year (rule 46 (b)).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import msgspec

from studyspot.kernel.money import share_of
from studyspot.kernel.states import gst_state_of
from studyspot.services.libraries.contract import Library
from studyspot.services.payments.contract.charges import Charge, ChargeKind
from studyspot.services.payments.contract.papers import PaperKind, PaperLine, Party
from studyspot.services.payments.contract.payments import Payment
from studyspot.services.payments.rules.ledger import Entry

PREFIXES = {
    "bill_of_supply": "BS",
    "tax_invoice": "TI",
    "receipt_voucher": "RV",
    "refund_voucher": "FV",
    "credit_note": "CN",
}
WHOLE = 10_000
"""Of what rates are parts: hundredths of a percent."""
RATE_STEP = 25
"""The rates of GST are quarters of a percent."""
APRIL = 4
COMPOSITION = "Composition taxable person, not eligible to collect tax on supplies"
"""Stands on each of their bills (CGST Rules, rule 5 (1) (f))."""


class Registration(msgspec.Struct, frozen=True):
    """How a library stands with GST on a day."""

    status: str
    legal_name: str | None
    gstin: str | None
    state_code: str
    sac: str
    tax_rate: int
    series: str
    place_of_supply: str


class Recipient(msgspec.Struct, frozen=True):
    name: str
    address: str
    state: str | None


class Draft(NamedTuple):
    """A paper without its number."""

    kind: PaperKind
    supplier: Party
    recipient: Party
    place_of_supply: str | None
    lines: tuple[PaperLine, ...]
    refers_to: tuple[str, ...] = ()
    note: str | None = None


class Parties(NamedTuple):
    """Between whom papers go."""

    library: Library
    registration: Registration | None
    recipient: Recipient

    @property
    def status(self) -> str:
        return "unregistered" if self.registration is None else self.registration.status

    @property
    def place_of_supply(self) -> str | None:
        """Of a seat that is rented, where it stands (IGST Act, section 12 (3)); else where the student is, if
        that is known (section 12 (2)).
        """
        if self.registration is None:
            return None
        at_home = None
        if self.registration.place_of_supply == "recipient":
            at_home = gst_state_of(self.recipient.state)
        return at_home or self.registration.state_code

    def draft(
        self,
        kind: PaperKind,
        lines: Iterable[PaperLine],
        refers_to: Sequence[str] = (),
        note: str | None = None,
    ) -> Draft:
        """A receipt is not about a supply, and names no place of it."""
        place = None if kind == "receipt" else self.place_of_supply
        return Draft(kind, self._supplier(), self._recipient(), place, tuple(lines), tuple(refers_to), note)

    def line(
        self,
        label: str,
        amount: int,
        tax: int = 0,
        *,
        period_from: date | None = None,
        period_until: date | None = None,
    ) -> PaperLine:
        """`tax` is a part of `amount`; within a state it is halved, and the odd paisa is the state's."""
        registration = self.registration
        within = registration is None or self.place_of_supply == registration.state_code
        cgst = tax // 2 if within else 0
        return PaperLine(
            label,
            None if registration is None else registration.sac,
            period_from,
            period_until,
            taxable=amount - tax,
            tax_rate=_rate_of(tax, amount - tax),
            cgst=cgst,
            sgst=tax - cgst if within else 0,
            igst=0 if within else tax,
            amount=amount,
        )

    def _supplier(self) -> Party:
        library, registration = self.library, self.registration
        name = library.name
        if registration is not None and registration.legal_name is not None:
            name = f"{registration.legal_name} ({library.name})"
        address = ", ".join(filter(None, (library.address, library.city, library.state, library.pincode)))
        if registration is None:
            return Party(name, address or None, None, None)
        return Party(name, address or None, registration.state_code, registration.gstin)

    def _recipient(self) -> Party:
        recipient = self.recipient
        return Party(recipient.name, recipient.address or None, gst_state_of(recipient.state), None)


def paper_of_bill(parties: Parties, charges: Sequence[Charge]) -> Draft | None:
    """A deposit is given back one day and is no supply. Of a regular library, what has no tax at all is
    exempt.
    """
    lines = [
        parties.line(
            charge.label,
            charge.amount,
            charge.tax,
            period_from=charge.period_from,
            period_until=charge.period_until,
        )
        for charge in charges
        if charge.kind != "deposit"
    ]
    if not lines or parties.status == "unregistered":
        return None
    is_taxed = parties.status == "regular" and any(line.amount > line.taxable for line in lines)
    note = COMPOSITION if parties.status == "composition" else None
    return parties.draft("tax_invoice" if is_taxed else "bill_of_supply", lines, note=note)


def credit_note(
    parties: Parties, entries: Sequence[Entry], charges: Sequence[Charge], numbers: Mapping[UUID, str]
) -> Draft | None:
    """For what was billed with a paper before, and is taken back. `numbers` are those of the papers of the
    bills with which the charges came: a deposit stands on none of them.
    """
    lines, refers_to = [], set()
    for charge in charges:
        own = [entry for entry in entries if entry.charge_id == charge.id and entry.amount > 0]
        if not own or charge.kind == "deposit" or charge.id not in numbers:
            continue
        tax = sum(entry.amount for entry in own if entry.account == "tax")
        lines.append(parties.line(charge.label, sum(entry.amount for entry in own), tax))
        refers_to.add(numbers[charge.id])
    if not lines or parties.status == "unregistered":
        return None
    return parties.draft("credit_note", lines, sorted(refers_to))


def receipt(parties: Parties, payment: Payment) -> Draft:
    lines = [_plain_line(share.label, share.amount) for share in payment.allocations]
    if payment.advance:
        lines.append(_plain_line("Paid ahead", payment.advance))
    how = payment.method.replace("_", " ")
    told = how if payment.reference is None else f"{how}, {payment.reference}"
    return parties.draft("receipt", lines, note=f"Paid by {told}")


def voucher(parties: Parties, kind: PaperKind, amount: int, *, refers_to: Sequence[str] = ()) -> Draft | None:
    """For what is paid ahead, or of it paid back: the tax is within."""
    if parties.registration is None or parties.status != "regular" or not amount:
        return None
    tax = _tax_within(amount, parties.registration.tax_rate)
    label = "Paid ahead" if kind == "receipt_voucher" else "Paid ahead, and paid back"
    return parties.draft(kind, [parties.line(label, amount, tax)], refers_to)


def tax_of_charge(kind: ChargeKind, amount: int, rate: int | None, registered: Registration | None) -> int:
    """Late fees are a part of what is sold (CGST Act 2017, s. 15(2)(d)); what is asked of somebody for a
    breach is the price of nothing (CBIC Circular 178/10/2022-GST).
    """
    if registered is None or registered.status != "regular":
        return 0
    if rate is None:
        rate = 0 if kind == "fine" else registered.tax_rate
    return _tax_within(amount, rate)


def _tax_within(amount: int, rate: int) -> int:
    return share_of(amount, rate, WHOLE + rate)


def series_of(kind: PaperKind, registration: Registration, day: date) -> str:
    """What stands before the number."""
    first = day.year if day.month >= APRIL else day.year - 1
    return f"{PREFIXES[kind]}{registration.series}-{first % 100:02}{(first + 1) % 100:02}-"


def charges_credited(entries: Sequence[Entry]) -> set[UUID]:
    """The charges that entries take back."""
    return {entry.charge_id for entry in entries if entry.charge_id is not None and entry.amount > 0}


def _plain_line(label: str, amount: int) -> PaperLine:
    return PaperLine(label, None, None, None, amount, 0, 0, 0, 0, amount)


def _rate_of(tax: int, taxable: int) -> int:
    """A part of a price has the rate of the whole within a paisa."""
    return 0 if not taxable else round(tax * WHOLE / taxable / RATE_STEP) * RATE_STEP
