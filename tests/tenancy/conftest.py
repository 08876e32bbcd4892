from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server, running_server
from tests.tenancy.town import NOTES, Town


@pytest.fixture(scope="session")
def town_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
async def town(town_server: Server, tmp_path: Path) -> Town:
    """A town without tenants, whose tenant databases will have a table of notes."""
    town = Town(town_server.dsn(""), tmp_path)
    town.write(10, NOTES)
    await town.found()
    return town
