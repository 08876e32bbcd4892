"""Sign-ups go where there is a server that answers."""

import asyncio
from datetime import timedelta

import pytest

from studyspot.kernel.errors import Unavailable
from studyspot.tenancy import registry
from studyspot.tenancy.engine import Tenancy
from tests.entrypoints.running import free_port
from tests.servers import Server
from tests.tenancy.town import Town, reserve, sign_up

AT_ONCE = timedelta(0)


async def _add_cell_that_is_down(town: Town) -> None:
    """With most room of all."""
    async with town.owner("control") as control:
        await registry.add_cell(control, name="away", url=f"postgresql://127.0.0.1:{free_port()}")
        await control.run("UPDATE tenancy.cells SET weight = 10000 WHERE name = 'away'")


async def _databases_of(town: Town, cell: str) -> list[str]:
    async with town.owner("control") as control:
        return await control.column("SELECT state FROM tenancy.databases WHERE cell = $1", cell)


async def _bring_back(town: Town, tenancy: Tenancy, server: Server) -> None:
    await town.add_cell(tenancy, server.dsn(""), "away")


async def test_a_cell_that_is_down_is_passed_over_and_nothing_half_made_stays(
    town: Town, annexe_server: Server
):
    async with town.engine() as tenancy:
        await town.prepare(tenancy)
        await _add_cell_that_is_down(town)

        for _ in range(3):
            await sign_up(tenancy)

        assert [home.status for home in await town.homes()] == ["active"] * 3
        assert await _databases_of(town, "home") == ["claimed"] * 3
        assert await _databases_of(town, "away") == ["dropping"]  # only the first had to find out

        await _bring_back(town, tenancy, annexe_server)
        await tenancy.provisioner.repair()
        await town.assert_whole()


async def test_a_ready_database_on_a_cell_that_is_down_is_nobodys(town: Town):
    async with town.engine() as tenancy, town.owner("control") as control:
        await town.prepare(tenancy)
        await _add_cell_that_is_down(town)
        await control.run(
            "INSERT INTO tenancy.databases (cell, name, state, revision)"
            " VALUES ('away', 't_1', 'ready', 110), ('away', 't_2', 'ready', 110)"
        )

        await sign_up(tenancy)
        await sign_up(tenancy)

        assert sorted(await _databases_of(town, "away")) == ["dropping", "ready"]


async def test_several_processes_that_find_out_at_once_place_the_tenant_once(town: Town):
    async with town.engine() as one, town.engine() as other:
        await town.prepare(one)
        await _add_cell_that_is_down(town)
        tenant_id = await reserve(one)

        await asyncio.gather(*(engine.provisioner.finish(tenant_id) for engine in (one, other) * 3))

        assert [home.status for home in await town.homes()] == ["active"]
        assert await _databases_of(town, "home") == ["claimed"]


async def test_when_every_cell_is_down_the_tenant_waits_for_one(town: Town, annexe_server: Server):
    async with town.engine() as tenancy, town.owner("control") as control:
        await _add_cell_that_is_down(town)
        await control.run("UPDATE tenancy.cells SET state = 'closed' WHERE name = 'home'")
        for _ in range(2):
            with pytest.raises(Unavailable):
                await sign_up(tenancy)

        await _bring_back(town, tenancy, annexe_server)
        assert await tenancy.provisioner.repair(unfinished_after=AT_ONCE) == []

        assert [home.status for home in await town.homes()] == ["active"] * 2


async def test_a_cell_that_is_down_keeps_no_other_from_its_stock(town: Town):
    async with town.engine(warm=2) as tenancy:
        await town.prepare(tenancy)
        await _add_cell_that_is_down(town)  # before `home` in the alphabet

        await tenancy.provisioner.fill_stock()

        assert await _databases_of(town, "home") == ["ready"] * 2
