"""Codes in papers that nobody else can make: which paper of which business it is, signed."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import TenantId

_SIGNED = 13
"""104 bits: the code has 45 bytes, 60 characters, few enough for a small QR code."""


class Seals:
    """`key` signs; `public_url` is where the platform is reached, if it is known."""

    def __init__(self, key: bytes, public_url: str | None) -> None:
        self._key = key
        self._public_url = public_url

    def seal(self, tenant_id: TenantId, paper_id: UUID) -> str:
        said = tenant_id.bytes + paper_id.bytes
        return base64.urlsafe_b64encode(said + self._signature(said)).decode()

    def read(self, code: str) -> tuple[TenantId, UUID]:
        """:raises NotFound: for what was not sealed here."""
        try:
            raw = base64.b64decode(code.encode("ascii"), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raw = b""
        said = raw[:32]
        if not hmac.compare_digest(self._signature(said), raw[32:]):
            raise NotFound("There is no such paper: it was not given out here, or the code is incomplete.")
        return TenantId(UUID(bytes=said[:16])), UUID(bytes=said[16:])

    def address(self, code: str) -> str | None:
        if self._public_url is None:
            return None
        return f"{self._public_url.rstrip('/')}/api/v1/payments/papers/verify?code={code}"

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, hashlib.sha256)[:_SIGNED]
