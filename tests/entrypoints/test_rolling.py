"""The whole platform in one process, replaced by another one under load."""

import asyncio
import contextlib
import signal
import socket
import tempfile
from pathlib import Path

import pytest
from tests.entrypoints.running import COMMAND, clean_environment, free_port
from tests.entrypoints.traffic import RIGHT, Traffic
from tests.people import Person

from studyspot.kernel.settings import Settings


class Serving:
    """`studyspot serve`, which shares its address."""

    def __init__(self, settings: Settings, port: int) -> None:
        assert settings.database_url is not None
        assert settings.secret_key is not None
        self._environment = clean_environment(
            port=str(port),
            reuse_port="true",
            drain_seconds="2",
            data=str(settings.data),
            database_url=settings.database_url.get_secret_value(),
            secret_key=settings.secret_key.get_secret_value(),
            rate_limit="",
            log_format="json",
        )

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
    old, new = Serving(settings, port), Serving(settings, port)
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
