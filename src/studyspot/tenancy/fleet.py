"""Migrations over all tenants: resumable, bounded, one transaction each; one bad tenant is named and the rest
go on.

The revision inside each database is the truth and the registry mirrors it, so the fan-out is resumed by
running it again: whoever is at the head is not touched.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import msgspec
import structlog

from studyspot.kernel.database import Database, connect
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.kernel.migrations import History, migrate
from studyspot.kernel.problems import told_with_cause
from studyspot.tenancy.connections import check_identity
from studyspot.tenancy.servers import Credentials, owner_dsn

log = structlog.get_logger(__name__)


class TenantBehind(msgspec.Struct, frozen=True):
    """A tenant whose database is not at this code's revision, and why if that is known."""

    tenant_id: TenantId
    slug: str
    url: str
    database: str
    generation: int
    revision: int
    error: str | None


class CellBehind(msgspec.Struct, frozen=True):
    """A cell that could not be reached, and why."""

    name: str
    error: str


class FanOutReport(msgspec.Struct):
    """`moved` counts databases brought to `head`; `failed` names the others with the reason, but for those
    that live in `cells_behind`.
    """

    head: int
    moved: int = 0
    failed: list[TenantBehind] = msgspec.field(default_factory=list)
    cells_behind: Sequence[CellBehind] = ()

    @property
    def is_complete(self) -> bool:
        return not self.failed and not self.cells_behind


class FleetStatus(msgspec.Struct):
    """How many tenants stand at each revision; `behind` names the first hundred that are not at `head`."""

    head: int
    by_revision: dict[int, int]
    behind: list[TenantBehind]


class Fleet:
    """The databases of all tenants, as the migrator sees them."""

    def __init__(
        self, control: Database, credentials: Credentials, history: History, *, at_once: int = 8
    ) -> None:
        self._control = control
        self._credentials = credentials
        self._history = history
        self._at_once = at_once

    async def migrate_all(
        self,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
        *,
        cells_behind: Sequence[CellBehind] = (),
    ) -> FanOutReport:
        """Brings every tenant but those in `cells_behind` to this code's revision.

        `progress` is told (done, all).
        """
        report = FanOutReport(self._history.head, cells_behind=cells_behind)
        behind = await self._behind(limit=1_000_000, outside=[cell.name for cell in cells_behind])
        waiting = iter(behind)
        done = 0

        async def work() -> None:
            nonlocal done
            for tenant in waiting:
                error = await self._migrate_one(tenant)
                if error is None:
                    report.moved += 1
                else:
                    report.failed.append(msgspec.structs.replace(tenant, error=error))
                done += 1
                progress(done, len(behind))

        await asyncio.gather(*(work() for _ in range(self._at_once)))
        return report

    async def status(self) -> FleetStatus:
        async with self._control.connection() as connection:
            counts = await connection.all(
                _Count,
                """
                SELECT p.revision, count(*)::integer AS tenants FROM tenancy.placements p
                JOIN tenancy.tenants t ON t.id = p.tenant_id WHERE t.status <> 'deleted'
                GROUP BY p.revision ORDER BY p.revision LIMIT 10000
                """,
            )
        return FleetStatus(
            self._history.head, {row.revision: row.tenants for row in counts}, await self._behind(limit=100)
        )

    async def _behind(self, *, limit: int, outside: Sequence[str] = ()) -> list[TenantBehind]:
        async with self._control.connection() as connection:
            return await connection.all(
                TenantBehind,
                """
                SELECT p.tenant_id, t.slug, c.url, p.database, p.generation, p.revision,
                    p.migration_error AS error
                FROM tenancy.placements p
                JOIN tenancy.tenants t ON t.id = p.tenant_id
                JOIN tenancy.cells c ON c.name = p.cell
                WHERE p.revision < $1 AND t.status NOT IN ('deleted', 'provisioning') AND p.cell <> ALL($3)
                ORDER BY t.created_at LIMIT $2
                """,
                self._history.head,
                limit,
                outside,
            )

    async def _migrate_one(self, tenant: TenantBehind) -> str | None:
        """The reason why it could not be moved, or None."""
        try:
            connection = await connect(
                owner_dsn(tenant.url, self._credentials, tenant.database),
                application_name="studyspot migrations",
            )
            try:
                await check_identity(connection, tenant.tenant_id, tenant.generation)
                reached = await migrate(connection, self._history)
            finally:
                await connection.close()
            await self._mirror(tenant, "revision = $3, migration_error = NULL", reached)
        except Exception as problem:  # noqa: BLE001 - whatever is wrong with one tenant is reported, the rest go on
            cause = problem.__cause__ or problem
            reason = f"{type(cause).__name__}: {cause}"
            told = told_with_cause(problem)
            log.warning("tenant_migration_failed", tenant_id=str(tenant.tenant_id), problem=told)
            with contextlib.suppress(Unavailable):
                await self._mirror(tenant, "migration_error = $3", reason)
            return reason
        return None

    async def _mirror(self, tenant: TenantBehind, change: str, value: object) -> None:
        async with self._control.connection() as connection:
            # Another migrator may have moved it meanwhile: what is known to be further on stays.
            await connection.run(
                f"""
                UPDATE tenancy.placements SET {change}
                WHERE tenant_id = $1 AND generation = $2 AND revision = $4
                """,
                tenant.tenant_id,
                tenant.generation,
                value,
                tenant.revision,
            )


class _Count(msgspec.Struct):
    revision: int
    tenants: int
