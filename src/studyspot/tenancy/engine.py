"""The tenancy engine as the rooms see it: name a tenant, get its database; and the life of tenants."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from studyspot.kernel.announcements import Announcements
from studyspot.kernel.database import Connection, Database
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.kernel.jobs import Job
from studyspot.kernel.migrations import load_history
from studyspot.kernel.problems import told_with_cause
from studyspot.tenancy import cells
from studyspot.tenancy.admission import check_fit
from studyspot.tenancy.care.care import Care, CarePlan
from studyspot.tenancy.care.housekeeping import Defer
from studyspot.tenancy.connections import ConnectionBudget, TenantDatabases
from studyspot.tenancy.fleet import CellBehind, FanOutReport, Fleet
from studyspot.tenancy.provisioning import Provisioner
from studyspot.tenancy.registry import TOPIC, Cell, Limits, Registry, find_cells, find_served
from studyspot.tenancy.servers import Credentials
from studyspot.tenancy.templates import prepare_cell

KERNEL_SCHEMA = Path(__file__).parent.parent / "kernel" / "schema"
CONTROL_SCHEMA = Path(__file__).parent / "schema" / "control"
TENANT_SCHEMA = Path(__file__).parent / "schema" / "tenant"
log = structlog.get_logger(__name__)


class Tenancy:
    """Everything about tenants and their databases. One instance per process."""

    def __init__(
        self,
        control: Database,
        announcements: Announcements,
        credentials: Credentials,
        *,
        tenant_migrations: Sequence[Path],
        budget: ConnectionBudget,
        warm_databases: int,
        care: CarePlan,
        statement_cache: bool = True,
    ) -> None:
        self._control = control
        self._credentials = credentials
        self._programs = care.programs
        self._history = history = load_history([KERNEL_SCHEMA, TENANT_SCHEMA, *tenant_migrations])
        self.registry = Registry(control, announcements)
        self.databases = TenantDatabases(self.registry, budget, credentials, statement_cache=statement_cache)
        announcements.subscribe(TOPIC, self.databases.hear)
        self.provisioner = Provisioner(control, credentials, history, warm_databases=warm_databases)
        self.fleet = Fleet(control, credentials, history)
        self.care = Care(control, credentials, history, self.provisioner, care)
        self._housekeeping: asyncio.Task[None] | None = None

    def connection(self, tenant_id: TenantId) -> contextlib.AbstractAsyncContextManager[Connection]:
        """See `TenantDatabases.connection`."""
        return self.databases.connection(tenant_id)

    def transaction(self, tenant_id: TenantId) -> contextlib.AbstractAsyncContextManager[Connection]:
        """See `TenantDatabases.transaction`."""
        return self.databases.transaction(tenant_id)

    async def limits(self, tenant_id: TenantId) -> Limits:
        """What the tenant's plan allows, at most a second old."""
        placement = await self.registry.placement(tenant_id)
        return Limits(placement.max_libraries, placement.max_students, placement.max_staff)

    async def served(self) -> list[TenantId]:
        """Every tenant whose work goes on."""
        async with self._control.connection() as connection:
            return [one.id for one in await find_served(connection)]

    async def prepare_cell(self, cell: Cell) -> None:
        """See `templates.prepare_cell`."""
        await prepare_cell(cell, self._credentials, self._history)

    async def roll_out(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> FanOutReport:
        """Brings the template of every cell, then every tenant, to this code's revision; see `Fleet`.

        What lives on a cell that does not answer waits for the next time.
        """
        async with self._control.connection() as connection:
            cells = await find_cells(connection)
        behind = []
        for cell in cells:
            try:
                await self.prepare_cell(cell)
            except Unavailable as problem:
                behind.append(CellBehind(cell.name, str(problem)))
                log.warning("cell_not_prepared", cell=cell.name, problem=told_with_cause(problem))
        # Whoever is half way through a registration on the old template is brought along.
        await self.provisioner.repair(unfinished_after=timedelta(0))
        return await self.fleet.migrate_all(progress, cells_behind=behind)

    async def admit_cell(self, cell: Cell) -> None:
        """Makes a server ready for tenants, if they can live there; see `admission.check_fit`."""
        async with self._control.connection() as connection:
            others = [one for one in await find_cells(connection) if one.name != cell.name]
        await check_fit(cell, others, self._credentials, self._programs)
        await self.prepare_cell(cell)

    async def check_cells(self) -> None:
        """See `cells.check_cells`."""
        await cells.check_cells(self._control, self._credentials)

    def jobs(self, defer: Defer) -> list[Job]:
        """What the engine does in the background: keep ready databases in stock, finish what a crash left,
        back up.
        """
        return [
            Job("tenancy.fill_stock", self.provisioner.fill_stock, every="*/5 * * * *"),
            Job("tenancy.repair", self.repair, every="* * * * *"),
            *self.care.jobs(defer),
        ]

    async def repair(self) -> None:
        """Completes or undoes whatever a crash left half done."""
        await self.provisioner.repair()
        await self.care.housekeeping.repair()

    async def open(self) -> None:
        self._housekeeping = asyncio.create_task(
            self.databases.close_idle_for_good(), name="idle connections"
        )

    async def close(self) -> None:
        if self._housekeeping is not None:
            self._housekeeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._housekeeping
        await self.databases.close()
        await self.provisioner.close()
        await self.care.close()
