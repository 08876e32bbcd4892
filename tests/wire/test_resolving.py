"""Names that stand for several instances, and what becomes of these when the names change."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from studyspot.kernel.contract import system
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.remote import resolving
from studyspot.kernel.remote.calling import Remote
from studyspot.kernel.remote.instances import Instances
from studyspot.kernel.remote.resolving import Name, kept_current, look_up
from studyspot.kernel.remote.signing import ServiceKeys
from tests.wire.serving import KEY, nowhere, until
from tests.wire.shelf import Wire, WoodenShelf

STUDENTS = Name("students", 3004)


class Names:
    """A name server that says what it is told to."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        self.addresses = addresses
        self.asked: list[Name] = []

    async def __call__(self, name: Name) -> Sequence[str]:
        self.asked.append(name)
        if name.host not in self.addresses:
            raise OSError("Name or service not known")
        return self.addresses[name.host]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(resolving, "PAUSE_SECONDS_MIN", 0.01)


async def test_each_address_of_a_name_is_an_instance():
    names = Names(students=["10.0.0.7", "10.0.0.8", "fd00::9"])
    service = Instances("students", ["http://students:3004", "http://127.0.0.1:5"])

    async with kept_current([service], names):
        assert names.asked == [STUDENTS]
        assert service.urls == [
            "http://10.0.0.7:3004",
            "http://10.0.0.8:3004",
            "http://[fd00::9]:3004",
            "http://127.0.0.1:5",
        ]


async def test_addresses_and_what_a_certificate_is_about_stay_as_written():
    names = Names()
    written = ["http://127.0.0.1:3004", "http://[::1]:3004", "https://students.example.in"]
    service = Instances("students", written)

    async with kept_current([service], names):
        assert (service.urls, names.asked) == (written, [])


@pytest.mark.usefixtures("quick")
async def test_who_comes_is_found_who_goes_is_forgotten_and_who_stays_is_known_still():
    names = Names(students=["10.0.0.7", "10.0.0.8"])
    service = Instances("students", ["http://students:3004"])
    async with kept_current([service], names):
        failed = service.pick()
        with failed.asked() as asked:
            asked.failed()
        names.addresses["students"] = [failed.url.split("/")[2].split(":")[0], "10.0.0.9"]
        await until(lambda: "http://10.0.0.9:3004" in service.urls)

        assert len(service.urls) == 2
        assert {service.pick().url for _ in range(30)} == {"http://10.0.0.9:3004"}


async def test_a_failure_is_a_reason_to_look_again_soon(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resolving, "EVERY_SECONDS", 60)
    monkeypatch.setattr(resolving, "PAUSE_SECONDS_MIN", 0.01)
    names = Names(students=["10.0.0.7"])
    service = Instances("students", ["http://students:3004"])
    async with kept_current([service], names):
        await asyncio.sleep(0.05)
        assert len(names.asked) == 1
        with service.pick().asked() as asked:
            asked.failed()
        await until(lambda: len(names.asked) == 2)


@pytest.mark.usefixtures("quick")
async def test_a_name_server_that_is_away_takes_nothing_that_is_known():
    names = Names(students=["10.0.0.7"])
    service = Instances("students", ["http://students:3004"])
    async with kept_current([service], names):
        for nothing in ({}, {"students": []}):
            names.addresses, asked = nothing, len(names.asked)
            await until(lambda asked=asked: len(names.asked) > asked + 1)
            assert service.urls == ["http://10.0.0.7:3004"]


async def test_a_name_server_that_hangs_is_not_waited_for_and_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(resolving, "LOOK_SECONDS_MAX", 0.05)
    monkeypatch.setattr(resolving, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(resolving, "PAUSE_SECONDS_MIN", 0.01)
    asked = 0

    async def hang(name: Name) -> Sequence[str]:
        nonlocal asked
        asked += 1
        await asyncio.sleep(60)
        return []

    service = Instances("students", ["http://students:3004"])
    began = time.monotonic()
    async with kept_current([service], hang):
        await asyncio.sleep(0.3)
        assert service.urls == ["http://students:3004"]
    assert time.monotonic() - began < 1
    assert asked == 1


async def test_a_dead_instance_behind_a_name_is_nobodys_trouble(wire: Wire):
    shelf = WoodenShelf()
    url = await wire.serve(shelf)
    port = int(url.rpartition(":")[2])
    names = Names(shelf=["127.0.0.2", "127.0.0.1"])  # the port is served at the second alone
    remote = Remote(ServiceKeys([KEY]), names)
    door = wire.door(f"http://shelf:{port}", remote=remote)
    await remote.open()
    try:
        for _ in range(20):
            assert await door.look(system()) == 0
    finally:
        await remote.close()
    assert len(shelf.calls) == 20


async def test_no_request_waits_for_a_name(wire: Wire):
    port = int(nowhere().rpartition(":")[2])
    names = Names(shelf=["127.0.0.1"])
    remote = Remote(ServiceKeys([KEY]), names)
    door = wire.door(f"http://shelf:{port}", remote=remote)
    await remote.open()
    try:
        asked = len(names.asked)
        with pytest.raises(Unavailable):
            await door.look(system())
        assert len(names.asked) == asked
    finally:
        await remote.close()


async def test_the_system_knows_this_machine():
    assert await look_up(Name("localhost", 80)) in (["127.0.0.1"], ["::1"])
