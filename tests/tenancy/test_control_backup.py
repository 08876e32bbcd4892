"""The control database is kept as tenants' databases are."""

import json

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
