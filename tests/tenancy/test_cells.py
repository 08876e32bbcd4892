"""Whether the servers of the tenants' databases answer."""

import time

import pytest

from studyspot.kernel.errors import Unavailable
from studyspot.tenancy import registry
from tests.entrypoints.running import free_port
from tests.tenancy.town import Town


async def _move_home(town: Town, url: str) -> None:
    async with town.owner("control") as control:
        await registry.add_cell(control, name="home", url=url)


async def test_a_town_whose_server_answers_is_well(town: Town):
    async with town.engine() as tenancy:
        await tenancy.check_cells()


async def test_a_server_that_is_away_is_nobodys_trouble_while_another_answers(town: Town):
    async with town.owner("control") as control:
        await registry.add_cell(control, name="away", url=f"postgresql://127.0.0.1:{free_port()}")
    async with town.engine() as tenancy:
        await tenancy.check_cells()


async def test_when_none_answers_it_is_said_soon_and_by_name(town: Town):
    await _move_home(town, f"postgresql://127.0.0.1:{free_port()}")
    async with town.engine() as tenancy:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="home"):
            await tenancy.check_cells()
    assert time.monotonic() - began < 2
