"""Bringing a tenant back to the moment of a backup."""

import contextlib

from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Conflict
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.care import records
from studyspot.tenancy.care.building import compare, construction, fill
from studyspot.tenancy.care.clocks import time_now
from studyspot.tenancy.care.freezing import frozen, is_reachable
from studyspot.tenancy.care.manifests import Manifest
from studyspot.tenancy.care.progress import Step, Tell, counted, tell_nobody
from studyspot.tenancy.care.store import digest_of
from studyspot.tenancy.care.switching import make_fit, settle, switch
from studyspot.tenancy.care.workshop import Workshop
from studyspot.tenancy.cells import find_destination


class Restores:
    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def restore(
        self,
        caller: Caller,
        tenant_id: TenantId,
        *,
        backup: str | None = None,
        to_cell: str | None = None,
        tell: Tell = tell_nobody,
    ) -> Manifest:
        """The tenant as it was when the backup (by default the newest) was taken, in a new database.

        The old one is closed and kept for a while. Until the last moment nothing is changed.

        :raises BackupDamaged: when the dump is not what was written, or is another tenant's; see also
        `BackupStore.find`.
        :raises RowsDiffer: when what was restored is not what was dumped.
        """
        workshop = self._workshop
        async with workshop.hold(tenant_id) as held:
            home = held.home
            manifest = await workshop.store.find(tenant_id, backup, now=await time_now(held.desk))
            if manifest.revision > workshop.history.head:
                raise Conflict("This backup is of a newer release. Restore it with that release.")
            cell, url = home.cell, home.url
            if to_cell is not None and to_cell != cell:
                destination = await find_destination(held.desk, to_cell)
                cell, url = destination.name, destination.url
            checked = await check_whole(workshop, manifest, tell)
            async with construction(
                workshop,
                held.desk,
                cell=cell,
                url=url,
                tenant_id=tenant_id,
                revision=manifest.revision,
            ) as database:
                await fill_checked(workshop, url, database, manifest, checked, tell)
                await records.insert_drill(held.desk, tenant_id, manifest.name, None)
                tell(Step("bringing it to this release"))
                reached = await make_fit(workshop, home, url, database, to_head=True)
                tell(Step("switching"))
                async with contextlib.AsyncExitStack() as stack:
                    if await is_reachable(workshop, home):
                        await stack.enter_async_context(frozen(workshop, held))
                    await switch(
                        held,
                        caller,
                        "tenants:restore",
                        cell=cell,
                        database=database,
                        revision=reached,
                        backup=manifest.name,
                    )
            tell(Step("closing the old database"))
            await settle(workshop, held, url, database)
            return manifest


async def check_whole(workshop: Workshop, manifest: Manifest, tell: Tell) -> list[bytes]:
    """Reads all of a backup before anything of it is run. Returns the digests of its pieces.

    :raises BackupDamaged: when it is not what was written.
    """
    pieces = counted(workshop.store.read_dump(manifest), "checking", tell, bytes_all=manifest.bytes)
    return [digest_of(piece) async for piece in pieces]


async def fill_checked(
    workshop: Workshop, url: str, database: str, manifest: Manifest, checked: list[bytes], tell: Tell
) -> None:
    """Restores what was checked and compares it with what was dumped."""
    pieces = workshop.store.read_dump(manifest, checked=checked)
    told = counted(pieces, "restoring", tell, bytes_all=manifest.bytes)
    restored = await fill(workshop, url, database, told)
    tell(Step("comparing"))
    compare(manifest.tables, restored)
