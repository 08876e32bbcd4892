"""What the tests of payments share."""

import pytest
from tests.people import Person
from tests.services.bookings.hall import Hall
from tests.services.payments.till import Till


@pytest.fixture
async def till(owner: Person) -> Till:
    """The books of a new library."""
    return Till(await Hall.opened(owner))
