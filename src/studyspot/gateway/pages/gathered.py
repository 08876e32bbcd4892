"""The whole platform's health and measures at one address, put together by the gateway."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from litestar.types import HTTPScope, Send

from studyspot.gateway.pages.answering import Page, json_page, send_now
from studyspot.gateway.pages.neighbours import Neighbours, ServiceHealth
from studyspot.kernel.telemetry.prometheus import MEDIA_TYPE, prometheus_text
from studyspot.kernel.telemetry.report import Status, report, worst
from studyspot.kernel.telemetry.snapshot import Snapshot

ALL, MEASURES = "/api/v1/health/all", "/health/metrics"
MAY_MEASURE = "monitoring:read"
"""The permission to see what was measured."""

Authorize = Callable[[HTTPScope], Awaitable[None]]
"""Raises a refusal for who may not see how the platform is doing."""


class HealthOfAll(msgspec.Struct, frozen=True):
    """`status` is that of the worst."""

    status: Status
    services: list[ServiceHealth]


def gathered_pages(
    *,
    own_health: Callable[[], Awaitable[Sequence[ServiceHealth]]],
    own_snapshot: Callable[[], Awaitable[Snapshot]],
    neighbours: Neighbours,
    authorize: Authorize,
) -> Mapping[str, Page]:
    async def health_of_all(_: HTTPScope) -> tuple[int, Any]:
        services = [*await own_health(), *await neighbours.health()]
        status = worst([one.status for one in services])
        return 503 if status == "unhealthy" else 200, HealthOfAll(status, services)

    return {
        ALL: json_page(health_of_all),
        **measures_pages(own_snapshot, neighbours.snapshots, authorize),
    }


def measures_pages(
    own_snapshot: Callable[[], Awaitable[Snapshot]],
    others: Callable[[], Awaitable[Mapping[str, Snapshot | None]]],
    authorize: Authorize,
) -> Mapping[str, Page]:
    """What this process and the `others` measured, for people and for Prometheus."""

    async def metrics(scope: HTTPScope) -> tuple[int, Any]:
        await authorize(scope)
        own = await own_snapshot()
        return 200, report(own, {own.process: own, **await others()})

    async def prometheus(scope: HTTPScope, send: Send) -> None:
        await authorize(scope)
        own = await own_snapshot()
        await send_now(scope, send, 200, prometheus_text({own.process: own, **await others()}), MEDIA_TYPE)

    return {MEASURES: json_page(metrics), "/metrics": prometheus}
