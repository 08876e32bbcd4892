"""All SQL of the users room. People's names and addresses come from the auth room, through its door."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.audit import ENTRY_COLUMNS, AuditEntry, as_json
from studyspot.kernel.database import Connection
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.services.auth.contract import PlatformRole, TenantRole
from studyspot.services.users.contract import Department, StaffType

PLATFORM = "account_id, role, department, permissions, is_active, version, created_at"
MEMBER = "tenant_id, account_id, role, staff_type, invited_as, is_active, version, created_at"


class PlatformRow(msgspec.Struct, frozen=True):
    account_id: AccountId
    role: PlatformRole
    department: Department | None
    permissions: dict[str, bool]
    is_active: bool
    version: int
    created_at: datetime


class MemberRow(msgspec.Struct, frozen=True):
    tenant_id: TenantId
    account_id: AccountId
    role: TenantRole
    staff_type: StaffType | None
    invited_as: str | None
    is_active: bool
    version: int
    created_at: datetime


async def list_platform_users(
    tx: Connection, *, role: str | None, department: str | None, is_active: bool | None
) -> list[PlatformRow]:
    return await tx.all(
        PlatformRow,
        f"""
        SELECT {PLATFORM} FROM users.platform_users
        WHERE deleted_at IS NULL AND ($1::text IS NULL OR role = $1)
            AND ($2::text IS NULL OR department = $2) AND ($3::boolean IS NULL OR is_active = $3)
        ORDER BY created_at DESC, account_id DESC LIMIT 10000
        """,
        role,
        department,
        is_active,
    )


async def find_platform_user(
    tx: Connection, account_id: UUID, *, for_update: bool = False
) -> PlatformRow | None:
    return await tx.one(
        PlatformRow,
        f"""
        SELECT {PLATFORM} FROM users.platform_users WHERE account_id = $1 AND deleted_at IS NULL
        {"FOR UPDATE" if for_update else ""}
        """,
        account_id,
    )


async def insert_platform_user(
    tx: Connection,
    account_id: UUID,
    *,
    role: str,
    department: str | None,
    permissions: dict[str, bool],
    invited_as: str | None,
) -> PlatformRow | None:
    """None when the account already has a place on the staff; one that was taken away is given again."""
    return await tx.one(
        PlatformRow,
        f"""
        INSERT INTO users.platform_users AS u (account_id, role, department, permissions, invited_as)
        VALUES ($1, $2, $3, $4::jsonb, $5)
        ON CONFLICT (account_id) DO UPDATE SET role = $2, department = $3, permissions = $4::jsonb,
            invited_as = $5, is_active = true, deleted_at = NULL, version = u.version + 1, updated_at = now()
            WHERE u.deleted_at IS NOT NULL
        RETURNING {PLATFORM}
        """,
        account_id,
        role,
        department,
        as_json(permissions),
        invited_as,
    )


async def was_platform_user(tx: Connection, account_id: UUID) -> bool:
    left_at = await tx.value("SELECT deleted_at FROM users.platform_users WHERE account_id = $1", account_id)
    return left_at is not None


async def update_platform_user(tx: Connection, user: PlatformRow) -> PlatformRow | None:
    return await tx.one(
        PlatformRow,
        f"""
        UPDATE users.platform_users SET role = $2, department = $3, permissions = $4::jsonb, is_active = $5,
            version = version + 1, updated_at = now()
        WHERE account_id = $1 RETURNING {PLATFORM}
        """,
        user.account_id,
        user.role,
        user.department,
        as_json(user.permissions),
        user.is_active,
    )


async def delete_platform_user(tx: Connection, account_id: UUID) -> None:
    await tx.run(
        "UPDATE users.platform_users SET deleted_at = now(), is_active = false WHERE account_id = $1",
        account_id,
    )


async def count_super_admins_but(tx: Connection, account_id: UUID) -> int:
    """How many other active super admins there are, until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('users.super_admins', 0))")
    return int(
        await tx.value(
            """
            SELECT count(*) FROM users.platform_users
            WHERE role = 'super_admin' AND is_active AND deleted_at IS NULL AND account_id <> $1
            """,
            account_id,
        )
    )


async def list_activity(tx: Connection, account_id: UUID, *, offset: int, limit: int) -> list[AuditEntry]:
    return await tx.all(
        AuditEntry,
        f"""
        SELECT {ENTRY_COLUMNS}
        FROM audit.entries WHERE account_id = $1 ORDER BY at DESC, id DESC OFFSET $2 LIMIT $3
        """,
        account_id,
        offset,
        limit,
    )


async def count_activity(tx: Connection, account_id: UUID) -> int:
    return int(await tx.value("SELECT count(*) FROM audit.entries WHERE account_id = $1", account_id))


async def list_members(tx: Connection, tenant_id: TenantId, *, offset: int, limit: int) -> list[MemberRow]:
    return await tx.all(
        MemberRow,
        f"""
        SELECT {MEMBER} FROM users.members WHERE tenant_id = $1 AND role <> 'student'
        ORDER BY created_at DESC, account_id DESC OFFSET $2 LIMIT $3
        """,
        tenant_id,
        offset,
        limit,
    )


async def count_members(tx: Connection, tenant_id: TenantId) -> int:
    return int(
        await tx.value(
            "SELECT count(*) FROM users.members WHERE tenant_id = $1 AND role <> 'student'", tenant_id
        )
    )


async def lock_members(tx: Connection, tenant_id: TenantId) -> None:
    """One change of a tenant's staff at a time, so that counts against limits hold until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"users.members {tenant_id}")


async def find_member(tx: Connection, tenant_id: TenantId, account_id: UUID) -> MemberRow | None:
    return await tx.one(
        MemberRow,
        f"SELECT {MEMBER} FROM users.members WHERE tenant_id = $1 AND account_id = $2 AND role <> 'student'",
        tenant_id,
        account_id,
    )


async def is_member(
    tx: Connection, tenant_id: TenantId, account_id: UUID, *, student_id: UUID | None = None
) -> bool:
    """Whether the account, or the student with any account, is a member there."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
                SELECT FROM users.members WHERE tenant_id = $1 AND (account_id = $2 OR subject_id = $3)
            )
            """,
            tenant_id,
            account_id,
            student_id,
        )
    )


async def insert_member(
    tx: Connection,
    tenant_id: TenantId,
    account_id: UUID,
    *,
    role: str,
    staff_type: str | None = None,
    student_id: UUID | None = None,
    invited_as: str | None,
) -> MemberRow | None:
    """None when the account, or the student, is a member there already."""
    return await tx.one(
        MemberRow,
        f"""
        INSERT INTO users.members (tenant_id, account_id, role, staff_type, subject_id, invited_as)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT DO NOTHING RETURNING {MEMBER}
        """,
        tenant_id,
        account_id,
        role,
        staff_type,
        student_id,
        invited_as,
    )


async def find_account_of_student(tx: Connection, tenant_id: TenantId, student_id: UUID) -> AccountId | None:
    found: AccountId | None = await tx.value(
        "SELECT account_id FROM users.members WHERE tenant_id = $1 AND subject_id = $2", tenant_id, student_id
    )
    return found


async def switch_student(
    tx: Connection, tenant_id: TenantId, student_id: UUID, *, is_active: bool
) -> AccountId | None:
    """The account, if that changed anything."""
    found: AccountId | None = await tx.value(
        """
        UPDATE users.members SET is_active = $3, version = version + 1, updated_at = now()
        WHERE tenant_id = $1 AND subject_id = $2 AND is_active <> $3 RETURNING account_id
        """,
        tenant_id,
        student_id,
        is_active,
    )
    return found


async def delete_student(tx: Connection, tenant_id: TenantId, student_id: UUID) -> AccountId | None:
    found: AccountId | None = await tx.value(
        """
        WITH gone AS (
            DELETE FROM users.members WHERE tenant_id = $1 AND subject_id = $2 RETURNING account_id
        )
        INSERT INTO users.dismissed_students (tenant_id, student_id, account_id)
        SELECT $1, $2, account_id FROM gone
        ON CONFLICT (tenant_id, student_id, account_id) DO UPDATE SET account_id = excluded.account_id
        RETURNING account_id
        """,
        tenant_id,
        student_id,
    )
    return found


async def list_dismissed_accounts(tx: Connection, tenant_id: TenantId, student_id: UUID) -> list[AccountId]:
    """With which the student signed in before."""
    found: list[AccountId] = await tx.column(
        "SELECT account_id FROM users.dismissed_students WHERE tenant_id = $1 AND student_id = $2",
        tenant_id,
        student_id,
    )
    return found


async def delete_dismissed(
    tx: Connection, tenant_id: TenantId, student_id: UUID, account_ids: list[AccountId]
) -> None:
    await tx.run(
        """
        DELETE FROM users.dismissed_students
        WHERE tenant_id = $1 AND student_id = $2 AND account_id = ANY ($3::uuid[])
        """,
        tenant_id,
        student_id,
        account_ids,
    )


async def update_member(tx: Connection, tenant_id: TenantId, member: MemberRow) -> MemberRow | None:
    return await tx.one(
        MemberRow,
        f"""
        UPDATE users.members SET role = $3, staff_type = $4, is_active = $5, version = version + 1,
            updated_at = now()
        WHERE tenant_id = $1 AND account_id = $2 RETURNING {MEMBER}
        """,
        tenant_id,
        member.account_id,
        member.role,
        member.staff_type,
        member.is_active,
    )


async def delete_member(tx: Connection, tenant_id: TenantId, account_id: UUID) -> None:
    await tx.run("DELETE FROM users.members WHERE tenant_id = $1 AND account_id = $2", tenant_id, account_id)


async def count_owners_but(tx: Connection, tenant_id: TenantId, account_id: UUID) -> int:
    return int(
        await tx.value(
            """
            SELECT count(*) FROM users.members
            WHERE tenant_id = $1 AND role = 'owner' AND is_active AND account_id <> $2
            """,
            tenant_id,
            account_id,
        )
    )
