"""The end of a tenant: late, with a last backup that is known to be good, and for good."""

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CalledProcessError

import msgspec
import pytest
import time_machine

from studyspot.kernel.contract import system
from studyspot.kernel.errors import NotFound, Unavailable
from studyspot.kernel.ids import TenantId, new_id
from studyspot.tenancy.care.clocks import ClocksApart
from studyspot.tenancy.care.dropping import Dropped, NotToBeDropped
from studyspot.tenancy.servers import split_credentials
from tests.servers import running_server
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

    async with ward.town.owner("control") as control:
        await control.run("UPDATE tenancy.tenants SET deleted_at = deleted_at - interval '31 days'")
    await ward.tenancy.care.housekeeping.tidy()

    assert await ward.town.databases_known() == {}


async def test_of_a_dropped_tenant_the_last_backup_stays_for_its_time_and_no_other(ward: Ward):
    care, town = ward.tenancy.care, ward.town
    await town.age(await care.backups.take(system(), ward.tenant_id), 40)
    await care.backups.take_nightly(ward.tenant_id)
    await _delete(ward)
    await _drop(ward)
    assert len(await care.list_backups(ward.tenant_id)) == 3

    await care.housekeeping.tidy()
    (last,) = await care.list_backups(ward.tenant_id)
    last = await town.age(last, 364)
    await care.housekeeping.tidy()
    assert await care.list_backups(ward.tenant_id) == [last]
    await town.age(last, 2)
    await care.housekeeping.tidy()

    assert last.reason == "last"
    assert await town.store._files(ward.tenant_id) == {}


async def test_of_a_dropped_tenant_without_a_last_backup_the_newest_is_it(ward: Ward):
    newest = await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    await _delete(ward)
    async with ward.town.owner("postgres") as server:
        await server.run(f"DROP DATABASE {(await ward.place()).database} WITH (FORCE)")
    await _drop(ward)

    await ward.tenancy.care.housekeeping.tidy()

    assert await ward.tenancy.care.list_backups(ward.tenant_id) == [newest]


async def test_backups_of_whom_the_registry_does_not_know_are_left_alone(ward: Ward):
    theirs = await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    unknown = TenantId(new_id())
    for days in (0, 500, 1000):
        await ward.town.store.write_manifest(
            msgspec.structs.replace(theirs, tenant_id=unknown, name=f"{days}", reason="last")
        )
        (one,) = [one for one in await ward.town.store.backups(unknown) if one.name == f"{days}"]
        await ward.town.age(one, days)

    await ward.tenancy.care.housekeeping.tidy()

    assert len(await ward.town.store.backups(unknown)) == 3


async def test_while_two_clocks_differ_nothing_is_dropped_or_deleted(ward: Ward):
    care = ward.tenancy.care
    old = await ward.town.age(await care.backups.take(system(), ward.tenant_id), 400)
    await _delete(ward)

    with time_machine.travel(datetime.now(UTC) + timedelta(days=300)):
        for work in (care.housekeeping.tidy(), care.drops.drop_all_due(system()), _drop(ward)):
            with pytest.raises(ClocksApart, match="until they agree"):
                await work
        async with ward.town.owner("control") as control:
            await control.run("UPDATE tenancy.tenants SET status = 'active', deleted_at = NULL")
        with pytest.raises(ClocksApart):
            await care.backups.take_nightly(ward.tenant_id)

    assert await ward.place()
    fresh, kept = await care.list_backups(ward.tenant_id)  # that night's backup was taken all the same
    assert (kept, fresh.reason, datetime.now(UTC) - fresh.taken_at < timedelta(hours=1)) == (
        old,
        "nightly",
        True,
    )


async def test_a_server_that_does_not_answer_is_no_verdict(ward: Ward):
    await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    async with ward.town.owner("control") as control:
        await control.run("UPDATE tenancy.cells SET url = 'postgresql:///?host=/nowhere' WHERE name = 'home'")

    with pytest.raises(Unavailable):
        await ward.tenancy.care.drills.drill(ward.tenant_id)

    assert (await ward.tenancy.care.gauges())["restore_drills_failed"] == 0


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


async def test_a_server_that_dies_under_a_drill_is_no_verdict(ward: Ward, tmp_path: Path):
    await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    programs = tmp_path / "bin"
    programs.mkdir()
    with contextlib.suppress(CalledProcessError), running_server() as dying:  # pg_ctl finds none to stop
        restore = programs / "pg_restore"
        restore.write_text(
            f"#!/bin/sh\nkill -9 $(head -1 {dying.log.parent}/cluster/postmaster.pid)\nexit 1\n"
        )
        restore.chmod(0o755)
        async with ward.town.owner("control") as control:
            await control.run(
                "UPDATE tenancy.cells SET url = $1 WHERE name = 'home'",
                split_credentials(dying.dsn(""), app_password=None)[0],
            )
        async with ward.town.engine(programs=programs) as tenancy:
            with pytest.raises(Unavailable):
                await tenancy.care.drills.drill(ward.tenant_id)

    assert (await ward.tenancy.care.gauges())["restore_drills_failed"] == 0
