"""Back to the moment of a backup; and what is refused without anything being changed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from studyspot.kernel.contract import system
from studyspot.kernel.database import DatabaseMissing
from studyspot.kernel.errors import Conflict, NotFound
from studyspot.tenancy.care.building import RowsDiffer
from studyspot.tenancy.care.digests import TableDigest
from studyspot.tenancy.care.holding import TenantBusy
from studyspot.tenancy.care.manifests import Manifest, Seal
from studyspot.tenancy.care.store import BackupDamaged, digest_of
from tests.tenancy.town import SEAL
from tests.tenancy.ward import Ward, admit


async def _backup(ward: Ward) -> Manifest:
    return await ward.tenancy.care.backups.take(system(), ward.tenant_id)


async def _restore(ward: Ward, backup: str | None = None, to_cell: str | None = None) -> None:
    await ward.tenancy.care.restores.restore(system(), ward.tenant_id, backup=backup, to_cell=to_cell)


def _dump(ward: Ward, manifest: Manifest) -> Path:
    return ward.town.backups / str(ward.tenant_id) / f"{manifest.name}.dump"


async def test_a_restored_tenant_is_row_by_row_as_it_was(ward: Ward):
    at_the_moment = await ward.digests()
    before = await ward.place()
    await _backup(ward)
    await ward.write("later")
    async with ward.tenancy.transaction(ward.tenant_id) as tx:
        await tx.run("UPDATE ledger.entries SET paise = 1")
        await tx.run("DELETE FROM ledger.notes_of_entries")

    await _restore(ward)

    assert await ward.digests() == at_the_moment
    assert await ward.notes() == ["=cmd()", "first", "हिन्दी"]
    after = await ward.place()
    assert (after.cell, after.generation) == (before.cell, before.generation + 1)
    assert after.database != before.database
    await ward.assert_in_one_place()


async def test_a_digest_sees_one_changed_value(ward: Ward):
    before = await ward.digests()
    async with ward.tenancy.transaction(ward.tenant_id) as tx:
        await tx.run("UPDATE ledger.entries SET rate = rate + 0.0001 WHERE id = 7")

    after = await ward.digests()

    assert {name for name in after if after[name] != before[name]} == {"ledger.entries"}
    assert after["ledger.entries"].rows == 900


async def test_the_replaced_database_lets_nobody_in_and_is_dropped_when_its_time_has_come(ward: Ward):
    old = await ward.place()
    await _backup(ward)
    await _restore(ward)

    with pytest.raises(DatabaseMissing):
        async with ward.town.owner(old.database):
            pass
    assert (await ward.town.databases_known())[old.database] == "retired"

    await ward.tenancy.care.housekeeping.tidy()
    assert old.database in await ward.town.databases_known()  # it is not a week old
    async with ward.town.owner("control") as control:
        await control.run("UPDATE tenancy.databases SET retired_at = retired_at - interval '8 days'")
    await ward.tenancy.care.housekeeping.tidy()
    assert old.database not in await ward.town.databases_known()
    assert old.database not in await ward.town.databases_on_server("t%")


async def test_a_named_backup_is_restored_rather_than_the_newest(ward: Ward):
    first = await _backup(ward)
    await ward.write("second")
    await _backup(ward)

    await _restore(ward, first.name)

    assert "second" not in await ward.notes()


async def test_a_backup_of_an_older_revision_is_brought_to_this_release(ward: Ward):
    await _backup(ward)
    ward.town.write(112, "ALTER TABLE public.notes ADD COLUMN colour text")
    async with ward.town.engine(listening=True) as newer:
        await newer.care.restores.restore(system(), ward.tenant_id)

        place = await ward.place()
        assert (await ward.town.homes())[0].revision == 112
        assert await ward.town.inside(place.database, "SELECT max(number) FROM migrations.applied") == 112

        manifest = await newer.care.backups.take(system(), ward.tenant_id)
    with pytest.raises(Conflict, match="newer release"):
        await _restore(ward, manifest.name)


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def _flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _lose(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [_cut, _flip_a_bit, _lose], ids=["cut", "a bit flipped", "lost"])
async def test_a_damaged_dump_is_refused_and_nothing_is_changed(ward: Ward, damage: Callable[[Path], None]):
    manifest = await _backup(ward)
    before, known = await ward.place(), await ward.town.databases_known()
    damage(_dump(ward, manifest))

    with pytest.raises(BackupDamaged):
        await _restore(ward)

    assert (await ward.place(), await ward.town.databases_known()) == (before, known)
    await ward.assert_in_one_place()


async def test_a_swapped_dump_is_refused(ward: Ward):
    first = await _backup(ward)
    await ward.write("more")
    second = await _backup(ward)
    shutil.copy(_dump(ward, first), _dump(ward, second))

    with pytest.raises(BackupDamaged):
        await _restore(ward)

    assert "more" in await ward.notes()


async def test_a_dump_of_another_tenant_is_refused_whatever_its_manifest_says(ward: Ward):
    stranger = await admit(ward.town, ward.tenancy)
    theirs = await _backup(stranger)
    mine = ward.town.backups / str(ward.tenant_id)
    shutil.copytree(ward.town.backups / str(stranger.tenant_id), mine)

    with pytest.raises(
        BackupDamaged, match=f"{theirs.name} was not written by this platform for this library"
    ):
        await _restore(ward, theirs.name)

    await ward.town.store.write_manifest(msgspec.structs.replace(theirs, tenant_id=ward.tenant_id))
    with pytest.raises(BackupDamaged, match="database of another library"):
        await _restore(ward)
    await ward.assert_in_one_place()


async def test_rows_that_differ_from_the_manifest_are_refused(ward: Ward):
    manifest = await _backup(ward)
    tables = {**manifest.tables, "ledger.entries": TableDigest(901, "0")}
    await ward.town.store.write_manifest(msgspec.structs.replace(manifest, tables=tables))

    with pytest.raises(RowsDiffer, match=r"ledger\.entries"):
        await _restore(ward)
    await ward.assert_in_one_place()


def _unsigned(signed: bytes) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(signed)["manifest"])


def _signed_by_somebody(signed: bytes) -> bytes:
    return Seal([b"a key of their own"]).sign(SEAL.read(signed)[0])


def _changed(signed: bytes) -> bytes:
    return signed.replace(b'"rows": 900', b'"rows": 901')


def _deep(_: bytes) -> bytes:
    return b'{"manifest":' + b"[" * 100_000


@pytest.mark.parametrize("forge", [_unsigned, _signed_by_somebody, _changed, lambda _: b"{", _deep])
async def test_what_our_key_has_not_signed_is_no_backup(ward: Ward, forge: Callable[[bytes], bytes]):
    older, newer = await _backup(ward), await _backup(ward)
    path = _dump(ward, newer).with_suffix(".json")
    forged = forge(path.read_bytes())
    path.write_bytes(forged)
    before = await ward.place()

    for backup in (None, newer.name):
        with pytest.raises(BackupDamaged, match=newer.name):
            await _restore(ward, backup)

    assert await ward.place() == before
    assert await ward.tenancy.care.list_backups(ward.tenant_id) == [older]
    await ward.tenancy.care.backups.take_nightly(ward.tenant_id)
    assert path.read_bytes() == forged  # nor is it deleted
    await _restore(ward, older.name)


async def test_the_newest_is_not_guessed_while_one_is_of_a_time_to_come(ward: Ward):
    future = await ward.town.age(await _backup(ward), -300)
    named = await _backup(ward)

    with pytest.raises(BackupDamaged, match=f"{future.name}.*--backup"):
        await _restore(ward)

    await _restore(ward, named.name)


async def test_a_dump_that_is_swapped_after_it_was_checked_does_not_reach_the_server(ward: Ward):
    manifest = await _backup(ward)
    store, path = ward.town.store, _dump(ward, manifest)
    checked = [digest_of(piece) async for piece in store.read_dump(manifest)]
    assert [piece async for piece in store.read_dump(manifest, checked=checked)]
    _flip_a_bit(path)

    with pytest.raises(BackupDamaged):
        await anext(store.read_dump(manifest, checked=checked))


async def test_without_a_backup_or_a_tenant_there_is_nothing_to_restore(ward: Ward):
    with pytest.raises(NotFound):
        await _restore(ward)
    with pytest.raises(NotFound):
        await _restore(ward._replace(tenant_id=(await admit(ward.town, ward.tenancy)).tenant_id), "unknown")


async def test_a_tenant_whose_database_is_lost_comes_back_in_another_cell(ward: Ward):
    await _backup(ward)
    lost = await ward.place()
    async with ward.town.owner("postgres") as server:
        await server.run(f"DROP DATABASE {lost.database} WITH (FORCE)")

    await _restore(ward, to_cell="annexe")

    assert (await ward.place()).cell == "annexe"
    assert "first" in await ward.notes()
    await ward.assert_in_one_place()


async def test_a_suspended_tenant_is_backed_up_and_restored_and_stays_suspended(ward: Ward):
    async with ward.town.owner("control") as control:
        await control.run("UPDATE tenancy.tenants SET status = 'suspended' WHERE id = $1", ward.tenant_id)
    await _backup(ward)
    await _restore(ward)

    assert [home.status for home in await ward.town.homes()] == ["suspended"]


async def test_a_second_work_on_a_tenant_is_refused_while_the_first_is_under_way(ward: Ward):
    care = ward.tenancy.care
    async with care._workshop.hold(ward.tenant_id):
        for second in (
            care.backups.take(system(), ward.tenant_id),
            care.restores.restore(system(), ward.tenant_id),
            care.moves.move(system(), ward.tenant_id, to_cell="annexe"),
        ):
            with pytest.raises(TenantBusy):
                await second
    await _backup(ward)
