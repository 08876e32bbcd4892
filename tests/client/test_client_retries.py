"""What is tried again, how often, and what never is."""

import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx2
import pytest
from tests.client.conftest import AsPerson
from tests.client.doorkeeper import Doorkeeper, refusing
from tests.client.silence import Silence
from tests.people import PASSWORD, Person

from studyspot.client import AsyncStudySpot
from studyspot.client.errors import ApiError, ConnectionFailed, RateLimited, Unavailable
from studyspot.client.models import LibraryChange, NewLibrary

LIST, CREATE = "GET /libraries", "POST /libraries"
BUSY = refusing(503, "SERVICE_UNAVAILABLE")
Call = Callable[[AsyncStudySpot], Awaitable[object]]
ID = UUID("0198c0de-0000-7000-8000-000000000001")
WRITES: dict[str, Call] = {
    CREATE: lambda api: api.libraries.create(NewLibrary(name="North")),
    f"PUT /libraries/{ID}": lambda api: api.libraries.change(ID, LibraryChange(version=1)),
    f"DELETE /libraries/{ID}": lambda api: api.libraries.delete(ID),
}


async def test_a_read_is_tried_three_times(as_person: AsPerson, door: Doorkeeper, owner: Person, hasty: None):
    door.instead[LIST].extend([BUSY, BUSY])

    assert (await as_person(owner).libraries.list()).pagination.total == 0
    assert door.seen == [LIST] * 3


async def test_a_read_is_not_tried_a_fourth_time(
    as_person: AsPerson, door: Doorkeeper, owner: Person, hasty: None
):
    door.instead[LIST].extend([BUSY] * 4)

    with pytest.raises(Unavailable):
        await as_person(owner).libraries.list()

    assert door.seen == [LIST] * 3


@pytest.mark.parametrize("request_line", WRITES)
async def test_a_write_is_not_repeated(
    as_person: AsPerson, door: Doorkeeper, owner: Person, hasty: None, request_line: str
):
    door.instead[request_line].append(BUSY)

    with pytest.raises(Unavailable):
        await WRITES[request_line](as_person(owner))

    assert door.seen == [request_line]


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_what_took_too_long_or_broke_is_not_asked_again(
    as_person: AsPerson, door: Doorkeeper, owner: Person, hasty: None, status: int
):
    door.instead[LIST].append(refusing(status, "DEADLINE_EXCEEDED"))

    with pytest.raises(ApiError) as refusal:
        await as_person(owner).libraries.list()

    assert refusal.value.status == status
    assert door.seen == [LIST]


async def test_who_came_too_often_waits_as_told_also_with_a_write(
    as_person: AsPerson, door: Doorkeeper, owner: Person
):
    door.instead[CREATE].append(refusing(429, "RATE_LIMIT_EXCEEDED", retry_after="1"))

    began = time.perf_counter()
    library = await as_person(owner).libraries.create(NewLibrary(name="North"))

    assert library.name == "North"
    assert 1 <= time.perf_counter() - began < 3
    assert door.seen == [CREATE] * 2


async def test_a_read_waits_as_told_for_a_busy_platform(as_person: AsPerson, door: Doorkeeper, owner: Person):
    door.instead[LIST].append(refusing(503, "SERVICE_UNAVAILABLE", retry_after="2"))

    began = time.perf_counter()
    await as_person(owner).libraries.list()

    assert 2 <= time.perf_counter() - began < 4


@pytest.mark.parametrize("status", [429, 503])
async def test_nobody_waits_longer_than_allowed(
    as_person: AsPerson, door: Doorkeeper, owner: Person, status: int
):
    door.instead[LIST].append(refusing(status, "RATE_LIMIT_EXCEEDED", retry_after="6"))

    with pytest.raises(ApiError) as refusal:
        await as_person(owner, wait_seconds_max=5).libraries.list()

    assert refusal.value.retry_after_seconds == 6
    assert door.seen == [LIST]


async def test_who_is_not_told_how_long_to_wait_does_not_ask_again(
    as_person: AsPerson, door: Doorkeeper, owner: Person
):
    door.instead[LIST].append(refusing(429, "RATE_LIMIT_EXCEEDED"))

    with pytest.raises(RateLimited):
        await as_person(owner).libraries.list()

    assert door.seen == [LIST]


@pytest.mark.parametrize("problem", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout])
async def test_what_did_not_leave_is_tried_again_also_a_write(
    hasty: None, problem: type[httpx2.RequestError]
):
    tries = 0

    def nobody_there(request: httpx2.Request) -> httpx2.Response:
        nonlocal tries
        tries += 1
        raise problem("nobody there")

    transport = httpx2.MockTransport(nobody_there)
    async with AsyncStudySpot("http://studyspot.test", transport=transport) as api:
        with pytest.raises(ConnectionFailed) as failure:
            await api.auth.login(email="asha@example.in", password=PASSWORD)

    assert tries == 3
    assert not failure.value.may_be_done


async def test_nobody_listens(hasty: None):
    async with Silence() as silence:
        pass
    async with silence.client() as api:
        with pytest.raises(ConnectionFailed) as failure:
            await api.auth.login(email="asha@example.in", password=PASSWORD)

    assert not failure.value.may_be_done


@pytest.mark.parametrize("hangs_up", [True, False])
async def test_without_an_answer_a_read_is_tried_again_and_a_write_is_not(hasty: None, hangs_up: bool):
    async with Silence(hangs_up=hangs_up) as silence, silence.client(timeout_seconds=0.2) as api:
        with pytest.raises(ConnectionFailed) as read:
            await api.auth.public_keys()
        with pytest.raises(ConnectionFailed) as write:
            await api.auth.login(email="asha@example.in", password=PASSWORD)

    assert silence.heard == ["GET", "GET", "GET", "POST"]
    assert read.value.may_be_done
    assert write.value.may_be_done
