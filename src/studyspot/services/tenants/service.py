"""The promises of the tenants room, kept. Each method opens the transactions it needs."""

import msgspec

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller, changed_fields, check_version, system
from studyspot.kernel.database import ConstraintViolated, Database
from studyspot.kernel.errors import Forbidden, NotFound
from studyspot.kernel.ids import AccountId, TenantId, new_id
from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.values import Email
from studyspot.services.auth.contract import Account, Auth, NewAccount, SignedIn
from studyspot.services.libraries.contract import Libraries
from studyspot.services.students.contract import Students
from studyspot.services.tenants import rules, store
from studyspot.services.tenants.contract import (
    Address,
    NewTenant,
    Registration,
    Tenant,
    TenantChange,
    TenantExists,
    TenantFilter,
    TenantPage,
    TenantStats,
    WrongState,
)
from studyspot.services.users.contract import Users
from studyspot.tenancy import registry
from studyspot.tenancy.engine import Tenancy
from studyspot.tenancy.registry import PLAN_LIMITS, Limits, Plan

SLUG_TRIES_MAX = 5


class TenantsService:
    def __init__(
        self,
        control: Database,
        tenancy: Tenancy,
        queue: JobQueue,
        auth: Auth,
        users: Users,
        libraries: Libraries,
        students: Students,
    ) -> None:
        self._control = control
        self._tenancy = tenancy
        self._queue = queue
        self._auth = auth
        self._users = users
        self._libraries = libraries
        self._students = students

    async def register(
        self, caller: Caller, *, registration: Registration, user_agent: str | None = None
    ) -> SignedIn:
        account = await self._auth.ensure_account(
            caller,
            account=NewAccount(
                first_name=registration.first_name,
                last_name=registration.last_name,
                email=registration.email,
                phone=registration.phone,
                password=registration.password,
            ),
        )
        tenant_id = await self._reserve_for(caller, account, registration)
        await self._complete(caller, tenant_id, account.id)
        await self._tenancy.registry.open_placement(tenant_id)
        return await self._auth.open_session(
            caller, account_id=account.id, tenant_id=tenant_id, user_agent=user_agent
        )

    async def list_tenants(
        self, caller: Caller, *, filter: TenantFilter, page: int, limit: int
    ) -> TenantPage:
        del caller
        async with self._control.connection() as connection:
            items = await store.list_tenants(connection, filter, offset=(page - 1) * limit, limit=limit)
            return TenantPage(items, await store.count_tenants(connection, filter))

    async def get_tenant(self, caller: Caller, *, tenant_id: TenantId) -> Tenant:
        del caller
        async with self._control.connection() as connection:
            return _found(await store.find_tenant(connection, tenant_id))

    async def create_tenant(self, caller: Caller, *, tenant: NewTenant) -> Tenant:
        found = await self._auth.find_or_create_account(
            caller,
            account=NewAccount(
                first_name=tenant.owner_first_name or tenant.name[:100],
                last_name=tenant.owner_last_name,
                email=tenant.email,
            ),
        )
        allowed = PLAN_LIMITS[tenant.subscription_plan]
        limits = Limits(
            tenant.max_libraries or allowed.max_libraries,
            tenant.max_students or allowed.max_students,
            tenant.max_staff or allowed.max_staff,
        )
        tenant_id = await self._reserve(
            caller,
            name=tenant.name,
            plan=tenant.subscription_plan,
            limits=limits,
            email=tenant.email,
            phone=tenant.phone,
            address=tenant.address,
            owner_account_id=found.account.id,
            self_registered=False,
        )
        await self._complete(caller, tenant_id, found.account.id, invited_as=tenant.email)
        return await self.get_tenant(caller, tenant_id=tenant_id)

    async def change_tenant(self, caller: Caller, *, tenant_id: TenantId, change: TenantChange) -> Tenant:
        given = changed_fields(change)
        try:
            async with self._control.transaction() as tx:
                before = _found(await store.find_tenant(tx, tenant_id, for_update=True))
                check_version("tenant", read=change.version, found=before.version)
                if "subscription_plan" in given:
                    # A new plan brings its limits, unless others are given with it.
                    given = msgspec.structs.asdict(PLAN_LIMITS[given["subscription_plan"]]) | given
                wanted = msgspec.structs.replace(before, **given)
                await store.update_profile(tx, wanted)
                await registry.change_tenant(
                    tx,
                    tenant_id,
                    name=wanted.name,
                    plan=wanted.subscription_plan,
                    limits=Limits(wanted.max_libraries, wanted.max_students, wanted.max_staff),
                )
                after = _found(await store.find_tenant(tx, tenant_id))
                await audit.record(
                    tx,
                    caller,
                    "tenants:update",
                    entity="tenant",
                    entity_id=tenant_id,
                    before=before,
                    after=after,
                )
                return after
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def delete_tenant(self, caller: Caller, *, tenant_id: TenantId) -> None:
        async with self._control.transaction() as tx:
            before = _found(await store.find_tenant(tx, tenant_id, for_update=True))
            await store.mark_deleted(tx, tenant_id)
            await registry.change_tenant(tx, tenant_id, status="deleted")
            await audit.record(
                tx, caller, "tenants:delete", entity="tenant", entity_id=tenant_id, before=before
            )

    async def suspend_tenant(self, caller: Caller, *, tenant_id: TenantId, reason: str) -> Tenant:
        return await self._switch(caller, tenant_id, rules.SUSPENDABLE, "suspended", reason)

    async def reactivate_tenant(self, caller: Caller, *, tenant_id: TenantId) -> Tenant:
        return await self._switch(caller, tenant_id, rules.REACTIVATABLE, "active", None)

    async def get_stats(self, caller: Caller, *, tenant_id: TenantId) -> TenantStats:
        tenant = await self.get_tenant(caller, tenant_id=tenant_id)
        asking = system(tenant_id=tenant_id, request_id=caller.request_id)
        try:
            students = await self._students.get_summary(asking)
            libraries = await self._libraries.count_libraries(asking)
        except Forbidden:
            raise WrongState(f"A tenant that is {tenant.status} cannot be looked into.") from None
        return TenantStats(
            tenant_id=tenant_id,
            status=tenant.status,
            subscription_plan=tenant.subscription_plan,
            libraries=libraries,
            students=students.total_students,
            active_students=students.active_students,
            staff=await self._users.count_members(asking, tenant_id=tenant_id),
        )

    async def ensure_owners(self, caller: Caller) -> list[AccountId]:
        async with self._control.connection() as connection:
            left = await store.find_without_owner(connection)
        for ownership in left:
            await self._add_owner(
                caller, ownership.tenant_id, ownership.owner_account_id, invited_as=ownership.invited_as
            )
        return [ownership.owner_account_id for ownership in left]

    async def _reserve_for(self, caller: Caller, account: Account, registration: Registration) -> TenantId:
        """The tenant this account has registered, reserved now or by an earlier call."""
        for _ in range(2):
            async with self._control.connection() as connection:
                known = await store.find_registered_by(connection, account.id)
            if known is not None and known.name != registration.business_name:
                raise TenantExists("This account has a business already. Sign in to it.")
            if known is not None:
                return known.tenant_id
            try:
                return await self._reserve(
                    caller,
                    name=registration.business_name,
                    plan="free",
                    limits=PLAN_LIMITS["free"],
                    email=registration.email,
                    phone=registration.phone,
                    address=None,
                    owner_account_id=account.id,
                    self_registered=True,
                )
            except TenantExists as problem:
                # Perhaps it is this very one: the same call, made twice at the same moment.
                refusal = problem
        raise refusal

    async def _reserve(
        self,
        caller: Caller,
        *,
        name: str,
        plan: Plan,
        limits: Limits,
        email: str,
        phone: str | None,
        address: Address | None,
        owner_account_id: AccountId,
        self_registered: bool,
    ) -> TenantId:
        """Writes the tenant, its database and its profile down in one transaction; not served yet."""
        slug = rules.slug_of(name)
        for _ in range(SLUG_TRIES_MAX):
            tenant_id = TenantId(new_id())
            try:
                async with self._control.transaction() as tx:
                    await self._tenancy.provisioner.reserve(
                        tx, tenant_id=tenant_id, slug=slug, name=name, plan=plan, limits=limits
                    )
                    await store.insert_profile(
                        tx,
                        tenant_id=tenant_id,
                        email=email,
                        phone=phone,
                        address=address,
                        owner_account_id=owner_account_id,
                        self_registered=self_registered,
                    )
                    await audit.record(
                        tx,
                        caller,
                        "tenants:create",
                        entity="tenant",
                        entity_id=tenant_id,
                        after={"name": name, "plan": plan, "email": email},
                    )
            except ConstraintViolated as violation:
                if violation.constraint != "tenant_slug":
                    raise _refusal(violation) from None
                slug = f"{rules.slug_of(name)}-{new_id().hex[-6:]}"
            else:
                return tenant_id
        raise TenantExists("Choose another business name.")

    async def _complete(
        self,
        caller: Caller,
        tenant_id: TenantId,
        owner_account_id: AccountId,
        *,
        invited_as: Email | None = None,
    ) -> None:
        async with self._control.connection() as connection:
            has_owner = await store.is_owner_added(connection, tenant_id)
        if not has_owner:  # once: a founder whom another owner removed does not come back by signing up again
            await self._add_owner(caller, tenant_id, owner_account_id, invited_as=invited_as)
        await self._tenancy.provisioner.finish(tenant_id)
        await self._queue.defer("tenancy.fill_stock", once_key="tenancy.fill_stock")

    async def _add_owner(
        self, caller: Caller, tenant_id: TenantId, account_id: AccountId, *, invited_as: Email | None
    ) -> None:
        await self._users.add_owner(caller, tenant_id=tenant_id, account_id=account_id, invited_as=invited_as)
        async with self._control.connection() as connection:
            await store.mark_owner_added(connection, tenant_id)

    async def _switch(
        self,
        caller: Caller,
        tenant_id: TenantId,
        allowed: frozenset[registry.TenantStatus],
        status: registry.TenantStatus,
        reason: str | None,
    ) -> Tenant:
        async with self._control.transaction() as tx:
            before = _found(await store.find_tenant(tx, tenant_id, for_update=True))
            rules.check_state(before.status, allowed, "suspended" if reason else "reactivated")
            await store.update_profile(tx, msgspec.structs.replace(before, suspension_reason=reason))
            await registry.change_tenant(tx, tenant_id, status=status)
            after = _found(await store.find_tenant(tx, tenant_id))
            action = "tenants:suspend" if reason else "tenants:reactivate"
            await audit.record(
                tx, caller, action, entity="tenant", entity_id=tenant_id, before=before, after=after
            )
            return after


def _found(tenant: Tenant | None) -> Tenant:
    if tenant is None:
        raise NotFound("There is no such tenant.")
    return tenant


def _refusal(violation: ConstraintViolated) -> Exception:
    match violation.constraint:
        case "profile_registered_by":
            return TenantExists("This account has a business already. Sign in to it.")
        case "profile_email":
            return TenantExists("Another business has this contact address.")
        case _:
            return violation
