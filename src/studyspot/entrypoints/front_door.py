"""The gateway with every room behind it: those of this process by a direct call, the others by HTTP."""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import aiohttp
import msgspec
from litestar.types import ASGIApp

from studyspot import __version__
from studyspot.entrypoints.addresses import instances_of, service_keys
from studyspot.entrypoints.floorplan import GATEWAY, ROOMS, WORKER
from studyspot.entrypoints.openapi import documented_app, merged_openapi
from studyspot.entrypoints.operators import OperatorsOnly
from studyspot.entrypoints.platform import Platform
from studyspot.gateway.app import build_gateway
from studyspot.gateway.limits.counting import redis_answers
from studyspot.gateway.pages.gathered import gathered_pages
from studyspot.gateway.pages.health import health_pages
from studyspot.gateway.pages.neighbours import Neighbours, ServiceHealth
from studyspot.gateway.routing.forwarding import forwarding
from studyspot.gateway.settings import GatewaySettings, Mount
from studyspot.kernel.remote.connections import open_session
from studyspot.kernel.remote.resolving import Resolve, kept_current, look_up
from studyspot.kernel.settings import Settings
from studyspot.kernel.telemetry.health import Health
from studyspot.kernel.telemetry.report import Status
from studyspot.kernel.telemetry.snapshot import Snapshot, take_snapshot
from studyspot.kernel.validation import encode_hook


class FrontDoor:
    """`platform` holds the rooms that live in this process; without one it needs no database."""

    def __init__(
        self, settings: Settings, platform: Platform | None = None, *, resolve: Resolve = look_up
    ) -> None:
        redis = {"redis": partial(redis_answers, url)} if (url := _redis_url(settings)) else {}
        self.health = (
            platform.health(GATEWAY, can_do_without=redis)
            if platform
            else Health(GATEWAY, {}, can_do_without=redis)
        )
        self._resolve = resolve
        self._platform = platform
        self._operators = OperatorsOnly(settings, platform)
        self._session: aiohttp.ClientSession | None = None
        apps = platform.apps() if platform else {}
        self._here = [GATEWAY, *apps]
        keys = platform.keys if platform else service_keys(settings)
        away = {room.name: instances_of(settings, room.name) for room in ROOMS if room.name not in apps}
        # Jobs are done in the process that holds everything, else in one of their own.
        self._neighbours = [*away.values(), instances_of(settings, WORKER)] if away else []
        mounted: dict[str, Any] = {
            **apps,
            **{name: forwarding(instances, keys, self._open_session) for name, instances in away.items()},
        }
        documents = [apps.get(room.name) or documented_app(room) for room in ROOMS]
        document = msgspec.json.encode(merged_openapi(documents), enc_hook=encode_hook)
        self.app: ASGIApp = build_gateway(
            mounts=[Mount(room.prefixes, mounted[room.name]) for room in ROOMS],
            openapi=lambda: document,
            settings=gateway_settings(settings),
            version=__version__,
            probe_keys=keys,
            pages={
                **health_pages(self.health, __version__),
                **gathered_pages(
                    own_health=self._own_health,
                    own_snapshot=self._own_snapshot,
                    neighbours=Neighbours(self._neighbours, keys, self._open_session),
                    authorize=self._operators,
                ),
            },
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["FrontDoor"]:
        names = kept_current(self._neighbours, self._resolve)
        async with open_session() as self._session, names, self._operators.open():
            yield self

    async def _own_health(self) -> Sequence[ServiceHealth]:
        """Whatever lives in this process is as ready as the process is."""
        began = time.perf_counter()
        is_ready = (await self.health.readiness()).status == "ready"
        took = round((time.perf_counter() - began) * 1000, 2)
        status: Status = "healthy" if is_ready else "unhealthy"
        return [ServiceHealth(name, status, 1, int(is_ready), took) for name in self._here]

    async def _own_snapshot(self) -> Snapshot:
        return await self._platform.snapshot(GATEWAY) if self._platform else take_snapshot(GATEWAY, {}, {})

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the front door was used before it was open")
        return self._session


def gateway_settings(settings: Settings) -> GatewaySettings:
    return GatewaySettings(
        cors_origins=settings.cors_origins,
        trusted_proxies=settings.trusted_proxies,
        body_limit_bytes=settings.body_limit_bytes,
        upload_limit_bytes=settings.upload_limit_bytes,
        upload_paths=(
            "/students/import",
            "/students/bulk-import",
            "/memberships/import",
            "/attachment",
            "/photo",
            "/image",
        ),
        deadline_seconds=settings.deadline_seconds,
        rate_limit=settings.rate_limit,
        login_rate_limit=settings.login_rate_limit,
        stranger_rate_limit=settings.stranger_rate_limit,
        redis_url=_redis_url(settings),
    )


def _redis_url(settings: Settings) -> str | None:
    return settings.redis_url.get_secret_value() if settings.redis_url else None
