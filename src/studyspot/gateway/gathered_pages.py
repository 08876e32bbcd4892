"""The whole platform's health and measures at one address, put together by the gateway."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from litestar.types import HTTPScope, Send

from studyspot.gateway.neighbours import Neighbours, ServiceHealth
from studyspot.gateway.pages import Page, json_page, send_now
from studyspot.kernel.telemetry.prometheus import MEDIA_TYPE, prometheus_text
from studyspot.kernel.telemetry.report import judge, report, worst
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
    async def snapshots() -> list[Snapshot]:
        return [await own_snapshot(), *await neighbours.snapshots()]

    async def health_of_all(_: HTTPScope) -> tuple[int, Any]:
        services = [*await own_health(), *await neighbours.health()]
        status = worst([one.status for one in services])
        return 503 if status == "unhealthy" else 200, {"status": status, "services": services}

    async def metrics_of_all(scope: HTTPScope) -> tuple[int, Any]:
        await authorize(scope)
        found = await snapshots()
        return 200, {
            "status": worst([judge(one) for one in found]),
            "processes": {one.process: report(one) for one in found},
        }

    async def prometheus(scope: HTTPScope, send: Send) -> None:
        await authorize(scope)
        await send_now(scope, send, 200, prometheus_text(await snapshots()), MEDIA_TYPE)

    return {
        "/api/v1/health/all": json_page(health_of_all),
        "/health/metrics": json_page(metrics_of_all),
        "/metrics": prometheus,
    }
