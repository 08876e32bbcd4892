"""Secrets at rest: encrypted with the platform's key, readable with its predecessors while listed."""

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Vault:
    """Fernet (AES-128-CBC with HMAC-SHA256). `keys`: comma-separated, the first encrypts, any decrypts."""

    def __init__(self, keys: str) -> None:
        listed = [key.strip() for key in keys.split(",") if key.strip()]
        if not listed:
            raise ValueError("there is no key")
        self._fernet = MultiFernet([Fernet(key) for key in listed])
        self._listed = [key.encode() for key in listed]

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose, from the oldest listed key: the same while keys are rotated."""
        return self.derive_each(purpose)[-1]

    def derive_each(self, purpose: str) -> list[bytes]:
        """A key for one purpose from every listed key, in their order."""
        said = b"studyspot " + purpose.encode()
        return [hmac.digest(key, said, hashlib.sha256) for key in self._listed]

    def encrypt(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def decrypt(self, encrypted: bytes) -> bytes:
        """:raises ValueError: when none of the keys made it."""
        try:
            return self._fernet.decrypt(encrypted)
        except InvalidToken:
            raise ValueError("This secret was encrypted with another STUDYSPOT_SECRET_KEY.") from None


def new_vault_key() -> str:
    return Fernet.generate_key().decode()
