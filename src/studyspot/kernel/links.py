"""Links that open one thing for whoever has them, for a short while: signed, so nothing is noted down."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from studyspot.kernel.ids import TenantId
from studyspot.kernel.vault import Vault

PURPOSE = "links"
_ID_BYTES, _TIME_BYTES, _SEAL_BYTES = 16, 8, 32
TOKEN_LENGTH = 96
"""Characters of what is signed: two ids, a moment, the seal."""


class Linked(NamedTuple):
    tenant_id: TenantId
    thing_id: UUID


class Links:
    def __init__(self, vault: Vault) -> None:
        self._key = vault.derive(PURPOSE)
        self._keys: Sequence[bytes] = vault.derive_each(PURPOSE)

    def sign(self, linked: Linked, *, expires_at: int) -> str:
        """`expires_at` in seconds since 1970."""
        said = linked.tenant_id.bytes + linked.thing_id.bytes + expires_at.to_bytes(_TIME_BYTES)
        return base64.urlsafe_b64encode(said + _seal(self._key, said)).decode()

    def read(self, token: str, *, at: float) -> Linked | None:
        """None for one that is not ours, or whose time is over."""
        try:
            signed = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        said, seal = signed[:-_SEAL_BYTES], signed[-_SEAL_BYTES:]
        if len(said) != 2 * _ID_BYTES + _TIME_BYTES:
            return None
        if not any(hmac.compare_digest(seal, _seal(key, said)) for key in self._keys):
            return None
        if int.from_bytes(said[2 * _ID_BYTES :]) <= at:
            return None
        return Linked(TenantId(UUID(bytes=said[:_ID_BYTES])), UUID(bytes=said[_ID_BYTES : 2 * _ID_BYTES]))


def _seal(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")
