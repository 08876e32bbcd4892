"""The end of a tenant's database: a while after the deletion, with a last backup that was tried out."""

from datetime import datetime, timedelta

import msgspec

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import Conflict
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.care import records, sessions
from studyspot.tenancy.care.backups import Backups
from studyspot.tenancy.care.clocks import time_to_delete_by
from studyspot.tenancy.care.drills import Drills
from studyspot.tenancy.care.holding import tenant_held
from studyspot.tenancy.care.manifests import Manifest
from studyspot.tenancy.care.progress import Step, Tell, tell_nobody
from studyspot.tenancy.care.workshop import Held, Workshop
from studyspot.tenancy.provisioning import Provisioner, succeeds


class NotToBeDropped(Conflict):
    """The tenant is not deleted, not for long enough, or its last backup is not good."""


class Dropped(msgspec.Struct, frozen=True):
    """`last_backup` is None when there was nothing left to back up."""

    tenant_id: TenantId
    last_backup: str | None


class Drops:
    def __init__(
        self,
        workshop: Workshop,
        backups: Backups,
        drills: Drills,
        provisioner: Provisioner,
        *,
        grace: timedelta,
    ) -> None:
        self._workshop = workshop
        self._backups = backups
        self._drills = drills
        self._provisioner = provisioner
        self._grace = grace

    async def drop(
        self, caller: Caller, tenant_id: TenantId, *, at_once: bool = False, tell: Tell = tell_nobody
    ) -> Dropped:
        """Drops the database of a deleted tenant, and those it had before, for good. The last backup stays.

        :raises NotToBeDropped: for a tenant that is not deleted, or not yet long enough unless `at_once`.
        :raises ClocksApart: see `time_to_delete_by`.
        """
        async with tenant_held(self._workshop.control, tenant_id) as desk:
            now = await time_to_delete_by(desk)
            ended = await records.find_ended(desk, tenant_id)
            if ended.deleted_at is None:
                raise NotToBeDropped("This library's account is not deleted. Delete it first.")
            free_at = ended.deleted_at + self._grace
            if not at_once and now < free_at:
                raise NotToBeDropped(
                    f"This library's account was deleted on {ended.deleted_at:%Y-%m-%d} and is kept until"
                    f" {free_at:%Y-%m-%d}. Use --now to drop it before."
                )
            if ended.dropped_at is not None:
                return Dropped(tenant_id, None)
            held = Held(desk, await records.find_home(desk, tenant_id))
            last = await self._last_backup(caller, held, tell, after=ended.deleted_at, now=now)
            await self._give_up(caller, held, last)
        tell(Step("dropping"))
        await self._provisioner.drop_given_up()
        return Dropped(tenant_id, None if last is None else last.name)

    async def drop_all_due(self, caller: Caller) -> list[TenantId]:
        """All whose time has come; returns those of whom it did not succeed."""
        async with self._workshop.control.connection() as connection:
            now = await time_to_delete_by(connection)
            due = await records.find_droppable(connection, now - self._grace)
        return [
            tenant_id
            for tenant_id in due
            if not await succeeds(self.drop(caller, tenant_id), tenant_id=str(tenant_id))
        ]

    async def _last_backup(
        self, caller: Caller, held: Held, tell: Tell, *, after: datetime, now: datetime
    ) -> Manifest | None:
        """Taken after the deletion and restored once for proof; None when there is no database any more.

        :raises Unavailable: when the server does not answer, which proves nothing.
        """
        workshop, home = self._workshop, held.home
        async with workshop.server(home.url) as server:
            if not await sessions.exists(server, home.database):
                return None
        known = await workshop.store.backups(home.tenant_id)
        last = next((one for one in known if one.reason == "last" and after < one.taken_at <= now), None)
        if last is None:
            last = await self._backups.take_held(caller, held, reason="last", tell=tell)
        tell(Step("trying the last backup out"))
        if wrong := await self._drills.drill(home.tenant_id, backup=last.name):
            raise NotToBeDropped(f"The last backup {last.name} cannot be restored: {wrong}")
        return last

    async def _give_up(self, caller: Caller, held: Held, last: Manifest | None) -> None:
        """From here on there is no way back but the backup; whoever comes next completes it."""
        tenant_id = held.home.tenant_id
        async with held.desk.transaction() as tx:
            await records.give_up_tenant(tx, tenant_id)
            await audit.record(
                tx,
                caller,
                "tenants:drop",
                entity="tenant",
                entity_id=tenant_id,
                before={"cell": held.home.cell, "database": held.home.database},
                after={"last_backup": last and last.name},
            )
