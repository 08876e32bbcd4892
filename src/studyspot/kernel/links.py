"""Links that open one thing for whoever has them, for a short while: signed, so nothing is noted down."""

from typing import NamedTuple
from uuid import UUID

from studyspot.kernel.ids import TenantId
from studyspot.kernel.seals import Seals
from studyspot.kernel.vault import Vault

_ID_BYTES, _TIME_BYTES, _SEAL_BYTES = 16, 8, 32
TOKEN_LENGTH = 96
"""Characters of what is signed: two ids, a moment, the seal."""


class Linked(NamedTuple):
    tenant_id: TenantId
    thing_id: UUID


class Links:
    def __init__(self, vault: Vault) -> None:
        self._seals = Seals(vault, "links", length=_SEAL_BYTES)

    def sign(self, linked: Linked, *, expires_at: int) -> str:
        """`expires_at` in seconds since 1970."""
        said = linked.tenant_id.bytes + linked.thing_id.bytes + expires_at.to_bytes(_TIME_BYTES)
        return self._seals.seal(said)

    def read(self, token: str, *, at: float) -> Linked | None:
        """None for one that is not ours, or whose time is over."""
        said = self._seals.open(token)
        if said is None or len(said) != 2 * _ID_BYTES + _TIME_BYTES:
            return None
        if int.from_bytes(said[2 * _ID_BYTES :]) <= at:
            return None
        return Linked(TenantId(UUID(bytes=said[:_ID_BYTES])), UUID(bytes=said[_ID_BYTES : 2 * _ID_BYTES]))
