"""What papers are called and say, wherever they are printed."""

from datetime import date

from studyspot.kernel.states import GST_STATES
from studyspot.services.payments.contract.papers import Paper, PaperKind, PaperLine

TITLES: dict[PaperKind, str] = {
    "receipt": "Receipt",
    "bill_of_supply": "Bill of Supply",
    "tax_invoice": "Tax Invoice",
    "receipt_voucher": "Receipt Voucher",
    "refund_voucher": "Refund Voucher",
    "credit_note": "Credit Note",
}


def written(day: date) -> str:
    return f"{day:%d-%m-%Y}"


def state(code: str | None) -> str | None:
    return None if code is None else f"{GST_STATES.get(code, '')} ({code})"


def period(line: PaperLine) -> str | None:
    if line.period_from is None or line.period_until is None:
        return None
    return f"{written(line.period_from)} to {written(line.period_until)}"


def rate(line: PaperLine) -> str:
    return f"{line.tax_rate / 100:g} %"


def taxes(paper: Paper) -> list[tuple[str, int]]:
    """The taxes that there are, by their names."""
    named = (("CGST", paper.cgst), ("SGST", paper.sgst), ("IGST", paper.igst))
    return [(name, amount) for name, amount in named if amount]


def remarks(paper: Paper) -> list[str]:
    """What stands below the lines."""
    told = [paper.note] if paper.note else []
    if paper.refers_to:
        told.append(f"Refers to {', '.join(paper.refers_to)}")
    if paper.kind in {"tax_invoice", "receipt_voucher", "refund_voucher", "credit_note"}:
        told.append("Tax is not payable on reverse charge")
    if paper.is_reversed:
        told.append("REVERSED: this payment was taken back")
    return told
