"""How the platform is."""

from typing import Literal

import msgspec

from studyspot.client.models.moment import Moment

Status = Literal["degraded", "healthy", "unhealthy"]


class Alive(msgspec.Struct, frozen=True):
    status: Literal["healthy"]
    version: str
    uptime_seconds: int
    service: str


class Checked(msgspec.Struct, frozen=True):
    ok: bool
    duration_ms: float


class Readiness(msgspec.Struct, frozen=True):
    """`checks` are what the gateway needs, by name."""

    status: Literal["not_ready", "ready"]
    checks: dict[str, Checked]


class ServiceHealth(msgspec.Struct, frozen=True):
    """`degraded`: some of its instances do not answer."""

    name: str
    status: Status
    instances: int
    ready: int
    duration_ms: float


class HealthOfAll(msgspec.Struct, frozen=True):
    """`status` is that of the worst."""

    status: Status
    services: list[ServiceHealth]


class Indicators(msgspec.Struct, frozen=True):
    """Of the last five minutes, `requests_per_minute` of the last one. Times are milliseconds, the rate is in
    percent.
    """

    avg_response_time: int
    error_rate: float
    requests_per_minute: int
    db_avg_duration: int


class PlatformHealth(msgspec.Struct, frozen=True):
    status: Status
    metrics: Indicators


class ProcessHealth(msgspec.Struct, frozen=True):
    """Without metrics: it does not answer."""

    status: Status
    metrics: Indicators | None


class RequestTotals(msgspec.Struct, frozen=True):
    total_calls: int
    total_errors: int
    avg_response_time: int


class QueryTotals(msgspec.Struct, frozen=True):
    total_queries: int
    total_errors: int
    avg_duration: int


class CacheTotals(msgspec.Struct, frozen=True):
    total_operations: int


class Report(msgspec.Struct, frozen=True):
    timestamp: Moment
    period: str
    api: RequestTotals
    database: QueryTotals
    cache: CacheTotals


class Measures(msgspec.Struct, frozen=True):
    """Of the whole platform, and how each of its processes is, by name."""

    health: PlatformHealth
    report: Report
    processes: dict[str, ProcessHealth]
