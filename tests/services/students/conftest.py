"""What the tests of the students room share."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.people import People, Person
from tests.topology import Topology

from studyspot.kernel.ids import TenantId

Upload = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def upload() -> Upload:
    """Sends a register as a form, as a browser does."""

    def send(person: Person, content: bytes, **options: Any) -> Awaitable[httpx2.Response]:
        return person.post("/students/import", files={"file": ("register", content)}, params=options)

    return send


@pytest.fixture
async def chain(people: People, topology: Topology, operator: Person) -> Person:
    """The owner of a business that may have a hundred thousand students."""
    owner = await people.owner("enterprise")
    tenant = (await operator.get(f"/tenants/{owner.tenant_id}")).json()["data"]
    change = {"version": tenant["version"], "max_students": 100_000}
    assert (await operator.put(f"/tenants/{owner.tenant_id}", change)).status_code == 200
    topology.forget(TenantId(UUID(owner.tenant_id)))
    return owner
