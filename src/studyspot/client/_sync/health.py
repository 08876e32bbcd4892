# Made from _async/health.py by studyspot.client._generate.
"""How the platform is: for load balancers and monitors, and in numbers for the operator's staff."""

from studyspot.client._sync.group import Group
from studyspot.client.models.health import Alive, HealthOfAll, Measures, Readiness
from studyspot.client.request import Request

NOT_WELL = frozenset({503})


class Health(Group):
    """What is not well is an answer here, and no error."""

    def alive(self) -> Alive:
        """The gateway answers, whatever else does not."""
        return self._send(Request("GET", "/health", Alive, public=True, base_path=""))

    def ready(self) -> Readiness:
        """Whether the gateway can work: what it needs was tried a moment ago."""
        request = Request(
            "GET", "/health/ready", Readiness, public=True, base_path="", answered_with=NOT_WELL
        )
        return self._send(request)

    def services(self) -> HealthOfAll:
        """All of them, asked at once."""
        return self._send(Request("GET", "/health/all", HealthOfAll, public=True, answered_with=NOT_WELL))

    def measures(self) -> Measures:
        """The last minutes in numbers. Platform staff only."""
        return self._send(Request("GET", "/health/metrics", Measures, base_path=""))
