"""Migrations over all tenants: one that cannot be moved is named, the others go on."""

import asyncio

import pytest

from studyspot.kernel import migrations
from studyspot.kernel.database import NO_ANSWER
from studyspot.kernel.migrations import load_history
from studyspot.tenancy import fleet, registry
from tests.entrypoints.running import free_port
from tests.tenancy.town import Town, reserve, sign_up

UNIQUE_NOTES = "CREATE UNIQUE INDEX one_of_each ON public.notes (text);"


async def _settle(town: Town, count: int) -> None:
    """A town of `count` tenants at revision 110."""
    async with town.engine() as tenancy:
        await town.prepare(tenancy)
        await asyncio.gather(*(sign_up(tenancy) for _ in range(count)))


async def _revisions(town: Town) -> list[int]:
    """What the databases themselves say."""
    return [
        await town.inside(home.database, "SELECT max(number) FROM migrations.applied")
        for home in await town.homes()
    ]


async def test_one_of_fifty_that_cannot_be_moved_is_named_and_moves_after_mending(town: Town):
    # D68: databases that lacked the later migrations, unnoticed.
    await _settle(town, 50)
    bad = (await town.homes())[20]
    async with town.owner(bad.database) as database:
        await database.run("INSERT INTO notes VALUES ('twice'), ('twice')")
    town.write(111, UNIQUE_NOTES)

    async with town.engine() as tenancy:
        report = await tenancy.roll_out()

        assert (report.head, report.moved) == (111, 49)
        assert [(one.tenant_id, one.revision) for one in report.failed] == [(bad.tenant_id, 110)]
        assert "UniqueViolationError" in report.failed[0].error
        assert "one_of_each" in report.failed[0].error
        status = await tenancy.fleet.status()
        assert status.by_revision == {110: 1, 111: 49}
        assert [(one.tenant_id, one.error) for one in status.behind] == [
            (bad.tenant_id, report.failed[0].error)
        ]
        assert sorted(await _revisions(town)) == [110] + [111] * 49
        async with tenancy.connection(bad.tenant_id) as connection:  # still served: each migration allows it
            assert await connection.value("SELECT count(*) FROM notes") == 2

        async with town.owner(bad.database) as database:
            await database.run("DELETE FROM notes")
        report = await tenancy.fleet.migrate_all()

        assert (report.moved, report.failed) == (1, [])
        assert (await tenancy.fleet.status()).behind == []


async def test_a_locked_table_fails_its_own_tenant_only_and_shortly(town: Town):
    await _settle(town, 3)
    locked = (await town.homes())[1]
    town.write(111, "ALTER TABLE public.notes ADD COLUMN author text;")

    async with town.engine() as tenancy, town.owner(locked.database) as reader:
        async with reader.transaction():
            await reader.run("LOCK TABLE notes IN ACCESS SHARE MODE")
            async with asyncio.timeout(10):
                report = await tenancy.roll_out()
        assert report.moved == 2
        assert [one.tenant_id for one in report.failed] == [locked.tenant_id]
        assert "lock timeout" in report.failed[0].error

        assert (await tenancy.fleet.migrate_all()).moved == 1


async def test_a_cell_that_does_not_answer_is_named_and_the_others_are_migrated(town: Town):
    await _settle(town, 4)
    cut_off = (await town.homes())[1]
    async with town.owner("control") as control:
        await registry.add_cell(control, name="dead", url=f"postgresql://127.0.0.1:{free_port()}")
        await control.run(
            """
            INSERT INTO tenancy.databases (cell, name, state, revision)
            VALUES ('dead', $1, 'claimed', 10), ('dead', 't_given_up', 'dropping', 10)
            """,
            cut_off.database,
        )
        await control.run(
            "UPDATE tenancy.placements SET cell = 'dead' WHERE tenant_id = $1", cut_off.tenant_id
        )
    town.write(111, UNIQUE_NOTES)

    async with town.engine() as tenancy:
        report = await tenancy.roll_out()

        assert report.moved == 3
        assert report.failed == []
        assert [(one.name, one.error) for one in report.cells_behind] == [("dead", NO_ANSWER)]
        assert not report.is_complete
        assert [one.tenant_id for one in (await tenancy.fleet.status()).behind] == [cut_off.tenant_id]

        assert "t_given_up" in await town.databases_known()
        async with town.owner("control") as control:
            await control.run("UPDATE tenancy.cells SET url = $1 WHERE name = 'dead'", town.url)
        report = await tenancy.roll_out()

        assert (report.moved, report.is_complete) == (1, True)
        assert "t_given_up" not in await town.databases_known()


async def test_a_changed_file_is_refused(town: Town):  # D154
    await _settle(town, 2)
    town.write(110, "CREATE TABLE public.notes (text text NOT NULL, more text);")
    town.write(111, UNIQUE_NOTES)

    async with town.engine() as tenancy:
        report = await tenancy.fleet.migrate_all()

    assert report.moved == 0
    assert all("was changed after it had been applied" in one.error for one in report.failed)
    assert await _revisions(town) == [110, 110]


async def test_a_number_that_comes_late_is_applied_all_the_same(town: Town):
    """Two branches meet: 0112 was rolled out before 0111 was merged."""
    await _settle(town, 1)
    town.write(112, "CREATE TABLE public.later (a int);")
    async with town.engine() as tenancy:
        await tenancy.fleet.migrate_all()
    town.write(111, "CREATE TABLE public.earlier (a int);")
    town.write(113, "CREATE TABLE public.last (a int);")

    async with town.engine() as tenancy:
        await tenancy.fleet.migrate_all()

    (home,) = await town.homes()
    assert await town.inside(home.database, "SELECT count(*) FROM migrations.applied WHERE number > 109") == 4


async def test_two_may_migrate_at_once_though_one_waits_for_the_other_longer_than_for_a_lock(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT_SECONDS", 1)
    await _settle(town, 2)
    town.write(111, "SELECT pg_sleep(1.3);" + UNIQUE_NOTES)

    async with town.engine() as one, town.engine() as other:
        reports = await asyncio.gather(one.fleet.migrate_all(), other.fleet.migrate_all())

        assert [report.failed for report in reports] == [[], []]
        assert (await one.fleet.status()).behind == []
    assert await _revisions(town) == [111, 111]


async def test_a_statement_of_a_migration_may_take_longer_than_one_of_a_request(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    await _settle(town, 1)
    town.write(111, "SELECT pg_sleep(1.2);")

    def impatient(dsn: str, **kwargs):
        return connect(dsn, statement_timeout_seconds=0.5, **kwargs)

    connect = fleet.connect
    monkeypatch.setattr(fleet, "connect", impatient)
    async with town.engine() as tenancy:
        report = await tenancy.fleet.migrate_all()

    assert (report.moved, report.failed) == (1, [])


async def test_a_tenant_created_during_the_rollout_ends_at_the_head(town: Town):
    """By the old release too, which still runs: it makes databases of the newest template."""
    await _settle(town, 3)
    async with town.engine(warm=2) as old:
        await old.provisioner.fill_stock()
        warm = await reserve(old)  # half way: claimed an old one from stock
        cold_before = await sign_up(old)
        town.write(111, "SELECT pg_sleep(0.2);" + UNIQUE_NOTES)
        async with town.engine() as new:
            rollout = asyncio.create_task(new.roll_out())
            while not rollout.done():
                await sign_up(old)
                await asyncio.sleep(0.05)
            report = rollout.result()
            await old.provisioner.finish(warm)
            late = await sign_up(old)

            assert report.failed == []
            assert (await new.fleet.status()).behind == []
    homes = {home.tenant_id: home for home in await town.homes()}
    assert {homes[one].revision for one in (warm, cold_before, late)} == {111}
    assert set(await _revisions(town)) == {111}


async def test_a_tenant_that_was_half_way_and_missed_the_rollout_is_opened_at_the_head(town: Town):
    async with town.engine(warm=1) as old:
        await town.prepare(old)
        await old.provisioner.fill_stock()
        tenant_id = await reserve(old)
    town.write(111, UNIQUE_NOTES)

    async with town.engine() as new:
        await town.prepare(new)
        await new.fleet.migrate_all()
        await new.provisioner.finish(tenant_id)
        assert (await new.fleet.status()).behind == []

    assert await _revisions(town) == [111]


async def test_ready_databases_of_an_older_revision_are_dropped_and_never_handed_out(town: Town):
    async with town.engine(warm=2) as old:
        await town.prepare(old)
        await old.provisioner.fill_stock()
    stock = set(await town.databases_known())
    town.write(111, UNIQUE_NOTES)

    async with town.engine(warm=2) as new:
        await town.prepare(new)
        await sign_up(new)
        assert (await town.homes())[0].database not in stock
        await new.provisioner.repair()
        assert not stock & await town.tenant_databases()
        assert await new.provisioner.fill_stock() == 2
        await sign_up(new)

    assert await _revisions(town) == [111, 111]
    await town.assert_whole()


async def test_old_and_new_release_agree_on_the_stock(town: Town):
    """During a rollout both fill it; neither drops what the other has made."""
    async with town.engine(warm=2) as old:
        await town.prepare(old)
        town.write(111, UNIQUE_NOTES)
        async with town.engine(warm=2) as new:
            await town.prepare(new)
            assert await old.provisioner.fill_stock() == 2
            stock = await town.databases_known()
            assert await new.provisioner.fill_stock() == 0
            await new.provisioner.repair()
            await old.provisioner.repair()
            assert await town.databases_known() == stock
            await sign_up(old)
            await sign_up(new)
    assert await _revisions(town) == [111, 111]


async def test_two_files_of_one_number_are_refused(town: Town, tmp_path):
    town.write(111, "SELECT 1;")
    (tmp_path / "0111_other.sql").write_text("SELECT 2;")
    with pytest.raises(ValueError, match="number 111 is taken"):
        load_history([tmp_path])
