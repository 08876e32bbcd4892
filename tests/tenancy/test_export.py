"""A tenant's data as a bundle that a person can open."""

import asyncio
import csv
import io
import stat
import zipfile
from pathlib import Path

import pytest

from studyspot.kernel import clock
from studyspot.kernel.contract import system
from studyspot.kernel.errors import Conflict, NotFound
from studyspot.kernel.ids import TenantId, new_id
from tests.tenancy.ward import Ward

ROWS = 3000


@pytest.fixture
async def bundle(ward: Ward, tmp_path: Path) -> Path:
    async with ward.tenancy.transaction(ward.tenant_id) as tx:
        await tx.run(f"INSERT INTO ledger.entries (paise) SELECT 5 FROM generate_series(1, {ROWS})")
    async with ward.town.owner((await ward.place()).database) as owner:
        await owner.run_script(
            "CREATE TABLE ledger.counters (last int); COMMENT ON TABLE ledger.counters IS 'Internal: ours';"
            "ALTER TABLE public.notes ADD hidden text;"
            "COMMENT ON COLUMN public.notes.hidden IS 'Internal: ours'"
        )
    await ward.tenancy.care.exports.export(system(), ward.tenant_id, tmp_path / "bundle.zip")
    return tmp_path / "bundle.zip"


def _rows(bundle: Path, name: str) -> list[list[str]]:
    with zipfile.ZipFile(bundle) as archive:
        text = archive.read(name)
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))


async def test_every_row_of_every_table_of_the_tenant_is_in_it_and_nothing_of_ours(bundle: Path):
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        names = archive.namelist()

    assert names == [
        "audit/entries.csv",
        "audit/links.csv",
        "ledger/entries.csv",
        "ledger/notes_of_entries.csv",
        "public/notes.csv",
        "README.txt",
    ]
    assert len(_rows(bundle, "ledger/entries.csv")) == 1 + 900 + ROWS
    assert _rows(bundle, "audit/entries.csv")[0][:3] == ["id", "at", "account_id"]


async def test_it_is_for_our_eyes_alone(bundle: Path):
    assert stat.S_IMODE((await asyncio.to_thread(bundle.stat)).st_mode) == 0o600


async def test_texts_are_whole_formulas_are_harmless_and_numbers_are_numbers(bundle: Path):
    notes = {row[0] for row in _rows(bundle, "public/notes.csv")[1:]}
    header, first, *_ = _rows(bundle, "ledger/entries.csv")
    entry = dict(zip(header, first, strict=True))

    assert notes == {"first", "'=cmd()", "हिन्दी"}
    assert entry["paise"] == "-999"
    assert (entry["at"], entry["more"]) == ("2026-01-01 01:00:00+00", '{"n": 1}')
    assert _rows(bundle, "ledger/notes_of_entries.csv")[1][1] == "two\nlines"


async def test_what_is_computed_or_ours_alone_is_left_out(bundle: Path):
    assert "doubled" not in _rows(bundle, "ledger/entries.csv")[0]
    assert "hidden" not in _rows(bundle, "public/notes.csv")[0]


async def test_its_files_are_of_today(bundle: Path):
    with zipfile.ZipFile(bundle) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {clock.now().timetuple()[:3]}


async def test_the_page_says_what_each_file_is(bundle: Path):
    with zipfile.ZipFile(bundle) as archive:
        page = archive.read("README.txt").decode()

    assert page.startswith("Quiet Corner\n============\n")
    assert "Not in it is what StudySpot keeps elsewhere" in page
    assert "ledger/entries.csv: 3900 rows\n  Every payment\n  Columns: id, at, mood" in page
    assert "public/notes.csv: 3 rows\n  notes (public)" in page


async def test_a_second_export_replaces_the_first_only_when_it_is_told_to(bundle: Path, ward: Ward):
    with pytest.raises(Conflict, match="--force"):
        await ward.tenancy.care.exports.export(system(), ward.tenant_id, bundle)
    exported = await ward.tenancy.care.exports.export(system(), ward.tenant_id, bundle, replace=True)

    assert exported.rows["public/notes.csv"] == 3
    assert [path.name for path in bundle.parent.glob("*bundle*")] == ["bundle.zip"]
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None


async def test_nobody_is_exported_who_is_not_there(ward: Ward, tmp_path: Path):
    with pytest.raises(NotFound):
        await ward.tenancy.care.exports.export(system(), TenantId(new_id()), tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()
