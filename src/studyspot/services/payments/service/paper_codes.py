"""Codes in papers that nobody else can make: which paper of which business it is."""

from uuid import UUID

from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import TenantId
from studyspot.kernel.seals import Seals
from studyspot.kernel.vault import Vault

_SEAL_BYTES = 13
"""104 bits: the code has 45 bytes, 60 characters, few enough for a small QR code."""
_ID_BYTES = 16


class PaperCodes:
    """`public_url` is where the platform is reached, if it is known."""

    def __init__(self, vault: Vault, public_url: str | None) -> None:
        self._seals = Seals(vault, "papers", length=_SEAL_BYTES)
        self._public_url = public_url

    def code_of(self, tenant_id: TenantId, paper_id: UUID) -> str:
        return self._seals.seal(tenant_id.bytes + paper_id.bytes)

    def read(self, code: str) -> tuple[TenantId, UUID]:
        """:raises NotFound: for what was not given out here."""
        said = self._seals.open(code)
        if said is None:
            raise NotFound("There is no such paper: it was not given out here, or the code is incomplete.")
        return TenantId(UUID(bytes=said[:_ID_BYTES])), UUID(bytes=said[_ID_BYTES:])

    def address(self, code: str) -> str | None:
        if self._public_url is None:
            return None
        return f"{self._public_url.rstrip('/')}/api/v1/payments/papers/verify?code={code}"
