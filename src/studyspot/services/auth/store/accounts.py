"""SQL: accounts, their secrets and proved addresses, and where they may act."""

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


async def find_tenant_name(tx: Connection, tenant_id: UUID) -> str | None:
    """From the registry."""
    found = await tx.value("SELECT name FROM tenancy.tenants WHERE id = $1", tenant_id)
    return None if found is None else str(found)


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
        UPDATE auth.accounts SET password_hash = $2, version = version + 1, updated_at = now()
        WHERE id = $1 AND NOT is_erased
        """,
        account_id,
        password_hash,
    )
    return changed == 1


async def mark_verified(tx: Connection, account_id: UUID, *, address: str, at: datetime) -> None:
    """The account's e-mail or phone, if it is still the one the code went to."""
    await tx.run(
        """
        UPDATE auth.accounts
        SET email_verified_at = CASE WHEN email = $2 THEN $3 ELSE email_verified_at END,
            phone_verified_at = CASE WHEN phone = $2 THEN $3 ELSE phone_verified_at END
        WHERE id = $1
        """,
        account_id,
        address,
        at,
    )
    await tx.run(
        """
        INSERT INTO auth.proved_addresses (account_id, address, proved_at)
        SELECT id, $2, $3 FROM auth.accounts WHERE id = $1 AND NOT is_erased
        ON CONFLICT DO NOTHING
        """,
        account_id,
        address,
        at,
    )


async def leave_only(tx: Connection, account_id: UUID, *, address: str) -> None:
    """Takes every other address off the account."""
    await tx.run(
        """
        UPDATE auth.accounts
        SET email = CASE WHEN email = $2 THEN email END, phone = CASE WHEN phone = $2 THEN phone END,
            email_verified_at = CASE WHEN email = $2 THEN email_verified_at END,
            phone_verified_at = CASE WHEN phone = $2 THEN phone_verified_at END
        WHERE id = $1
        """,
        account_id,
        address,
    )


async def list_addresses(tx: Connection, account_id: UUID) -> list[str]:
    """Where it may have been written to."""
    addresses: list[str] = await tx.column(
        """
        SELECT unnest(ARRAY[email, phone]) AS address FROM auth.accounts WHERE id = $1
        UNION SELECT address FROM auth.proved_addresses WHERE account_id = $1
        UNION SELECT destination FROM auth.codes WHERE account_id = $1
        """,
        account_id,
    )
    return addresses


async def erase_account(tx: Connection, account_id: UUID) -> bool:
    """False when there is none, or it is erased already.

    :raises ConstraintViolated: `member_account` or `platform_user_account` while it is somebody's.
    """
    # Before the account, as who sends a code locks them; and again, for one that was sent meanwhile.
    await tx.run("DELETE FROM auth.codes WHERE account_id = $1", account_id)
    erased = await tx.run(
        """
        UPDATE auth.accounts SET email = NULL, phone = NULL, first_name = 'Erased account', last_name = NULL,
            password_hash = NULL, email_verified_at = NULL, phone_verified_at = NULL, last_login_at = NULL,
            is_active = false, is_erased = true, version = version + 1, updated_at = now()
        WHERE id = $1 AND NOT is_erased
        """,
        account_id,
    )
    await tx.run("DELETE FROM auth.codes WHERE account_id = $1", account_id)
    await tx.run("DELETE FROM auth.proved_addresses WHERE account_id = $1", account_id)
    await tx.run("UPDATE auth.sessions SET user_agent = NULL WHERE account_id = $1", account_id)
    return erased == 1


async def forget_in_trail(tx: Connection, account_id: UUID) -> None:
    await tx.run("SELECT auth.forget_in_trail($1)", account_id)


async def has_proved(tx: Connection, account_id: UUID, address: str) -> bool:
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT FROM auth.proved_addresses WHERE account_id = $1 AND address = $2)",
            account_id,
            address,
        )
    )


async def mark_login(tx: Connection, account_id: UUID, at: datetime) -> None:
    await tx.run("UPDATE auth.accounts SET last_login_at = $2 WHERE id = $1", account_id, at)


async def find_memberships(tx: Connection, account_id: UUID) -> list[MembershipRow]:
    """From the view that the users room publishes; the platform first, then the oldest.

    An invitation counts from when the account has proved that it is meant.
    """
    return await tx.all(
        MembershipRow,
        """
        SELECT m.tenant_id, m.role, m.subject_id, m.overrides, t.name AS tenant_name,
            t.status AS tenant_status
        FROM users.published_memberships m LEFT JOIN tenancy.tenants t ON t.id = m.tenant_id
        WHERE m.account_id = $1 AND t.status IS DISTINCT FROM 'deleted' AND (
            m.invited_as IS NULL OR EXISTS (
                SELECT FROM auth.proved_addresses p
                WHERE p.account_id = m.account_id AND p.address = m.invited_as
            )
        )
        ORDER BY m.tenant_id IS NOT NULL, m.created_at, m.tenant_id LIMIT 200
        """,
        account_id,
    )
