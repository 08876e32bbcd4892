"""Taking backups: of one tenant, of all, each night of whoever has none yet; and giving old ones up."""

import asyncio
from datetime import timedelta

import msgspec
import structlog

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, system
from studyspot.kernel.database import advisory_lock
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import TenantId
from studyspot.kernel.migrations import revision
from studyspot.kernel.snapshots import snapshot
from studyspot.tenancy.care import records
from studyspot.tenancy.care.digests import digest_tables
from studyspot.tenancy.care.holding import tenant_held
from studyspot.tenancy.care.manifests import Manifest, Reason, new_name
from studyspot.tenancy.care.progress import Step, Tell, counted, tell_nobody
from studyspot.tenancy.care.retention import Keep, superseded
from studyspot.tenancy.care.workshop import Held, Workshop

AT_ONCE_PER_CELL = 4
FRESH_FOR = timedelta(hours=20)
"""Who has a nightly backup as young as this needs no other, however often the night's work is done."""
log = structlog.get_logger(__name__)


class FailedBackup(msgspec.Struct, frozen=True):
    tenant_id: TenantId
    error: str


class BackupReport(msgspec.Struct):
    """`failed` names those of whom there is no new backup, and why."""

    taken: int = 0
    failed: list[FailedBackup] = msgspec.field(default_factory=list)


class Backups:
    def __init__(self, workshop: Workshop, keep: Keep) -> None:
        self._workshop = workshop
        self._keep = keep

    async def take(
        self, caller: Caller, tenant_id: TenantId, *, reason: Reason = "asked", tell: Tell = tell_nobody
    ) -> Manifest:
        """:raises TenantBusy: while another work on the tenant is under way."""
        async with self._workshop.hold(tenant_id) as held:
            return await self.take_held(caller, held, reason=reason, tell=tell)

    async def take_held(self, caller: Caller, held: Held, *, reason: Reason, tell: Tell) -> Manifest:
        """The same for whoever holds the tenant. Killed at any point it leaves no half backup."""
        desk, home = held
        # The server's own lock, so that all processes together are not more at once than a cell can bear.
        turn = f"tenancy.backups {home.cell} {home.tenant_id.int % AT_ONCE_PER_CELL}"
        async with advisory_lock(desk, turn):
            manifest = await self._write(held, reason, tell)
        async with desk.transaction() as tx:
            await records.mark_backed_up(tx, home.tenant_id, manifest.taken_at)
            await audit.record(
                tx,
                caller,
                "tenants:back_up",
                entity="tenant",
                entity_id=home.tenant_id,
                after={"backup": manifest.name, "reason": reason, "rows": manifest.rows},
            )
        return manifest

    async def take_all(self, caller: Caller, *, tell: Tell = tell_nobody) -> BackupReport:
        """One that fails is named in the report, and the rest go on."""
        async with self._workshop.control.connection() as connection:
            tenants = await records.find_kept(connection)
        report, waiting = BackupReport(), iter(tenants)

        async def work() -> None:
            for tenant_id in waiting:
                try:
                    await self.take(caller, tenant_id)
                except Exception as problem:  # noqa: BLE001 - see above
                    log.warning("backup_failed", tenant_id=str(tenant_id), problem=repr(problem))
                    report.failed.append(FailedBackup(tenant_id, reason_of(problem)))
                else:
                    report.taken += 1
                done = report.taken + len(report.failed)
                tell(Step(f"{done} of {len(tenants)} libraries backed up"))

        await asyncio.gather(*(work() for _ in range(AT_ONCE_PER_CELL)))
        return report

    async def take_nightly(self, tenant_id: TenantId) -> None:
        """Unless there is one of this night; then gives up those that are superseded."""
        async with self._workshop.hold(tenant_id) as held:
            known = await self._workshop.store.backups(tenant_id)
            if not any(_is_fresh(one) for one in known):
                await self.take_held(system(), held, reason="nightly", tell=tell_nobody)
            await self._prune(tenant_id)

    async def prune(self, tenant_id: TenantId) -> int:
        """For a tenant that has no database any more; the others' are pruned after their nightly backup."""
        async with tenant_held(self._workshop.control, tenant_id):
            return await self._prune(tenant_id)

    async def _prune(self, tenant_id: TenantId) -> int:
        store, now = self._workshop.store, clock.now()
        old = superseded(await store.backups(tenant_id), now=now, keep=self._keep)
        for manifest in old:
            await store.delete(manifest)
        await store.delete_orphans(tenant_id, now=now)
        return len(old)

    async def _write(self, held: Held, reason: Reason, tell: Tell) -> Manifest:
        workshop, home = self._workshop, held.home
        taken_at = clock.now()
        name = new_name(taken_at)
        async with (
            workshop.inside(home.url, home.database) as connection,
            snapshot(connection) as moment,
        ):
            tell(Step("counting rows"))
            tables = await digest_tables(connection)
            reached = await revision(connection)
            postgresql = str(await connection.value("SELECT current_setting('server_version')"))
            dsn = workshop.dsn(home.url, home.database)
            async with workshop.programs.dump(dsn, snapshot=moment) as pieces:
                written = await workshop.store.write_dump(
                    home.tenant_id, name, counted(pieces, "dumping", tell)
                )
        manifest = Manifest(
            name=name,
            tenant_id=home.tenant_id,
            slug=home.slug,
            tenant_name=home.name,
            reason=reason,
            taken_at=taken_at,
            generation=home.generation,
            revision=reached,
            postgresql=postgresql,
            bytes=written.bytes,
            sha256=written.sha256,
            tables=tables,
        )
        await workshop.store.write_manifest(manifest)
        return manifest


def reason_of(problem: Exception) -> str:
    return problem.message if isinstance(problem, Refusal) else f"{type(problem).__name__}: {problem}"


def _is_fresh(one: Manifest) -> bool:
    return one.reason == "nightly" and clock.now() - one.taken_at < FRESH_FOR
