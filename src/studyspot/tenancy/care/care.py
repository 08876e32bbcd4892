"""Everything that looks after tenants' databases, put together."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from studyspot.kernel.database import Database
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import TenantId
from studyspot.kernel.jobs import Job
from studyspot.kernel.migrations import History
from studyspot.tenancy.care import records
from studyspot.tenancy.care.backups import Backups
from studyspot.tenancy.care.drills import Drills
from studyspot.tenancy.care.dropping import Drops
from studyspot.tenancy.care.exporting import Exports
from studyspot.tenancy.care.housekeeping import (
    BACK_UP,
    BACK_UP_CONTROL,
    DRILL,
    DRILL_CONTROL,
    TIDY,
    Defer,
    Housekeeping,
)
from studyspot.tenancy.care.manifests import Manifest
from studyspot.tenancy.care.moving import Moves
from studyspot.tenancy.care.programs import Programs
from studyspot.tenancy.care.recovering import recover_control
from studyspot.tenancy.care.restoring import Restores
from studyspot.tenancy.care.retention import Keep
from studyspot.tenancy.care.store import BackupStore
from studyspot.tenancy.care.workshop import Workshop
from studyspot.tenancy.provisioning import Provisioner
from studyspot.tenancy.servers import Credentials, Owner

SERVER_CONNECTIONS = 4
AFTER_ALL_ELSE, AFTER_BACKUPS = -10, -20
"""Ten thousand backups in the queue must not keep an invitation waiting."""


class CarePlan(NamedTuple):
    """`nightly` is a cron line in UTC."""

    programs: Programs
    store: BackupStore
    keep: Keep = Keep()
    nightly: str = "0 21 * * *"
    drill_share: float = 0.01
    keep_retired: timedelta = timedelta(days=7)
    keep_deleted: timedelta = timedelta(days=30)


class Care:
    """One instance per process."""

    def __init__(
        self,
        control: Database,
        credentials: Credentials,
        history: History,
        provisioner: Provisioner,
        plan: CarePlan,
    ) -> None:
        self._plan = plan
        self._workshop = workshop = Workshop(
            control,
            credentials,
            Owner(credentials, connections_each=SERVER_CONNECTIONS),
            history,
            plan.programs,
            plan.store,
        )
        self.backups = Backups(workshop, plan.keep)
        self.restores = Restores(workshop)
        self.drills = Drills(workshop)
        self.moves = Moves(workshop)
        self.exports = Exports(workshop)
        self.drops = Drops(workshop, self.backups, self.drills, provisioner, grace=plan.keep_deleted)
        self.housekeeping = Housekeeping(
            workshop,
            self.backups,
            self.drops,
            provisioner,
            drill_share=plan.drill_share,
            keep_retired=plan.keep_retired,
        )

    async def list_backups(self, tenant_id: TenantId) -> list[Manifest]:
        """Newest first; of a tenant that was dropped, too.

        :raises NotFound: for one that never was.
        """
        found = await self._plan.store.backups(tenant_id)
        async with self._workshop.control.connection() as connection:
            if not found and not await connection.value(
                "SELECT 1 FROM tenancy.tenants WHERE id = $1", tenant_id
            ):
                raise NotFound("There is no such library account.")
        return found

    async def recover_control(self, *, backup: str | None) -> Manifest:
        """See `recovering.recover_control`."""
        return await recover_control(self._workshop, backup=backup)

    async def slug_of(self, tenant_id: TenantId) -> str:
        async with self._workshop.control.connection() as connection:
            return (await records.find_ended(connection, tenant_id)).slug

    async def gauges(self) -> dict[str, float]:
        async with self._workshop.control.connection() as connection:
            safety = await records.find_safety(connection)
        return {
            "oldest_backup_hours": round(safety.backup_age_hours, 2),
            "control_backup_hours": round(safety.control_backup_age_hours, 2),
            "restore_drills_failed": safety.drills_failed,
        }

    def jobs(self, defer: Defer) -> list[Job]:
        async def plan_night() -> None:
            await self.housekeeping.plan_night(defer)

        async def back_up(tenant_id: str) -> None:
            await self.backups.take_nightly(TenantId(UUID(tenant_id)))

        async def drill(tenant_id: str) -> None:
            await self.drills.drill(TenantId(UUID(tenant_id)))

        async def drill_control() -> None:
            await self.drills.drill(None)

        return [
            Job("tenancy.plan_night", plan_night, every=self._plan.nightly),
            Job(BACK_UP_CONTROL, self.backups.take_control_nightly, priority=AFTER_ALL_ELSE),
            Job(BACK_UP, back_up, priority=AFTER_ALL_ELSE),
            Job(DRILL, drill, priority=AFTER_BACKUPS),
            Job(DRILL_CONTROL, drill_control, priority=AFTER_BACKUPS),
            Job(TIDY, self.housekeeping.tidy, priority=AFTER_BACKUPS),
        ]

    async def close(self) -> None:
        await self._workshop.owner.close()
