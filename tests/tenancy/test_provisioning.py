"""From a reservation to an open tenant, alone and in a crowd."""

import asyncio
from datetime import timedelta

import pytest

from studyspot.kernel.database import ConstraintViolated
from studyspot.tenancy.placing import NoCellLeft
from studyspot.tenancy.registry import PLAN_LIMITS
from tests.tenancy.town import Town, reserve, sign_up

AT_ONCE = timedelta(0)


async def test_a_tenant_gets_a_database_from_stock_and_else_a_new_one(town: Town):
    # D65, D67-D69: names from what was typed, and databases that lacked tables and functions.
    async with town.engine(warm=1) as tenancy:
        await town.prepare(tenancy)
        assert await tenancy.provisioner.fill_stock() == 1
        (ready,) = await town.databases_known()

        await sign_up(tenancy)
        await sign_up(tenancy)

        first, second = await town.homes()
        assert first.database == ready
        assert second.database != ready
        assert second.revision == first.revision == 110
        await town.assert_whole()


async def test_forty_at_once_get_forty_databases(town: Town):
    async with town.engine(warm=5) as tenancy:
        await town.prepare(tenancy)
        await tenancy.provisioner.fill_stock()

        await asyncio.gather(*(sign_up(tenancy) for _ in range(40)))

        assert len(await town.homes()) == 40
        await town.assert_whole()


async def test_several_processes_may_finish_the_same_tenant_at_once(town: Town):
    async with town.engine() as one, town.engine() as other:
        await town.prepare(one)
        for _ in range(4):
            tenant_id = await reserve(one)
            await asyncio.gather(*(engine.provisioner.finish(tenant_id) for engine in (one, other) * 3))
        await town.assert_whole()


async def test_several_processes_may_fill_and_repair_the_stock_at_once(town: Town):
    async with town.engine(warm=3) as one, town.engine(warm=3) as other:
        await town.prepare(one)
        await asyncio.gather(
            *(engine.provisioner.fill_stock() for engine in (one, other)),
            *(engine.provisioner.repair(unfinished_after=AT_ONCE) for engine in (one, other)),
        )
        assert list((await town.databases_known()).values()) == ["ready"] * 3
        await town.assert_whole()


async def test_several_processes_may_prepare_a_cell_at_once(town: Town):
    async with town.engine() as one, town.engine() as other:
        await asyncio.gather(*(town.prepare(engine) for engine in (one, other) * 2))
        await sign_up(one)
        await town.assert_whole()


async def test_a_cell_never_gets_more_than_its_capacity(town: Town):
    async with town.engine(warm=10) as tenancy, town.owner("control") as control:
        await town.prepare(tenancy)
        await control.run("UPDATE tenancy.cells SET capacity = 3")

        ended = await asyncio.gather(*(sign_up(tenancy) for _ in range(6)), return_exceptions=True)
        assert await tenancy.provisioner.fill_stock() == 0

        assert sum(isinstance(how, NoCellLeft) for how in ended) == 3
        assert len(await town.databases_known()) == 3
        await town.assert_whole()


async def test_a_refused_registration_leaves_the_stock_as_it_was(town: Town):
    async with town.engine(warm=1) as tenancy:
        await town.prepare(tenancy)
        await tenancy.provisioner.fill_stock()
        tenant_id = await reserve(tenancy)
        before = await town.databases_known()

        with pytest.raises(ConstraintViolated):  # D65: the row of a failed registration blocked the next try
            async with tenancy.registry._control.transaction() as tx:
                await tenancy.provisioner.reserve(
                    tx,
                    tenant_id=tenant_id,
                    slug="other",
                    name="Other",
                    plan="free",
                    limits=PLAN_LIMITS["free"],
                )

        assert await town.databases_known() == before


async def test_without_a_template_the_tenant_waits_until_there_is_one(town: Town):
    # D66: a failure left a database, a row and a wallet half made.
    async with town.engine() as tenancy:
        tenant_id = await reserve(tenancy)
        assert await tenancy.provisioner.repair(unfinished_after=AT_ONCE) == [tenant_id]
        # Tried again after a minute, not at once.
        assert await tenancy.provisioner.repair(unfinished_after=AT_ONCE) == []

        await town.prepare(tenancy)
        async with town.owner("control") as control:
            await control.run("UPDATE tenancy.tenants SET updated_at = updated_at - interval '1 minute'")
        assert await tenancy.provisioner.repair(unfinished_after=AT_ONCE) == []

        await town.assert_whole()


async def test_a_deleted_tenant_is_not_opened_by_a_late_repair(town: Town):
    async with town.engine() as tenancy, town.owner("control") as control:
        await town.prepare(tenancy)
        tenant_id = await reserve(tenancy)
        await control.run("UPDATE tenancy.tenants SET status = 'deleted', deleted_at = now()")

        await tenancy.provisioner.finish(tenant_id)

        (home,) = await town.homes()
        assert home.status == "deleted"


async def test_one_bad_tenant_does_not_keep_the_others_waiting(town: Town):
    async with town.engine() as tenancy, town.owner("control") as control:
        await town.prepare(tenancy)
        bad, good = await reserve(tenancy), await reserve(tenancy)
        await control.run(
            "INSERT INTO tenancy.databases (cell, name, state, revision) VALUES ('home', '', 'claimed', 110)"
        )
        await control.run("UPDATE tenancy.placements SET database = '' WHERE tenant_id = $1", bad)

        assert await tenancy.provisioner.repair(unfinished_after=AT_ONCE) == [bad]

        assert {home.tenant_id: home.status for home in await town.homes()} == {
            bad: "provisioning",
            good: "active",
        }


async def test_a_database_whose_dropping_was_interrupted_is_dropped_by_the_next_repair(town: Town):
    async with town.engine(warm=2) as tenancy, town.owner("control") as control:
        await town.prepare(tenancy)
        await tenancy.provisioner.fill_stock()
        await control.run("UPDATE tenancy.databases SET state = 'dropping'")
        async with town.owner("postgres") as server:  # one was dropped, but nobody wrote it down
            await server.run(f"DROP DATABASE {min(await town.databases_known())}")

        await tenancy.provisioner.repair()

        assert await town.databases_known() == {}
        await town.assert_whole()


async def test_a_half_built_template_is_built_anew_though_somebody_is_still_in_it(town: Town):
    async with town.engine() as tenancy, town.owner("postgres") as server:
        await server.run("CREATE DATABASE tpl_0110_draft")
        async with town.owner("tpl_0110_draft") as left_behind:
            await left_behind.run("CREATE TABLE half (a int)")
            await town.prepare(tenancy)
        await sign_up(tenancy)
        (home,) = await town.homes()
        assert await town.inside(home.database, "SELECT to_regclass('public.half')::text") is None
