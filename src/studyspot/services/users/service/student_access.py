"""Which students may sign in to a business and see their own record there."""

from uuid import UUID

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.database import Connection, Database
from studyspot.services.auth.contract import Auth, NewAccount
from studyspot.services.users import store
from studyspot.services.users.contract import MemberExists, NewStudentMember
from studyspot.services.users.service.meanwhile import account_is_there


class StudentAccess:
    def __init__(self, control: Database, auth: Auth) -> None:
        self._control = control
        self._auth = auth

    async def admit_student(self, caller: Caller, *, student: NewStudentMember) -> None:
        tenant_id = tenant_of(caller)
        account = NewAccount(first_name=student.first_name, last_name=student.last_name, phone=student.phone)
        account_id = (await self._auth.find_or_create_account(caller, account=account)).account.id
        async with self._control.connection() as connection:
            is_known = await store.is_member(connection, tenant_id, account_id, student_id=student.student_id)
        if not is_known:
            # First: a repeat writes once more rather than never.
            await self._auth.invite(caller, account_id=account_id, tenant_id=tenant_id)
        async with account_is_there(), self._control.transaction() as tx:
            row = await store.insert_member(
                tx,
                tenant_id,
                account_id,
                role="student",
                student_id=student.student_id,
                invited_as=student.phone,
            )
            if row is not None:
                await audit.record(
                    tx, caller, "students:admit", entity="member", entity_id=account_id, after=row
                )
            elif await store.find_account_of_student(tx, tenant_id, student.student_id) != account_id:
                raise MemberExists("This phone number signs in to your business as somebody else.")
            else:
                await _switch(tx, caller, student.student_id, is_active=True)

    async def switch_student(self, caller: Caller, *, student_id: UUID, is_active: bool) -> None:
        tenant_id = tenant_of(caller)
        async with self._control.transaction() as tx:
            await _switch(tx, caller, student_id, is_active=is_active)
            account_id = await store.find_account_of_student(tx, tenant_id, student_id)
        if account_id is not None and not is_active:
            await self._auth.end_sessions(caller, account_id=account_id, tenant_id=tenant_id)

    async def dismiss_student(self, caller: Caller, *, student_id: UUID) -> None:
        tenant_id = tenant_of(caller)
        async with self._control.connection() as connection:
            account_id = await store.find_account_of_student(connection, tenant_id, student_id)
        if account_id is None:
            return
        # First, so that nothing is taken away while it cannot be done, and again for who came in meanwhile.
        await self._auth.end_sessions(caller, account_id=account_id, tenant_id=tenant_id)
        async with self._control.transaction() as tx:
            if await store.delete_student(tx, tenant_id, student_id) is not None:
                await audit.record(tx, caller, "students:dismiss", entity="member", entity_id=account_id)
        await self._auth.end_sessions(caller, account_id=account_id, tenant_id=tenant_id)

    async def forget_student(self, caller: Caller, *, student_id: UUID) -> None:
        tenant_id = tenant_of(caller)
        await self.dismiss_student(caller, student_id=student_id)
        async with self._control.connection() as connection:
            account_ids = await store.list_dismissed_accounts(connection, tenant_id, student_id)
        for account_id in account_ids:
            await self._auth.forget_account(caller, account_id=account_id)
        async with self._control.transaction() as tx:
            await store.delete_dismissed(tx, tenant_id, student_id, account_ids)


async def _switch(tx: Connection, caller: Caller, student_id: UUID, *, is_active: bool) -> None:
    account_id = await store.switch_student(tx, tenant_of(caller), student_id, is_active=is_active)
    if account_id is not None:
        action = "students:admit" if is_active else "students:shut_out"
        await audit.record(tx, caller, action, entity="member", entity_id=account_id)
