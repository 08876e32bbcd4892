"""`studyspot up --services` as real processes: what a crash does to the others, and replacing all of them."""

import asyncio
import contextlib
import json
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.entrypoints.running import METRICS_TOKEN, Up, run
from tests.entrypoints.traffic import KINDS, RIGHT, Traffic

from studyspot.entrypoints.floorplan import GATEWAY, ROOMS
from studyspot.kernel.remote.instances import LONGEST_PAUSE_SECONDS

NEEDS = {
    "auth": {"auth", "change", "users"},
    "users": {"users"},
    "libraries": {"libraries", "upload"},
    "students": {"students", "add", "upload"},
    "bookings": set(),
    "tenants": set(),
    "work": set(),
}
"""Which traffic stops while a process is away, as docs/running.md says: all other must not notice."""


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


@pytest.mark.parametrize("killed", NEEDS)
async def test_a_killed_process_takes_only_what_needs_it_and_comes_back(up: Up, killed: str):
    traffic = Traffic(up.url, up.sign_in("owner"))
    async with traffic.flowing(100):
        await asyncio.sleep(0.5)
        process_of(up, killed).kill()
        await asyncio.to_thread(up.wait_until_well)
        async with asyncio.timeout(LONGEST_PAUSE_SECONDS + 1):
            while not traffic.is_right_now(NEEDS[killed]):  # noqa: ASYNC110 - of all kinds
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)

    outcomes = {kind: set(traffic.outcomes[kind]) for kind in KINDS}
    others = {kind: found for kind, found in outcomes.items() if kind not in NEEDS[killed]}
    assert others == {kind: {RIGHT[kind]} for kind in others}
    assert all("503" in outcomes[kind] for kind in NEEDS[killed])
    assert traffic.is_right_now(KINDS)


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
    up.wait_until_well()


def measures(up: Up) -> dict[str, Any]:
    answer = up.client.get("/health/metrics", headers={"authorization": f"Bearer {METRICS_TOKEN}"})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_settings_that_cannot_be_read_replace_nothing_and_end_nothing(up: Up):
    before, key = processes(up), up.data / "secret_key"
    readable = key.read_bytes()
    key.write_bytes(b"\xff")
    try:
        up.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while "not_replaced" not in up.said:
            assert time.monotonic() < deadline, up.said
            time.sleep(0.05)
    finally:
        key.write_bytes(readable)

    assert up.process.poll() is None
    assert processes(up) == before
    assert up.client.get("/api/v1/health/all").status_code == 200


@contextlib.contextmanager
def frozen(frozen: Sequence[psutil.Process]) -> Iterator[None]:
    for one in frozen:
        one.suspend()
    try:
        yield
    finally:
        for one in frozen:
            one.resume()


def test_a_process_that_hangs_is_seen_in_the_measures(up: Up):
    with frozen([process_of(up, "students")]):
        told = measures(up)

    assert told["health"]["status"] == "unhealthy"
    assert {name for name, one in told["processes"].items() if one["metrics"] is None} == {"students"}


def test_when_the_database_hangs_every_process_is_told_of_still(up: Up):
    began = time.monotonic()
    with frozen(up.postgres()):
        told = measures(up)
    took = time.monotonic() - began

    assert set(told["processes"]) == {GATEWAY, *up.ports}
    assert all(one["metrics"] is not None for one in told["processes"].values())
    assert took < 3


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


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="studyspot-hung-up-"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.drill
def test_a_closed_terminal_ends_all_of_them(folder: Path):
    up = Up(folder, services=True, at_terminal=True)
    children = psutil.Process(up.process.pid).children()
    up.hang_up()

    assert up.wait() == 0
    assert not [one for one in children if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.drill
def test_nobody_ends_because_nobody_reads_what_they_say(folder: Path):
    up = Up(folder, services=True)
    up.hang_up()
    headers = up.sign_in("owner")

    assert {up.client.get("/api/v1/students", headers=headers).status_code for _ in range(20)} == {200}
    assert up.stop() == 0
