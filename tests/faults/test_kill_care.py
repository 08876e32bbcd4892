"""kill -9 at any step of a work on a tenant: it is served from exactly one place, and nothing is lost."""

from collections.abc import AsyncIterator, Sequence

import pytest

from studyspot.kernel.contract import system
from tests.faults import scenes
from tests.faults.scenes import Scene, killed_at
from tests.servers import Server
from tests.tenancy.load import Load
from tests.tenancy.ward import Ward, admit

STEPS_MAX = 300
EVERY_STEP = range(1, STEPS_MAX)


class Killer:
    """Plays a scene again and again and kills it at one step after the other."""

    def __init__(self, server: Server, ward: Ward, *, every: bool) -> None:
        self._url, self._ward, self._every = server.dsn(""), ward, every

    async def deaths(self, scene: Scene, *some: int) -> AsyncIterator[None]:
        steps: Sequence[int] = EVERY_STEP if self._every else some
        for step in steps:
            for on_its_way in (False, True) if self._every else (step % 2 == 0,):
                died = await killed_at(
                    step, scene, self._url, self._ward.town.migrations, on_its_way=on_its_way
                )
                yield
                if not died:
                    assert step > 15, "hardly any steps: was the scene played at all?"
                    return


@pytest.fixture(params=[pytest.param(True, marks=pytest.mark.drill), False], ids=["every", "some"])
def killer(request: pytest.FixtureRequest, town_server: Server, ward: Ward) -> Killer:
    return Killer(town_server, ward, every=request.param)


async def test_a_backup_killed_at_any_step_leaves_only_whole_backups(ward: Ward, killer: Killer):
    async for _ in killer.deaths(scenes.back_up, 10, 21, 22, 25):
        for manifest in await ward.tenancy.care.list_backups(ward.tenant_id):
            assert len([piece async for piece in ward.tenancy.care._plan.store.read_dump(manifest)]) > 0
        await ward.mended()
        await ward.assert_in_one_place()
    await ward.tenancy.care.backups.take(system(), ward.tenant_id)


async def test_a_restore_killed_at_any_step_leaves_the_tenant_in_one_place(ward: Ward, killer: Killer):
    await ward.write("in the backup")
    await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    async for _ in killer.deaths(scenes.restore, 13, 24, 36, 45, 52):
        await ward.mended()
        assert "in the backup" in await ward.notes()
        await ward.assert_in_one_place()


async def test_a_move_killed_at_any_step_leaves_the_tenant_in_one_place_and_loses_no_write(
    ward: Ward, killer: Killer
):
    load = Load(ward)
    deaths = killer.deaths(scenes.move, 15, 20, 28, 36, 43, 50)
    is_over = False
    while not is_over:
        async with load.running():
            is_over = await anext(deaths, "over") == "over"
            await ward.mended()
        assert set(load.acknowledged) <= set(await ward.notes())
        await ward.assert_in_one_place()


async def test_a_drop_killed_at_any_step_is_completed_by_the_next(ward: Ward, killer: Killer):
    tenant = ward
    await _delete(tenant)
    async for _ in killer.deaths(scenes.drop, 12, 30, 50, 60):
        await tenant.mended()
        await tenant.tenancy.care.drops.drop(system(), tenant.tenant_id, at_once=True)
        await tenant.mended()
        assert await tenant.town.databases_known() == {}
        await tenant.assert_nothing_unknown()
        reasons = [one.reason for one in await tenant.tenancy.care.list_backups(tenant.tenant_id)]
        assert reasons == ["last"]
        tenant = await admit(ward.town, ward.tenancy)
        await _delete(tenant)


async def _delete(ward: Ward) -> None:
    async with ward.town.owner("control") as control:
        await control.run(
            "UPDATE tenancy.tenants SET status = 'deleted', deleted_at = now() WHERE id = $1", ward.tenant_id
        )
