"""The way out: everything that was kept, as a file that opens in Excel, runs nothing and comes back."""

import csv
import io
import time
from typing import Any
from uuid import UUID

import httpx2
import psutil
import pytest
from messy_register import messy_register
from openpyxl import load_workbook
from tests.people import People, Person

from studyspot.entrypoints.platform import Platform
from studyspot.kernel import clock
from studyspot.kernel.ids import TenantId
from studyspot.services.students.register import Register, open_register

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Forms = pytest.mark.parametrize("form", ["csv", "xlsx"])
FORMULA = "=cmd|' /C calc'!A0"


def opened(content: bytes) -> Register:
    return open_register(content, today=clock.now().date())


def sheet_of(form: str, content: bytes) -> list[dict[str, Any]]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    header, *rows = load_workbook(io.BytesIO(content), read_only=True).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


@Forms
async def test_what_was_imported_comes_out_and_goes_in_again_unchanged(people: People, upload, form: str):
    owner = await people.owner()
    messy = messy_register(300)
    await upload(owner, messy.xlsx())

    answer = await owner.get("/students/export", params={"format": form})

    assert answer.headers["content-disposition"] == f'attachment; filename="students.{form}"'
    assert answer.headers["content-type"] == MEDIA_TYPES[form]
    rows = {row.values["phone"]: row for row in opened(answer.content).rows()}
    assert len(rows) == len(messy.good)
    for expected in messy.good:
        row = rows[expected.values["phone"]]
        assert {name: row.values[name] for name in expected.values} == expected.values
    again = (await upload(owner, answer.content)).json()["data"]
    assert (again["skipped"], again["total"]) == (len(messy.good), len(messy.good))


async def test_a_note_that_looks_like_a_formula_comes_back_as_it_was(people: People, owner: Person, upload):
    notes = ["=1+1", "-late again", "+2 friends", "@home", "- pays late", "＝１"]
    for number, note in enumerate(notes):
        await owner.post(
            "/students", {"first_name": "Asha", "phone": f"+9197220000{number:02}", "notes": note}
        )
    exported = (await owner.get("/students/export", params={"format": "csv"})).content
    other = await people.owner()

    report = (await upload(other, exported)).json()["data"]

    assert (report["created"], report["failed"]) == (len(notes), 0)
    kept = {one["notes"] for one in (await other.get("/students")).json()["data"]}
    assert kept == set(notes)


@Forms
async def test_hindi_is_intact_and_a_formula_is_a_text(owner: Person, phone, form: str):
    library = (await owner.post("/libraries", {"name": "Hall"})).json()["data"]["id"]
    student = {
        "first_name": FORMULA, "last_name": "सुनीता शर्मा", "phone": phone(), "notes": "one\n@two",
        "date_of_birth": "2004-03-12", "library_id": library, "address": "+1+1",
    }  # fmt: skip
    created = (await owner.post("/students", student)).json()["data"]

    (row,) = sheet_of(form, (await owner.get("/students/export", params={"format": form})).content)

    mark = "'" if form == "csv" else ""
    assert (row["first_name"], row["address"]) == (f"{mark}{FORMULA}", f"{mark}+1+1")
    assert (row["last_name"], row["notes"]) == ("सुनीता शर्मा", "one\n@two")
    assert (row["phone"], row["student_code"]) == (created["phone"], created["student_code"])
    assert str(row["date_of_birth"])[:10] == "2004-03-12"
    assert row["library_id"] == library


async def test_no_cell_of_an_xlsx_is_a_formula(owner: Person, phone):
    await owner.post("/students", {"first_name": FORMULA, "phone": phone()})

    content = (await owner.get("/students/export", params={"format": "xlsx"})).content

    cells = [
        cell for row in load_workbook(io.BytesIO(content)).active for cell in row if cell.value is not None
    ]
    assert {cell.data_type for cell in cells} <= {"s", "d"}


@Forms
async def test_an_export_without_students_has_a_header(owner: Person, form: str):
    content = (await owner.get("/students/export", params={"format": form})).content

    assert sheet_of(form, content) == []
    assert b"first_name" in content or form == "xlsx"


@Forms
async def test_an_export_holds_what_the_filter_says(owner: Person, stranger: Person, phone, form: str):
    await stranger.post("/students", {"first_name": "Foreign", "phone": phone()})
    for name in ("Asha", "Meera", "Ameera"):
        await owner.post("/students", {"first_name": name, "phone": phone()})

    async def names(**params: str) -> list[str]:
        answer = await owner.get("/students/export", params={"format": form, **params})
        return [row["first_name"] for row in sheet_of(form, answer.content)]

    assert await names() == ["Asha", "Meera", "Ameera"]
    assert await names(search="meer") == ["Meera", "Ameera"]
    assert await names(search="as") == ["Asha"]
    assert await names(status="suspended") == []


async def test_an_export_is_recorded_once(owner: Person, platform: Platform, phone):
    await owner.post("/students", {"first_name": "Asha", "phone": phone()})
    answer = await owner.get("/students/export", params={"search": "ash"})

    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        entries = await connection.raw.fetch(
            "SELECT account_id, request_id, after->'filter'->>'search' AS search FROM audit.entries"
            " WHERE action = 'students:export'"
        )
    assert [tuple(map(str, entry)) for entry in entries] == [
        (owner.account_id, answer.headers["x-request-id"], "ash")
    ]


async def test_an_export_needs_a_token_and_a_known_form(client: httpx2.AsyncClient, owner: Person):
    assert (await client.get("/api/v1/students/export")).status_code == 401
    assert (await owner.get("/students/export", params={"format": "pdf"})).status_code == 400


@pytest.mark.drill
@Forms
async def test_fifty_thousand_students_are_exported_in_bounded_memory(
    chain: Person, platform: Platform, client: httpx2.AsyncClient, form: str
):
    async with platform.tenancy.transaction(TenantId(UUID(chain.tenant_id))) as tx:
        await tx.run(
            "INSERT INTO students.students (id, student_code, first_name, last_name, phone, address, notes,"
            " enrollment_date, search_text) SELECT gen_random_uuid(), 'STU-' || n, 'सुनीता', 'Sharma',"
            " '+91' || (9800000000 + n), repeat('Flat 3, MG Road ', 5), repeat('pays in cash ', 10),"
            " '2026-01-01', 'x' FROM generate_series(1, 50000) AS n"
        )
    process = psutil.Process()
    before = process.memory_info().rss
    started = time.perf_counter()
    answer = await chain.get("/students/export", params={"format": form})
    took = time.perf_counter() - started
    grown = (process.memory_info().rss - before - 2 * len(answer.content)) / 2**20

    print(f"{form}: {took:.1f} s, {len(answer.content) / 2**20:.0f} MB, {grown:.0f} MB more memory")  # noqa: T201
    assert len(sheet_of(form, answer.content)) == 50_000
    assert took < 30
    assert grown < 80


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("staff", 403)])
async def test_everybodys_data_in_one_file_is_for_who_may_export(people: People, role: str, status: int):
    owner = await people.owner()
    member = await people.member(owner, role)

    assert (await member.get("/students/export")).status_code == status
    assert (await member.get("/students")).status_code == 200
