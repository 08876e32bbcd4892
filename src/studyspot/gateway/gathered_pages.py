"""The whole platform's health and measures at one address, put together by the gateway."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from litestar.types import HTTPScope, Send

from studyspot.gateway.neighbours import Neighbours, ServiceHealth
from studyspot.gateway.pages import Page, json_page, send_now
from studyspot.kernel.telemetry.prometheus import MEDIA_TYPE, prometheus_text
from studyspot.kernel.telemetry.report import report, worst
from studyspot.kernel.telemetry.snapshot import Snapshot

Authorize = Callable[[HTTPScope], Awaitable[None]]
"""Raises a refusal for who may not see how the platform is doing."""


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
        return 503 if status == "unhealthy" else 200, {"status": status, "services": services}

    return {
        "/api/v1/health/all": json_page(health_of_all),
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

    return {"/health/metrics": json_page(metrics), "/metrics": prometheus}
