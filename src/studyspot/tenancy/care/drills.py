"""Backups tried out, to know that they are good."""

import contextlib
from collections.abc import AsyncIterator

import structlog

from studyspot.kernel import audit
from studyspot.kernel.advisory_locks import advisory_lock
from studyspot.kernel.contract import system
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.kernel.quoting import quote_identifier
from studyspot.tenancy.care import records
from studyspot.tenancy.care.backups import reason_of
from studyspot.tenancy.care.building import construction, create_closed
from studyspot.tenancy.care.clocks import time_now
from studyspot.tenancy.care.holding import desk as desk_of
from studyspot.tenancy.care.manifests import Manifest, folder_of
from studyspot.tenancy.care.progress import tell_nobody
from studyspot.tenancy.care.restoring import check_whole, fill_checked
from studyspot.tenancy.care.workshop import Workshop

log = structlog.get_logger(__name__)


class Drills:
    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def drill(self, tenant_id: TenantId | None, *, backup: str | None = None) -> str | None:
        """Restores a backup, of the control database when it is no tenant's, into a database that is dropped
        again; what is wrong with it, or None.

        :raises Unavailable: when a server or the store does not answer, which is no verdict.
        """
        workshop = self._workshop
        manifest, wrong = None, None
        async with desk_of(workshop.control) as desk:
            home = await records.find_home(desk, tenant_id) if tenant_id else None
            url = home.url if home else workshop.control_place()[0]
            try:
                manifest = await workshop.store.find(tenant_id, backup, now=await time_now(desk))
                checked = await check_whole(workshop, manifest, tell_nobody)
                made = self._beside(home, desk, manifest) if home else self._beside_control()
                async with made as database:
                    await fill_checked(workshop, url, database, manifest, checked, tell_nobody)
            except Unavailable:
                raise
            except Exception as problem:  # noqa: BLE001 - whatever it is, the backup is not known to be good
                async with workshop.server(url) as server:
                    await server.ping()  # one that has died in the middle of it is no verdict either
                wrong = reason_of(problem)
                log.error("restore_drill_failed", folder=folder_of(tenant_id), problem=wrong)  # noqa: TRY400
        await self._record(tenant_id, manifest, wrong)
        return wrong

    def _beside(
        self, home: records.Home, desk: Connection, manifest: Manifest
    ) -> contextlib.AbstractAsyncContextManager[str]:
        return construction(
            self._workshop,
            desk,
            cell=home.cell,
            url=home.url,
            tenant_id=home.tenant_id,
            revision=manifest.revision,
        )

    @contextlib.asynccontextmanager
    async def _beside_control(self) -> AsyncIterator[str]:
        """What a killed one left is dropped by the next."""
        url, control = self._workshop.control_place()
        name = f"{control}_drill"
        drop = f"DROP DATABASE IF EXISTS {quote_identifier(name)} WITH (FORCE)"
        async with self._workshop.server(url) as server, advisory_lock(server, "studyspot.control drill"):
            await server.run(drop)
            try:
                await create_closed(server, name)
                yield name
            finally:
                await server.run(drop)

    async def _record(self, tenant_id: TenantId | None, manifest: Manifest | None, wrong: str | None) -> None:
        name = "none" if manifest is None else manifest.name
        entity, action = ("control", "control:drill") if tenant_id is None else ("tenant", "tenants:drill")
        async with self._workshop.control.transaction() as tx:
            await records.insert_drill(tx, tenant_id, name, wrong)
            await audit.record(
                tx,
                system(),
                action,
                entity=entity,
                entity_id=tenant_id,
                after={"backup": name, "problem": wrong},
            )
