"""Taking backups: of one, of all, at night; where they are kept; how one knows that they are good."""

import asyncio
import contextlib
import json
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import msgspec
import pytest
from moto.server import ThreadedMotoServer

from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId, new_id
from studyspot.tenancy.care.drills import Drills
from studyspot.tenancy.care.manifests import Manifest, Seal, new_name
from studyspot.tenancy.care.store import S3, BackupDamaged, BackupStore, StoreUnavailable, Written
from tests.tenancy.town import SEAL
from tests.tenancy.ward import Ward, admit

BUCKET, REGION = "backups", "ap-south-1"
BIG_BYTES = 20 * 2**20


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A server that speaks S3 over HTTP, with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    signed_in = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": REGION}
    client = boto3.client("s3", endpoint_url=endpoint, **signed_in)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.close()
    yield S3(BUCKET, "some/folder", REGION, "key", "secret", endpoint)
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BackupStore:
    place = tmp_path / "kept" if request.param == "folder" else request.getfixturevalue("s3")
    return BackupStore(place, SEAL)


def _manifest(tenant_id: TenantId, name: str, written: Written) -> Manifest:
    return Manifest(
        name=name,
        tenant_id=tenant_id,
        slug="quiet-corner",
        tenant_name="Quiet Corner",
        reason="asked",
        taken_at=datetime.now(UTC),
        generation=1,
        revision=1,
        postgresql="18",
        bytes=written.bytes,
        sha256=written.sha256,
        tables={},
    )


async def _pieces(size_bytes: int) -> AsyncIterator[bytes]:
    for _ in range(size_bytes // 2**20):
        yield os.urandom(2**20)


async def _breaking_off() -> AsyncIterator[bytes]:
    async for piece in _pieces(BIG_BYTES):
        yield piece
    raise ValueError("pg_dump has died")


async def test_a_dump_of_many_parts_comes_back_as_it_was_written(store: BackupStore):
    tenant_id = TenantId(new_id())
    name = new_name(datetime.now(UTC))
    written = await store.write_dump(tenant_id, name, _pieces(BIG_BYTES))
    manifest = _manifest(tenant_id, name, written)
    assert await store.backups(tenant_id) == []  # without its manifest it is none

    await store.write_manifest(manifest)

    assert await store.backups(tenant_id) == [manifest]
    assert sum([len(piece) async for piece in store.read_dump(manifest)]) == written.bytes == BIG_BYTES
    assert tenant_id in await store.tenants()
    await store.delete(manifest)
    assert await store.backups(tenant_id) == []
    with pytest.raises(BackupDamaged):
        [piece async for piece in store.read_dump(manifest)]


async def test_a_dump_that_breaks_off_leaves_nothing(store: BackupStore):
    tenant_id = TenantId(new_id())

    with pytest.raises(ValueError, match="died"):
        await store.write_dump(tenant_id, "broken", _breaking_off())

    assert await store._files(tenant_id) == {}


async def test_a_store_that_does_not_answer_says_so(s3: S3):
    nowhere = BackupStore(s3._replace(bucket="nowhere"), SEAL)

    with pytest.raises(StoreUnavailable):
        await nowhere.write_dump(TenantId(new_id()), "lost", _pieces(2**20))


async def test_a_store_that_does_not_answer_is_no_verdict(ward: Ward, s3: S3):
    nowhere = BackupStore(s3._replace(bucket="nowhere"), SEAL)
    workshop = ward.tenancy.care._workshop._replace(store=nowhere)

    with pytest.raises(StoreUnavailable):
        await Drills(workshop).drill(ward.tenant_id)

    assert (await ward.tenancy.care.gauges())["restore_drills_failed"] == 0


async def test_an_orphan_is_removed_after_a_day_and_a_backup_is_not(ward: Ward):
    store, tenant_id = ward.town.store, ward.tenant_id
    await ward.tenancy.care.backups.take(system(), tenant_id)
    await store.write_dump(tenant_id, "orphan", _pieces(2**20))
    draft = ward.town.backups / str(tenant_id) / "half.dump#1"
    draft.write_bytes(b"half")

    assert await store.delete_orphans(tenant_id, now=datetime.now(UTC)) == 0
    assert await store.delete_orphans(tenant_id, now=datetime.now(UTC) + timedelta(days=1, hours=1)) == 2

    assert not draft.exists()
    assert len(await store._files(tenant_id)) == 2


async def test_a_backup_says_what_is_in_it_and_is_for_our_eyes_alone(ward: Ward):
    manifest = await ward.tenancy.care.backups.take(system(), ward.tenant_id)

    assert manifest.tables["ledger.entries"].rows == 900
    assert (manifest.revision, manifest.generation, manifest.reason) == (111, 1, "asked")
    assert stat.S_IMODE(ward.town.backups.stat().st_mode) == 0o700
    assert await ward.tenancy.care.list_backups(ward.tenant_id) == [manifest]
    async with ward.town.owner("control") as control:
        recorded = await control.value("SELECT after FROM audit.entries ORDER BY at DESC LIMIT 1")
    assert json.loads(recorded) == {"backup": manifest.name, "reason": "asked", "rows": manifest.rows}


async def test_a_backup_is_of_one_moment_though_people_write_meanwhile(ward: Ward):
    async def write() -> None:
        while not backing_up.done():
            async with ward.tenancy.transaction(ward.tenant_id) as tx:
                await tx.run("INSERT INTO public.notes (text) VALUES ('x')")
                await tx.run("INSERT INTO ledger.entries (paise) VALUES (1)")

    backing_up = asyncio.create_task(ward.tenancy.care.backups.take(system(), ward.tenant_id))
    await write()
    manifest = await backing_up

    assert manifest.tables["public.notes"].rows - 3 == manifest.tables["ledger.entries"].rows - 900
    assert await ward.tenancy.care.drills.drill(ward.tenant_id) is None


async def test_one_bad_tenant_is_named_and_the_rest_are_backed_up(ward: Ward):
    others = [await admit(ward.town, ward.tenancy) for _ in range(5)]
    async with ward.town.owner("postgres") as server:
        await server.run(f"DROP DATABASE {(await ward.place()).database} WITH (FORCE)")

    report = await ward.tenancy.care.backups.take_all(system())

    assert (report.taken, [one.tenant_id for one in report.failed]) == (1 + 5, [ward.tenant_id])
    assert all([await ward.tenancy.care.list_backups(other.tenant_id) for other in others])


async def test_a_night_that_is_planned_and_done_twice_makes_one_backup_of_each(ward: Ward):
    planned: list[tuple[str, dict[str, str]]] = []

    async def defer(name: str, *, once_key: str, **ids: str) -> None:
        assert once_key == " ".join([name, *ids.values()])
        planned.append((name, ids))

    jobs = {job.name: job for job in ward.tenancy.jobs(defer)}
    for _ in range(2):
        planned.clear()
        await jobs["tenancy.plan_night"].run()
        for name, ids in planned:
            await jobs[name].run(**ids)

    assert [one.reason for one in await ward.tenancy.care.list_backups(ward.tenant_id)] == ["nightly"]
    tenant = {"tenant_id": str(ward.tenant_id)}
    assert planned[0] == ("tenancy.back_up_control", {})
    assert planned[1:3] == [("tenancy.back_up", tenant), ("tenancy.drill", tenant)]
    assert planned[3:] == [("tenancy.drill_control", {}), ("tenancy.tidy", {})]
    async with ward.town.owner("control") as control:
        assert await control.column("SELECT problem FROM tenancy.drills") == [None] * 4


async def test_nights_in_a_row_give_up_what_is_superseded(ward: Ward):
    for _ in range(9):
        await ward.tenancy.care.backups.take_nightly(ward.tenant_id)
        for one in await ward.tenancy.care.list_backups(ward.tenant_id):
            await ward.town.age(one, 1)

    now, kept = datetime.now(UTC), await ward.tenancy.care.list_backups(ward.tenant_id)
    assert 7 <= len(kept) <= 9
    assert {(now - one.taken_at).days for one in kept} >= set(range(1, 8))


async def test_a_drill_finds_a_backup_that_is_not_good(ward: Ward):
    manifest = await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    known = await ward.town.databases_known()
    assert await ward.tenancy.care.drills.drill(ward.tenant_id) is None
    healthy = await ward.tenancy.care.gauges()

    (ward.town.backups / str(ward.tenant_id) / f"{manifest.name}.dump").write_bytes(b"rubbish")
    wrong = await ward.tenancy.care.drills.drill(ward.tenant_id)

    assert wrong is not None
    assert "was changed" in wrong
    assert healthy == {"oldest_backup_hours": 0, "control_backup_hours": 0, "restore_drills_failed": 0}
    assert (await ward.tenancy.care.gauges())["restore_drills_failed"] == 1
    assert await ward.town.databases_known() == known
    await ward.assert_nothing_unknown()


async def test_a_night_leaves_alone_what_is_another_librarys(ward: Ward):
    stranger = await admit(ward.town, ward.tenancy)
    care, town = ward.tenancy.care, ward.town
    await town.age(await care.backups.take(system(), stranger.tenant_id), 400)
    await care.backups.take_nightly(stranger.tenant_id)
    theirs = town.backups / str(stranger.tenant_id)
    mine = town.backups / str(ward.tenant_id)
    shutil.copytree(theirs, mine)
    before = {path.name: path.read_bytes() for path in theirs.iterdir()}

    await care.backups.take_nightly(ward.tenant_id)

    assert {path.name: path.read_bytes() for path in theirs.iterdir()} == before
    assert all((mine / name).exists() for name in before)
    assert [one.reason for one in await care.list_backups(ward.tenant_id)] == ["nightly"]


async def test_a_manifest_under_another_name_is_not_followed(ward: Ward):
    manifest = await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    folder = ward.town.backups / str(ward.tenant_id)
    climbing = msgspec.structs.replace(manifest, name="../escaped")
    (folder / "innocent.json").write_bytes(SEAL.sign(climbing))

    await ward.tenancy.care.backups.take_nightly(ward.tenant_id)

    assert manifest in await ward.tenancy.care.list_backups(ward.tenant_id)
    assert len(await ward.tenancy.care.list_backups(ward.tenant_id)) == 2
    assert (folder / "innocent.json").exists()


async def test_a_night_of_a_time_to_come_makes_no_other_superfluous(ward: Ward):
    care = ward.tenancy.care
    await care.backups.take_nightly(ward.tenant_id)
    (tonights,) = await care.list_backups(ward.tenant_id)
    future = await ward.town.age(tonights, -300)
    async with ward.town.owner("control") as control:
        await control.run("UPDATE tenancy.placements SET backed_up_at = $1", future.taken_at)
    assert (await care.gauges())["oldest_backup_hours"] == pytest.approx(300 * 24, abs=1)

    await care.backups.take_nightly(ward.tenant_id)

    assert len(await care.list_backups(ward.tenant_id)) == 2
    assert (await care.gauges())["oldest_backup_hours"] == 0


async def test_what_was_proved_stays_until_another_is(ward: Ward):
    care = ward.tenancy.care
    proved = await ward.town.age(await care.backups.take(system(), ward.tenant_id), 300)
    assert await care.drills.drill(ward.tenant_id, backup=proved.name) is None
    for number in range(9):
        one = msgspec.structs.replace(proved, name=f"unproved-{number}")
        await ward.town.age(one, 20 * number - 200)

    await care.backups.take_nightly(ward.tenant_id)
    before = await care.list_backups(ward.tenant_id)
    await care.restores.restore(system(), ward.tenant_id)  # proves the newest
    await care.backups.take_nightly(ward.tenant_id)

    assert {one.name for one in before} >= {proved.name, "unproved-0"}
    assert "unproved-8" not in {one.name for one in before}
    assert proved not in await care.list_backups(ward.tenant_id)


async def test_what_an_older_key_has_signed_is_signed_with_the_newest_at_night(ward: Ward):
    older, newer = b"the key of these tests", b"a newer one"
    manifest = await ward.tenancy.care.backups.take(system(), ward.tenant_id)
    ward.town.store = BackupStore(ward.town.backups, Seal([newer, older]))
    async with ward.town.engine() as rotated:
        assert await rotated.care.list_backups(ward.tenant_id) == [manifest]
        await rotated.care.backups.take_nightly(ward.tenant_id)

    assert manifest in await BackupStore(ward.town.backups, Seal([newer])).backups(ward.tenant_id)
    assert await BackupStore(ward.town.backups, Seal([older])).backups(ward.tenant_id) == []


@pytest.mark.parametrize("mask", [0, 0o777])
async def test_nobody_else_may_read_whatever_the_umask_and_the_folder(tmp_path: Path, mask: int):
    tenant_id = TenantId(new_id())
    (tmp_path / str(tenant_id)).mkdir(mode=0o755)
    before = os.umask(mask)
    try:
        for place in (tmp_path, tmp_path / "made"):
            store = BackupStore(place, SEAL)
            await store.write_manifest(
                _manifest(tenant_id, "one", await store.write_dump(tenant_id, "one", _pieces(2**20)))
            )
    finally:
        os.umask(before)

    for place in (tmp_path, tmp_path / "made"):
        files = {path.name: path.stat().st_mode for path in (place / str(tenant_id)).iterdir()}
        assert {name: stat.S_IMODE(mode) for name, mode in files.items()} == {
            "one.json": 0o600,
            "one.dump": 0o600,
        }
        assert stat.S_IMODE((place / str(tenant_id)).stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700


async def test_a_folder_that_cannot_be_made_is_a_store_that_does_not_answer(tmp_path: Path):
    (tmp_path / "file").touch()
    store = BackupStore(tmp_path / "file" / "backups", SEAL)

    with pytest.raises(StoreUnavailable):
        await store.backups(TenantId(new_id()))
    with pytest.raises(StoreUnavailable):
        await store.write_dump(TenantId(new_id()), "one", _pieces(2**20))


async def test_a_tenant_without_a_backup_shows_in_the_measures(ward: Ward):
    async with ward.town.owner("control") as control:
        await control.run("UPDATE tenancy.tenants SET created_at = created_at - interval '30 hours'")
    assert (await ward.tenancy.care.gauges())["oldest_backup_hours"] == pytest.approx(30, abs=0.1)


async def test_a_backup_that_is_given_up_leaves_nothing_and_ends_its_program(ward: Ward):
    async with ward.town.owner((await ward.place()).database) as tenant:
        await tenant.run("BEGIN")
        await tenant.run("LOCK TABLE public.notes")  # pg_dump, or the count before it, waits here
        backing_up = asyncio.create_task(ward.tenancy.care.backups.take(system(), ward.tenant_id))
        await asyncio.sleep(0.5)
        backing_up.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await backing_up
    async with asyncio.timeout(5):
        while await _sessions(ward):  # noqa: ASYNC110 - the server has no event for us
            await asyncio.sleep(0.05)
    assert await ward.tenancy.care.list_backups(ward.tenant_id) == []
    await ward.tenancy.care.backups.take(system(), ward.tenant_id)


async def _sessions(ward: Ward) -> int:
    place = await ward.place()
    async with ward.town.owner("postgres") as server:
        return await server.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1"
            " AND application_name IN ('pg_dump', 'studyspot care')",
            place.database,
        )
