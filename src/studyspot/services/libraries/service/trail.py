"""Who changed what."""

from studyspot.kernel import audit
from studyspot.kernel.audit import TrailCheck
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.services.libraries import store
from studyspot.services.libraries.contract.trail import TrailFilter, TrailPage
from studyspot.tenancy.engine import Tenancy


class Trail:
    _tenancy: Tenancy

    async def list_trail(self, caller: Caller, *, filter: TrailFilter, page: int, limit: int) -> TrailPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_trail(connection, filter, offset=(page - 1) * limit, limit=limit)
            if total is None:
                total = await store.count_trail(connection, filter)
            return TrailPage(items, total)

    async def verify_trail(
        self, caller: Caller, *, after: int, noted: tuple[int, str] | None = None
    ) -> TrailCheck:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            return await audit.verify(tx, after=after, noted=noted)
