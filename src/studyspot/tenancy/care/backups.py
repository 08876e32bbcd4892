"""Taking backups: of one tenant, of all, each night of whoever has none yet; and giving old ones up."""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import structlog

from studyspot.kernel import audit
from studyspot.kernel.advisory_locks import advisory_lock
from studyspot.kernel.contract import Caller, system
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import TenantId
from studyspot.kernel.migrations import revision
from studyspot.kernel.snapshots import snapshot
from studyspot.tenancy.care import records
from studyspot.tenancy.care.clocks import time_now, time_to_delete_by
from studyspot.tenancy.care.digests import digest_tables
from studyspot.tenancy.care.holding import desk as desk_of, tenant_held
from studyspot.tenancy.care.manifests import Manifest, Reason, folder_of, new_name
from studyspot.tenancy.care.progress import Step, Tell, counted, tell_nobody
from studyspot.tenancy.care.retention import Keep, outlived, superseded
from studyspot.tenancy.care.store import Shelf
from studyspot.tenancy.care.workshop import Held, Workshop

AT_ONCE_PER_CELL = 4
FRESH_FOR = timedelta(hours=20)
"""Who has a nightly backup as young as this needs no other, however often the night's work is done."""
log = structlog.get_logger(__name__)


class FailedBackup(msgspec.Struct, frozen=True):
    """`tenant_id` is None for the control database."""

    tenant_id: TenantId | None
    error: str


class BackupReport(msgspec.Struct):
    """`failed` names those of whom there is no new backup, and why."""

    taken: int = 0
    failed: list[FailedBackup] = msgspec.field(default_factory=list)


class _Subject(NamedTuple):
    """What is dumped."""

    tenant_id: TenantId | None
    slug: str
    name: str
    generation: int


CONTROL = _Subject(None, "control", "The control database", 0)


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
        workshop = self._workshop
        subject = _Subject(home.tenant_id, home.slug, home.name, home.generation)
        # The server's own lock, so that all processes together are not more at once than a cell can bear.
        turn = f"tenancy.backups {home.cell} {home.tenant_id.int % AT_ONCE_PER_CELL}"
        async with advisory_lock(desk, turn), workshop.inside(home.url, home.database) as connection:
            taken_at = await time_now(desk)
            dsn = workshop.dsn(home.url, home.database)
            manifest = await self._write(subject, connection, dsn, taken_at, reason, tell)
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

    async def take_control(
        self, caller: Caller, *, reason: Reason = "asked", tell: Tell = tell_nobody
    ) -> Manifest:
        """Of the control database: registry, accounts, signing keys. Without it no tenant can be found."""
        workshop = self._workshop
        url, database = workshop.control_place()
        async with (
            desk_of(workshop.control) as desk,
            advisory_lock(desk, "tenancy.backups control"),
            workshop.inside(url, database) as connection,
        ):
            taken_at, dsn = await time_now(desk), workshop.dsn(url, database)
            manifest = await self._write(CONTROL, connection, dsn, taken_at, reason, tell)
            await records.mark_control_backed_up(desk, manifest.taken_at)
            await audit.record(
                desk,
                caller,
                "control:back_up",
                entity="control",
                entity_id=None,
                after={"backup": manifest.name, "reason": reason, "rows": manifest.rows},
            )
        return manifest

    async def take_control_nightly(self) -> None:
        """As `take_nightly` does for a tenant."""
        store = self._workshop.store
        async with self._workshop.control.connection() as connection:
            now = await time_now(connection)
        if not any(_is_fresh(one, now) for one in await store.backups(None)):
            await self.take_control(system(), reason="nightly")
        async with self._workshop.control.connection() as connection:
            now = await time_to_delete_by(connection)
            verdicts = await records.find_verdicts(connection, None)
        shelf = await self._signed_anew(None)
        await self._delete(None, superseded(shelf.backups, now=now, keep=self._keep, verdicts=verdicts), now)

    async def take_all(self, caller: Caller, *, tell: Tell = tell_nobody) -> BackupReport:
        """The control database and every tenant. One that fails is named in the report, the rest go on."""
        async with self._workshop.control.connection() as connection:
            tenants = await records.find_kept(connection)
        report, waiting = BackupReport(), iter([None, *tenants])

        async def work() -> None:
            for tenant_id in waiting:
                try:
                    if tenant_id is None:
                        await self.take_control(caller)
                    else:
                        await self.take(caller, tenant_id)
                except Exception as problem:  # noqa: BLE001 - see above
                    log.warning("backup_failed", folder=folder_of(tenant_id), problem=repr(problem))
                    report.failed.append(FailedBackup(tenant_id, reason_of(problem)))
                else:
                    report.taken += 1
                done = report.taken + len(report.failed)
                tell(Step(f"{done} of {len(tenants) + 1} databases backed up"))

        await asyncio.gather(*(work() for _ in range(AT_ONCE_PER_CELL)))
        return report

    async def take_nightly(self, tenant_id: TenantId) -> None:
        """Unless there is one of this night; then gives up those that are superseded."""
        async with self._workshop.hold(tenant_id) as held:
            now = await time_now(held.desk)
            if not any(_is_fresh(one, now) for one in await self._workshop.store.backups(tenant_id)):
                await self.take_held(system(), held, reason="nightly", tell=tell_nobody)
            now = await time_to_delete_by(held.desk)
            verdicts = await records.find_verdicts(held.desk, tenant_id)
            shelf = await self._signed_anew(tenant_id)
            old = superseded(shelf.backups, now=now, keep=self._keep, verdicts=verdicts)
            await self._delete(tenant_id, old, now)

    async def prune_dropped(self, tenant_id: TenantId) -> None:
        """For a tenant that has no database any more: its last backups stay, for their time."""
        async with tenant_held(self._workshop.control, tenant_id) as desk:
            now = await time_to_delete_by(desk)
            if (await records.find_ended(desk, tenant_id)).dropped_at is not None:
                shelf = await self._signed_anew(tenant_id)
                await self._delete(tenant_id, outlived(shelf.backups, now=now, keep=self._keep), now)

    async def sign_anew(self, tenant_id: TenantId) -> None:
        """What an older key has signed is signed with the newest, so that the older one can be given up."""
        async with tenant_held(self._workshop.control, tenant_id):
            await self._signed_anew(tenant_id)

    async def _signed_anew(self, tenant_id: TenantId | None) -> Shelf:
        shelf = await self._workshop.store.shelf(tenant_id)
        for manifest in shelf.signed_before:
            await self._workshop.store.write_manifest(manifest)
        return shelf

    async def _delete(self, tenant_id: TenantId | None, old: list[Manifest], now: datetime) -> None:
        for manifest in old:
            await self._workshop.store.delete(manifest)
        await self._workshop.store.delete_orphans(tenant_id, now=now)

    async def _write(
        self,
        subject: _Subject,
        connection: Connection,
        dsn: str,
        taken_at: datetime,
        reason: Reason,
        tell: Tell,
    ) -> Manifest:
        workshop, name = self._workshop, new_name(taken_at)
        async with snapshot(connection) as moment:
            tell(Step("counting rows"))
            tables = await digest_tables(connection)
            reached = await revision(connection)
            postgresql = str(await connection.value("SELECT current_setting('server_version')"))
            async with workshop.programs.dump(dsn, snapshot=moment) as pieces:
                written = await workshop.store.write_dump(
                    subject.tenant_id, name, counted(pieces, "dumping", tell)
                )
        manifest = Manifest(
            name=name,
            tenant_id=subject.tenant_id,
            slug=subject.slug,
            tenant_name=subject.name,
            reason=reason,
            taken_at=taken_at,
            generation=subject.generation,
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


def _is_fresh(one: Manifest, now: datetime) -> bool:
    """Nothing is fresh that is of a time to come: a clock was wrong."""
    return one.reason == "nightly" and timedelta(0) <= now - one.taken_at < FRESH_FOR
