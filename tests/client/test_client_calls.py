"""The calls against the platform: what goes in comes out, page by page, byte by byte, and as which error."""

import copy
import os
import pickle
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from tests.client.conftest import AsPerson, tenant_of
from tests.client.doorkeeper import Doorkeeper
from tests.client.silence import Silence
from tests.gateway.in_process import answering
from tests.people import Person

from studyspot.client import AsyncStudySpot
from studyspot.client.errors import (
    ApiError,
    Conflict,
    ConnectionFailed,
    Fault,
    Forbidden,
    NotFound,
    Refused,
    StudySpotError,
    Unauthorized,
    Unavailable,
    UnreadableAnswer,
    ValidationFailed,
)
from studyspot.client.models import ImportOptions, NewLibrary, NewStudent, StudentChange

NOBODY = UUID("0198c0de-0000-7000-8000-000000000001")
LIST = "GET /students"
MEERA = NewStudent(first_name="Meera", phone="9876500001", city="Lucknow", notes="by the window")


def pupils(count: int) -> list[dict[str, str]]:
    return [{"first_name": f"Pupil {n}", "phone": f"97{n:08}"} for n in range(count)]


def register(count: int) -> bytes:
    rows = (f"{one['first_name']},{one['phone']}" for one in pupils(count))
    return "\n".join(["Name,Mobile", *rows]).encode()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_student_is_made_changed_suspended_and_deleted(as_person: AsPerson, owner: Person):
    students = as_person(owner).students

    made = await students.create(MEERA)
    changed = await students.change(made.id, StudentChange(version=made.version, city=None, course="UPSC"))
    suspended = await students.suspend(made.id, reason="has not paid since March")
    await students.reactivate(made.id)

    assert (made.phone, made.city) == ("+919876500001", "Lucknow")
    assert (changed.city, changed.course, changed.notes) == (None, "UPSC", "by the window")
    assert suspended.status == "suspended"
    assert (await students.profile(made.id)).student.status == "active"
    assert (await students.list(search="meer")).items[0].id == made.id
    await students.delete(made.id)
    assert (await students.summary()).total_students == 0


@pytest.mark.parametrize("wrong", ["", "..", "../../health", "..%2Fhealth", "x?force=1", "x/suspend/", "x#"])
async def test_an_id_leads_to_no_other_address(
    as_person: AsPerson, door: Doorkeeper, owner: Person, wrong: str
):
    students = as_person(owner).students
    with pytest.raises(ValueError, match="something else than an id"):
        await students.delete(wrong)
    assert not [one for one in door.seen if one.startswith("DELETE")]


async def test_an_operator_enters_a_business_by_naming_it(
    as_person: AsPerson, owner: Person, operator: Person
):
    made = await as_person(owner).libraries.create(NewLibrary(name="North", facilities=["Wi-Fi"]))
    api = as_person(operator)

    seen = await api.in_tenant(tenant_of(owner)).libraries.get(made.id)
    with pytest.raises(Forbidden) as refusal:
        await api.libraries.get(made.id)

    assert seen == made
    assert refusal.value.code == "TENANT_REQUIRED"


async def test_pages_are_asked_for_when_they_are_needed(as_person: AsPerson, door: Doorkeeper, owner: Person):
    api = as_person(owner)
    assert (await api.students.import_rows(pupils(120))).created == 120

    found = api.students.iterate(search="Pupil")
    first = await anext(found)
    assert door.seen.count(LIST) == 1
    rest = [student async for student in found]

    assert sorted(one.first_name for one in [first, *rest]) == sorted(
        one["first_name"] for one in pupils(120)
    )
    assert door.seen.count(LIST) == 2


async def test_an_empty_list_has_one_page(as_person: AsPerson, door: Doorkeeper, owner: Person):
    assert [one async for one in as_person(owner).students.iterate()] == []
    assert door.seen == [LIST]


REFUSED: dict[str, tuple[Callable[[AsyncStudySpot], Awaitable[object]], type[ApiError], str]] = {
    "404": (lambda api: api.students.get(NOBODY), NotFound, "RESOURCE_NOT_FOUND"),
    "403": (lambda api: api.tenants.list(), Forbidden, "INSUFFICIENT_PERMISSIONS"),
    "409": (lambda api: api.students.create(MEERA), Conflict, "DUPLICATE_ENTRY"),
    "422": (
        lambda api: api.students.import_rows(pupils(1), ImportOptions(library_id=NOBODY)),
        Refused,
        "UNKNOWN_LIBRARY",
    ),
    "401": (
        lambda api: api.auth.login(email="nobody@example.in", password="not this one"),
        Unauthorized,
        "INVALID_CREDENTIALS",
    ),
}


@pytest.mark.parametrize("status", REFUSED)
async def test_a_refusal_has_a_class_of_its_own(as_person: AsPerson, owner: Person, status: str):
    call, kind, code = REFUSED[status]
    api = as_person(owner)
    await api.students.create(MEERA)

    with pytest.raises(kind) as refusal:
        await call(api)

    assert (refusal.value.status, refusal.value.code) == (int(status), code)
    assert refusal.value.request_id
    assert refusal.value.request_id in str(refusal.value)


async def test_every_fault_is_told(as_person: AsPerson, owner: Person):
    with pytest.raises(ValidationFailed) as refusal:
        await as_person(owner).students.create(NewStudent(first_name="", phone="12"))

    assert {fault.field for fault in refusal.value.details} == {"first_name", "phone"}
    assert all(fault.message in str(refusal.value) for fault in refusal.value.details)


@pytest.mark.parametrize(
    "error",
    [
        ValidationFailed(
            "No.",
            status=400,
            code="VALIDATION_ERROR",
            request_id="r1",
            details=[Fault("phone", "Give one.", "required")],
        ),
        ConnectionFailed("Nobody there.", may_be_done=False),
        UnreadableAnswer("What?"),
    ],
    ids=repr,
)
def test_an_error_may_travel_between_processes(error: StudySpotError):
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


async def test_an_answer_of_something_in_between_is_an_error_too(
    as_person: AsPerson, door: Doorkeeper, owner: Person
):
    page = answering(b"<html>Bad gateway</html>", status=502, headers=[(b"x-request-id", b"r-2")])
    door.instead[LIST].append(page)

    with pytest.raises(Unavailable) as refusal:
        await as_person(owner).students.list()

    assert (refusal.value.code, refusal.value.request_id) == ("HTTP_502", "r-2")


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b'{"success":true}', b'{"data":{"total_students":"x"}}']
)
async def test_success_in_other_words_is_told(
    as_person: AsPerson, door: Doorkeeper, owner: Person, body: bytes
):
    door.instead["GET /students/analytics"].append(answering(body))

    with pytest.raises(UnreadableAnswer):
        await as_person(owner).students.summary()


async def test_what_a_newer_platform_says_besides_is_not_heard(
    as_person: AsPerson, door: Doorkeeper, owner: Person
):
    body = b'{"success":true,"data":{"key":"new"},"news":[]}'
    door.instead["POST /auth/verify"].append(
        answering(
            body.replace(
                b'"key"', b'"account_id":null,"role":"owner","tenant_id":null,"permissions":[],"key"'
            )
        )
    )

    assert (await as_person(owner).auth.verify()).role == "owner"


async def test_progress_is_told_from_nothing_to_everything(as_person: AsPerson, owner: Person):
    told: list[tuple[int, int]] = []
    content = register(10_000)

    report = await as_person(owner).students.import_file(
        content, dry_run=True, progress=lambda sent, total: told.append((sent, total))
    )

    assert report.total == 10_000
    assert [told[0], told[-1]] == [(0, len(content)), (len(content), len(content))]
    assert told == sorted(set(told))
    assert len(told) == len(content) // 65_536 + 2


async def test_a_file_is_sent_by_its_path_or_open(as_person: AsPerson, owner: Person, tmp_path: Path):
    path = tmp_path / "register.csv"
    path.write_bytes(register(3))
    api = as_person(owner)

    assert (await api.students.import_file(path)).created == 3
    with path.open("rb") as file:
        file.read()
        assert (await api.students.import_file(file)).skipped == 3
        assert not file.closed


async def test_what_cannot_be_sent_as_a_file_is_told_before_it_is_sent(
    as_person: AsPerson, door: Doorkeeper, owner: Person, tmp_path: Path
):
    path = tmp_path / "register.csv"
    path.write_bytes(register(1))
    api = as_person(owner)
    reader, writer = os.pipe()
    os.close(writer)

    with os.fdopen(reader, "rb") as pipe, pytest.raises(ValueError, match="cannot seek"):
        await api.students.import_file(pipe)
    with pytest.raises(TypeError, match="Give a Path"):
        await api.students.import_file(cast("Any", str(path)))
    with path.open(encoding="utf-8") as text, pytest.raises(TypeError, match="opened as binary"):
        await api.students.import_file(cast("Any", text))
    assert door.seen == []


async def test_an_export_becomes_a_file(as_person: AsPerson, owner: Person, tmp_path: Path):
    api = as_person(owner)
    await api.students.import_rows(pupils(3))
    target = tmp_path / "students.csv"

    size = await api.students.export(target)

    assert target.stat().st_size == size
    assert target.read_text(encoding="utf-8").count("Pupil") == 3
    assert names_in(tmp_path) == ["students.csv"]
    await api.students.export(tmp_path / "students.xlsx", format="xlsx")
    assert (tmp_path / "students.xlsx").read_bytes().startswith(b"PK")


async def test_an_export_that_breaks_leaves_the_file_as_it_was(tmp_path: Path, hasty: None):
    target = tmp_path / "students.csv"
    target.write_text("of last month")
    beginning = b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: 1000\r\n\r\nname,"

    async with Silence(says=beginning) as silence, silence.client() as api:
        with pytest.raises(ConnectionFailed):
            await api.students.export(target)

    assert silence.heard == ["GET"] * 3
    assert names_in(tmp_path) == ["students.csv"]
    assert target.read_text() == "of last month"


async def test_an_export_that_is_refused_makes_no_file(as_person: AsPerson, tmp_path: Path):
    with pytest.raises(Unauthorized):
        await as_person().students.export(tmp_path / "students.csv")

    assert names_in(tmp_path) == []
