"""What was counted in a drawer, and where cash goes that leaves it."""

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.money import in_rupees
from studyspot.services.payments.contract.drawers import DrawerCount, NewCashTransfer, NotInDrawer
from studyspot.services.payments.rules.ledger import Entry


def counted(count: DrawerCount) -> int:
    """:raises ValidationFailed: unless it is told in one way, and each value once."""
    notes = count.denominations
    faults = []
    if (count.counted_paise is None) == (notes is None):
        told = "Give the sum, or the notes and coins."
        faults.append(Fault("counted_paise", told, "required" if notes is None else "not_allowed"))
    if notes is not None and len({one.value_paise for one in notes}) < len(notes):
        faults.append(Fault("denominations", "Name each value once.", "duplicate"))
    if faults:
        raise ValidationFailed("This is no count.", details=faults)
    return count.counted_paise or sum(one.value_paise * one.count for one in notes or ())


def check_reference(transfer: NewCashTransfer) -> None:
    """:raises ValidationFailed: for the slip of no bank."""
    if transfer.reference is not None and transfer.pocket != "bank":
        fault = Fault("reference", "Only the bank gives a slip.", "not_allowed")
        raise ValidationFailed("This transfer does not fit together.", details=[fault])


def check_is_there(transfer: NewCashTransfer, there: int) -> None:
    """:raises NotInDrawer: telling how much is there."""
    if transfer.amount_paise > there:
        raise NotInDrawer(f"There is only {in_rupees(max(there, 0))} to take out.")


def entries_of_transfer(transfer: NewCashTransfer) -> list[Entry]:
    """The account of each pocket has its name."""
    amount = transfer.amount_paise if transfer.direction == "in" else -transfer.amount_paise
    return [Entry("cash", amount), Entry(transfer.pocket, -amount)]


def entries_of_difference(found: int) -> list[Entry]:
    """More cash than the books say, or less."""
    return [Entry("cash", found), Entry("cash_difference", -found)]


def told_difference(found: int) -> str:
    return f"{in_rupees(abs(found))} {'too much' if found > 0 else 'missing'}"
