"""What the tests of this room share: a hall, and what stands in it."""

from typing import Any

from tests.people import Person
from tests.services.answers import made


async def open_hall(owner: Person, name: str = "Hall", **fields: Any) -> dict[str, Any]:
    library: dict[str, Any] = await made(owner, "/libraries", {"name": name} | fields)
    return library


async def furnish(owner: Person, **rows: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A library and a zone in it."""
    library = await open_hall(owner)
    return library, await made(owner, f"/libraries/{library['id']}/zones", {"name": "Silent"} | rows)
