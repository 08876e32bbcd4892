"""The secret key is rotated as docs/running.md says, while people work."""

import asyncio
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest
from tests.entrypoints.running import Up, run
from tests.entrypoints.traffic import Traffic

from studyspot.kernel.vault import new_vault_key


async def replace(up: Up, keys: str) -> None:
    """A step: `keys` are in the file, then every process is replaced."""
    (up.data / "secret_key").write_text(keys)
    replaced = up.said.count("all_replaced")
    up.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 120
    while up.said.count("all_replaced") == replaced:
        assert time.monotonic() < deadline, up.said
        await asyncio.sleep(0.2)


@pytest.mark.drill
async def test_keys_are_rotated_under_load_without_a_failed_request():
    folder = Path(tempfile.mkdtemp(prefix="studyspot-keys-"))
    up = Up(folder, services=True)
    old, new = (folder / "secret_key").read_text(), new_vault_key()
    traffic = Traffic(up.url, up.sign_in("owner"))
    async with traffic.flowing(50):
        await replace(up, f"{old},{new}")
        await replace(up, f"{new},{old}")
        rotated = await asyncio.to_thread(run, "keys", "rotate", data=str(folder))
        await asyncio.sleep(61)  # until the new signing key is used
        await replace(up, new)
        await asyncio.sleep(1)
    up.sign_in("owner")

    assert rotated.returncode == 0, rotated.stderr
    outcomes = {outcome for found in traffic.outcomes.values() for outcome in found}
    assert all(outcome.isdigit() and int(outcome) < 500 for outcome in outcomes), traffic.outcomes
    assert up.stop() == 0
    shutil.rmtree(folder)
