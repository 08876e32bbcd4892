"""How the platform is: for load balancers and monitors, and in numbers for the operator's staff."""

from studyspot.client._async.group import AsyncGroup
from studyspot.client.models.health import Alive, HealthOfAll, Measures, Readiness
from studyspot.client.request import Request

NOT_WELL = frozenset({503})


class AsyncHealth(AsyncGroup):
    """What is not well is an answer here, and no error."""

    async def alive(self) -> Alive:
        """The gateway answers, whatever else does not."""
        return await self._send(Request("GET", "/health", Alive, public=True, base_path=""))

    async def ready(self) -> Readiness:
        """Whether the gateway can work: what it needs was tried a moment ago."""
        request = Request(
            "GET", "/health/ready", Readiness, public=True, base_path="", answered_with=NOT_WELL
        )
        return await self._send(request)

    async def services(self) -> HealthOfAll:
        """All of them, asked at once."""
        return await self._send(
            Request("GET", "/health/all", HealthOfAll, public=True, answered_with=NOT_WELL)
        )

    async def measures(self) -> Measures:
        """The last minutes in numbers. Platform staff only."""
        return await self._send(Request("GET", "/health/metrics", Measures, base_path=""))
