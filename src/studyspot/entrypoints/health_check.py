"""`studyspot health`: whether everything really works, tried from outside, as users do, and from inside."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import msgspec

from studyspot.entrypoints.floorplan import ROOMS
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.errors import Refusal
from studyspot.kernel.settings import RefusedSettings, Settings
from studyspot.tenancy import registry

ANSWER_SECONDS_MAX = 10.0
DATABASES_AT_ONCE = 8
JOB_SECONDS_MAX = 300.0
NOBODY = {"email": "nobody@studyspot.example", "password": "no such password"}
PHASES = ("services", "routing", "sign-in", "databases", "integrations")


class Finding(msgspec.Struct, frozen=True):
    """`problem` is None when all is well."""

    phase: str
    name: str
    problem: str | None
    duration_ms: float


Tell = Callable[[Finding], None]


class _Wrong(Exception):
    """What was tried does not work as it should."""


async def check_everything(settings: Settings, url: str, login: Mapping[str, str] | None, tell: Tell) -> None:
    """In the order of the phases. `login` is an account that can sign in; without one that is not tried."""
    async with httpx2.AsyncClient(base_url=url, timeout=ANSWER_SECONDS_MAX) as client:
        await _services(client, tell)
        await _routing(client, tell)
        tell(await _tried("sign-in", "wrong password", _refused_sign_in(client)))
        if login is not None:
            tell(await _tried("sign-in", login["email"], _signed_in(client, login)))
    await _databases(settings, tell)


async def _services(client: httpx2.AsyncClient, tell: Tell) -> None:
    answers: list[Any] = []

    async def ask() -> None:
        answer = await client.get("/api/v1/health/all")
        answers.extend(answer.json()["data"]["services"])

    gathered = await _tried("services", "all together", ask())
    if gathered.problem is not None:
        tell(gathered)
    for one in answers:
        problem = None if one["status"] == "healthy" else f"{one['ready']} of {one['instances']} ready"
        tell(Finding("services", one["name"], problem, one["duration_ms"]))


async def _routing(client: httpx2.AsyncClient, tell: Tell) -> None:
    """One address of each prefix that the published document names."""
    paths: dict[str, Any] = {}

    async def read() -> None:
        paths.update((await client.get("/openapi.json")).json()["paths"])

    tell(await _tried("routing", "/openapi.json", read()))
    for prefix in (prefix for room in ROOMS for prefix in room.prefixes):
        path = min((path for path in paths if path.startswith(prefix)), key=len, default=prefix)
        tell(await _tried("routing", path, _routed(client, re.sub(r"\{\w+\}", str(UUID(int=0)), path))))


async def _routed(client: httpx2.AsyncClient, path: str) -> None:
    """A stranger is answered by the service itself, whatever it says about who he is and how he asks."""
    answer = await client.get(path)
    code = answer.json().get("error", {}).get("code")
    if answer.status_code >= 500 or code == "NOT_FOUND":  # noqa: PLR2004 - RFC 9110 §15.6
        raise _Wrong(f"{answer.status_code} {code}")


async def _refused_sign_in(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/auth/login", json=NOBODY)
    if answer.status_code not in {401, 429}:
        raise _Wrong(f"{answer.status_code} instead of 401")


async def _signed_in(client: httpx2.AsyncClient, login: Mapping[str, str]) -> None:
    answer = await client.post("/api/v1/auth/login", json=dict(login))
    if answer.status_code != 200:  # noqa: PLR2004 - RFC 9110 §15.3.1
        raise _Wrong(f"{answer.status_code} {answer.json()['error']['code']}")
    token = answer.json()["data"]["tokens"]["access_token"]
    me = await client.get("/api/v1/auth/me", headers={"authorization": f"Bearer {token}"})
    if me.status_code != 200:  # noqa: PLR2004
        raise _Wrong(f"signed in, but {me.status_code} for the own account")
    await client.post("/api/v1/auth/logout", headers={"authorization": f"Bearer {token}"})


async def _databases(settings: Settings, tell: Tell) -> None:
    """The control database, each tenant's by a query as the serving role, and what else is configured."""
    try:
        platform = Platform(settings)
    except RefusedSettings as problem:
        tell(Finding("databases", "control", str(problem), 0))
        return
    async with platform.running(with_worker=False):
        control = await _tried("databases", "control", platform.announcements.check())
        tell(control)
        async with platform.control.connection() as connection:
            tenants = await registry.find_served(connection)
        turn = asyncio.Semaphore(DATABASES_AT_ONCE)

        async def query(tenant: registry.Served) -> Finding:
            async with turn:
                return await _tried("databases", tenant.slug, _answers(platform, tenant))

        for finding in asyncio.as_completed([query(tenant) for tenant in tenants]):
            tell(await finding)
        for name, attempt in _integrations(platform).items():
            tell(await _tried("integrations", name, attempt()))


async def _answers(platform: Platform, tenant: registry.Served) -> None:
    async with platform.tenancy.connection(tenant.id) as connection:
        await connection.ping()


def _integrations(platform: Platform) -> Mapping[str, Callable[[], Awaitable[None]]]:
    settings = platform.settings

    async def outbox() -> None:
        await asyncio.to_thread(_write_and_remove, settings.data / "outbox" / ".health")

    async def jobs() -> None:
        waiting = await platform.queue.waiting()
        if waiting.oldest_seconds > JOB_SECONDS_MAX:
            raise _Wrong(
                f"{waiting.jobs} wait, the oldest for {waiting.oldest_seconds:.0f} s: is there a worker?"
            )

    async def redis() -> None:
        from redis.asyncio import Redis  # noqa: PLC0415 - slow to import, for every command and process

        if settings.redis_url is not None:
            async with Redis.from_url(settings.redis_url.get_secret_value()) as client:
                await client.ping()

    configured = {"redis": redis} if settings.redis_url is not None else {}
    return {"outbox": outbox, "jobs": jobs, **configured}


def _write_and_remove(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    path.unlink()


async def _tried(phase: str, name: str, attempt: Awaitable[None]) -> Finding:
    began, problem = time.perf_counter(), None
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            await attempt
    except (_Wrong, Refusal) as wrong:
        problem = str(wrong)
    except httpx2.ConnectError:
        problem = "nobody answers there"
    except TimeoutError:
        problem = f"no answer within {ANSWER_SECONDS_MAX:.0f} s"
    except Exception as wrong:  # noqa: BLE001 - whatever it is, it does not work
        problem = f"{type(wrong).__name__}: {wrong}"
    return Finding(phase, name, problem, round((time.perf_counter() - began) * 1000, 1))
