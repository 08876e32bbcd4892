"""Tokens: kept, handed on, and renewed once when many find them expired."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from tests.client.conftest import AsPerson, tokens_of
from tests.client.doorkeeper import Doorkeeper, refusing
from tests.people import PASSWORD, People, Person

from studyspot.client.errors import NotSignedIn, Unauthorized
from studyspot.client.models import Tokens

MANY = 20
REFRESH = "POST /auth/refresh"


@pytest.fixture
async def sleeper(people: People) -> Person:
    return await people.owner("free")


@pytest.fixture
def later(sleeper: Person) -> Iterator[None]:
    """When the access token has expired and the refresh token has not."""
    with time_machine.travel(time.time() + 16 * 60):
        yield


async def test_whoever_signs_in_is_signed_in_and_the_tokens_are_handed_on(
    as_person: AsPerson, sleeper: Person
):
    stored: list[Tokens | None] = []
    api = as_person(on_tokens=stored.append)

    signed_in = await api.auth.login(email=sleeper.email, password=PASSWORD)
    assert (await api.auth.me()).email == sleeper.email
    await api.auth.logout()

    assert stored == [signed_in.tokens, None]
    assert api.tokens is None


async def test_many_who_find_the_token_expired_share_one_refresh(
    as_person: AsPerson, door: Doorkeeper, sleeper: Person, later: None
):
    stored: list[Tokens | None] = []
    api = as_person(sleeper, on_tokens=stored.append)

    found = await asyncio.gather(*(api.auth.me() for _ in range(MANY)))

    assert {one.email for one in found} == {sleeper.email}
    assert Counter(door.seen) == {"GET /auth/me": 2 * MANY, REFRESH: 1}
    assert stored == [api.tokens]
    assert api.tokens != tokens_of(sleeper)


async def test_many_whose_session_has_ended_are_told_after_one_refresh(
    as_person: AsPerson, door: Doorkeeper, sleeper: Person, later: None
):
    stored: list[Tokens | None] = []
    sleeper.refresh_token = "not one that there is"
    api = as_person(sleeper, on_tokens=stored.append)

    found = await asyncio.gather(*(api.auth.me() for _ in range(MANY)), return_exceptions=True)

    assert {type(one) for one in found} == {Unauthorized}
    assert Counter(door.seen) == {"GET /auth/me": MANY, REFRESH: 1}
    assert stored == [None]


async def test_a_refresh_that_fails_for_now_fails_for_all_and_is_tried_again_by_the_next(
    as_person: AsPerson, door: Doorkeeper, sleeper: Person, later: None
):
    api = as_person(sleeper)
    door.instead[REFRESH].append(refusing(500, "SERVER_ERROR", after_seconds=0.3))

    found = await asyncio.gather(*(api.auth.me() for _ in range(MANY)), return_exceptions=True)
    assert {str(one) for one in found} == {"No. (SERVER_ERROR, request r-1)"}
    assert door.seen.count(REFRESH) == 1

    assert (await api.auth.me()).email == sleeper.email


async def test_a_request_is_replayed_once_and_not_for_ever(
    as_person: AsPerson, door: Doorkeeper, sleeper: Person
):
    expired = refusing(401, "TOKEN_EXPIRED")
    api = as_person(sleeper)
    door.instead["GET /auth/me"].extend([expired, expired])

    with pytest.raises(Unauthorized):
        await api.auth.me()

    assert door.seen == ["GET /auth/me", REFRESH, "GET /auth/me"]


async def test_another_401_is_no_reason_to_refresh(as_person: AsPerson, door: Doorkeeper, sleeper: Person):
    api = as_person(sleeper)
    door.instead["GET /auth/me"].append(refusing(401, "INVALID_TOKEN"))

    with pytest.raises(Unauthorized) as refusal:
        await api.auth.me()

    assert refusal.value.code == "INVALID_TOKEN"
    assert door.seen == ["GET /auth/me"]


async def test_an_upload_is_replayed_from_its_beginning(
    as_person: AsPerson, door: Doorkeeper, sleeper: Person
):
    upload, expired = "POST /students/import", refusing(401, "TOKEN_EXPIRED")

    async def expired_when_all_has_come(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await expired(scope, receive, send)

    door.instead[upload].append(expired_when_all_has_come)
    report = await as_person(sleeper).students.import_file(b"Name,Mobile\nMeera,9876500001\n", dry_run=True)

    assert report.total == 1
    assert door.seen == [upload, REFRESH, upload]


async def test_nobody_cannot_refresh(as_person: AsPerson, door: Doorkeeper):
    with pytest.raises(NotSignedIn):
        await as_person().auth.refresh()

    assert door.seen == []
