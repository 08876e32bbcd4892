"""What a process says of itself on its own port, and to whom."""

import httpx2
import pytest
from pydantic import SecretStr
from tests.entrypoints.running import free_port
from tests.wire.conftest import street
from tests.wire.serving import KEEPS_ALIVE, Street, saying

from studyspot.entrypoints.floorplan import GATEWAY, ROOM_NAMES, WORKER
from studyspot.entrypoints.front_door import FrontDoor
from studyspot.entrypoints.platform import CONTROL_DATABASE, Platform, database_server
from studyspot.entrypoints.service_door import service_door
from studyspot.kernel.database import connect
from studyspot.kernel.remote.resolving import Name
from studyspot.kernel.remote.signing import SIGNATURE
from studyspot.kernel.settings import Settings
from studyspot.tenancy.servers import owner_dsn

__all__ = ["street"]
TOKEN = "a scraper's long token"


@pytest.fixture
async def auth(settings: Settings, platform: Platform):
    """The auth service as a process of its own, without a worker."""
    del platform  # which has migrated
    with_token = settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    async with Platform(with_token, here={"auth"}).running(with_worker=False) as process:
        yield process


@pytest.fixture
async def client(auth: Platform):
    transport = httpx2.ASGITransport(app=service_door(auth, auth.health("auth")))
    async with httpx2.AsyncClient(transport=transport, base_url="http://auth") as client:
        yield client


@pytest.mark.parametrize("path", ["/metrics", "/health/metrics"])
async def test_its_measures_are_for_a_scraper_and_for_its_own_kind(
    auth: Platform, client: httpx2.AsyncClient, path: str
):
    answers = [
        await client.get(path, headers=headers)
        for headers in (
            {"authorization": f"Bearer {TOKEN}"},
            {SIGNATURE: auth.keys.sign(path.encode())},
            {},
            {"authorization": "Bearer another token of that length"},
            {SIGNATURE: auth.keys.sign(b"/telemetry")},
        )
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 421, 421, 421]
    assert "auth" in answers[0].text


async def test_without_a_token_being_set_none_is_right(settings: Settings, platform: Platform):
    del platform
    async with Platform(settings, here={"auth"}).running(with_worker=False) as process:
        transport = httpx2.ASGITransport(app=service_door(process, process.health("auth")))
        async with httpx2.AsyncClient(transport=transport, base_url="http://auth") as client:
            answer = await client.get("/metrics", headers={"authorization": "Bearer "})

    assert answer.status_code == 421


async def test_jobs_and_backups_are_told_of_where_jobs_are_done(auth: Platform, settings: Settings):
    async with Platform(settings).running() as everything:
        shared = (await everything.snapshot("all")).shared
    assert set(shared) == {
        "jobs_waiting",
        "oldest_job_seconds",
        "oldest_backup_hours",
        "control_backup_hours",
        "restore_drills_failed",
    }
    assert (await auth.snapshot("auth")).shared == {}


async def test_a_database_that_does_not_say_how_many_jobs_wait_keeps_nothing_else_from_being_told(
    settings: Settings, platform: Platform
):
    del platform  # which has migrated
    url, credentials = database_server(settings)
    async with Platform(settings).running() as everything:
        owner = await connect(owner_dsn(url, credentials, CONTROL_DATABASE))
        try:
            async with owner.transaction() as tx:
                await tx.run("LOCK TABLE jobs.procrastinate_jobs")
                snapshot = await everything.snapshot("all")
        finally:
            await owner.close()

    assert snapshot.shared == {}
    assert snapshot.gauges["tenant_connections_max"] == settings.tenant_connections


async def test_what_needs_the_tenants_servers_tries_them(auth: Platform, settings: Settings):
    async with Platform(settings, here={"students"}).running(with_worker=False) as students:
        assert (await students.health("students").readiness()).checks["cells"].ok
    assert "cells" not in (await auth.health("auth").readiness()).checks


async def test_a_gateway_tries_redis_and_goes_on_without_it(settings: Settings):
    away = settings.model_copy(update={"redis_url": SecretStr(f"redis://127.0.0.1:{free_port()}/0")})

    readiness = await FrontDoor(away).health.readiness()

    assert (readiness.status, readiness.checks["redis"].ok) == ("ready", False)
    assert (await FrontDoor(settings).health.readiness()).checks == {}


async def test_a_gateway_finds_services_by_their_names(settings: Settings, street: Street):
    server = await street.raw(saying(KEEPS_ALIVE))
    port = server.url.rpartition(":")[2]
    named = settings.model_copy(update={"service_urls": {"auth": (f"http://auth.test:{port}",)}})

    async def resolve(name: Name) -> list[str]:
        assert name == ("auth.test", int(port))
        return ["127.0.0.1"]

    front_door = FrontDoor(named, resolve=resolve)
    transport = httpx2.ASGITransport(app=front_door.app)
    async with front_door.running(), httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/api/v1/auth/me")

    assert (answer.status_code, answer.text) == (200, "ok")


async def test_jobs_are_done_elsewhere_unless_everything_is_here(settings: Settings, platform: Platform):
    async def names(process: Platform) -> set[str]:
        front_door = FrontDoor(settings, process)
        transport = httpx2.ASGITransport(app=front_door.app)
        async with (
            front_door.running(),
            httpx2.AsyncClient(transport=transport, base_url="http://x") as client,
        ):
            answer = await client.get("/api/v1/health/all")
        return {one["name"] for one in answer.json()["data"]["services"]}

    async with Platform(settings, here={"libraries"}).running(with_worker=False) as libraries:
        assert await names(libraries) == {GATEWAY, WORKER, *ROOM_NAMES}
    async with Platform(settings).running() as everything:
        assert await names(everything) == {GATEWAY, *ROOM_NAMES}
