"""Asking the platform how it is: what is not well is an answer, too."""

import msgspec
import pytest
from tests.client.conftest import AsPerson
from tests.client.doorkeeper import Doorkeeper, refusing
from tests.gateway.in_process import answering
from tests.people import Person

from studyspot.client.errors import Forbidden, Unavailable
from studyspot.client.models import HealthOfAll, Readiness, ServiceHealth
from studyspot.entrypoints.floorplan import ROOM_NAMES

DEAD = HealthOfAll("unhealthy", [ServiceHealth("auth", "unhealthy", 2, 0, 3.5)])


def unwell(data: object) -> bytes:
    error = {"code": "SERVICE_UNAVAILABLE", "message": "Not everything works.", "request_id": "r"}
    return msgspec.json.encode({"success": False, "error": error, "data": data})


async def test_anybody_may_ask_whether_it_lives_works_and_is_whole(as_person: AsPerson):
    health = as_person().health
    alive, ready, everything = await health.alive(), await health.ready(), await health.services()

    assert (alive.service, alive.status, ready.status, everything.status) == (
        "gateway",
        "healthy",
        "ready",
        "healthy",
    )
    assert {one.name for one in everything.services} >= ROOM_NAMES


async def test_the_operators_staff_may_ask_for_numbers(as_person: AsPerson, operator: Person, owner: Person):
    measures = await as_person(operator).health.measures()

    assert measures.health.metrics.requests_per_minute > 0
    assert measures.processes["gateway"].metrics is not None
    with pytest.raises(Forbidden):
        await as_person(owner).health.measures()


async def test_what_is_not_well_is_told_and_not_asked_twice(as_person: AsPerson, door: Doorkeeper):
    door.instead["GET /health/all"].append(answering(unwell(DEAD), status=503))
    door.instead["GET /health/ready"].append(answering(unwell(Readiness("not_ready", {})), status=503))
    health = as_person().health

    assert await health.services() == DEAD
    assert (await health.ready()).status == "not_ready"
    assert len(door.seen) == 2


async def test_a_503_of_something_in_front_of_the_platform_is_an_error(
    as_person: AsPerson, door: Doorkeeper, hasty: None
):
    door.instead["GET /health/all"].extend([refusing(503, "SERVICE_UNAVAILABLE")] * 3)

    with pytest.raises(Unavailable):
        await as_person().health.services()
