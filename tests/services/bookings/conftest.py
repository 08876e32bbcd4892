"""What the tests of bookings share."""

import pytest
from tests.people import Person
from tests.services.bookings.hall import Hall


@pytest.fixture
async def hall(owner: Person) -> Hall:
    """A library that is always open, with three seats in one zone."""
    return await Hall.opened(owner)
