"""Short texts that nobody else can make: what they say and a part of an HMAC-SHA256 over it, in base64url.

They are sealed with one key and opened with any that is listed: a rotation ends nothing that is still good.
"""

import base64
import binascii
import hashlib
import hmac

from studyspot.kernel.vault import Vault


class Seals:
    """For one purpose; `length` are the bytes of the HMAC that a text has room for."""

    def __init__(self, vault: Vault, purpose: str, *, length: int) -> None:
        self._key = vault.derive(purpose)
        self._keys = vault.derive_each(purpose)
        self._length = length

    def seal(self, said: bytes, *, within: bytes = b"") -> str:
        """`within` takes no room: whoever opens the text must know it."""
        return base64.urlsafe_b64encode(said + self._mark(self._key, within + said)).decode()

    def open(self, text: str, *, within: bytes = b"") -> bytes | None:
        """What it says; None for what was not sealed here."""
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        said, mark = raw[: -self._length], raw[-self._length :]
        is_ours = any(hmac.compare_digest(mark, self._mark(key, within + said)) for key in self._keys)
        return said if is_ours else None

    def _mark(self, key: bytes, said: bytes) -> bytes:
        return hmac.digest(key, said, hashlib.sha256)[: self._length]
