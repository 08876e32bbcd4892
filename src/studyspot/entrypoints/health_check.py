"""`studyspot health`: whether everything really works, tried from outside, as users do, and from inside.

Whatever cannot be reached or tried is a finding, and every try ends.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import msgspec

from studyspot.entrypoints.addresses import instances_of, service_keys
from studyspot.entrypoints.floorplan import GATEWAY, ROOMS, WORKER
from studyspot.entrypoints.platform import Platform
from studyspot.gateway.limits.probes import sign_probe
from studyspot.gateway.pages.gathered import ALL
from studyspot.gateway.pages.health import ALIVE, READY
from studyspot.kernel.database import connect
from studyspot.kernel.errors import Refusal
from studyspot.kernel.remote.signing import ServiceKeys
from studyspot.kernel.settings import RefusedSettings, Settings
from studyspot.tenancy import registry

ANSWER_SECONDS_MAX = 10.0
DATABASES_AT_ONCE = 8
JOB_SECONDS_MAX = 300.0
SIGN_IN = "/api/v1/auth/login"
PHASES = ("services", "routing", "sign-in", "databases", "integrations")
NO_LOGIN = "not tried: set STUDYSPOT_HEALTH_EMAIL and STUDYSPOT_HEALTH_PASSWORD"


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
    """In the order of the phases. `login` is an account that can sign in.

    :raises RefusedSettings: when the platform's secret key is not known.
    """
    auth = _Signed(service_keys(settings))
    async with httpx2.AsyncClient(base_url=url, timeout=ANSWER_SECONDS_MAX, auth=auth) as client:
        await _services(settings, client, tell)
        await _routing(client, tell)
        await _sign_in(client, login, tell)
    await _databases(settings, tell)


class _Signed(httpx2.Auth):
    """So that the gateway does not count our requests among a stranger's."""

    def __init__(self, keys: ServiceKeys) -> None:
        self._keys = keys

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers.update(sign_probe(self._keys, request.method, request.url.raw_path.decode()))
        yield request


async def _services(settings: Settings, client: httpx2.AsyncClient, tell: Tell) -> None:
    """As the gateway sees them; those that it cannot tell of are asked at their own addresses."""
    said: dict[str, Any] = {}

    async def ask() -> None:
        answer = await client.get(ALL)
        said.update({one["name"]: one for one in answer.json()["data"]["services"]})

    gathered = await _tried("services", GATEWAY, ask())
    if gathered.problem is not None:
        tell(gathered)
        names = [*(room.name for room in ROOMS), WORKER]
        for finding in await asyncio.gather(
            *(_tried("services", name, _ready(client, instances_of(settings, name).urls)) for name in names)
        ):
            tell(finding)
    for one in said.values():
        problem = None if one["status"] == "healthy" else f"{one['ready']} of {one['instances']} ready"
        tell(Finding("services", one["name"], problem, one["duration_ms"]))


async def _ready(client: httpx2.AsyncClient, urls: list[str]) -> None:
    answers = await asyncio.gather(*(client.get(url + READY) for url in urls))
    ready = sum(answer.status_code == 200 for answer in answers)  # noqa: PLR2004 - RFC 9110 §15.3.1
    if ready < len(urls):
        raise _Wrong(f"{ready} of {len(urls)} ready")


async def _routing(client: httpx2.AsyncClient, tell: Tell) -> None:
    """What the gateway answers itself, and one address of each prefix that the published document names."""
    paths: dict[str, Any] = {}

    async def read() -> None:
        paths.update((await client.get("/openapi.json")).json()["paths"])

    own = [_tried("routing", path, _answered(client, path)) for path in (ALIVE, "/api/v1")]
    for finding in await asyncio.gather(*own, _tried("routing", "/openapi.json", read())):
        tell(finding)
    prefixes = [prefix for room in ROOMS for prefix in room.prefixes]
    shortest = [
        min((path for path in paths if path.startswith(prefix)), key=len, default=prefix)
        for prefix in prefixes
    ]
    routed = (
        _tried("routing", path, _routed(client, re.sub(r"\{\w+\}", str(UUID(int=0)), path)))
        for path in shortest
    )
    for finding in await asyncio.gather(*routed):
        tell(finding)


async def _answered(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    if answer.status_code != 200:  # noqa: PLR2004
        raise _Wrong(f"{answer.status_code} instead of 200")


async def _routed(client: httpx2.AsyncClient, path: str) -> None:
    """A stranger is answered by the service itself, whatever it says about who he is and how he asks."""
    answer = await client.get(path)
    code = answer.json().get("error", {}).get("code")
    if answer.status_code >= 500 or code in {"NOT_FOUND", "RATE_LIMIT_EXCEEDED"}:  # noqa: PLR2004 - RFC 9110 §15.6
        raise _Wrong(f"{answer.status_code} {code}")


async def _sign_in(client: httpx2.AsyncClient, login: Mapping[str, str] | None, tell: Tell) -> None:
    tell(await _tried("sign-in", "wrong password", _refused_sign_in(client)))
    if login is None:
        tell(Finding("sign-in", "right password", NO_LOGIN, 0))
    else:
        tell(await _tried("sign-in", "right password", _signed_in(client, login)))


async def _refused_sign_in(client: httpx2.AsyncClient) -> None:
    """Of an account that nobody can have (RFC 2606 §3), another one each time: what counts failures against
    it must neither refuse the next check nor keep anybody out.
    """
    nobody = {"email": f"{uuid4().hex}@nobody.example", "password": "no such password"}
    answer = await client.post(SIGN_IN, json=nobody)
    if answer.status_code != 401:  # noqa: PLR2004 - RFC 9110 §15.5.2
        raise _Wrong(f"{answer.status_code} instead of 401")


async def _signed_in(client: httpx2.AsyncClient, login: Mapping[str, str]) -> None:
    answer = await client.post(SIGN_IN, json=dict(login))
    if answer.status_code != 200:  # noqa: PLR2004
        raise _Wrong(f"{answer.status_code} {answer.json()['error']['code']}")
    headers = {"authorization": f"Bearer {answer.json()['data']['tokens']['access_token']}"}
    me = await client.get("/api/v1/auth/me", headers=headers)
    out = await client.post("/api/v1/auth/logout", headers=headers)
    if (me.status_code, out.status_code // 100) != (200, 2):
        raise _Wrong(f"signed in, but {me.status_code} for the own account and {out.status_code} at the end")


async def _databases(settings: Settings, tell: Tell) -> None:
    """The control database, each tenant's by a query as the serving role, and what else is configured."""
    try:
        platform = Platform(settings)
    except RefusedSettings as problem:
        tell(Finding("databases", "control", str(problem), 0))
        return
    running = platform.running(with_worker=False)

    async def open_it() -> None:
        connection = await connect(platform.control.dsn)
        await connection.ping()
        await connection.close()
        await running.__aenter__()

    control = await _tried("databases", "control", open_it())
    tell(control)
    is_open = control.problem is None
    try:
        if is_open:
            async for finding in _tenants(platform):
                tell(finding)
        for name, attempt in _integrations(platform, has_database=is_open).items():
            tell(await _tried("integrations", name, attempt()))
    finally:
        if is_open:
            await _tried("databases", "end", running.__aexit__(None, None, None))


async def _tenants(platform: Platform) -> AsyncIterator[Finding]:
    served: list[registry.Served] = []

    async def read() -> None:
        async with platform.control.connection() as connection:
            served.extend(await registry.find_served(connection))

    turn = asyncio.Semaphore(DATABASES_AT_ONCE)

    async def query(tenant: registry.Served) -> Finding:
        async with turn:
            return await _tried("databases", tenant.slug, _answers_for(platform, tenant))

    yield await _tried("databases", "registry", read())
    for finding in asyncio.as_completed([query(tenant) for tenant in served]):
        yield await finding


async def _answers_for(platform: Platform, tenant: registry.Served) -> None:
    async with platform.tenancy.connection(tenant.id) as connection:
        await connection.ping()


def _integrations(platform: Platform, *, has_database: bool) -> Mapping[str, Callable[[], Awaitable[None]]]:
    settings = platform.settings

    async def outbox() -> None:
        await asyncio.to_thread(_write_and_remove, settings.data / "outbox" / ".health")

    async def jobs() -> None:
        if not has_database:
            raise _Wrong("not tried: the control database does not answer")
        waiting, workers = await platform.queue.waiting(), await platform.queue.workers()
        if not workers or waiting.oldest_seconds > JOB_SECONDS_MAX:
            raise _Wrong(
                f"{workers} workers live; {waiting.jobs} jobs wait, the oldest for"
                f" {waiting.oldest_seconds:.0f} s"
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


async def _tried(phase: str, name: str, attempt: Awaitable[object]) -> Finding:
    began, problem = time.perf_counter(), None
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            await attempt
    except (_Wrong, Refusal) as wrong:
        problem = str(wrong)
    except httpx2.ConnectError as wrong:
        problem = f"nobody answers at {wrong.request.url.netloc.decode()}"
    except TimeoutError:
        problem = f"no answer within {ANSWER_SECONDS_MAX:.0f} s"
    except Exception as wrong:  # noqa: BLE001 - whatever it is, it does not work
        problem = f"{type(wrong).__name__}: {wrong}"
    return Finding(phase, name, problem, round((time.perf_counter() - began) * 1000, 1))
