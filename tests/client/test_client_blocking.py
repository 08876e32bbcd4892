"""The blocking client, through a socket."""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
import time_machine
from tests.client.conftest import tokens_of
from tests.client.doorkeeper import Doorkeeper
from tests.people import PASSWORD, People, Person

from studyspot.client import StudySpot
from studyspot.client.errors import ConnectionFailed, ValidationFailed
from studyspot.client.models import NewLibrary, NewStudent, Tokens

MANY = 10


def client(address: str, person: Person | None = None, **options) -> StudySpot:
    # With a transport of its own it does not look for a proxy.
    return StudySpot(address, tokens=tokens_of(person), transport=httpx2.HTTPTransport(), **options)


async def test_a_day_at_the_desk(address: str, owner: Person, tmp_path: Path):
    told: list[int] = []
    exported = tmp_path / "students.csv"

    def day() -> None:
        with client(address) as api:
            assert api.auth.login(email=owner.email, password=PASSWORD).user.role == "owner"
            library = api.libraries.create(NewLibrary(name="North"))
            student = api.students.create(NewStudent(first_name="Meera", phone="9876500001"))
            register = b"Name,Mobile\n" + b"".join(b"Pupil,97%08d\n" % n for n in range(150))
            report = api.students.import_file(
                register, library_id=library.id, progress=lambda sent, _: told.append(sent)
            )
            assert (report.created, told[-1]) == (150, len(register))
            assert len({one.id for one in api.students.iterate()} | {student.id}) == 151
            assert api.students.export(exported) == exported.stat().st_size
            with pytest.raises(ValidationFailed):
                api.students.create(NewStudent(first_name="", phone=""))
            api.auth.logout()
            assert api.tokens is None

    await asyncio.to_thread(day)


async def test_many_threads_share_one_refresh(address: str, door: Doorkeeper, people: People):
    sleeper = await people.owner("free")
    stored: list[Tokens | None] = []

    def ask_all() -> set[str | None]:
        with client(address, sleeper, on_tokens=stored.append) as api, ThreadPoolExecutor(MANY) as threads:
            return {one.email for one in threads.map(lambda _: api.auth.me(), range(MANY))}

    with time_machine.travel(time.time() + 16 * 60):
        found = await asyncio.to_thread(ask_all)

    seen = Counter(door.seen)
    assert found == {sleeper.email}
    assert seen["POST /auth/refresh"] == len(stored) == 1
    assert seen["GET /auth/me"] > MANY


async def test_nobody_listens_there_any_more(door: Doorkeeper, hasty: None):
    def ask() -> None:
        with client("http://127.0.0.1:1") as api:
            api.auth.public_keys()

    with pytest.raises(ConnectionFailed) as failure:
        await asyncio.to_thread(ask)

    assert not failure.value.may_be_done
