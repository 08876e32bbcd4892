import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from studyspot.kernel.remote import instances
from tests.wire.serving import Street
from tests.wire.shelf import Wire


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    async with contextlib.AsyncExitStack() as stack:
        yield Street(stack)


@pytest.fixture
def first_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of instances that are as busy as each other the first in the list is asked."""
    monkeypatch.setattr(random, "choice", lambda choices: choices[0])
    assert instances.random is random


@pytest.fixture
async def wire(street: Street) -> AsyncIterator[Wire]:
    wire = Wire(street)
    await wire.remote.open()
    yield wire
    await wire.remote.close()
