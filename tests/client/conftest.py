"""What stands between the tests of the client and the platform."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, TypeAlias
from uuid import UUID

import httpx2
import pytest
import stamina
from tests.client.doorkeeper import Doorkeeper
from tests.entrypoints.running import free_port
from tests.people import Person
from tests.topology import Topology

from studyspot.client import AsyncStudySpot
from studyspot.client.models import Tokens
from studyspot.entrypoints.listener import Listener

AsPerson: TypeAlias = Callable[..., AsyncStudySpot]


@pytest.fixture
def door(topology: Topology) -> Doorkeeper:
    return Doorkeeper(topology.front_door.app)


@pytest.fixture
async def as_person(door: Doorkeeper) -> AsyncIterator[AsPerson]:
    """Makes a client, signed in as somebody or nobody, whose requests pass the door."""
    async with AsyncExitStack() as stack:

        def make(person: Person | None = None, **options: Any) -> AsyncStudySpot:
            transport = httpx2.ASGITransport(app=door)
            api = AsyncStudySpot(
                "http://studyspot.test", tokens=tokens_of(person), transport=transport, **options
            )
            stack.push_async_exit(api)
            return api

        yield make


@pytest.fixture
async def address(door: Doorkeeper) -> AsyncIterator[str]:
    """Where the same door is reached through a socket."""
    port = free_port()
    listener = Listener(door, "127.0.0.1", port)
    await listener.open()
    yield f"http://127.0.0.1:{port}"
    await listener.close(0)


@pytest.fixture
def hasty() -> Iterator[None]:
    """Nobody waits before another attempt; how many there are stays."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


def tokens_of(person: Person | None) -> Tokens | None:
    return person and Tokens(person.access_token, person.refresh_token, 900, "Bearer")


def tenant_of(person: Person) -> UUID:
    assert person.tenant_id is not None
    return UUID(person.tenant_id)
