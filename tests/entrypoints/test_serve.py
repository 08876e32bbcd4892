"""`studyspot serve` as real processes: the platform in one that another replaces, and in sets of rooms."""

import asyncio
import contextlib
import json
import signal
import socket
import tempfile
from pathlib import Path

import httpx2
import pytest
from tests.entrypoints.running import COMMAND, METRICS_TOKEN, clean_environment, free_port
from tests.entrypoints.traffic import RIGHT, Traffic
from tests.people import Person

from studyspot.entrypoints.floorplan import GATEWAY, ROOM_NAMES, ROOMS
from studyspot.kernel.settings import Settings


class Serving:
    """`studyspot serve` on the database of the tests, which shares its address with others."""

    def __init__(self, settings: Settings, *arguments: str, **more: str) -> None:
        assert settings.database_url is not None
        assert settings.secret_key is not None
        self._arguments = arguments
        given = {
            "reuse_port": "true",
            "drain_seconds": "2",
            "data": str(settings.data),
            "database_url": settings.database_url.get_secret_value(),
            "secret_key": settings.secret_key.get_secret_value(),
            "rate_limit": "",
            "metrics_token": METRICS_TOKEN,
        }
        self._environment = clean_environment(**(given | more))

    async def start(self) -> None:
        """Returns when it accepts requests."""
        with (
            tempfile.TemporaryDirectory() as folder,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told,
        ):
            told.bind(str(Path(folder) / "ready"))
            told.setblocking(False)
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND,
                "serve",
                *self._arguments,
                env=self._environment | {"NOTIFY_SOCKET": told.getsockname()},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            async with asyncio.timeout(60):
                await asyncio.get_running_loop().sock_recv(told, 64)

    async def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            return await self._process.wait()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


@pytest.mark.together
async def test_one_process_takes_over_from_another_under_load_without_a_failed_request(
    settings: Settings, owner: Person
):
    await owner.post("/students", {"first_name": "Ravi", "phone": "+919812300009"})
    port = free_port()
    old, new = (Serving(settings, "--port", str(port)) for _ in range(2))
    traffic = Traffic(f"http://127.0.0.1:{port}", owner.headers)
    with contextlib.ExitStack() as at_end:
        await old.start()
        at_end.callback(old.kill)
        async with traffic.flowing(100):
            await asyncio.sleep(1)
            await new.start()
            at_end.callback(new.kill)
            assert await old.stop() == 0
            await asyncio.sleep(1)
        assert await new.stop() == 0

    assert {kind: dict(found) for kind, found in traffic.outcomes.items()} == {
        kind: {right: traffic.outcomes[kind][right]} for kind, right in RIGHT.items()
    }
    assert len(traffic.finished) > 500


@pytest.mark.together
async def test_any_set_of_rooms_is_a_process_that_says_what_it_is(settings: Settings, owner: Person):
    ports = {name: free_port() for name in (GATEWAY, "rooms", "worker")}
    apart = [name for name in ROOM_NAMES if name != "libraries"]
    urls = {name: [f"http://127.0.0.1:{ports['rooms']}"] for name in apart}
    urls["worker"] = [f"http://127.0.0.1:{ports['worker']}"]
    more = {"service_urls": json.dumps(urls), "port": str(ports[GATEWAY])}
    front = Serving(settings, "--only", f"{GATEWAY},libraries", service_port=str(free_port()), **more)
    rooms = Serving(settings, "--only", ",".join(apart), service_port=str(ports["rooms"]), **more)
    with contextlib.ExitStack() as at_end:
        for one in (rooms, front):
            await one.start()
            at_end.callback(one.kill)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{ports[GATEWAY]}") as client:
            answers = [
                (await client.get(f"/api/v1/{path}", headers=owner.headers)).status_code
                for path in ("libraries", "students", "users")
            ]
            token = {"authorization": f"Bearer {METRICS_TOKEN}"}
            told = (await client.get("/health/metrics", headers=token)).json()["data"]

    assert answers == [200, 200, 200]
    names = "+".join(room.name for room in ROOMS if room.name in apart)
    assert {name: one["metrics"] is not None for name, one in told["processes"].items()} == {
        GATEWAY: True,
        names: True,
        "worker": False,
    }
