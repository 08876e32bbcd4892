"""kill -9 at any step: what is left is completed or removed by whoever comes next."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from studyspot.tenancy.templates import template_name
from tests.faults import scenes
from tests.faults.scenes import Scene, killed_at
from tests.servers import Server
from tests.tenancy.town import Town, reserve, sign_up

AT_ONCE = timedelta(0)
STEPS_MAX = 300

EVERY_STEP = range(1, STEPS_MAX)
SOME_STEPS = (5, 12, 19)


class Killer:
    """Plays a scene again and again and kills it at one step after the other."""

    def __init__(self, server: Server, town: Town, steps: Sequence[int]) -> None:
        self._url, self._town, self._steps = server.dsn(""), town, steps

    async def deaths(self, scene: Scene) -> AsyncIterator[int]:
        """At each step right before it, then with its statement on the way; until there are no more."""
        for step in self._steps:
            for on_its_way in (False, True) if self._steps is EVERY_STEP else (step % 2 == 0,):
                died = await killed_at(step, scene, self._url, self._town.migrations, on_its_way=on_its_way)
                yield step
                if not died:
                    assert step > 8, "hardly any steps: was the scene played at all?"
                    return


@pytest.fixture(params=[pytest.param(EVERY_STEP, marks=pytest.mark.drill), SOME_STEPS], ids=["every", "some"])
def killer(request: pytest.FixtureRequest, town_server: Server, town: Town) -> Killer:
    return Killer(town_server, town, request.param)


async def _repair(town: Town) -> None:
    """What another process does later: its clock has moved on, so that nothing counts as under way."""
    async with town.owner("control") as control:
        await control.run("UPDATE tenancy.tenants SET updated_at = updated_at - interval '1 day'")
    async with town.engine(warm=scenes.WARM) as tenancy:
        assert await tenancy.provisioner.repair(unfinished_after=AT_ONCE) == []
    await town.assert_whole()


@pytest.mark.parametrize("stock", ["cold", "warm"])
async def test_a_registration_killed_at_any_step_is_completed_or_gone(town: Town, killer: Killer, stock: str):
    # D65, D66: orphaned rows and half made databases after a failed registration.
    async with town.engine(warm=1) as tenancy:
        await town.prepare(tenancy)
        async for _ in killer.deaths(scenes.register):
            if stock == "warm":
                await tenancy.provisioner.fill_stock()
            await _repair(town)


async def test_a_repair_killed_at_any_step_is_completed_by_the_next(town: Town, killer: Killer):
    async with town.engine() as tenancy:
        await town.prepare(tenancy)
        await reserve(tenancy)
        async for _ in killer.deaths(scenes.repair):
            await _repair(town)
            await reserve(tenancy)


async def test_a_filling_of_the_stock_killed_at_any_step_leaves_no_waste(town: Town, killer: Killer):
    async with town.engine(warm=scenes.WARM) as tenancy:
        await town.prepare(tenancy)
        async for _ in killer.deaths(scenes.fill_stock):
            await _repair(town)
            await tenancy.provisioner.fill_stock()
            assert len(await town.databases_known()) - len(await town.homes()) == scenes.WARM
            await sign_up(tenancy)
            await sign_up(tenancy)


async def test_a_template_killed_at_any_step_is_built_by_the_next(town: Town, killer: Killer):
    number = 111
    newest = town.write(number, "SELECT 1;")
    async for _ in killer.deaths(scenes.prepare):
        async with town.engine() as tenancy:
            await town.prepare(tenancy)
            await sign_up(tenancy)
        async with town.owner("postgres") as server:
            templates = await server.column(
                "SELECT datname::text FROM pg_database"
                " WHERE datname LIKE 'tpl%' AND datistemplate AND NOT datallowconn AND datname >= $1",
                template_name(number),
            )
        assert templates == [template_name(number)]
        assert (await town.homes())[-1].revision == number
        newest.unlink()
        number += 1
        newest = town.write(number, "SELECT 1;")
    await town.assert_whole()


async def test_a_rollout_killed_at_any_step_is_completed_by_the_next(town: Town, killer: Killer):
    async with town.engine(warm=scenes.WARM) as tenancy, town.owner("control") as control:
        await town.prepare(tenancy)
        half_way, *_ = [await sign_up(tenancy) for _ in range(3)]
        number = 111
        newest = town.write(number, "ALTER TABLE public.notes ADD COLUMN c111 int;")
        await tenancy.provisioner.fill_stock()
        async for _ in killer.deaths(scenes.roll_out):
            async with town.engine(warm=scenes.WARM) as heir:
                await control.run("UPDATE tenancy.tenants SET updated_at = updated_at - interval '1 day'")
                await scenes.roll_out(town, heir)
                assert (await heir.fleet.status()).behind == []
                await heir.provisioner.fill_stock()
            await town.assert_whole()
            for home in await town.homes():
                assert (
                    await town.inside(home.database, "SELECT max(number) FROM migrations.applied") == number
                )
            await control.run("UPDATE tenancy.tenants SET status = 'provisioning' WHERE id = $1", half_way)
            newest.unlink()
            number += 1
            newest = town.write(number, f"ALTER TABLE public.notes ADD COLUMN c{number} int;")
