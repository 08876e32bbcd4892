"""The people who work for a business."""

import msgspec

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller, changed_fields, check_version, tenant_of
from studyspot.kernel.database import Connection, Database
from studyspot.kernel.errors import LimitExceeded, NotFound
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.services.auth.contract import Account, Auth, NewAccount
from studyspot.services.users import rules, store
from studyspot.services.users.contract import (
    LastOne,
    Member,
    MemberChange,
    MemberExists,
    MemberPage,
    NewMember,
)
from studyspot.services.users.service.meanwhile import account_is_there
from studyspot.tenancy.engine import Tenancy
from studyspot.tenancy.registry import Placement


class Members:
    def __init__(self, control: Database, tenancy: Tenancy, auth: Auth) -> None:
        self._control = control
        self._tenancy = tenancy
        self._auth = auth

    async def add_owner(
        self, caller: Caller, *, tenant_id: TenantId, account_id: AccountId, invited_as: str | None = None
    ) -> None:
        async with self._control.connection() as connection:
            if await store.is_member(connection, tenant_id, account_id):
                return
        if invited_as is not None:
            await self._auth.invite(caller, account_id=account_id, tenant_id=tenant_id)
        async with account_is_there(), self._control.transaction() as tx:
            row = await store.insert_member(tx, tenant_id, account_id, role="owner", invited_as=invited_as)
            if row is not None:
                await audit.record(
                    tx, caller, "members:create", entity="member", entity_id=account_id, after=row
                )

    async def list_members(self, caller: Caller, *, page: int, limit: int) -> MemberPage:
        tenant_id = (await self._tenant(caller)).tenant_id
        async with self._control.connection() as connection:
            rows = await store.list_members(connection, tenant_id, offset=(page - 1) * limit, limit=limit)
            total = await store.count_members(connection, tenant_id)
        return MemberPage(await self._with_accounts(caller, rows), total)

    async def get_member(self, caller: Caller, *, account_id: AccountId) -> Member:
        tenant_id = (await self._tenant(caller)).tenant_id
        async with self._control.connection() as connection:
            row = _found(await store.find_member(connection, tenant_id, account_id))
        return (await self._with_accounts(caller, [row]))[0]

    async def add_member(self, caller: Caller, *, member: NewMember) -> Member:
        tenant = await self._tenant(caller)
        rules.check_tenant_role(caller, member.role)
        async with self._control.connection() as connection:
            _refuse_more(await store.count_members(connection, tenant.tenant_id), tenant.max_staff)
        found = await self._auth.find_or_create_account(
            caller,
            account=NewAccount(
                first_name=member.first_name,
                last_name=member.last_name,
                email=member.email,
                phone=member.phone,
                password=member.password,
            ),
        )
        account = found.account
        async with self._control.connection() as connection:
            if await store.is_member(connection, tenant.tenant_id, account.id):
                raise _member_exists()
        # First: a repeat writes once more rather than never.
        await self._auth.invite(caller, account_id=account.id, tenant_id=tenant.tenant_id)
        async with account_is_there(), self._control.transaction() as tx:
            await store.lock_members(tx, tenant.tenant_id)
            _refuse_more(await store.count_members(tx, tenant.tenant_id), tenant.max_staff)
            row = await store.insert_member(
                tx,
                tenant.tenant_id,
                account.id,
                role=member.role,
                staff_type=member.staff_type,
                # A new account is whose the address is; an older one has to prove that.
                invited_as=None if found.is_new else member.email,
            )
            if row is None:
                raise _member_exists()
            await audit.record(tx, caller, "members:create", entity="member", entity_id=account.id, after=row)
        return _member(row, account)

    async def change_member(self, caller: Caller, *, account_id: AccountId, change: MemberChange) -> Member:
        tenant_id = (await self._tenant(caller)).tenant_id
        rules.check_not_self(caller, account_id)
        rules.check_tenant_role(caller, changed_fields(change).get("role", "student"))
        async with self._control.connection() as connection:
            await _check_change(connection, caller, tenant_id, account_id, change)
        # First, so that nothing is changed while it cannot be done.
        await self._auth.end_sessions(caller, account_id=account_id, tenant_id=tenant_id)
        async with self._control.transaction() as tx:
            await store.lock_members(tx, tenant_id)
            before, wanted = await _check_change(tx, caller, tenant_id, account_id, change)
            after = _found(await store.update_member(tx, tenant_id, wanted))
            await audit.record(
                tx,
                caller,
                "members:update",
                entity="member",
                entity_id=account_id,
                before=before,
                after=after,
            )
        # Tokens carry permissions: once more, for one that was given meanwhile.
        await self._auth.end_sessions(caller, account_id=account_id, tenant_id=tenant_id)
        return (await self._with_accounts(caller, [after]))[0]

    async def remove_member(self, caller: Caller, *, account_id: AccountId) -> None:
        tenant_id = (await self._tenant(caller)).tenant_id
        rules.check_not_self(caller, account_id)
        async with self._control.connection() as connection:
            await _check_removal(connection, caller, tenant_id, account_id)
        # First, so that nothing is changed while it cannot be done, and again for a sign-in meanwhile.
        await self._auth.end_sessions(caller, account_id=account_id, tenant_id=tenant_id)
        async with self._control.transaction() as tx:
            await store.lock_members(tx, tenant_id)
            before = await _check_removal(tx, caller, tenant_id, account_id)
            await store.delete_member(tx, tenant_id, account_id)
            await audit.record(
                tx, caller, "members:delete", entity="member", entity_id=account_id, before=before
            )
        await self._auth.end_sessions(caller, account_id=account_id, tenant_id=tenant_id)

    async def count_members(self, caller: Caller, *, tenant_id: TenantId) -> int:
        del caller
        async with self._control.connection() as connection:
            return await store.count_members(connection, tenant_id)

    async def _tenant(self, caller: Caller) -> Placement:
        """The caller's tenant, which the control database would also give for one that is not served.

        :raises NotFound: :raises TenantSuspended: :raises TenantInactive: :raises Unavailable:
        """
        return await self._tenancy.registry.open_placement(tenant_of(caller))

    async def _with_accounts(self, caller: Caller, rows: list[store.MemberRow]) -> list[Member]:
        accounts = await self._auth.get_accounts(caller, account_ids=[row.account_id for row in rows])
        by_id = {account.id: account for account in accounts}
        return [_member(row, by_id[row.account_id]) for row in rows]


async def _check_change(
    tx: Connection, caller: Caller, tenant_id: TenantId, account_id: AccountId, change: MemberChange
) -> tuple[store.MemberRow, store.MemberRow]:
    """The member as it is and as it is wanted, if that may be."""
    before = _found(await store.find_member(tx, tenant_id, account_id))
    rules.check_tenant_role(caller, before.role)
    check_version("member", read=change.version, found=before.version)
    wanted = msgspec.structs.replace(before, **changed_fields(change))
    if before.role == "owner" and (wanted.role != "owner" or not wanted.is_active):
        await _refuse_last(tx, tenant_id, account_id)
    return before, wanted


async def _check_removal(
    tx: Connection, caller: Caller, tenant_id: TenantId, account_id: AccountId
) -> store.MemberRow:
    """The member as it is, if it may be removed."""
    before = _found(await store.find_member(tx, tenant_id, account_id))
    rules.check_tenant_role(caller, before.role)
    if before.role == "owner":
        await _refuse_last(tx, tenant_id, account_id)
    return before


def _found(row: store.MemberRow | None) -> store.MemberRow:
    if row is None:
        raise NotFound("There is no such member.")
    return row


def _member_exists() -> MemberExists:
    return MemberExists("This person is a member already.")


def _refuse_more(count: int, limit: int) -> None:
    if count >= limit:
        raise LimitExceeded(f"Your plan allows {limit} members of staff. Upgrade to add more.")


async def _refuse_last(tx: Connection, tenant_id: TenantId, account_id: AccountId) -> None:
    if not await store.count_owners_but(tx, tenant_id, account_id):
        raise LastOne("This is the last owner of the business. Make another one first.")


def _member(row: store.MemberRow, account: Account) -> Member:
    # Whoever was there before, and was invited by whoever knew the address, says the rest themselves.
    is_known = row.invited_as is None
    return Member(
        id=account.id,
        email=account.email,
        first_name=account.first_name,
        last_name=account.last_name if is_known else None,
        phone=account.phone if is_known else None,
        role=row.role,
        staff_type=row.staff_type,
        is_active=row.is_active and account.is_active,
        last_login_at=account.last_login_at if is_known else None,
        version=row.version,
        created_at=row.created_at,
    )
