"""SQL: signing keys."""

from datetime import datetime

import msgspec

from studyspot.kernel.database import Connection


class SigningKeyRow(msgspec.Struct, frozen=True):
    id: str
    private_key: bytes
    public_key: str
    active_from: datetime


async def find_signing_keys(tx: Connection) -> list[SigningKeyRow]:
    """The newest first."""
    return await tx.all(
        SigningKeyRow,
        """
        SELECT id, private_key, public_key::text, active_from FROM auth.signing_keys
        ORDER BY active_from DESC LIMIT 20
        """,
    )


async def insert_signing_key(tx: Connection, key: SigningKeyRow) -> None:
    await tx.run(
        """
        INSERT INTO auth.signing_keys (id, private_key, public_key, active_from)
        VALUES ($1, $2, $3::jsonb, $4)
        """,
        key.id,
        key.private_key,
        key.public_key,
        key.active_from,
    )


async def lock_signing_keys(tx: Connection) -> None:
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('auth.signing_keys', 0))")
