"""What the tests of the rooms share."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from tests.topology import Topology

from studyspot.kernel.settings import Settings


@pytest.fixture
def letters(topology: Topology, settings: Settings) -> Callable[[str], Awaitable[list[dict[str, str]]]]:
    """What was written to an address, oldest first: an awaitable, for sending does not wait."""

    async def find(address: str) -> list[dict[str, str]]:
        await topology.everything_sent()
        messages = [msgspec.json.decode(path.read_bytes()) for path in _letters(settings.data)]
        return [message for message in messages if message["to"] == address]

    return find


@pytest.fixture
def sent_code(letters: Callable[[str], Awaitable[list[dict[str, str]]]]) -> Callable[[str], Awaitable[str]]:
    """The newest code that was sent to an address."""

    async def find(address: str) -> str:
        mine = [letter for letter in await letters(address) if letter["subject"] != "invitation"]
        return "".join(char for char in mine[-1]["text"].split(".")[0] if char.isdigit())

    return find


def _letters(data: Path) -> list[Path]:
    return sorted((data / "outbox").glob("*.json"))
