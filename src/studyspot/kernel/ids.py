"""Identifiers. UUIDv7 (RFC 9562): made here, sorted by time, so that indexes grow at one end."""

import secrets
import uuid
from typing import NewType

import uuid_utils.compat

AccountId = NewType("AccountId", uuid.UUID)
TenantId = NewType("TenantId", uuid.UUID)


def new_id() -> uuid.UUID:
    return uuid_utils.compat.uuid7()


def new_secret(size_bytes: int = 32) -> str:
    """URL-safe text from the operating system's randomness: 32 bytes are 43 characters."""
    return secrets.token_urlsafe(size_bytes)
