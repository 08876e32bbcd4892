"""Many students at once: a register as people keep it, uploaded; a list as a program sends it."""

import asyncio
import gc
import json
import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Self
from uuid import UUID

import psutil
import pytest
from messy_register import Expected, messy_register
from tests.people import People, Person

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId
from studyspot.services.students.register import open_register
from studyspot.services.students.service import import_rows

MANY = 10_000


def register(*rows: Iterable[str], header: str = "Name,Mobile,City") -> bytes:
    return "\n".join([header, *(",".join(row) for row in rows)]).encode()


def pupils(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"first_name": f"Pupil {n}", "phone": f"97{n:08}"} for n in range(first, first + count)]


async def everybody(owner: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = {"page": len(found) // 100 + 1, "limit": 100}
        answer = (await owner.get("/students", params=page)).json()
        found += answer["data"]
        if not answer["pagination"]["has_next"]:
            return found


async def how_many(owner: Person) -> int:
    return (await owner.get("/students")).json()["pagination"]["total"]


def without_ids(report: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {"row": one["row"], "status": one["status"], "faults": one.get("faults")} for one in report["rows"]
    ]
    return report | {"rows": rows, "dry_run": None}


@pytest.mark.together
async def test_a_business_whose_files_take_long_keeps_no_other_waiting(
    people: People, upload, monkeypatch: pytest.MonkeyPatch
):
    slow, quick = await people.owner(), await people.owner()
    begun, finish, reading = threading.Event(), threading.Event(), Counter[str]()
    files = {
        "slow": register(("Asha", "9800000001", "Pune")),
        "quick": register(("Om", "9800000002", "Pune")),
    }

    def open_slowly(content: bytes, **options: Any) -> Any:
        whose = next(name for name, file in files.items() if file == content)
        reading[whose] += 1
        begun.set()
        assert whose == "quick" or finish.wait(30)
        return open_register(content, **options)

    monkeypatch.setattr(import_rows, "open_register", open_slowly)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(upload(slow, files["slow"]))
        try:
            assert await asyncio.to_thread(begun.wait, 10)
            # A request that is given up leaves its thread behind, which still counts.
            first.cancel()
            later = [group.create_task(upload(slow, files["slow"])) for _ in range(3)]
            assert (await upload(quick, files["quick"])).json()["data"]["created"] == 1
            assert reading["slow"] == 1
        finally:
            finish.set()
    reports = [one.result().json()["data"] for one in later]
    assert sorted(report["created"] for report in reports) == [0, 0, 1]
    assert reading["slow"] == 1 + len(later)


@pytest.mark.together
async def test_what_is_wrong_with_a_file_is_told_to_the_one_who_sent_it_alone(
    owner: Person, upload, monkeypatch: pytest.MonkeyPatch
):
    begun, finish = threading.Event(), threading.Event()

    def open_slowly(content: bytes, **options: Any) -> Any:
        begun.set()
        assert finish.wait(30)
        return open_register(content, **options)

    monkeypatch.setattr(import_rows, "open_register", open_slowly)
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    try:
        given_up = asyncio.create_task(upload(owner, b"\x00"))
        assert await asyncio.to_thread(begun.wait, 10)
        given_up.cancel()
        waiting = asyncio.create_task(upload(owner, register(("Asha", "9800000001", "Pune"))))
        await asyncio.sleep(0.05)
        finish.set()
        assert (await waiting).json()["data"]["created"] == 1
        del given_up, waiting
        gc.collect()
    finally:
        finish.set()
        asyncio.get_running_loop().set_exception_handler(None)
    assert unheard == []


@pytest.mark.parametrize("form", ["csv", "windows_csv", "xlsx"])
async def test_a_messy_register_is_taken_with_a_word_on_every_row(people: People, upload, form: str):  # D126
    owner = await people.owner()
    messy = messy_register(1_000)
    content = getattr(messy, form)()

    rehearsal = (await upload(owner, content, dry_run=True)).json()["data"]
    assert await how_many(owner) == 0
    report = (await upload(owner, content)).json()["data"]
    again = (await upload(owner, content)).json()["data"]

    assert without_ids(rehearsal) == without_ids(report)
    assert [report[word] for word in ("total", "created", "updated", "skipped", "failed")] == [
        1000,
        950,
        0,
        0,
        50,
    ]
    assert [again[word] for word in ("created", "updated", "skipped", "failed")] == [0, 0, 950, 50]
    told = [
        Expected(
            one["row"], {}, frozenset((fault["field"], fault["code"]) for fault in one.get("faults", ()))
        )
        for one in report["rows"]
    ]
    assert told == [Expected(row.number, {}, row.faults) for row in messy.expected]
    assert {one["column"] for one in report["ignored_columns"]} == {"S.No", "Aadhaar No", "Fees"}
    kept = {student["phone"]: student for student in await everybody(owner)}
    for row in messy.good:
        student = kept.pop(str(row.values["phone"]))
        assert {name: student[name] for name in row.values} == {k: str(v) for k, v in row.values.items()}
        assert student["version"] == 1
    assert kept == {}


async def test_all_or_nothing_writes_nothing_when_one_row_is_wrong(owner: Person, upload):
    good, wrong = ("Asha", "9876543210", "Pune"), ("Ravi", "98765", "=1+1")

    refused = await upload(owner, register(good, wrong), mode="all_or_nothing")
    rehearsed = await upload(owner, register(good, wrong), mode="all_or_nothing", dry_run=True)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "IMPORT_REFUSED")
    assert {(one["field"], one["code"]) for one in refused.json()["error"]["details"]} == {
        ("rows[3].phone", "invalid_phone"), ("rows[3].city", "formula"),
    }  # fmt: skip
    assert rehearsed.json()["error"]["details"] == refused.json()["error"]["details"]
    assert await how_many(owner) == 0
    taken = await upload(owner, register(good, ("Ravi", "9876543211", "Pune")), mode="all_or_nothing")
    assert taken.json()["data"]["created"] == await how_many(owner) == 2


async def test_all_or_nothing_takes_back_what_was_written_before_a_conflict(owner: Person):
    students = [*pupils(700), {"first_name": "Same", "phone": "9700000001", "email": "x@example.in"}]
    students[600] = {"first_name": "Asha", "phone": "9811111111", "email": "taken@example.in"}
    await owner.post("/students", {"first_name": "Ravi", "phone": "9822222222", "email": "taken@example.in"})

    body = {"students": students[:700], "options": {"mode": "all_or_nothing"}}
    refused = await owner.post("/students/bulk-import", body)

    assert [one["field"] for one in refused.json()["error"]["details"]] == ["rows[601].email"]
    assert await how_many(owner) == 1


async def test_a_number_that_no_process_could_hand_on_is_a_fault(owner: Person):
    students = [pupils(1)[0] | {"age": 10**30}]
    refused = await owner.post("/students/bulk-import", {"students": students})

    assert refused.status_code == 400
    assert [one["field"] for one in refused.json()["error"]["details"]] == ["students[0].age"]


async def test_a_row_that_adds_something_updates_and_an_empty_cell_takes_nothing_away(owner: Person, upload):
    await upload(owner, register(("Asha Rao", "9876543210", "Pune")))

    report = (await upload(owner, register(("Asha Rao", "9876543210", ""), ("", "", "")))).json()["data"]
    assert report["rows"][0]["status"] == "skipped"
    report = (await upload(owner, register(("Asha Devi", "+91 98765 43210", "")))).json()["data"]

    (student,) = await everybody(owner)
    assert report["updated"] == 1
    assert (student["last_name"], student["city"], student["version"]) == ("Devi", "Pune", 2)


@pytest.mark.parametrize(("on_duplicate", "status"), [("skip", "skipped"), ("refuse", "failed")])
async def test_a_student_who_is_there_is_skipped_or_reported_if_so_wanted(
    owner: Person, upload, on_duplicate: str, status: str
):
    await upload(owner, register(("Asha", "9876543210", "Pune")))
    rows = register(("Other", "9876543210", "Goa"), ("Ravi", "9876543211", "Goa"))

    report = (await upload(owner, rows, on_duplicate=on_duplicate)).json()["data"]

    assert [one["status"] for one in report["rows"]] == [status, "created"]
    assert {student["first_name"] for student in await everybody(owner)} == {"Asha", "Ravi"}


async def test_the_second_row_with_a_phone_or_email_is_reported_with_the_first(owner: Person, upload):
    rows = register(
        ("Asha", "9876543210", "a@example.in"),
        ("Ravi", "98765 43210", ""),
        ("Anil", "9876543211", "A@example.in"),
        header="Name,Mobile,Email",
    )

    report = (await upload(owner, rows)).json()["data"]

    assert [one.get("faults") for one in report["rows"]] == [
        None,
        [{"field": "phone", "message": "Row 2 has the same phone.", "code": "duplicate_in_file"}],
        [{"field": "email", "message": "Row 2 has the same email.", "code": "duplicate_in_file"}],
    ]


async def test_a_file_that_is_wrong_in_every_row_is_refused(owner: Person, upload):
    refused = await upload(owner, register(("Asha", "98765", "")))

    assert refused.json()["error"]["message"] == "1 row needs correction; nothing was written."
    assert (await upload(owner, register(("Asha", "98765", "")), dry_run=True)).status_code == 200


async def test_an_import_stops_at_the_limit_of_the_plan(people: People):  # D73
    owner = await people.owner("free")

    rehearsal = await owner.post(
        "/students/bulk-import", {"students": pupils(60), "options": {"dry_run": True}}
    )
    whole = {"students": pupils(60), "options": {"mode": "all_or_nothing"}}
    refused = await owner.post("/students/bulk-import", whole)
    assert (refused.status_code, await how_many(owner)) == (422, 0)
    report = (await owner.post("/students/bulk-import", {"students": pupils(60)})).json()["data"]

    assert without_ids(rehearsal.json()["data"]) == without_ids(report)
    assert (report["created"], await how_many(owner)) == (50, 50)
    assert {one["faults"][0]["code"] for one in report["rows"][50:]} == {"LIMIT_EXCEEDED"}


async def test_imports_and_single_students_share_the_places_exactly(people: People):  # D73, D127
    owner = await people.owner("free")
    singles = [owner.post("/students", one) for one in pupils(20, first=100)]
    many = [
        owner.post("/students/bulk-import", {"students": pupils(15, first=n)}) for n in (200, 300, 400, 500)
    ]

    await asyncio.gather(*singles, *many)

    students = await everybody(owner)
    assert len(students) == 50
    assert len({student["student_code"] for student in students}) == 50


async def test_a_row_may_name_its_library(owner: Person, upload):
    library = (await owner.post("/libraries", {"name": "Café Hall"})).json()["data"]["id"]
    rows = register(
        ("Asha", "9876543210", "CAFE hall"), ("Ravi", "9876543211", ""), ("Anil", "98", "Elsewhere"),
        header="Name,Mobile,Branch",
    )  # fmt: skip

    report = (await upload(owner, rows, library_id=library)).json()["data"]

    assert {student["library_id"] for student in await everybody(owner)} == {library}
    assert [fault["field"] for fault in report["rows"][2]["faults"]] == ["library", "phone"]


async def test_an_import_into_a_strangers_library_is_refused_at_once(owner: Person, stranger: Person, upload):
    foreign = (await stranger.post("/libraries", {"name": "Hall"})).json()["data"]["id"]

    whole = await upload(owner, register(("Asha", "9876543210", "")), library_id=foreign)
    single = await owner.post("/students/bulk-import", {"students": [pupils(1)[0] | {"library_id": foreign}]})

    assert whole.json()["error"]["code"] == "UNKNOWN_LIBRARY"
    assert [one["field"] for one in single.json()["error"]["details"]] == ["rows[1].library_id"]


async def test_every_fault_of_every_item_is_told(owner: Person):  # D126
    items = [
        *pupils(1),
        {"first_name": "", "phone": 5, "email": "x", "zodiac": "lion", "gender": "x"},
        {"phone": "98765 43210", "date_of_birth": "2999-01-01", "first_name": "Asha", "library": "Moon"},
        {},
    ]

    report = (await owner.post("/students/bulk-import", {"students": items})).json()["data"]

    assert [{fault["field"] for fault in one.get("faults", ())} for one in report["rows"]] == [
        set(),
        {"first_name", "phone", "email", "zodiac", "gender"},
        {"library", "date_of_birth"},
        {"first_name", "phone"},
    ]


@pytest.mark.parametrize("count", [0, 10_001])
async def test_none_and_too_many_items_are_refused(owner: Person, count: int):
    refused = await owner.post("/students/bulk-import", {"students": [{}] * count})

    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == "students"


@pytest.mark.parametrize(
    "number", ["022 2553 1234", "(080) 2553-1234", "9876543210", "+1 212 555 0123", "12345"]
)
async def test_a_phone_is_judged_alike_alone_in_a_list_and_in_a_register(owner: Person, upload, number: str):
    student = {"first_name": "Asha", "phone": number}

    listed = await owner.post("/students/bulk-import", {"students": [student], "options": {"dry_run": True}})
    uploaded = await upload(owner, register(("Asha", number, "")), dry_run=True)
    alone = await owner.post("/students", student)

    taken = alone.status_code == 201
    assert taken == (number != "12345")
    assert [one.json()["data"]["created"] for one in (listed, uploaded)] == [taken, taken]


async def test_an_upload_without_a_readable_file_says_so(owner: Person, upload):
    none = await owner.post("/students/import", files={"other": ("x", b"")})
    picture = await upload(owner, b"\x89PNG\r\n\x1a\n\0\0")
    too_large = await upload(owner, b"x" * 26 * 2**20)

    assert [one.status_code for one in (none, picture, too_large)] == [400, 422, 413]
    assert picture.json()["error"]["code"] == "UNREADABLE_FILE"


async def test_an_import_leaves_an_entry_for_each_student_that_it_changed(
    owner: Person, platform: Platform, upload
):
    await upload(owner, register(("Asha", "9876543210", "Pune"), ("Ravi", "9876543211", "Pune")))
    await upload(owner, register(("Asha", "9876543210", "Goa"), ("Ravi", "9876543211", "Pune")))

    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        entries = await connection.column(
            "SELECT concat_ws(' ', action, before->>'city', after->>'city', account_id) FROM audit.entries"
            " WHERE entity = 'student' ORDER BY at, id"
        )
    assert entries == [
        f"students:create Pune {owner.account_id}",
        f"students:create Pune {owner.account_id}",
        f"students:update Pune Goa {owner.account_id}",
    ]


async def test_an_import_and_deletions_do_not_wait_for_each_other(people: People):
    owner = await people.owner()
    students = pupils(400)
    report = (await owner.post("/students/bulk-import", {"students": students})).json()["data"]
    changed = [one | {"city": "Pune"} for one in students]
    ids = [row["student_id"] for row in report["rows"]]

    answers = await asyncio.gather(
        owner.post("/students/bulk-import", {"students": changed}),
        *(owner.delete(f"/students/{one}") for one in ids[:20]),
    )

    assert {one.status_code for one in answers} == {200, 204}


class LongestGap:
    """How long the event loop was busy at a stretch while the block ran.

    What the tests before have left is kept out of the garbage collector, which would stop everything for it.
    """

    seconds = 0.0

    async def __aenter__(self) -> Self:
        gc.collect()
        gc.freeze()
        self._ticking = asyncio.create_task(self._tick())
        await asyncio.sleep(0.05)
        self.seconds = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ticking.cancel()
        gc.unfreeze()

    async def _tick(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.002)
            now = time.perf_counter()
            self.seconds, last = max(self.seconds, now - last), now


@pytest.mark.drill
@pytest.mark.parametrize("form", ["json", "csv", "xlsx"])
async def test_ten_thousand_rows_leave_the_loop_to_others(chain: Person, upload, form: str):
    if form == "json":
        more = {"last_name": "Sharma", "city": "Pune", "address": "Flat 3, MG Road", "notes": "pays in cash"}
        items = [one | more | {"email": f"{one['phone']}@example.in"} for one in pupils(MANY)]
        content = json.dumps({"students": items})  # here, not by the client: on the loop that is measured
        sending = chain.post(
            "/students/bulk-import", content=content, headers={"content-type": "application/json"}
        )
    else:
        content = getattr(messy_register(MANY), form)()
        sending = upload(chain, content)
    before = psutil.Process().memory_info().rss
    started = time.perf_counter()
    async with LongestGap() as gap:
        answer = await sending
    took = time.perf_counter() - started
    grown = (psutil.Process().memory_info().rss - before) / 2**20

    report = answer.json()["data"]
    print(f"{form}: {took:.1f} s, loop busy {gap.seconds * 1000:.0f} ms, {grown:.0f} MB more")  # noqa: T201
    assert report["created"] == (MANY if form == "json" else MANY * 95 // 100)
    assert took < 30
    assert gap.seconds < 0.15
    assert grown < 300
