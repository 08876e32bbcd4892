"""All SQL of the auth room."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.services.auth.contract import Account, Role

ACCOUNT = """id, email, phone, first_name, last_name, email_verified_at IS NOT NULL AS email_verified,
    phone_verified_at IS NOT NULL AS phone_verified, is_active, last_login_at, version,
    created_at, updated_at"""


class Secret(msgspec.Struct, frozen=True):
    """What a sign-in is checked against."""

    id: AccountId
    password_hash: str | None
    is_active: bool


class MembershipRow(msgspec.Struct, frozen=True):
    tenant_id: TenantId | None
    role: Role
    subject_id: UUID | None
    overrides: dict[str, bool]
    tenant_name: str | None
    tenant_status: str | None


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


class CodeRow(msgspec.Struct, frozen=True):
    destination: str
    code_hash: bytes
    wrong_tries: int
    sent_at: datetime
    expires_at: datetime
    sent_in_window: int
    window_started_at: datetime


class SigningKeyRow(msgspec.Struct, frozen=True):
    id: str
    private_key: bytes
    public_key: str
    active_from: datetime


async def insert_account(
    tx: Connection,
    *,
    account_id: UUID,
    email: str | None,
    phone: str | None,
    first_name: str,
    last_name: str | None,
    password_hash: str | None,
) -> Account:
    """:raises ConstraintViolated: `account_email` or `account_phone` when taken."""
    account = await tx.one(
        Account,
        f"""
        INSERT INTO auth.accounts (id, email, phone, first_name, last_name, password_hash)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING {ACCOUNT}
        """,
        account_id,
        email,
        phone,
        first_name,
        last_name,
        password_hash,
    )
    assert account is not None  # noqa: S101 - INSERT … RETURNING gives its row
    return account


async def find_account(tx: Connection, account_id: UUID, *, for_update: bool = False) -> Account | None:
    return await tx.one(
        Account,
        f"SELECT {ACCOUNT} FROM auth.accounts WHERE id = $1 {'FOR UPDATE' if for_update else ''}",
        account_id,
    )


async def find_accounts(tx: Connection, account_ids: list[AccountId]) -> list[Account]:
    return await tx.all(Account, f"SELECT {ACCOUNT} FROM auth.accounts WHERE id = ANY($1)", account_ids)


async def find_account_by(tx: Connection, *, email: str | None, phone: str | None) -> Account | None:
    """By e-mail if one is given, else by phone."""
    return await tx.one(
        Account,
        f"""
        SELECT {ACCOUNT} FROM auth.accounts
        WHERE CASE WHEN $1::text IS NOT NULL THEN email = $1 ELSE phone = $2 END
        """,
        email,
        phone,
    )


async def find_secret(tx: Connection, *, email: str | None, phone: str | None) -> Secret | None:
    if email is not None:
        return await tx.one(
            Secret, "SELECT id, password_hash, is_active FROM auth.accounts WHERE email = $1", email
        )
    return await tx.one(
        Secret, "SELECT id, password_hash, is_active FROM auth.accounts WHERE phone = $1", phone
    )


async def find_secret_of(tx: Connection, account_id: UUID) -> Secret | None:
    return await tx.one(
        Secret, "SELECT id, password_hash, is_active FROM auth.accounts WHERE id = $1", account_id
    )


async def update_account(tx: Connection, account: Account) -> Account | None:
    """Writes the changeable fields; a changed address is no longer verified."""
    return await tx.one(
        Account,
        f"""
        UPDATE auth.accounts SET email = $2, phone = $3, first_name = $4, last_name = $5, is_active = $6,
            email_verified_at = CASE WHEN email IS NOT DISTINCT FROM $2 THEN email_verified_at END,
            phone_verified_at = CASE WHEN phone IS NOT DISTINCT FROM $3 THEN phone_verified_at END,
            version = version + 1, updated_at = now()
        WHERE id = $1 RETURNING {ACCOUNT}
        """,
        account.id,
        account.email,
        account.phone,
        account.first_name,
        account.last_name,
        account.is_active,
    )


async def set_password_hash(tx: Connection, account_id: UUID, password_hash: str) -> bool:
    changed = await tx.run(
        """
        UPDATE auth.accounts SET password_hash = $2, version = version + 1, updated_at = now() WHERE id = $1
        """,
        account_id,
        password_hash,
    )
    return changed == 1


async def mark_verified(
    tx: Connection, account_id: UUID, *, channel: str, destination: str, at: datetime
) -> None:
    """Only if the address is still the one the code went to."""
    column = {"email": "email", "phone": "phone"}[channel]
    await tx.run(
        f"UPDATE auth.accounts SET {column}_verified_at = $3 WHERE id = $1 AND {column} = $2",
        account_id,
        destination,
        at,
    )


async def mark_login(tx: Connection, account_id: UUID, at: datetime) -> None:
    await tx.run("UPDATE auth.accounts SET last_login_at = $2 WHERE id = $1", account_id, at)


async def find_memberships(tx: Connection, account_id: UUID) -> list[MembershipRow]:
    """From the view that the users room publishes; the platform first, then the oldest."""
    return await tx.all(
        MembershipRow,
        """
        SELECT m.tenant_id, m.role, m.subject_id, m.overrides, t.name AS tenant_name,
            t.status AS tenant_status
        FROM users.published_memberships m LEFT JOIN tenancy.tenants t ON t.id = m.tenant_id
        WHERE m.account_id = $1 AND t.status IS DISTINCT FROM 'deleted'
        ORDER BY m.tenant_id IS NOT NULL, m.created_at, m.tenant_id LIMIT 200
        """,
        account_id,
    )


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
