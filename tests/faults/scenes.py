"""What a process does until it is killed: work of the tenancy engine with a SIGKILL at a chosen step.

A step is a connection being opened or a statement being sent, COMMIT and ROLLBACK too; a program being
started; a file of a backup being written, read or deleted. The process dies right
before the step or with the statement on its way to the server, which goes on with it alone.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import obstore
from asyncpg.pool import PoolConnectionProxy

from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.engine import Tenancy
from tests.tenancy.town import Town, sign_up

WARM = 2
Scene = Callable[[Town, Tenancy], Awaitable[None]]
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


async def register(town: Town, tenancy: Tenancy) -> None:
    await sign_up(tenancy)


async def repair(town: Town, tenancy: Tenancy) -> None:
    await tenancy.provisioner.repair(unfinished_after=timedelta(0))


async def fill_stock(town: Town, tenancy: Tenancy) -> None:
    await tenancy.provisioner.fill_stock()


async def prepare(town: Town, tenancy: Tenancy) -> None:
    await town.prepare(tenancy)


async def roll_out(town: Town, tenancy: Tenancy) -> None:
    await town.prepare(tenancy)
    await repair(town, tenancy)
    await tenancy.fleet.migrate_all()


async def back_up(town: Town, tenancy: Tenancy) -> None:
    await tenancy.care.backups.take(system(), await _the_tenant(town))


async def restore(town: Town, tenancy: Tenancy) -> None:
    await tenancy.care.restores.restore(system(), await _the_tenant(town))


async def move(town: Town, tenancy: Tenancy) -> None:
    """To wherever it is not."""
    async with town.owner("control") as control:
        cell = await control.value(
            "SELECT name FROM tenancy.cells WHERE name NOT IN (SELECT cell FROM tenancy.placements)"
        )
    await tenancy.care.moves.move(system(), await _the_tenant(town), to_cell=cell)


async def drop(town: Town, tenancy: Tenancy) -> None:
    await tenancy.care.drops.drop(system(), await _the_tenant(town), at_once=True)


async def _the_tenant(town: Town) -> TenantId:
    """The newest."""
    async with town.owner("control") as control:
        return TenantId(await control.value("SELECT id FROM tenancy.tenants ORDER BY id DESC LIMIT 1"))


async def killed_at(step: int, scene: Scene, url: str, migrations: Path, *, on_its_way: bool) -> bool:
    """Plays the scene in a process of its own. False when it came to its end before that step."""
    process = _processes.Process(target=_play, args=(step, scene.__name__, url, migrations, on_its_way))
    process.start()
    await asyncio.to_thread(process.join, 60)
    assert process.exitcode in {0, -signal.SIGKILL}, f"{scene.__name__} ended with {process.exitcode}"
    return process.exitcode != 0


def _play(step: int, scene: str, url: str, migrations: Path, on_its_way: bool) -> None:
    async def play() -> None:
        town = Town(url, migrations)
        async with town.engine(warm=WARM) as tenancy:
            _die_at(step, on_its_way=on_its_way)
            await globals()[scene](town, tenancy)
            os._exit(0)

    asyncio.run(play())


def _die_at(step: int, *, on_its_way: bool) -> None:
    taken = 0
    on_the_way: list[asyncio.Future[Any]] = []

    def deadly(method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken >= step:
                if on_its_way and taken == step:
                    on_the_way.append(asyncio.ensure_future(method(*args, **kwargs)))
                    await asyncio.sleep(0.001)
                os.kill(os.getpid(), signal.SIGKILL)
            return await method(*args, **kwargs)

        return call

    for holder in (asyncpg.Connection, PoolConnectionProxy):
        for name in ("execute", "fetch", "fetchrow", "fetchval"):
            setattr(holder, name, deadly(getattr(holder, name)))
    for module, name in (
        (asyncpg, "connect"),
        (asyncio, "create_subprocess_exec"),
        (obstore, "put_async"),
        (obstore, "get_async"),
        (obstore, "delete_async"),
    ):
        setattr(module, name, deadly(getattr(module, name)))
