"""Accounts: made once, found again, changed with their version."""

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version
from studyspot.kernel.database import ConstraintViolated, Database
from studyspot.kernel.errors import Fault, NotFound, Unauthorized, ValidationFailed
from studyspot.kernel.ids import AccountId, TenantId, new_id
from studyspot.kernel.outbox import Outbox
from studyspot.kernel.passwords import PasswordHasher
from studyspot.services.auth import rules, store
from studyspot.services.auth.contract import (
    Account,
    AccountChange,
    AccountTaken,
    FoundAccount,
    InvalidCredentials,
    NewAccount,
    NewPassword,
)
from studyspot.services.auth.service.sessions import announce_ended

STILL_SOMEBODYS = {"member_account", "platform_user_account"}


class Accounts:
    def __init__(self, control: Database, passwords: PasswordHasher, outbox: Outbox) -> None:
        self._control = control
        self._passwords = passwords
        self._outbox = outbox

    async def ensure_account(self, caller: Caller, *, account: NewAccount) -> Account:
        password = account.password or ""
        rules.check_password(password, account.email, account.first_name)
        # Hashed before looking, so that a taken address costs the same as a free one.
        password_hash = await self._passwords.hash(password)
        try:
            return await self._insert(caller, account, password_hash)
        except ConstraintViolated as violation:
            refusal = _refusal(violation)
        async with self._control.connection() as connection:
            secret = await store.find_secret(connection, email=account.email, phone=account.phone)
            if secret is None or not await self._passwords.verify(secret.password_hash, password):
                raise refusal
            known = await store.find_account(connection, secret.id)
        if known is None or known.email != account.email:
            raise refusal
        return known

    async def find_or_create_account(self, caller: Caller, *, account: NewAccount) -> FoundAccount:
        password_hash = None
        if account.password is not None:
            rules.check_password(account.password, account.email, account.first_name)
            password_hash = await self._passwords.hash(account.password)
        for _ in range(2):
            async with self._control.connection() as connection:
                known = await store.find_account_by(connection, email=account.email, phone=account.phone)
            if known is not None:
                return FoundAccount(known, is_new=False)
            try:
                return FoundAccount(await self._insert(caller, account, password_hash), is_new=True)
            except ConstraintViolated as violation:
                refusal = _refusal(violation)
        raise refusal

    async def invite(self, caller: Caller, *, account_id: AccountId, tenant_id: TenantId) -> None:
        del caller
        async with self._control.connection() as connection:
            account = await store.find_account(connection, account_id)
            business = await store.find_tenant_name(connection, tenant_id)
        address = (account.email or account.phone) if account is not None else None
        if address is not None:
            text = (
                f"{business} has opened an account for you at StudySpot. Sign in with {address}."
                ' If you have no password yet, ask for a code by "Forgot password".'
            )
            self._outbox.deliver(to=address, subject="invitation", text=text)

    async def get_accounts(self, caller: Caller, *, account_ids: list[AccountId]) -> list[Account]:
        del caller
        async with self._control.connection() as connection:
            return await store.find_accounts(connection, account_ids)

    async def change_account(
        self, caller: Caller, *, account_id: AccountId, change: AccountChange
    ) -> Account:
        try:
            async with self._control.transaction() as tx:
                before = await store.find_account(tx, account_id, for_update=True)
                if before is None:
                    raise NotFound("There is no such account.")
                check_version("account", read=change.version, found=before.version)
                wanted = msgspec.structs.replace(before, **changed_fields(change))
                after = await store.update_account(tx, wanted)
                await audit.record(
                    tx,
                    caller,
                    "accounts:update",
                    entity="account",
                    entity_id=account_id,
                    before=before,
                    after=after,
                )
                if not wanted.is_active:
                    await announce_ended(tx, await store.end_sessions_of(tx, account_id, clock.now()))
        except ConstraintViolated as violation:
            raise _refusal(violation) from None
        return after or wanted

    async def change_me(
        self, caller: Caller, *, change: AccountChange, current: str | None = None
    ) -> Account:
        if caller.account_id is None:
            raise Unauthorized("Sign in first.")
        async with self._control.connection() as connection:
            before = await store.find_account(connection, caller.account_id)
            secret = await store.find_secret_of(connection, caller.account_id)
        if before is None or secret is None:
            raise NotFound("There is no such account.")
        given = changed_fields(change)
        left = [
            address
            for channel, address in (("email", before.email), ("phone", before.phone))
            if channel in given and given[channel] != address
        ]
        if left:
            # A token that somebody got hold of for a quarter of an hour must not be worth the whole account.
            if current is None:
                fault = Fault("current_password", "Give your password to change an address.", "required")
                raise ValidationFailed("A new address needs the current password.", details=[fault])
            if not await self._passwords.verify(secret.password_hash, current):
                raise InvalidCredentials("The current password is wrong.")
        after = await self.change_account(caller, account_id=before.id, change=change)
        for address in left:
            if address is not None:
                text = (
                    "This address is no longer that of your StudySpot account. If that was not you, tell us."
                )
                self._outbox.deliver(to=address, subject="address_changed", text=text)
        return after

    async def set_password(self, caller: Caller, *, account_id: AccountId, password: NewPassword) -> None:
        rules.check_password(password)
        password_hash = await self._passwords.hash(password)
        async with self._control.transaction() as tx:
            if not await store.set_password_hash(tx, account_id, password_hash):
                raise NotFound("There is no such account.")
            await audit.record(tx, caller, "accounts:set_password", entity="account", entity_id=account_id)
            await announce_ended(tx, await store.end_sessions_of(tx, account_id, clock.now()))

    async def end_sessions(
        self, caller: Caller, *, account_id: AccountId, tenant_id: TenantId | None = None
    ) -> int:
        del caller
        async with self._control.transaction() as tx:
            ended = await store.end_sessions_of(tx, account_id, clock.now(), tenant_id=tenant_id)
            await announce_ended(tx, ended)
        return len(ended)

    async def forget_account(self, caller: Caller, *, account_id: AccountId) -> None:
        try:
            async with self._control.transaction() as tx:
                addresses = await store.list_addresses(tx, account_id)
                if not await store.erase_account(tx, account_id):
                    return
                await announce_ended(tx, await store.end_sessions_of(tx, account_id, clock.now()))
                await store.forget_in_trail(tx, account_id)
                await audit.record(tx, caller, "accounts:erase", entity="account", entity_id=account_id)
                # Before the commit: a repeat would not know the addresses any more.
                await self._outbox.remove(addresses)
        except ConstraintViolated as violation:
            if violation.constraint not in STILL_SOMEBODYS:
                raise

    async def _insert(self, caller: Caller, account: NewAccount, password_hash: str | None) -> Account:
        async with self._control.transaction() as tx:
            created = await store.insert_account(
                tx,
                account_id=new_id(),
                email=account.email,
                phone=account.phone,
                first_name=account.first_name,
                last_name=account.last_name,
                password_hash=password_hash,
            )
            await audit.record(
                tx, caller, "accounts:create", entity="account", entity_id=created.id, after=created
            )
        return created


def _refusal(violation: ConstraintViolated) -> Exception:
    match violation.constraint:
        case "account_email":
            return AccountTaken("This e-mail address is in use. Sign in, or reset the password.")
        case "account_phone":
            return AccountTaken("This phone number is in use. Sign in, or leave it out.")
        case "account_reachable":
            fault = Fault("email", "Keep an e-mail address or a phone number.", "required")
            return ValidationFailed("An account needs an address.", details=[fault])
        case _:
            return violation
