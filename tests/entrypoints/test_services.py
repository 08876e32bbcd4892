"""`studyspot up --services` as real processes: what a crash does to the others, and replacing all of them."""

import asyncio
import json
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.entrypoints.running import Up, run
from tests.entrypoints.traffic import KINDS, Traffic

from studyspot.entrypoints.floorplan import GATEWAY, ROOMS

RIGHT = {"students": "200", "libraries": "200", "auth": "200", "users": "200", "change": "409"}
"""A change of an old version is refused, by the database."""


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    folder = Path(tempfile.mkdtemp(prefix="studyspot-services-"))
    up = Up(folder, services=True)
    yield up
    if up.process.poll() is None:
        assert up.stop() == 0
    shutil.rmtree(folder)


def process_of(up: Up, name: str) -> psutil.Process:
    children = psutil.Process(up.process.pid).children()
    return next(one for one in children if name in one.cmdline())


def processes(up: Up) -> dict[str, int]:
    names = [*(room.name for room in ROOMS), GATEWAY, "work"]
    return {name: process_of(up, name).pid for name in names}


def test_every_service_is_a_process_of_its_own_and_well(up: Up):
    answer = up.client.get("/api/v1/health/all")

    assert answer.status_code == 200
    assert {one["name"] for one in answer.json()["data"]["services"]} == {"gateway", *up.ports}
    assert len(set(processes(up).values())) == len(ROOMS) + 2


def test_the_health_command_finds_nothing_wrong(up: Up):
    settings = {"data": str(up.data), "port": str(up.port)}
    settings["service_urls"] = json.dumps({n: [f"http://127.0.0.1:{p}"] for n, p in up.ports.items()})

    ended = run("health", "--json", **settings)

    report = json.loads(ended.stdout)
    assert (ended.returncode, [one for one in report["findings"] if one["problem"]]) == (0, [])
    assert {one["phase"] for one in report["findings"]} == {
        "services",
        "routing",
        "sign-in",
        "databases",
        "integrations",
    }


async def test_a_killed_service_takes_nobody_with_it_and_comes_back(up: Up):
    traffic = Traffic(up.url, up.sign_in("owner"))
    async with traffic.flowing(100):
        await asyncio.sleep(1)
        process_of(up, "students").kill()
        killed_at = time.monotonic()
        await asyncio.sleep(6)

    others = {kind: set(traffic.outcomes[kind]) for kind in KINDS if kind != "students"}
    assert others == {kind: {RIGHT[kind]} for kind in others}
    assert set(traffic.outcomes["students"]) == {"200", "503"}
    last = [one.outcome for one in traffic.finished if one.kind == "students" and one.at > killed_at + 5]
    assert set(last) == {"200"}


async def test_a_dead_service_is_answered_for_at_once_and_without_its_address(up: Up):
    headers = up.sign_in("owner")
    killed = process_of(up, "libraries")
    killed.kill()
    up.client.get("/api/v1/libraries", headers=headers)  # now it is known
    began = time.monotonic()
    answer = up.client.get("/api/v1/libraries", headers=headers)
    took = time.monotonic() - began

    assert answer.status_code == 503
    assert took < 0.05
    assert answer.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert int(answer.headers["retry-after"]) >= 1
    assert "127.0.0.1" not in answer.text
    deadline = time.monotonic() + 15
    while up.client.get("/api/v1/libraries", headers=headers).status_code != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


@pytest.mark.drill
async def test_everything_is_replaced_under_load_without_a_failed_request(up: Up):
    before = processes(up)
    traffic = Traffic(up.url, up.sign_in("owner"))
    async with traffic.flowing(200):
        await asyncio.sleep(1)
        up.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 120
        while "all_replaced" not in up.said:
            assert time.monotonic() < deadline, up.said
            await asyncio.sleep(0.2)
        await asyncio.sleep(1)

    assert {kind: set(outcomes) for kind, outcomes in traffic.outcomes.items()} == {
        kind: {right} for kind, right in RIGHT.items()
    }
    assert not set(before.values()) & set(processes(up).values())
    assert len(traffic.finished) > 2_000


@pytest.mark.drill
async def test_a_slow_service_does_not_slow_the_others(up: Up):
    """It is stopped for five seconds: it neither answers nor refuses."""
    headers = up.sign_in("owner")
    others = [kind for kind in KINDS if kind != "students"]
    calm, meanwhile = Traffic(up.url, headers), Traffic(up.url, headers)
    async with calm.flowing(100):
        await asyncio.sleep(6)
    async with meanwhile.flowing(100):
        slow = process_of(up, "students")
        slow.suspend()
        await asyncio.sleep(5)
        resumed_at = time.monotonic()
        slow.resume()
        await asyncio.sleep(1)

    assert meanwhile.p99(others, until=resumed_at) < max(1.5 * calm.p99(others), 0.02)
    outcomes = {kind: set(outcomes) for kind, outcomes in meanwhile.outcomes.items()}
    assert outcomes == {kind: {right} for kind, right in RIGHT.items()}
