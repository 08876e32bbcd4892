"""Who may call a door: whoever signed it with a key that is known there, once, just now."""

import hashlib
import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
import time_machine

from studyspot.kernel import clock
from studyspot.kernel.contract import system
from studyspot.kernel.messages import Messages
from studyspot.kernel.remote import answering, signing
from studyspot.kernel.remote.calling import Remote
from studyspot.kernel.remote.signing import ServiceKeys, Unsigned
from tests.wire.serving import KEY, dialled, request_of, said
from tests.wire.shelf import Shelf, Wire, WoodenShelf

PATH = "/doors/Shelf.look"
BODY = Messages(Shelf, "look").write_call(system(), {})
OTHER_BODY = Messages(Shelf, "look").write_call(msgspec.structs.replace(system(), role="owner"), {})
OTHER_KEY = b"o" * 32


class Called:
    """A call as it lies on the wire, to be changed before it is sent."""

    def __init__(self, keys: ServiceKeys, *, seconds: str = "10.000") -> None:
        self.path, self.body = PATH, BODY
        digest = hashlib.sha256(BODY).hexdigest()
        self.headers = {
            "X-StudySpot-Digest": digest,
            "X-StudySpot-Seconds-Left": seconds,
            "X-StudySpot-Signature": keys.sign(PATH.encode(), digest.encode(), seconds.encode()),
        }


class Scene:
    def __init__(self, wire: Wire, url: str, client: aiohttp.ClientSession, shelf: WoodenShelf) -> None:
        self.wire, self.url, self.client, self.shelf = wire, url, client, shelf

    async def send(self, called: Called, *, to: str = "") -> int:
        async with self.client.post(
            (to or self.url) + called.path, data=called.body, headers=called.headers
        ) as response:
            await response.read()
            return response.status


@pytest.fixture
async def scene(wire: Wire) -> Scene:
    shelf = WoodenShelf()
    return Scene(wire, await wire.serve(shelf), await wire.street.client(), shelf)


def _without_signature(called: Called) -> None:
    del called.headers["X-StudySpot-Signature"]


def _signed_by_another(called: Called) -> None:
    called.headers = Called(ServiceKeys([OTHER_KEY])).headers


def _signed_badly(signature: str) -> Callable[[Called], None]:
    def change(called: Called) -> None:
        called.headers["X-StudySpot-Signature"] = signature

    return change


def _with_other_body(called: Called) -> None:
    called.body = OTHER_BODY


def _with_other_body_and_digest(called: Called) -> None:
    called.body = OTHER_BODY
    called.headers["X-StudySpot-Digest"] = hashlib.sha256(OTHER_BODY).hexdigest()


def _elsewhere(called: Called) -> None:
    called.path = "/doors/Shelf.refuse"


def _with_more_time(called: Called) -> None:
    called.headers["X-StudySpot-Seconds-Left"] = "30.000"


def _with_another_moment(called: Called) -> None:
    moment, once, digest = called.headers["X-StudySpot-Signature"].split(".")
    called.headers["X-StudySpot-Signature"] = f"{int(moment) + 1}.{once}.{digest}"


def _with_another_number(called: Called) -> None:
    moment, once, digest = called.headers["X-StudySpot-Signature"].split(".")
    called.headers["X-StudySpot-Signature"] = f"{moment}.{once[::-1]}.{digest}"


async def test_a_signed_call_is_answered(scene: Scene):
    assert await scene.send(Called(ServiceKeys([KEY]))) == 200
    assert scene.shelf.calls == ["look"]


@pytest.mark.parametrize(
    "changed",
    [
        _without_signature,
        _signed_by_another,
        _signed_badly(""),
        _signed_badly(".."),
        _signed_badly("1.2.3"),
        _signed_badly("9" * 6000 + ".a.b"),
        _signed_badly("١٢.a.b"),
        _signed_badly("12.a.é"),
        _with_other_body,
        _with_other_body_and_digest,
        _elsewhere,
        _with_more_time,
        _with_another_moment,
        _with_another_number,
    ],
    ids=lambda changed: changed.__name__,
)
async def test_what_none_of_ours_said_is_refused(scene: Scene, changed: Callable[[Called], None]):
    called = Called(ServiceKeys([KEY]))
    changed(called)

    assert await scene.send(called) == 421

    assert scene.shelf.calls == []


async def test_what_came_before_is_refused(scene: Scene):
    called = Called(ServiceKeys([KEY]))

    assert [await scene.send(called) for _ in range(3)] == [200, 421, 421]

    assert scene.shelf.calls == ["look"]


@pytest.mark.parametrize(
    ("seconds", "status"), [(-29, 200), (29, 200), (-31, 421), (32, 421), (-86_400, 421)]
)
async def test_what_was_said_too_long_ago_is_refused(scene: Scene, seconds: int, status: int):
    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
        called = Called(ServiceKeys([KEY]))

    assert await scene.send(called) == status

    assert len(scene.shelf.calls) == (status == 200)


def test_a_replay_is_remembered_as_long_as_it_would_be_believed():
    ours, theirs = ServiceKeys([KEY]), ServiceKeys([KEY])
    now = clock.now()
    with time_machine.travel(now + timedelta(seconds=signing.FRESH_SECONDS - 1), tick=False):
        early = ours.sign(b"x")  # by a clock that is ahead
    with time_machine.travel(now, tick=False) as moment:
        theirs.check(early, b"x")
        for _ in range(2 * signing.FRESH_SECONDS + 5):
            moment.shift(1)
            theirs.check(ours.sign(b"x"), b"x")  # others come meanwhile, and the old are forgotten
            with pytest.raises(Unsigned):
                theirs.check(early, b"x")


def test_what_is_too_old_is_forgotten():
    ours, theirs = ServiceKeys([KEY]), ServiceKeys([KEY])
    with time_machine.travel(clock.now(), tick=False) as moment:
        for _ in range(10):
            theirs.check(ours.sign(b"x"), b"x")
        moment.shift(2 * signing.FRESH_SECONDS + 1)
        theirs.check(ours.sign(b"x"), b"x")

    assert len(theirs._seen) == 1


def test_parts_that_were_signed_cannot_be_moved_into_each_other():
    ours = ServiceKeys([KEY])

    with pytest.raises(Unsigned):
        ours.check(ours.sign(b"ab", b"c"), b"a", b"bc")
    with pytest.raises(Unsigned):
        ours.check(ours.sign(b"ab"), b"ab", b"")


async def test_keys_are_changed_in_three_steps_and_each_process_at_its_own_time(wire: Wire):
    steps = [[KEY], [KEY, OTHER_KEY], [OTHER_KEY, KEY], [OTHER_KEY]]
    shelf = WoodenShelf()
    for before, after in itertools.pairwise(steps):
        for caller_keys, answerer_keys in ((before, after), (after, before), (after, after)):
            url = await wire.serve(shelf, ServiceKeys(answerer_keys))
            remote = Remote(ServiceKeys(caller_keys))
            await remote.open()
            try:
                assert await wire.door(url, remote=remote).look(system()) == 0
            finally:
                await remote.close()
    assert len(shelf.calls) == 9


async def test_a_key_that_is_no_longer_listed_is_not_believed(wire: Wire, scene: Scene):
    url = await wire.serve(scene.shelf, ServiceKeys([OTHER_KEY]))

    assert await scene.send(Called(ServiceKeys([KEY])), to=url) == 421
    assert scene.shelf.calls == []


async def test_a_call_that_is_too_long_is_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(answering, "CALL_BYTES_MAX", len(BODY) - 1)

    assert await scene.send(Called(ServiceKeys([KEY]))) == 413
    assert scene.shelf.calls == []

    monkeypatch.setattr(answering, "CALL_BYTES_MAX", len(BODY))

    assert await scene.send(Called(ServiceKeys([KEY]))) == 200


@pytest.mark.parametrize("length", [b"Content-Length: 60000000000", b"Transfer-Encoding: chunked"])
async def test_a_strangers_body_is_not_waited_for(scene: Scene, length: bytes):
    async with dialled(scene.url) as (reader, writer):
        writer.write(request_of("POST", PATH, length))
        answer = await reader.readuntil(b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 421 ")
    assert scene.shelf.calls == []


@pytest.mark.parametrize("target", ["/doors/", "/doors/Shelf", "/doors/Shelf.__init__", "/doors/../x"])
async def test_a_stranger_learns_not_even_which_doors_there_are(scene: Scene, target: str):
    answer = await said(scene.url, request_of("POST", target))

    assert answer.startswith(b"HTTP/1.1 421 ")


async def test_a_door_that_is_not_there_is_a_bug(scene: Scene):
    called = Called(ServiceKeys([KEY]))
    called.path = "/doors/Shelf.calls"
    digest = called.headers["X-StudySpot-Digest"]
    called.headers["X-StudySpot-Signature"] = ServiceKeys([KEY]).sign(
        called.path.encode(), digest.encode(), b"10.000"
    )

    assert await scene.send(called) == 500


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"{}", Messages(Shelf, "refuse").write_call(system(), {})[:-3]]
)
async def test_a_signed_body_that_is_no_call_is_a_bug(scene: Scene, body: bytes):
    called: Any = Called(ServiceKeys([KEY]))
    digest = hashlib.sha256(body).hexdigest()
    called.body = body
    called.headers["X-StudySpot-Digest"] = digest
    called.headers["X-StudySpot-Signature"] = ServiceKeys([KEY]).sign(
        PATH.encode(), digest.encode(), b"10.000"
    )

    assert await scene.send(called) == 500
    assert scene.shelf.calls == []
