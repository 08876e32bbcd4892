"""The promises of the payments room, kept by one class per group of use cases and gathered here."""

from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.service.approvals import Approvals
from studyspot.services.payments.service.books import Books
from studyspot.services.payments.service.drawers import Drawers
from studyspot.services.payments.service.paper_codes import PaperCodes
from studyspot.services.payments.service.papers import Papers
from studyspot.services.payments.service.profit import Profit
from studyspot.tenancy.engine import Tenancy


class PaymentsService(Approvals, Papers, Books, Drawers, Profit):
    """Everything `contract.Payments` promises."""

    def __init__(self, tenancy: Tenancy, libraries: Libraries, codes: PaperCodes) -> None:
        self._tenancy = tenancy
        self._libraries = libraries
        self._codes = codes
