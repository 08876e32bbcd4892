"""All SQL of the tenants room. The registry's own rows are written by the tenancy engine."""

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.kernel.values import Email
from studyspot.services.tenants.contract import Address, Tenant, TenantFilter

_TENANT = """
    SELECT t.id, t.slug, t.name, p.email, p.phone, t.status, t.plan AS subscription_plan,
        t.max_libraries, t.max_students, t.max_staff, p.address, p.suspension_reason, p.version,
        t.created_at, greatest(t.updated_at, p.updated_at) AS updated_at
    FROM tenancy.tenants t JOIN tenants.profiles p ON p.tenant_id = t.id
"""

# Without case, Latin accents and the Devanagari dot.
_FOLDED = "regexp_replace(normalize(lower({}), NFD), '[\u0300-\u036f\u093c]', '', 'g')"
_MATCHES = f"""
    CASE WHEN $1::text IS NULL THEN t.status <> 'deleted' ELSE t.status = $1 END
    AND ($2::text IS NULL OR t.plan = $2)
    AND ($3::text IS NULL OR strpos(p.email, lower($3)) > 0
        OR strpos({_FOLDED.format("t.name")}, {_FOLDED.format("$3")}) > 0)
"""


class Ownership(msgspec.Struct, frozen=True):
    """`invited_as` is the address of an owner whom an operator named."""

    tenant_id: TenantId
    owner_account_id: AccountId
    name: str
    invited_as: Email | None


async def insert_profile(
    tx: Connection,
    *,
    tenant_id: TenantId,
    email: str,
    phone: str | None,
    address: Address | None,
    owner_account_id: AccountId,
    self_registered: bool,
) -> None:
    """:raises ConstraintViolated: `profile_email` or `profile_registered_by`."""
    await tx.run(
        """
        INSERT INTO tenants.profiles (tenant_id, email, phone, address, owner_account_id, self_registered)
        VALUES ($1, $2, $3, $4::jsonb, $5, $6)
        """,
        tenant_id,
        email,
        phone,
        as_json(address),
        owner_account_id,
        self_registered,
    )


async def find_registered_by(tx: Connection, account_id: AccountId) -> Ownership | None:
    return await tx.one(
        Ownership,
        """
        SELECT p.tenant_id, p.owner_account_id, t.name,
            CASE WHEN NOT p.self_registered THEN p.email END AS invited_as
        FROM tenants.profiles p JOIN tenancy.tenants t ON t.id = p.tenant_id
        WHERE p.owner_account_id = $1 AND p.self_registered AND NOT p.is_deleted
        """,
        account_id,
    )


async def find_without_owner(tx: Connection) -> list[Ownership]:
    return await tx.all(
        Ownership,
        """
        SELECT p.tenant_id, p.owner_account_id, t.name,
            CASE WHEN NOT p.self_registered THEN p.email END AS invited_as
        FROM tenants.profiles p JOIN tenancy.tenants t ON t.id = p.tenant_id
        WHERE NOT p.owner_added AND NOT p.is_deleted LIMIT 1000
        """,
    )


async def is_owner_added(tx: Connection, tenant_id: TenantId) -> bool:
    return bool(await tx.value("SELECT owner_added FROM tenants.profiles WHERE tenant_id = $1", tenant_id))


async def mark_owner_added(tx: Connection, tenant_id: TenantId) -> None:
    await tx.run("UPDATE tenants.profiles SET owner_added = true WHERE tenant_id = $1", tenant_id)


async def list_tenants(tx: Connection, wanted: TenantFilter, *, offset: int, limit: int) -> list[Tenant]:
    return await tx.all(
        Tenant,
        f"{_TENANT} WHERE {_MATCHES} ORDER BY t.created_at DESC, t.id DESC OFFSET $4 LIMIT $5",
        wanted.status,
        wanted.plan,
        wanted.search,
        offset,
        limit,
    )


async def count_tenants(tx: Connection, wanted: TenantFilter) -> int:
    return int(
        await tx.value(
            f"""
            SELECT count(*) FROM tenancy.tenants t JOIN tenants.profiles p ON p.tenant_id = t.id
            WHERE {_MATCHES}
            """,
            wanted.status,
            wanted.plan,
            wanted.search,
        )
    )


async def find_tenant(tx: Connection, tenant_id: TenantId, *, for_update: bool = False) -> Tenant | None:
    return await tx.one(
        Tenant,
        f"{_TENANT} WHERE t.id = $1 AND t.status <> 'deleted' {'FOR UPDATE' if for_update else ''}",
        tenant_id,
    )


async def update_profile(tx: Connection, tenant: Tenant) -> None:
    await tx.run(
        """
        UPDATE tenants.profiles SET email = $2, phone = $3, address = $4::jsonb, suspension_reason = $5,
            version = version + 1, updated_at = now()
        WHERE tenant_id = $1
        """,
        tenant.id,
        tenant.email,
        tenant.phone,
        as_json(tenant.address),
        tenant.suspension_reason,
    )


async def mark_deleted(tx: Connection, tenant_id: TenantId) -> None:
    await tx.run(
        "UPDATE tenants.profiles SET is_deleted = true, version = version + 1 WHERE tenant_id = $1", tenant_id
    )
