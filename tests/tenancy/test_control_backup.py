"""The control database is kept as tenants' databases are."""

import json

import msgspec
import pytest

from studyspot.kernel.contract import system
from studyspot.kernel.database import Database
from studyspot.tenancy.care.recovering import recover_control
from studyspot.tenancy.servers import app_dsn
from tests.tenancy.ward import Ward


async def test_each_night_has_a_backup_of_the_control_database_and_old_ones_go(ward: Ward):
    nightly = ward.tenancy.care.backups.take_control_nightly
    for _ in range(9):
        await nightly()
        await nightly()  # twice is once
        for one in await ward.town.store.backups(None):
            await ward.town.age(one, 1)

    kept = await ward.town.store.backups(None)
    assert 7 <= len(kept) <= 9
    assert {(one.tenant_id, one.reason) for one in kept} == {(None, "nightly")}
    assert kept[0].tables["tenancy.tenants"].rows == 1


async def test_a_drill_finds_a_backup_of_the_control_database_that_is_not_good(ward: Ward):
    care, town = ward.tenancy.care, ward.town
    async with town.owner("control") as control:
        await control.run("UPDATE tenancy.tenants SET created_at = created_at - interval '30 hours'")
    assert (await care.gauges())["control_backup_hours"] == pytest.approx(30, abs=0.1)
    manifest = await care.backups.take_control(system())
    known = await databases(ward)
    assert await care.drills.drill(None) is None
    healthy = await care.gauges()

    (town.backups / "control" / f"{manifest.name}.dump").write_bytes(b"rubbish")
    wrong = await care.drills.drill(None)

    assert wrong is not None
    assert "was changed" in wrong
    assert (healthy["control_backup_hours"], healthy["restore_drills_failed"]) == (0, 0)
    assert (await care.gauges())["restore_drills_failed"] == 1
    assert await databases(ward) == known


async def test_a_drill_of_the_control_database_that_was_killed_is_in_nobodys_way(ward: Ward):
    await ward.tenancy.care.backups.take_control(system())
    _, control = ward.tenancy.care._workshop.control_place()
    async with ward.town.owner("postgres") as server:
        await server.run(f'CREATE DATABASE "{control}_drill"')

    assert await ward.tenancy.care.drills.drill(None) is None
    assert f"{control}_drill" not in await databases(ward)


async def test_a_backup_of_the_control_database_that_was_proved_stays_until_another_is(ward: Ward):
    care, town = ward.tenancy.care, ward.town
    proved = await town.age(await care.backups.take_control(system()), 300)
    assert await care.drills.drill(None, backup=proved.name) is None
    for number in range(9):
        one = msgspec.structs.replace(proved, name=f"unproved-{number}")
        await town.age(one, 20 * number - 200)

    await care.backups.take_control_nightly()
    before = {one.name for one in await town.store.backups(None)}
    assert await care.drills.drill(None) is None  # proves the newest
    await care.backups.take_control_nightly()

    assert before >= {proved.name, "unproved-0"}
    assert proved not in await town.store.backups(None)


async def databases(ward: Ward) -> set[str]:
    async with ward.town.owner("postgres") as server:
        return set(await server.column("SELECT datname FROM pg_database"))


async def test_the_backup_of_all_has_the_control_database_too(ward: Ward):
    report = await ward.tenancy.care.backups.take_all(system())

    (control,) = await ward.town.store.backups(None)
    assert (report.taken, report.failed) == (2, [])
    assert (ward.town.backups / "control" / f"{control.name}.dump").exists()
    async with ward.town.owner("control") as connection:
        recorded = await connection.value(
            "SELECT after FROM audit.entries WHERE action = 'control:back_up' ORDER BY at DESC LIMIT 1"
        )
    assert json.loads(recorded)["backup"] == control.name


async def test_a_recovered_registry_has_forgotten_what_may_be_somebodys_home_by_now(ward: Ward):
    async with ward.town.owner("control") as control:
        await control.run(
            """
            INSERT INTO tenancy.databases (cell, name, state, revision)
            SELECT 'home', 't_' || state, state, 1
            FROM unnest(ARRAY['ready', 'creating', 'restoring', 'retired', 'dropping']) state
            """
        )
    known = await ward.town.databases_known()
    await ward.tenancy.care.backups.take_control(system())
    town = ward.town
    elsewhere = Database(app_dsn(town.url, town.credentials, "recovered"))

    await recover_control(ward.tenancy.care._workshop._replace(control=elsewhere), backup=None)

    async with town.owner("recovered") as recovered:
        left = await recovered.column("SELECT name FROM tenancy.databases")
    async with town.owner("postgres") as server:
        await server.run("DROP DATABASE recovered WITH (FORCE)")
    assert known.keys() - left == {"t_ready", "t_creating", "t_restoring"}
