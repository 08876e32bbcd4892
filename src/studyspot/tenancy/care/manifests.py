"""What is known of a backup: its manifest, written last. A backup exists when its manifest does.

It is signed. The dump's checksum stands in it, so that whoever can write to the place of backups, and has not
the platform's key, can neither make a backup nor change one.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import TenantId, new_secret
from studyspot.tenancy.care.digests import TableDigest

Reason = Literal["asked", "nightly", "last"]
"""Somebody asked for it; the schedule did; the tenant's database was dropped after it."""


CONTROL_FOLDER = "control"


class NotOurs(Refusal):
    """No key of ours has signed it, or it cannot be read."""


class Manifest(msgspec.Struct, frozen=True):
    """`sha256` and `bytes` are of the dump; `tables` were counted in the very snapshot that was dumped.

    `tenant_id` is None for the control database.
    """

    name: str
    tenant_id: TenantId | None
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


def folder_of(tenant_id: TenantId | None) -> str:
    """Where the backups of a tenant lie, or those of the control database."""
    return CONTROL_FOLDER if tenant_id is None else str(tenant_id)


class Seal:
    """Signs manifests with HMAC-SHA256. `keys`: the first signs, any is believed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    def sign(self, manifest: Manifest) -> bytes:
        written = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        signed = _Signed(_signature(self._keys[0], written), msgspec.Raw(written))
        return msgspec.json.encode(signed) + b"\n"

    def read(self, content: bytes) -> tuple[Manifest, bool]:
        """The manifest, and whether the newest key has signed it.

        :raises NotOurs: before anything of it is looked at, when it is not signed.
        """
        try:
            signed = msgspec.json.decode(content, type=_Signed)
            for key in self._keys:
                if hmac.compare_digest(_signature(key, signed.manifest).encode(), signed.signature.encode()):
                    return msgspec.json.decode(signed.manifest, type=Manifest), key == self._keys[0]
        except (msgspec.DecodeError, RecursionError) as problem:
            raise NotOurs("This is no manifest of a backup.") from problem
        raise NotOurs("This was not signed with a key that is known here.")


class _Signed(msgspec.Struct):
    signature: str
    manifest: msgspec.Raw


def _signature(key: bytes, manifest: bytes | msgspec.Raw) -> str:
    return hmac.digest(key, bytes(manifest), hashlib.sha256).hex()
