"""Codes that open the door: the one on a library's wall, which students read, and a student's own, which the
desk reads.

A code is 36 bytes in base64url, few enough for a QR code that cheap phones read: kind, library or student,
second of issue, and 120 bits of an HMAC-SHA256 over these and the tenant. Nothing is kept of it until it is
used.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from studyspot.kernel.ids import TenantId
from studyspot.services.bookings.contract.presence import DoorCodeExpired, InvalidDoorCode

WALL, PASS = b"W", b"P"
WALL_STEP = timedelta(seconds=30)
"""The wall shows a new code so often."""
WALL_LIFE = 2 * WALL_STEP
"""Who has read it just before it changed is not too late."""
PASS_LIFE = timedelta(seconds=60)
CLOCKS_APART = timedelta(seconds=5)
"""Of two machines."""
LIVES = {WALL: WALL_LIFE, PASS: PASS_LIFE}
_FIELDS = struct.Struct(">c16sI")
_SIGNED = 15


class ReadCode(NamedTuple):
    """`subject_id` is the library of a wall, the student of a pass; `text` as it was made, not as typed."""

    subject_id: UUID
    text: bytes


class IssuedCode(NamedTuple):
    text: str
    valid_until: datetime


def wall_code(key: bytes, tenant_id: TenantId, library_id: UUID, *, now: datetime) -> IssuedCode:
    """The same for all who ask within one step."""
    step = int(WALL_STEP.total_seconds())
    return _issued(key, WALL, tenant_id, library_id, int(now.timestamp()) // step * step)


def own_pass(key: bytes, tenant_id: TenantId, student_id: UUID, *, now: datetime) -> IssuedCode:
    return _issued(key, PASS, tenant_id, student_id, int(now.timestamp()))


def read_code(key: bytes, kind: bytes, tenant_id: TenantId, text: str, *, now: datetime) -> ReadCode:
    """:raises InvalidDoorCode: for what is not ours, of another business, or of another kind.

    :raises DoorCodeExpired: also for one of a time to come.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        found, subject, issued_at = _FIELDS.unpack_from(raw)
    except (UnicodeEncodeError, binascii.Error, struct.error):
        raise InvalidDoorCode("This is no code of this library.") from None
    said = raw[: _FIELDS.size]
    if not hmac.compare_digest(_signature(key, tenant_id, said), raw[_FIELDS.size :]) or found != kind:
        raise InvalidDoorCode("This is no code of this library.")
    age = now - datetime.fromtimestamp(issued_at, UTC)
    if not -CLOCKS_APART <= age < LIVES[kind]:
        raise DoorCodeExpired("This code is too old. Read the one that is shown now.")
    return ReadCode(UUID(bytes=subject), raw)


def _issued(key: bytes, kind: bytes, tenant_id: TenantId, subject_id: UUID, second: int) -> IssuedCode:
    said = _FIELDS.pack(kind, subject_id.bytes, second)
    text = base64.urlsafe_b64encode(said + _signature(key, tenant_id, said)).decode()
    return IssuedCode(text, datetime.fromtimestamp(second, UTC) + LIVES[kind])


def _signature(key: bytes, tenant_id: TenantId, said: bytes) -> bytes:
    return hmac.digest(key, tenant_id.bytes + said, hashlib.sha256)[:_SIGNED]
