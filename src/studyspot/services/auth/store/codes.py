"""SQL: one-time codes."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection


class CodeRow(msgspec.Struct, frozen=True):
    destination: str
    code_hash: bytes
    wrong_tries: int
    sent_at: datetime
    expires_at: datetime
    sent_in_window: int
    window_started_at: datetime


async def lock_code(tx: Connection, account_id: UUID, purpose: str) -> CodeRow | None:
    return await tx.one(
        CodeRow,
        """
        SELECT destination, code_hash, wrong_tries, sent_at, expires_at, sent_in_window, window_started_at
        FROM auth.codes WHERE account_id = $1 AND purpose = $2 FOR UPDATE
        """,
        account_id,
        purpose,
    )


async def replace_code(tx: Connection, account_id: UUID, purpose: str, code: CodeRow) -> None:
    await tx.run(
        """
        INSERT INTO auth.codes (account_id, purpose, destination, code_hash, wrong_tries, sent_at, expires_at,
            sent_in_window, window_started_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (account_id, purpose) DO UPDATE
        SET destination = $3, code_hash = $4, wrong_tries = $5, sent_at = $6, expires_at = $7,
            sent_in_window = $8, window_started_at = $9
        """,
        account_id,
        purpose,
        code.destination,
        code.code_hash,
        code.wrong_tries,
        code.sent_at,
        code.expires_at,
        code.sent_in_window,
        code.window_started_at,
    )


async def count_wrong_try(tx: Connection, account_id: UUID, purpose: str) -> None:
    await tx.run(
        "UPDATE auth.codes SET wrong_tries = wrong_tries + 1 WHERE account_id = $1 AND purpose = $2",
        account_id,
        purpose,
    )


async def use_code(tx: Connection, account_id: UUID, purpose: str, at: datetime) -> None:
    """Kept until its window is over, so that sending is still counted; but it works no more."""
    await tx.run(
        "UPDATE auth.codes SET expires_at = least(expires_at, $3) WHERE account_id = $1 AND purpose = $2",
        account_id,
        purpose,
        at,
    )


async def purge(tx: Connection, *, sessions_before: datetime, codes_before: datetime) -> int:
    """Deletes what no longer decides anything; returns how many rows."""
    deleted = await tx.run(
        "DELETE FROM auth.sessions WHERE expires_at < $1 OR ended_at < $1", sessions_before
    )
    deleted += await tx.run("DELETE FROM auth.refresh_tokens WHERE expires_at < $1", sessions_before)
    deleted += await tx.run(
        "DELETE FROM auth.codes WHERE window_started_at < $1 AND expires_at < $1", codes_before
    )
    deleted += await tx.run("DELETE FROM auth.failed_sign_ins WHERE last_failure_at < $1", codes_before)
    return deleted
