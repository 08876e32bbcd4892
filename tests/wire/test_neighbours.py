"""What the gateway learns of the processes behind it, whatever these are like."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from studyspot.gateway.pages import neighbours
from studyspot.gateway.pages.neighbours import Neighbours
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.remote.instances import Instances
from studyspot.kernel.remote.signing import ServiceKeys
from studyspot.kernel.telemetry.snapshot import take_snapshot
from tests.wire.serving import KEY, Raw, Request, Street, nowhere, silent


def answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def process(street: Street, name: str) -> Raw:
    async def say(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(msgspec.msgpack.encode(take_snapshot(name, {}, {}))))

    return await street.raw(say)


async def asking(street: Street, services: dict[str, Sequence[str]]) -> Neighbours:
    session = await street.session()
    instances = [Instances(name, urls) for name, urls in services.items()]
    return Neighbours(instances, ServiceKeys([KEY]), lambda: session)


async def test_two_services_in_one_process_are_asked_once_and_called_what_it_says(street: Street):
    both, alone = await process(street, "auth+users"), await process(street, "students")
    asked = await asking(street, {"auth": [both.url], "users": [both.url], "students": [alone.url]})

    found = await asked.snapshots()

    assert list(found) == ["auth+users", "students"]
    assert len(both.requests) == 1


async def test_several_processes_of_one_service_are_told_apart_by_their_addresses(street: Street):
    first, second = await process(street, "students"), await process(street, "students")
    asked = await asking(street, {"students": [first.url, second.url]})

    found = await asked.snapshots()

    assert set(found) == {f"students@{one.url.removeprefix('http://')}" for one in (first, second)}


async def test_whoever_says_nothing_is_told_of_by_what_should_be_there(street: Street, monkeypatch):
    monkeypatch.setattr(neighbours, "ASK_SECONDS_MAX", 0.1)
    dead, well = nowhere(), await process(street, "students")
    hanging = await street.raw(silent)
    asked = await asking(
        street,
        {"auth": [dead], "users": [dead], "libraries": [hanging.url], "students": [well.url]},
    )

    found = await asked.snapshots()

    assert {name for name, one in found.items() if one is None} == {"auth+users", "libraries"}
    assert found["students"]


async def test_a_process_of_another_version_takes_nobody_elses_measures_along(street: Street):
    async def older(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(msgspec.msgpack.encode({"process": "auth"})))

    strange, well = await street.raw(older), await process(street, "students")
    asked = await asking(street, {"auth": [strange.url], "students": [well.url]})

    found = await asked.snapshots()

    assert found["auth"] is None
    assert found["students"]


async def test_an_instance_that_failed_is_asked_again_as_soon_as_it_was_found_ready(street: Street):
    well, dead = await process(street, "students"), nowhere()
    services = [Instances("students", [well.url]), Instances("users", [dead])]
    session = await street.session()
    for service in services:
        with service.pick().asked() as asked:
            asked.failed()
        with pytest.raises(Unavailable):
            service.pick()

    found = await Neighbours(services, ServiceKeys([KEY]), lambda: session).health()

    assert [one.status for one in found] == ["healthy", "unhealthy"]
    assert services[0].pick() is services[0].pick()
    with pytest.raises(Unavailable):
        services[1].pick()
