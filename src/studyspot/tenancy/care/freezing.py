"""A tenant whose database is about to be replaced takes no writes, so that none is lost; reads go on."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

import structlog

from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.care import records, sessions
from studyspot.tenancy.care.workshop import Held, Workshop

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def frozen(workshop: Workshop, held: Held) -> AsyncIterator[None]:
    """Inside nobody writes to the tenant's database: a write is answered with 503.

    It takes writes again at the end, unless the tenant has moved out. If we are killed, the next repair sees
    to that.
    """
    desk, home = held
    await records.mark_frozen(desk, home.tenant_id, frozen=True)
    try:
        async with workshop.server(home.url) as server:
            begun = await sessions.refuse_writes(server, home.database)
            await _renew_sessions(desk, server, held, begun)
        yield
    except BaseException:
        try:
            await thaw(workshop, desk, home.tenant_id)
        except Exception as problem:  # noqa: BLE001 - what went wrong first is what is to be told
            log.warning("thaw_left_to_repair", tenant_id=str(home.tenant_id), problem=repr(problem))
        raise


async def thaw(workshop: Workshop, desk: Connection, tenant_id: TenantId) -> bool:
    """Lets writes in again, unless the tenant has moved out of the database that was closed to them.

    The caller holds the tenant. Returns whether it was frozen.
    """
    home = await records.find_home(desk, tenant_id)
    if not home.is_frozen:
        return False
    async with workshop.server(home.url) as server:
        begun = None
        if await sessions.exists(server, home.database):
            begun = await sessions.allow_writes(server, home.database)
        await records.mark_frozen(desk, tenant_id, frozen=False)
        if begun is not None:
            await _renew_sessions(desk, server, Held(desk, home), begun)
    return True


async def is_reachable(workshop: Workshop, home: records.Home) -> bool:
    """A tenant whose database is lost has nobody who could write to it."""
    try:
        async with workshop.server(home.url) as server:
            return await sessions.exists(server, home.database)
    except Unavailable as problem:
        log.warning("old_home_unreachable", cell=home.cell, problem=repr(problem))
        return False


async def _renew_sessions(desk: Connection, server: Connection, held: Held, begun: datetime) -> None:
    """Every process opens its connections anew, and those from before `begun` end without cutting a request
    short.
    """
    await records.tell_everybody(desk, held.home.tenant_id)
    await sessions.end_sessions(server, held.home.database, begun_before=begun)
