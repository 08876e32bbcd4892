"""Which of its own pages the gateway documents in the OpenAPI document: how the platform is."""

from typing import Any

import msgspec

from studyspot.gateway.pages.answering import Unwell
from studyspot.gateway.pages.gathered import ALL, MAY_MEASURE, MEASURES, HealthOfAll
from studyspot.gateway.pages.health import ALIVE, READY, Alive
from studyspot.kernel.http.envelope import Success
from studyspot.kernel.telemetry.health import Readiness
from studyspot.kernel.telemetry.report import Measures


class DocumentedPage(msgspec.Struct, frozen=True):
    """`answer` and `unwell` are the types of what it says with a 200 and, if that may be, with a 503."""

    path: str
    name: str
    answer: Any
    unwell: Any = None
    is_limited: bool = True
    permission: str | None = None


DOCUMENTED_PAGES = (
    DocumentedPage(ALIVE, "get_alive", Success[Alive], is_limited=False),
    DocumentedPage(READY, "get_readiness", Success[Readiness], Unwell[Readiness], is_limited=False),
    DocumentedPage(ALL, "get_health_of_all", Success[HealthOfAll], Unwell[HealthOfAll]),
    DocumentedPage(MEASURES, "get_measures", Success[Measures], permission=MAY_MEASURE),
)
