"""The promises of the libraries room, kept by one class per group of use cases and gathered here."""

from studyspot.services.libraries.service.branches import Branches
from studyspot.services.libraries.service.coupons import Coupons
from studyspot.services.libraries.service.floor import Floor
from studyspot.services.libraries.service.hours import Hours
from studyspot.services.libraries.service.plans import Plans
from studyspot.services.libraries.service.shifts import Shifts
from studyspot.services.libraries.service.tax import Tax
from studyspot.services.libraries.service.trail import Trail
from studyspot.tenancy.engine import Tenancy


class LibrariesService(Branches, Hours, Floor, Shifts, Plans, Coupons, Tax, Trail):
    """Everything `contract.Libraries` promises."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
