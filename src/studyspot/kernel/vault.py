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
        """A key for one purpose, the same in whichever order the keys are listed: so it changes once in a
        rotation, not at each of its steps.
        """
        return _derived(min(self._listed), purpose)

    def derive_each(self, purpose: str) -> list[bytes]:
        """A key for one purpose from every listed key, in their order."""
        return [_derived(key, purpose) for key in self._listed]

    def encrypt(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def decrypt(self, encrypted: bytes) -> bytes:
        """:raises ValueError: when none of the keys made it."""
        try:
            return self._fernet.decrypt(encrypted)
        except InvalidToken:
            raise ValueError("This secret was encrypted with another STUDYSPOT_SECRET_KEY.") from None


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, b"studyspot " + purpose.encode(), hashlib.sha256)


def new_vault_key() -> str:
    return Fernet.generate_key().decode()
