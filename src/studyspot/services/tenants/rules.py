"""Pure decisions of the tenants room: slugs, and which state leads to which."""

import re
import unicodedata

from studyspot.services.tenants.contract import WrongState
from studyspot.tenancy.registry import TenantStatus

SLUG_LENGTH_MAX = 50
SUSPENDABLE: frozenset[TenantStatus] = frozenset({"active", "trial"})
REACTIVATABLE: frozenset[TenantStatus] = frozenset({"suspended", "inactive"})


def slug_of(name: str) -> str:
    """A web-safe name for people to recognise: Latin letters, digits and hyphens.

    Never used as a database name.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH_MAX].strip("-") or "library"


def check_state(status: TenantStatus, allowed: frozenset[TenantStatus], action: str) -> None:
    """:raises WrongState:"""
    if status not in allowed:
        raise WrongState(f"A tenant that is {status} cannot be {action}.")
