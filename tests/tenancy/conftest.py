from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from studyspot.tenancy.engine import Tenancy
from tests.servers import Server, running_server
from tests.tenancy.town import NOTES, Town
from tests.tenancy.ward import LEDGER, Ward, admit


@pytest.fixture(scope="session")
def town_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
async def town(town_server: Server, tmp_path: Path) -> Town:
    """A town without tenants, whose tenant databases will have a table of notes."""
    town = Town(town_server.dsn(""), tmp_path)
    town.write(110, NOTES)
    await town.found()
    return town


@pytest.fixture(scope="session")
def annexe_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
async def tenancy(town: Town, annexe_server: Server) -> AsyncIterator[Tenancy]:
    """The engine of a process that hears the news, in a town of two cells."""
    town.write(111, LEDGER)
    async with town.engine(listening=True) as tenancy:
        await town.prepare(tenancy)
        await town.add_cell(tenancy, annexe_server.dsn(""))
        async with town.owner("control") as control:  # new tenants go home
            await control.run("UPDATE tenancy.cells SET weight = 0 WHERE name = 'annexe'")
        yield tenancy


@pytest.fixture
async def ward(town: Town, tenancy: Tenancy) -> Ward:
    return await admit(town, tenancy)
