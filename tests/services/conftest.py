"""What the tests of the rooms share."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.topology import Topology

from studyspot.kernel.settings import Settings


@pytest.fixture
def sent_code(topology: Topology, settings: Settings) -> Callable[[str], "object"]:
    """The newest code that was sent to an address: an awaitable, for sending does not wait."""

    async def find(address: str) -> str:
        await topology.everything_sent()
        messages = [msgspec.json.decode(path.read_bytes()) for path in _letters(settings.data)]
        mine = [
            message for message in messages if message["to"] == address and message["subject"] != "invitation"
        ]
        return "".join(char for char in mine[-1]["text"].split(".")[0] if char.isdigit())

    return find


@pytest.fixture
def letters(topology: Topology, settings: Settings) -> Callable[[str], "object"]:
    """What was written to an address, in no order: an awaitable, for sending does not wait."""

    async def find(address: str) -> list[dict[str, str]]:
        await topology.everything_sent()
        messages = [msgspec.json.decode(path.read_bytes()) for path in _letters(settings.data)]
        return [message for message in messages if message["to"] == address]

    return find


def _letters(data: Path) -> list[Path]:
    return sorted((data / "outbox").glob("*.json"))
