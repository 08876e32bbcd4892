"""How a process says that it lives and that it is ready: every one of them, at the same two addresses."""

import time
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from litestar.types import HTTPScope

from studyspot.gateway.pages.answering import Page, json_page
from studyspot.kernel.telemetry.health import Health

ALIVE, READY = "/health", "/health/ready"


class Alive(msgspec.Struct, frozen=True):
    """`service` is who answers."""

    version: str
    uptime_seconds: int
    service: str
    status: Literal["healthy"] = "healthy"


def health_pages(health: Health, version: str) -> Mapping[str, Page]:
    started = time.monotonic()

    async def alive(_: HTTPScope) -> tuple[int, Any]:
        return 200, Alive(version, int(time.monotonic() - started), health.name)

    async def ready(_: HTTPScope) -> tuple[int, Any]:
        readiness = await health.readiness()
        return 200 if readiness.status == "ready" else 503, readiness

    return {ALIVE: json_page(alive), READY: json_page(ready)}
