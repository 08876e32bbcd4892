"""What the tests of the users and tenants rooms share."""

import time
from collections.abc import Awaitable, Callable

import pytest
from tests.people import People, Person

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.audit import ENTRY_COLUMNS, AuditEntry

Trail = Callable[[str], Awaitable[list[AuditEntry]]]


@pytest.fixture(scope="module")
async def house(people: People) -> Person:
    """The owner of a business that these tests share: nobody closes it or counts who works there."""
    return await people.owner("enterprise")


@pytest.fixture
def trail(platform: Platform) -> Trail:
    """What the control database's audit trail holds about something, oldest first."""

    async def read(entity_id: str) -> list[AuditEntry]:
        async with platform.control.connection() as connection:
            return await connection.all(
                AuditEntry,
                f"SELECT {ENTRY_COLUMNS} FROM audit.entries WHERE entity_id = $1 ORDER BY at, id",
                entity_id,
            )

    return read


async def within_a_second(happens: Callable[[], Awaitable[bool]]) -> None:
    began = time.monotonic()
    while not await happens():
        assert time.monotonic() - began < 1, "not within a second"
