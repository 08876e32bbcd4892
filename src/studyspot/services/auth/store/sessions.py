"""SQL: sessions, refresh tokens and failed sign-ins."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.kernel.ids import AccountId, TenantId


class SessionRow(msgspec.Struct, frozen=True):
    id: UUID
    account_id: AccountId
    tenant_id: TenantId | None
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime


class RefreshRow(msgspec.Struct, frozen=True):
    session_id: UUID
    account_id: AccountId
    tenant_id: TenantId | None
    token_expires_at: datetime
    used_at: datetime | None
    session_expires_at: datetime
    ended_at: datetime | None


async def insert_session(
    tx: Connection,
    *,
    session_id: UUID,
    account_id: UUID,
    tenant_id: UUID | None,
    user_agent: str | None,
    at: datetime,
    expires_at: datetime,
) -> None:
    await tx.run(
        """
        INSERT INTO auth.sessions
            (id, account_id, tenant_id, user_agent, created_at, last_used_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $5, $6)
        """,
        session_id,
        account_id,
        tenant_id,
        user_agent,
        at,
        expires_at,
    )


async def insert_refresh_token(
    tx: Connection, *, token_hash: bytes, session_id: UUID, at: datetime, expires_at: datetime
) -> None:
    await tx.run(
        """
        INSERT INTO auth.refresh_tokens (token_hash, session_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4)
        """,
        token_hash,
        session_id,
        at,
        expires_at,
    )


async def lock_refresh_token(tx: Connection, token_hash: bytes) -> RefreshRow | None:
    return await tx.one(
        RefreshRow,
        """
        SELECT t.session_id, s.account_id, s.tenant_id, t.expires_at AS token_expires_at, t.used_at,
            s.expires_at AS session_expires_at, s.ended_at
        FROM auth.refresh_tokens t JOIN auth.sessions s ON s.id = t.session_id
        WHERE t.token_hash = $1 FOR UPDATE
        """,
        token_hash,
    )


async def mark_refresh_token_used(tx: Connection, token_hash: bytes, session_id: UUID, at: datetime) -> None:
    await tx.run("UPDATE auth.refresh_tokens SET used_at = $2 WHERE token_hash = $1", token_hash, at)
    await tx.run("UPDATE auth.sessions SET last_used_at = $2 WHERE id = $1", session_id, at)


async def find_live_sessions(tx: Connection, account_id: UUID, at: datetime) -> list[SessionRow]:
    return await tx.all(
        SessionRow,
        """
        SELECT id, account_id, tenant_id, user_agent, created_at, last_used_at FROM auth.sessions
        WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id LIMIT 100
        """,
        account_id,
        at,
    )


async def end_session(tx: Connection, session_id: UUID, at: datetime) -> list[UUID]:
    """The session's id if it was live."""
    ended: list[UUID] = await tx.column(
        "UPDATE auth.sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING id",
        session_id,
        at,
    )
    return ended


async def end_sessions_of(
    tx: Connection, account_id: UUID, at: datetime, *, tenant_id: UUID | None = None, but: UUID | None = None
) -> list[UUID]:
    """Ends an account's live sessions (only those in a tenant; all but one) and returns their ids."""
    ended: list[UUID] = await tx.column(
        """
        UPDATE auth.sessions SET ended_at = $2
        WHERE account_id = $1 AND ended_at IS NULL AND ($3::uuid IS NULL OR tenant_id = $3)
            AND id IS DISTINCT FROM $4
        RETURNING id
        """,
        account_id,
        at,
        tenant_id,
        but,
    )
    return ended


async def find_sessions_ended_since(tx: Connection, since: datetime) -> list[UUID]:
    ended: list[UUID] = await tx.column(
        "SELECT id FROM auth.sessions WHERE ended_at > $1 ORDER BY ended_at DESC LIMIT 20000", since
    )
    return ended


async def find_failures(tx: Connection, identifier_hash: bytes) -> datetime | None:
    """Until when sign-ins with this identifier are refused."""
    blocked: datetime | None = await tx.value(
        "SELECT blocked_until FROM auth.failed_sign_ins WHERE identifier_hash = $1", identifier_hash
    )
    return blocked


async def count_failure(
    tx: Connection, identifier_hash: bytes, *, at: datetime, forget_before: datetime
) -> int:
    """Counts one more failure, from one again if the last was long ago; returns how many."""
    return int(
        await tx.value(
            """
            INSERT INTO auth.failed_sign_ins AS f (identifier_hash, failures, last_failure_at)
            VALUES ($1, 1, $2)
            ON CONFLICT (identifier_hash) DO UPDATE
            SET failures = CASE WHEN f.last_failure_at < $3 THEN 1 ELSE f.failures + 1 END,
                last_failure_at = $2
            RETURNING failures
            """,
            identifier_hash,
            at,
            forget_before,
        )
    )


async def block_identifier(tx: Connection, identifier_hash: bytes, until: datetime | None) -> None:
    await tx.run(
        "UPDATE auth.failed_sign_ins SET blocked_until = $2 WHERE identifier_hash = $1",
        identifier_hash,
        until,
    )


async def forget_failures(tx: Connection, identifier_hash: bytes) -> None:
    await tx.run("DELETE FROM auth.failed_sign_ins WHERE identifier_hash = $1", identifier_hash)
