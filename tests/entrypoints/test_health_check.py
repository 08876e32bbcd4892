"""`studyspot health`: what it finds when something is wrong, and that it leaves no trace in the limits."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from litestar.types import ASGIApp
from pydantic import SecretStr
from tests.entrypoints.running import free_port, run
from tests.people import PASSWORD, Person

from studyspot.entrypoints import health_check
from studyspot.entrypoints.floorplan import ROOMS, WORKER
from studyspot.entrypoints.front_door import FrontDoor
from studyspot.entrypoints.health_check import NO_LOGIN, check_everything
from studyspot.entrypoints.listener import Listener
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.service_door import service_door
from studyspot.kernel.settings import Settings
from studyspot.kernel.vault import new_vault_key

LIMITS = {"rate_limit": "100/minute", "login_rate_limit": "5/15 minute", "stranger_rate_limit": "30/hour"}
Serve = Callable[[ASGIApp], Awaitable[str]]
Problems = dict[tuple[str, str], str | None]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves an app; its address."""
    async with contextlib.AsyncExitStack() as stack:

        async def served(app: ASGIApp) -> str:
            listener = Listener(app, "127.0.0.1", port := free_port())
            await listener.open()
            stack.push_async_callback(listener.close, 0)
            return f"http://127.0.0.1:{port}"

        yield served


@pytest.fixture
def alone(settings: Settings, platform: Platform) -> Settings:
    """Services that live apart, none of which runs."""
    names = [*(room.name for room in ROOMS), WORKER]
    return settings.model_copy(
        update={"service_urls": {name: (f"http://127.0.0.1:{free_port()}",) for name in names}}
    )


async def check(settings: Settings, url: str, who: Person | None = None) -> Problems:
    found: Problems = {}
    login = {"email": who.email, "password": PASSWORD} if who else None
    await check_everything(
        settings, url, login, lambda one: found.update({(one.phase, one.name): one.problem})
    )
    return found


async def test_eleven_checks_in_a_row_are_not_limited_and_find_the_same(
    settings: Settings, platform: Platform, owner: Person, serve: Serve
):
    limited = settings.model_copy(update=LIMITS)
    async with FrontDoor(limited, platform).running() as front_door:
        url = await serve(front_door.app)
        checks = [await check(limited, url, owner) for _ in range(11)]

    for found in checks:
        assert {problem for (phase, _), problem in found.items() if phase != "databases"} == {None}
        assert found["databases", "control"] is None
        assert found["integrations", "jobs"] is None


async def test_whoever_does_not_know_the_secret_key_is_limited_and_that_is_found(
    settings: Settings, platform: Platform, owner: Person, serve: Serve
):
    limited = settings.model_copy(update=LIMITS | {"rate_limit": "10/minute"})
    stranger = settings.model_copy(update={"secret_key": SecretStr(new_vault_key())})
    async with FrontDoor(limited, platform).running() as front_door:
        found = await check(stranger, await serve(front_door.app), owner)

    assert found["sign-in", "wrong password"] == "429 instead of 401"
    assert found["sign-in", "right password"] == "429 RATE_LIMIT_EXCEEDED"


async def test_a_sign_in_that_was_not_tried_is_a_problem(
    settings: Settings, platform: Platform, serve: Serve
):
    async with FrontDoor(settings, platform).running() as front_door:
        found = await check(settings, await serve(front_door.app))

    assert {problem for (phase, _), problem in found.items() if phase == "sign-in"} == {None, NO_LOGIN}


async def test_behind_a_dead_gateway_each_service_is_found_by_itself(alone: Settings, serve: Serve):
    async with Platform(alone, here={"students"}).running(with_worker=False) as students:
        url = await serve(service_door(students, students.health("students")))
        urls = alone.service_urls | {"students": (url,)}
        found = await check(
            alone.model_copy(update={"service_urls": urls}), f"http://127.0.0.1:{free_port()}"
        )

    services = {name: problem for (phase, name), problem in found.items() if phase == "services"}
    assert services.pop("students") is None
    assert services.keys() == {"gateway", WORKER, *(room.name for room in ROOMS)} - {"students"}
    assert all(problem.startswith("nobody answers at 127.0.0.1:") for problem in services.values())
    assert found["databases", "control"] is None


async def test_a_gateway_without_its_services_says_which(alone: Settings, serve: Serve):
    async with FrontDoor(alone).running() as front_door:
        found = await check(alone, await serve(front_door.app))

    assert found["services", "gateway"] is None
    assert found["services", "students"] == "0 of 1 ready"
    assert found["routing", "/api/v1/students"] == "503 SERVICE_UNAVAILABLE"
    assert found["sign-in", "wrong password"] == "503 instead of 401"


@pytest.mark.parametrize("answers", [True, False])
async def test_a_database_that_is_down_or_hangs_is_a_finding(
    alone: Settings, monkeypatch: pytest.MonkeyPatch, answers: bool
):
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr(health_check, "ANSWER_SECONDS_MAX", 0.5)
    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1] if answers else free_port()
    url = SecretStr(f"postgresql://owner:hunter2@127.0.0.1:{port}")
    async with asyncio.timeout(10):
        found = await check(alone.model_copy(update={"database_url": url}), "http://127.0.0.1:1")
    server.close()

    said = "no answer within" if answers else "The database does not answer"
    assert said in str(found["databases", "control"])
    assert "not tried" in str(found["integrations", "jobs"])
    assert found["integrations", "outbox"] is None
    assert "hunter2" not in str(found)


def test_programs_get_json_also_when_everything_is_down(settings: Settings):
    assert settings.secret_key is not None
    ended = run(
        "health",
        "--json",
        "--url",
        "http://127.0.0.1:1",
        data=str(settings.data),
        database_url="postgresql://owner:hunter2@127.0.0.1:1",
        secret_key=settings.secret_key.get_secret_value(),
    )

    told = json.loads(ended.stdout)
    assert (ended.returncode, told["healthy"]) == (1, False)
    assert {one["phase"] for one in told["findings"]} == set(health_check.PHASES)
    assert "Traceback" not in ended.stderr
