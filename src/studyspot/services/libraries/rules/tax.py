"""Which tax registrations fit together."""

from datetime import date
from uuid import UUID

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.services.libraries.contract.tax import NewTaxRegistration, TaxRegistration

REGISTERED = {"composition", "regular"}


def check_registration(
    new: NewTaxRegistration,
    library_id: UUID,
    *,
    known: list[TaxRegistration],
    of_series: list[TaxRegistration],
    states: frozenset[str],
    today: date,
) -> None:
    """`known` are those that the library has: the first may begin in the past. `of_series` are those of the
    business by whose series the papers would be numbered.

    :raises ValidationFailed: with every fault.
    """
    faults = []
    if known and new.from_on <= today:
        faults.append(Fault("from_on", "Give a day to come: what is written stays.", "too_early"))
    if new.status in REGISTERED and new.gstin is None:
        faults.append(Fault("gstin", f"A library that is {new.status} has a GSTIN.", "required"))
    if new.status == "unregistered" and new.gstin is not None:
        faults.append(Fault("gstin", "Who is not registered has none.", "not_allowed"))
    if new.state_code not in states:
        faults.append(Fault("state_code", "There is no such state.", "unknown"))
    elif new.gstin is not None and new.gstin[:2] != new.state_code:
        faults.append(Fault("state_code", "The GSTIN begins with another state.", "contradicts"))
    issuer = _issuer(new, library_id)
    others = {_issuer(one, one.library_id) for one in of_series} - {issuer, None}
    if issuer is not None and others:
        told = "Choose other letters: the papers of another GSTIN or library are numbered with these."
        faults.append(Fault("series", told, "taken"))
    if faults:
        raise ValidationFailed("This registration does not fit together.", details=faults)


def _issuer(registration: NewTaxRegistration | TaxRegistration, library_id: UUID) -> str | UUID | None:
    """Whose papers have numbers of their own: a GSTIN's, or where none is needed the library's. Nobody's when
    there are no papers.
    """
    if registration.status == "unregistered":
        return None
    return registration.gstin or (None if registration.status in REGISTERED else library_id)
