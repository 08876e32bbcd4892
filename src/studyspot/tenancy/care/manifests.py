"""What is known of a backup: its manifest, written last. A backup exists when its manifest does."""

from datetime import datetime
from typing import Literal

import msgspec

from studyspot.kernel.ids import TenantId, new_secret
from studyspot.tenancy.care.digests import TableDigest

Reason = Literal["asked", "nightly", "last"]
"""Somebody asked for it; the schedule did; the tenant's database was dropped after it."""


class Manifest(msgspec.Struct, frozen=True):
    """`sha256` and `bytes` are of the dump; `tables` were counted in the very snapshot that was dumped."""

    name: str
    tenant_id: TenantId
    slug: str
    tenant_name: str
    reason: Reason
    taken_at: datetime
    generation: int
    revision: int
    postgresql: str
    bytes: int
    sha256: str
    tables: dict[str, TableDigest]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def new_name(taken_at: datetime) -> str:
    """Such as `20261126T210003Z-4fQ2xw`: sorts by time."""
    return f"{taken_at:%Y%m%dT%H%M%SZ}-{new_secret(4).replace('-', 'x').replace('_', 'y')}"
