"""The end of a tenant: late, with a last backup that is known to be good, and for good."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from studyspot.kernel.contract import system
from studyspot.kernel.errors import NotFound, Unavailable
from studyspot.tenancy.care.dropping import Dropped, NotToBeDropped
from tests.tenancy.ward import Ward


async def _delete(ward: Ward) -> None:
    async with ward.town.owner("control") as control:
        await control.run(
            "UPDATE tenancy.tenants SET status = 'deleted', deleted_at = now() WHERE id = $1", ward.tenant_id
        )


async def _drop(ward: Ward, *, at_once: bool = True) -> Dropped:
    return await ward.tenancy.care.drops.drop(system(), ward.tenant_id, at_once=at_once)


async def test_a_tenant_that_is_not_deleted_or_not_for_long_is_not_dropped(ward: Ward):
    with pytest.raises(NotToBeDropped, match="not deleted"):
        await _drop(ward)
    await _delete(ward)
    with pytest.raises(NotToBeDropped, match="kept until"):
        await _drop(ward, at_once=False)
    assert await ward.place()


async def test_what_is_dropped_is_gone_but_for_a_last_backup(ward: Ward):
    await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    await ward.tenancy.care.restores.restore(system(), ward.tenant_id)  # so that there is a retired one, too
    await _delete(ward)

    dropped = await _drop(ward)

    last = (await ward.tenancy.care.list_backups(ward.tenant_id))[0]
    assert (last.name, last.reason, last.tables["ledger.entries"].rows) == (dropped.last_backup, "last", 900)
    assert await ward.town.databases_known() == {}
    await ward.assert_nothing_unknown()
    assert (await _drop(ward)).last_backup is None  # twice is once
    with pytest.raises(NotFound):
        await ward.notes()


async def test_the_night_drops_whoever_was_deleted_a_month_ago(ward: Ward):
    await _delete(ward)
    await ward.tenancy.care.housekeeping.tidy()
    assert await ward.town.databases_known() != {}

    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        await ward.tenancy.care.housekeeping.tidy()

    assert await ward.town.databases_known() == {}
    with time_machine.travel(datetime.now(UTC) + timedelta(days=300)):
        await ward.tenancy.care.housekeeping.tidy()
        assert len(await ward.tenancy.care.list_backups(ward.tenant_id)) == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(days=500)):
        await ward.tenancy.care.housekeeping.tidy()
        assert await ward.tenancy.care.list_backups(ward.tenant_id) == []


async def test_a_tenant_whose_server_does_not_answer_is_not_given_up(ward: Ward):
    await _delete(ward)
    async with ward.town.owner("control") as control:
        await control.run("UPDATE tenancy.cells SET url = 'postgresql:///?host=/nowhere' WHERE name = 'home'")

    with pytest.raises(Unavailable):
        await _drop(ward)

    assert await ward.place()


async def test_a_tenant_whose_database_is_gone_is_dropped_without_a_backup(ward: Ward):
    await _delete(ward)
    async with ward.town.owner("postgres") as server:
        await server.run(f"DROP DATABASE {(await ward.place()).database} WITH (FORCE)")

    assert (await _drop(ward)).last_backup is None
    assert await ward.town.databases_known() == {}
