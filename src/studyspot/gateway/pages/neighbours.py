"""What the gateway asks the processes behind it about themselves: are they ready, what did they measure."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import aiohttp
import msgspec
import structlog

from studyspot.gateway.pages.health import READY
from studyspot.kernel.remote.instances import Instance, Instances
from studyspot.kernel.remote.signing import SIGNATURE, ServiceKeys
from studyspot.kernel.telemetry.report import Status
from studyspot.kernel.telemetry.snapshot import Snapshot

ASK_SECONDS_MAX = 3.0
TELEMETRY = "/telemetry"
log = structlog.get_logger(__name__)


class ServiceHealth(msgspec.Struct, frozen=True):
    """`degraded`: some of its instances do not answer."""

    name: str
    status: Status
    instances: int
    ready: int
    duration_ms: float


class Neighbours:
    """The services that live in other processes."""

    def __init__(
        self,
        services: Sequence[Instances],
        keys: ServiceKeys,
        session: Callable[[], aiohttp.ClientSession],
    ) -> None:
        self._services = services
        self._keys = keys
        self._session = session

    async def health(self) -> list[ServiceHealth]:
        """Of all at once, each within its own time."""
        return await asyncio.gather(*(self._health_of(service) for service in self._services))

    async def snapshots(self) -> dict[str, Snapshot | None]:
        """By the names of the processes, each asked once, whatever lives in it. None: it does not answer.

        A process says what it is called; one that is silent is called by what should be there. Where several
        are called the same their addresses tell them apart.
        """
        services: defaultdict[str, list[str]] = defaultdict(list)
        for service in self._services:
            for url in service.urls:
                services[url].append(service.service)
        found = await asyncio.gather(*(self._snapshot_of(url) for url in services))
        names = [
            "+".join(services[url]) if one is None else one.process
            for url, one in zip(services, found, strict=True)
        ]
        return {
            name if names.count(name) == 1 else f"{name}@{urlsplit(url).netloc}": one
            for url, name, one in zip(services, names, found, strict=True)
        }

    async def _health_of(self, service: Instances) -> ServiceHealth:
        began = time.perf_counter()
        answers = await asyncio.gather(*(self._is_ready(instance) for instance in service))
        ready = sum(answers)
        status: Status = "healthy" if ready == len(answers) else "degraded" if ready else "unhealthy"
        took = round((time.perf_counter() - began) * 1000, 2)
        return ServiceHealth(service.service, status, len(answers), ready, took)

    async def _is_ready(self, instance: Instance) -> bool:
        is_ready = await self._get(instance.url + READY) is not None
        if is_ready:
            instance.found_ready()
        return is_ready

    async def _snapshot_of(self, url: str) -> Snapshot | None:
        answer = await self._get(url + TELEMETRY, {SIGNATURE: self._keys.sign(TELEMETRY.encode())})
        try:
            return None if answer is None else msgspec.msgpack.decode(answer, type=Snapshot)
        except msgspec.DecodeError:
            log.warning("measures_not_read", instance=url)  # it is of another version
            return None

    async def _get(self, url: str, headers: dict[str, str] | None = None) -> bytes | None:
        """None when there is no answer in time, or another status than 200."""
        try:
            async with (
                asyncio.timeout(ASK_SECONDS_MAX),
                self._session().get(url, headers=headers) as response,
            ):
                return await response.read() if response.status == 200 else None  # noqa: PLR2004
        except (aiohttp.ClientError, TimeoutError):
            return None
