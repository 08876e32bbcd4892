"""What is done without being asked: bringing to an end what a crash left, and the work of each night."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import ceil

import structlog

from studyspot.kernel import clock
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.care import records
from studyspot.tenancy.care.backups import Backups
from studyspot.tenancy.care.clocks import time_to_delete_by
from studyspot.tenancy.care.dropping import Drops
from studyspot.tenancy.care.freezing import thaw
from studyspot.tenancy.care.holding import TenantBusy, database_held, desk as desk_of, tenant_held
from studyspot.tenancy.care.switching import retire
from studyspot.tenancy.care.workshop import Workshop
from studyspot.tenancy.provisioning import Provisioner, succeeds

BACK_UP, DRILL, TIDY = "tenancy.back_up", "tenancy.drill", "tenancy.tidy"
BACK_UP_CONTROL, DRILL_CONTROL = "tenancy.back_up_control", "tenancy.drill_control"
"""The jobs of a night."""
ABANDONED_AFTER = timedelta(minutes=3)
"""By then a CREATE DATABASE that was on its way when its sender died has ended."""
Defer = Callable[..., Awaitable[None]]
log = structlog.get_logger(__name__)


class Housekeeping:
    def __init__(
        self,
        workshop: Workshop,
        backups: Backups,
        drops: Drops,
        provisioner: Provisioner,
        *,
        drill_share: float,
        keep_retired: timedelta,
    ) -> None:
        self._workshop = workshop
        self._backups = backups
        self._drops = drops
        self._provisioner = provisioner
        self._drill_share = drill_share
        self._keep_retired = keep_retired

    async def repair(self, *, abandoned_after: timedelta = ABANDONED_AFTER) -> None:
        """Every tenant whose work was cut off is brought to one place: the old one before the switch, the new
        one after it. What somebody is at is left alone.
        """
        now = clock.now()
        async with self._workshop.control.connection() as connection:
            frozen = await records.find_frozen(connection)
            restoring = await records.find_in_state(connection, "restoring", before=now - abandoned_after)
            retiring = await records.find_in_state(connection, "retiring", before=now)
        for tenant_id in frozen:
            await succeeds(self._thaw(tenant_id), tenant_id=str(tenant_id))
        for database in restoring:
            await succeeds(self._give_up(database), database=database.name)
        for database in retiring:
            await succeeds(retire(self._workshop, database), database=database.name)
        await self._provisioner.drop_given_up()

    async def plan_night(self, defer: Defer) -> None:
        """A job for each backup, the control database's first, for this and some others a drill, one for the
        rest. Twice is once.
        """
        async with self._workshop.control.connection() as connection:
            tenants = await records.find_kept(connection)
        await defer(BACK_UP_CONTROL, once_key=BACK_UP_CONTROL)
        for tenant_id in tenants:
            await defer(BACK_UP, once_key=f"{BACK_UP} {tenant_id}", tenant_id=str(tenant_id))
        sample = min(len(tenants), max(1, ceil(len(tenants) * self._drill_share)))
        for tenant_id in random.SystemRandom().sample(tenants, sample):
            await defer(DRILL, once_key=f"{DRILL} {tenant_id}", tenant_id=str(tenant_id))
        await defer(DRILL_CONTROL, once_key=DRILL_CONTROL)
        await defer(TIDY, once_key=TIDY)

    async def tidy(self) -> None:
        """Lets go what was kept long enough: replaced databases, deleted tenants, backups of dropped ones.

        Backups of whom this registry does not know are somebody else's and left alone.
        """
        async with self._workshop.control.connection() as connection:
            now = await time_to_delete_by(connection)
            await records.give_up_retired(connection, now - self._keep_retired)
        await self._drops.drop_all_due(system())
        await self._provisioner.drop_given_up()
        async with self._workshop.control.connection() as connection:
            dropped = set(await records.find_dropped(connection))
            waiting = set(await records.find_in_grace(connection))
        for tenant_id in await self._workshop.store.tenants():
            if tenant_id in dropped:
                await succeeds(self._backups.prune_dropped(tenant_id), tenant_id=str(tenant_id))
            elif tenant_id in waiting:
                await succeeds(self._backups.sign_anew(tenant_id), tenant_id=str(tenant_id))

    async def _thaw(self, tenant_id: TenantId) -> None:
        try:
            async with tenant_held(self._workshop.control, tenant_id) as desk:
                if await thaw(self._workshop, desk, tenant_id):
                    log.warning("work_cut_off_undone", tenant_id=str(tenant_id))
        except TenantBusy:
            return  # its mover lives

    async def _give_up(self, database: records.OldDatabase) -> None:
        async with desk_of(self._workshop.control) as desk, database_held(desk, database.name) as is_free:
            if is_free:
                await records.change_state(
                    desk, database.cell, database.name, before="restoring", after="dropping"
                )
