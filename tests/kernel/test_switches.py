"""Kill switches that are thrown while the control database cannot be read."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from tests.servers import Server

from studyspot.entrypoints.platform import CONTROL_DATABASE, Platform
from studyspot.kernel import switches
from studyspot.kernel.database import Connection, connect
from studyspot.kernel.switches import switch_on

METHOD = "Libraries.count_libraries"


@pytest.fixture
async def owner_of_the_database(postgres: Server, platform: Platform) -> AsyncIterator[Connection]:
    connection = await connect(postgres.dsn(CONTROL_DATABASE))
    yield connection
    await connection.close()


@contextlib.asynccontextmanager
async def unreadable(owner: Connection) -> AsyncIterator[None]:
    await owner.run("REVOKE SELECT ON doors.switched_off FROM studyspot_app")
    try:
        yield
    finally:
        await owner.run("GRANT SELECT ON doors.switched_off TO studyspot_app")


async def test_a_switch_whose_news_could_not_be_read_at_once_is_read_later(
    platform: Platform, owner_of_the_database: Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(switches, "READ_AGAIN_SECONDS", 0.05)
    try:
        async with unreadable(owner_of_the_database):
            await owner_of_the_database.run(
                "INSERT INTO doors.switched_off (method, reason) VALUES ($1, 'moving')", METHOD
            )
            platform.switches.hear(METHOD)
            await asyncio.sleep(0.2)
            assert METHOD not in platform.switches.off
        await asyncio.sleep(0.3)

        assert platform.switches.off[METHOD] == "moving"
    finally:
        await switch_on(platform.control, METHOD)
