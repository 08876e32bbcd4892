"""The operator's own staff."""

from typing import Any

import msgspec

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller, changed_fields
from studyspot.kernel.database import Connection, Database
from studyspot.kernel.errors import NotFound, Refusal, VersionConflict
from studyspot.kernel.ids import AccountId
from studyspot.services.auth.contract import (
    Account,
    AccountChange,
    AccountTaken,
    Auth,
    NewAccount,
    NewPassword,
    PlatformRole,
)
from studyspot.services.users import rules, store
from studyspot.services.users.contract import (
    ActivityPage,
    LastOne,
    NewPlatformUser,
    PlatformUser,
    PlatformUserChange,
    PlatformUserFilter,
    PlatformUserPage,
)
from studyspot.services.users.service.meanwhile import account_is_there

ACCOUNT_FIELDS = {"email", "first_name", "last_name", "phone"}
POWERS = {"role", "is_active", "permissions"}


class PlatformStaff:
    def __init__(self, control: Database, auth: Auth) -> None:
        self._control = control
        self._auth = auth

    async def list_platform_users(
        self, caller: Caller, *, filter: PlatformUserFilter, page: int, limit: int
    ) -> PlatformUserPage:
        is_active = None if filter.status is None else filter.status == "active"
        async with self._control.connection() as connection:
            rows = await store.list_platform_users(
                connection, role=filter.role, department=filter.department, is_active=is_active
            )
        if filter.search is None:
            wanted = rows[(page - 1) * limit : page * limit]
            return PlatformUserPage(await self._with_accounts(caller, wanted), len(rows))
        # A staff is a few dozen people: their names live in the auth room, so they are searched here.
        found = [user for user in await self._with_accounts(caller, rows) if _matches(user, filter.search)]
        return PlatformUserPage(found[(page - 1) * limit : page * limit], len(found))

    async def get_platform_user(self, caller: Caller, *, account_id: AccountId) -> PlatformUser:
        return _platform_user(*await self._read(caller, account_id))

    async def create_platform_user(self, caller: Caller, *, user: NewPlatformUser) -> PlatformUser:
        await self._check_reach(caller, user.role, user.permissions)
        rules.check_overrides(caller, {}, user.permissions)
        first_name, last_name = rules.split_name(user)
        wanted = NewAccount(
            first_name=first_name,
            last_name=last_name,
            email=user.email,
            phone=user.phone,
            password=user.password,
        )
        invited_as = None
        try:
            account = await self._auth.ensure_account(caller, account=wanted)
        except AccountTaken:
            account = await self._former_colleague(caller, wanted)
            # They may have typed anybody's address since: the new place is theirs once they prove it.
            invited_as = user.email
        async with account_is_there(), self._control.transaction() as tx:
            row = await store.insert_platform_user(
                tx,
                account.id,
                role=user.role,
                department=user.department,
                permissions=user.permissions,
                invited_as=invited_as,
            )
            if row is None:
                raise AccountTaken("This e-mail address is in use by a colleague.")
            await audit.record(
                tx, caller, "users:create", entity="platform_user", entity_id=account.id, after=row
            )
        return _platform_user(row, account)

    async def change_platform_user(
        self, caller: Caller, *, account_id: AccountId, change: PlatformUserChange
    ) -> PlatformUser:
        given = changed_fields(change)
        if given.keys() & POWERS:
            rules.check_not_self(caller, account_id)
        row, account = await self._read(caller, account_id)
        wanted = msgspec.structs.replace(
            row, **{name: value for name, value in given.items() if name not in ACCOUNT_FIELDS}
        )
        await self._check_reach(caller, row.role, row.permissions)
        await self._check_reach(caller, wanted.role, wanted.permissions)
        rules.check_overrides(caller, row.permissions, wanted.permissions)
        if change.version != _version(row, account):
            raise _changed_meanwhile()
        async with self._control.connection() as connection:
            await _check_last(connection, row, wanted)
        if given.keys() & POWERS:
            # First, so that nothing is changed while it cannot be done.
            await self._auth.end_sessions(caller, account_id=account_id)
        # Then the account: an address that is in use is the last thing that can be refused.
        of_account = {name: value for name, value in given.items() if name in ACCOUNT_FIELDS}
        changed = await self._change_account(caller, account, of_account)
        try:
            async with self._control.transaction() as tx:
                if await store.find_platform_user(tx, account_id, for_update=True) != row:
                    raise _changed_meanwhile()
                await _check_last(tx, row, wanted)
                after = await store.update_platform_user(tx, wanted)
                await audit.record(
                    tx,
                    caller,
                    "users:update",
                    entity="platform_user",
                    entity_id=account_id,
                    before=row,
                    after=after,
                )
        except Refusal:
            # A colleague was quicker with the other half.
            await self._change_account(caller, changed, {name: getattr(account, name) for name in of_account})
            raise
        if given.keys() & POWERS:
            # Tokens carry permissions: once more, for one that was given meanwhile.
            await self._auth.end_sessions(caller, account_id=account_id)
        return _platform_user(_found(after), changed)

    async def delete_platform_user(self, caller: Caller, *, account_id: AccountId) -> None:
        rules.check_not_self(caller, account_id)
        row, _ = await self._read(caller, account_id)
        await self._check_reach(caller, row.role, row.permissions)
        async with self._control.connection() as connection:
            await _check_removal(connection, row)
        # First, so that nothing is changed while it cannot be done, and again for a sign-in meanwhile.
        await self._auth.end_sessions(caller, account_id=account_id)
        async with self._control.transaction() as tx:
            before = _found(await store.find_platform_user(tx, account_id, for_update=True))
            rules.check_platform_role(caller, before.role)
            await _check_removal(tx, before)
            await store.delete_platform_user(tx, account_id)
            await audit.record(
                tx, caller, "users:delete", entity="platform_user", entity_id=account_id, before=before
            )
        await self._auth.end_sessions(caller, account_id=account_id)

    async def set_platform_user_password(
        self, caller: Caller, *, account_id: AccountId, password: NewPassword
    ) -> None:
        async with self._control.connection() as connection:
            row = _found(await store.find_platform_user(connection, account_id))
        await self._check_reach(caller, row.role, row.permissions)
        await self._auth.set_password(caller, account_id=account_id, password=password)

    async def list_activity(
        self, caller: Caller, *, account_id: AccountId, page: int, limit: int
    ) -> ActivityPage:
        del caller
        async with self._control.connection() as connection:
            _found(await store.find_platform_user(connection, account_id))
            items = await store.list_activity(connection, account_id, offset=(page - 1) * limit, limit=limit)
            return ActivityPage(items, await store.count_activity(connection, account_id))

    async def _check_reach(self, caller: Caller, role: PlatformRole, overrides: dict[str, bool]) -> None:
        """Who may do more than the caller is out of the caller's reach; else one could go in as the other.

        :raises InsufficientPermissions:
        """
        rules.check_platform_role(caller, role)
        may = await self._auth.permissions_of(caller, role=role, overrides=overrides)
        rules.check_covers(caller, may)

    async def _former_colleague(self, caller: Caller, wanted: NewAccount) -> Account:
        """Who comes back does so with the account, and the password, of before.

        :raises AccountTaken: when the address is that of anybody else.
        """
        found = await self._auth.find_or_create_account(
            caller, account=msgspec.structs.replace(wanted, password=None)
        )
        async with self._control.connection() as connection:
            if not await store.was_platform_user(connection, found.account.id):
                raise AccountTaken("This e-mail address is in use.")
        return found.account

    async def _read(self, caller: Caller, account_id: AccountId) -> tuple[store.PlatformRow, Account]:
        async with self._control.connection() as connection:
            row = _found(await store.find_platform_user(connection, account_id))
        (account,) = await self._auth.get_accounts(caller, account_ids=[account_id])
        return row, account

    async def _change_account(self, caller: Caller, account: Account, fields: dict[str, Any]) -> Account:
        if not fields:
            return account
        change = AccountChange(version=account.version, **fields)
        return await self._auth.change_account(caller, account_id=account.id, change=change)

    async def _with_accounts(self, caller: Caller, rows: list[store.PlatformRow]) -> list[PlatformUser]:
        accounts = await self._auth.get_accounts(caller, account_ids=[row.account_id for row in rows])
        by_id = {account.id: account for account in accounts}
        return [_platform_user(row, by_id[row.account_id]) for row in rows]


def _found(row: store.PlatformRow | None) -> store.PlatformRow:
    if row is None:
        raise NotFound("There is no such user.")
    return row


async def _check_last(tx: Connection, before: store.PlatformRow, after: store.PlatformRow) -> None:
    if before.role == "super_admin" and (after.role != "super_admin" or not after.is_active):
        await _refuse_last(tx, before.account_id)


async def _check_removal(tx: Connection, before: store.PlatformRow) -> None:
    if before.role == "super_admin":
        await _refuse_last(tx, before.account_id)


async def _refuse_last(tx: Connection, account_id: AccountId) -> None:
    if not await store.count_super_admins_but(tx, account_id):
        raise LastOne("This is the last active super admin. Make another one first.")


def _changed_meanwhile() -> VersionConflict:
    return VersionConflict("This user was changed meanwhile. Read it again, then repeat the change.")


def _version(row: store.PlatformRow, account: Account) -> int:
    """Grows with each change of either; so who names it has read both as they are."""
    return row.version + account.version - 1


def _matches(user: PlatformUser, search: str) -> bool:
    text = f"{user.first_name} {user.last_name or ''} {user.email or ''}"
    return rules.fold(search) in rules.fold(text)


def _platform_user(row: store.PlatformRow, account: Account) -> PlatformUser:
    return PlatformUser(
        id=account.id,
        email=account.email,
        first_name=account.first_name,
        last_name=account.last_name,
        phone=account.phone,
        role=row.role,
        department=row.department,
        permissions=row.permissions,
        is_active=row.is_active and account.is_active,
        last_login_at=account.last_login_at,
        version=_version(row, account),
        created_at=row.created_at,
    )
