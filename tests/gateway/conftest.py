from collections.abc import AsyncIterator

import pytest
from in_process import Asker


@pytest.fixture
async def ask() -> AsyncIterator[Asker]:
    asker = Asker()
    yield asker
    await asker.close()
