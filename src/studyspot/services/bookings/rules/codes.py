"""Codes that open the door: the one on a library's wall, which students read, and a student's own, which the
desk reads.

A code is 36 bytes in base64url, few enough for a QR code that cheap phones read: kind, library or student,
second of issue, and 120 bits of an HMAC-SHA256 over these and the tenant. Nothing is kept of it until it is
used.
"""

import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from studyspot.kernel.ids import TenantId
from studyspot.kernel.seals import Seals
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
SEAL_BYTES = 15


class ReadCode(NamedTuple):
    """`subject_id` is the library of a wall, the student of a pass; `said` what no other code says."""

    subject_id: UUID
    said: bytes


class IssuedCode(NamedTuple):
    text: str
    valid_until: datetime


def wall_code(seals: Seals, tenant_id: TenantId, library_id: UUID, *, now: datetime) -> IssuedCode:
    """The same for all who ask within one step."""
    step = int(WALL_STEP.total_seconds())
    return _issued(seals, WALL, tenant_id, library_id, int(now.timestamp()) // step * step)


def own_pass(seals: Seals, tenant_id: TenantId, student_id: UUID, *, now: datetime) -> IssuedCode:
    return _issued(seals, PASS, tenant_id, student_id, int(now.timestamp()))


def read_code(seals: Seals, kind: bytes, tenant_id: TenantId, text: str, *, now: datetime) -> ReadCode:
    """:raises InvalidDoorCode: for what is not ours, of another business, or of another kind.

    :raises DoorCodeExpired: also for one of a time to come.
    """
    said = seals.open(text, within=tenant_id.bytes)
    if said is None or said[:1] != kind:
        raise InvalidDoorCode("This is no code of this library.")
    _, subject, issued_at = _FIELDS.unpack(said)
    age = now - datetime.fromtimestamp(issued_at, UTC)
    if not -CLOCKS_APART <= age < LIVES[kind]:
        raise DoorCodeExpired("This code is too old. Read the one that is shown now.")
    return ReadCode(UUID(bytes=subject), said)


def _issued(seals: Seals, kind: bytes, tenant_id: TenantId, subject_id: UUID, second: int) -> IssuedCode:
    text = seals.seal(_FIELDS.pack(kind, subject_id.bytes, second), within=tenant_id.bytes)
    return IssuedCode(text, datetime.fromtimestamp(second, UTC) + LIVES[kind])
